"""SDL → :class:`SubgraphSchema`, knowing no dialect.

A. Parse. A syntax error is the one problem that is reported for such an SDL.
B. Learn the root types' names; references to them are renamed to Query, Mutation and Subscription.
C. Read each definition and extension; those of one type add up. What is declared twice is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ListTypeNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    Source,
    StringValueNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
    parse,
)

from stitcher.composition.model import (
    BUILT_IN_SCALARS,
    ROOT_TYPES,
    Declaration,
    EnumValue,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    SubgraphSchema,
    TypeDeclaration,
    place_of,
)
from stitcher.composition.sources import Source as SdlSource
from stitcher.composition.type_refs import nullable
from stitcher.errors import Place, Problem

__all__ = ["read_sdl", "release_tokens"]

_KINDS: dict[type[DefinitionNode], Kind] = {
    ScalarTypeDefinitionNode: Kind.SCALAR,
    ScalarTypeExtensionNode: Kind.SCALAR,
    ObjectTypeDefinitionNode: Kind.OBJECT,
    ObjectTypeExtensionNode: Kind.OBJECT,
    InterfaceTypeDefinitionNode: Kind.INTERFACE,
    InterfaceTypeExtensionNode: Kind.INTERFACE,
    UnionTypeDefinitionNode: Kind.UNION,
    UnionTypeExtensionNode: Kind.UNION,
    EnumTypeDefinitionNode: Kind.ENUM,
    EnumTypeExtensionNode: Kind.ENUM,
    InputObjectTypeDefinitionNode: Kind.INPUT,
    InputObjectTypeExtensionNode: Kind.INPUT,
}

_Element = TypeVar("_Element", bound=Declaration)


def read_sdl(source: SdlSource, problems: list[Problem]) -> SubgraphSchema | None:
    """Read one subgraph's SDL, adding what is wrong to ``problems``; None if it isn't GraphQL at all."""
    if source.composed is not None:
        return _SdlReader(source, problems).read(source.composed)
    try:
        document = parse(Source(source.sdl, source.file))  # A
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 1
        problems.append(
            Problem(
                "INVALID_GRAPHQL",
                f'The SDL of subgraph "{source.name}" can\'t be read: {error.message}',
                (Place(source.file, line),),
                "correct the SDL at this line.",
            )
        )
        return None
    release_tokens(document)
    schema = _SdlReader(source, problems).read(document)
    schema.document = document
    return schema


def release_tokens(document: DocumentNode) -> None:
    """Unlink the tokens: each node's location would keep those of the whole document in memory."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


class _SdlReader:
    """Reads one document; holds what all of its declarations share."""

    def __init__(self, source: SdlSource, problems: list[Problem]) -> None:
        self.problems = problems
        self.renames: dict[str, str] = {}
        self.schema = SubgraphSchema(
            name=source.name,
            sdl=source.sdl,
            urls=source.urls,
            schema=Declaration(name="schema", subgraph=source.name, place=Place(source.file, 1)),
        )

    def read(self, document: DocumentNode) -> SubgraphSchema:
        ignored = BUILT_IN_SCALARS | self._read_root_types(document)  # B
        for node in document.definitions:  # C
            kind = _KINDS.get(type(node))
            if isinstance(node, DirectiveDefinitionNode):
                self.schema.directives[node.name.value] = node
            elif kind is not None and node.name.value not in ignored:  # type: ignore[attr-defined]
                self._read_type(node, kind)
            if kind is not None:
                self._check_hidden(node)
        return self.schema

    # B. Root types

    def _read_root_types(self, document: DocumentNode) -> set[str]:
        """Learn the names, and return those of types that only look like root types.

        Default names count, unless there is a schema definition, or an extension gives the root another name.
        """
        nodes = [
            n for n in document.definitions if isinstance(n, (SchemaDefinitionNode, SchemaExtensionNode))
        ]
        for node in nodes:
            self.schema.schema.directives += self._applied(node.directives)
            if isinstance(node, SchemaDefinitionNode):
                self.schema.schema.description = node.description
            for operation in node.operation_types or ():
                name = operation.operation.value.capitalize()
                self.renames[operation.type.name.value] = name
                self.schema.root_names[name] = operation.type.name.value
        defined = any(isinstance(node, SchemaDefinitionNode) for node in nodes)
        impostors = [
            node
            for node in document.definitions
            if isinstance(node, (ObjectTypeDefinitionNode, ObjectTypeExtensionNode))
            and node.name.value in ROOT_TYPES
            and (defined or node.name.value in self.schema.root_names)
            and self.renames.get(node.name.value) != node.name.value
        ]
        for impostor in impostors:
            name = impostor.name.value
            self._report(
                f"ROOT_{name.upper()}_USED",
                f"Subgraph {self.schema.name} declares a type {name} that isn't its {name.lower()} root.",
                (place_of(impostor),),
                f"rename the type, or name it as the {name.lower()} root in the schema definition.",
            )
        return {impostor.name.value for impostor in impostors}

    # C. Types

    def _read_type(self, node: DefinitionNode, kind: Kind) -> None:
        name = self._name(node.name.value)  # type: ignore[attr-defined]
        extension = isinstance(node, TypeExtensionNode)
        declared = self.schema.types.get(name)
        if declared is None:
            declared = self._declare(
                TypeDeclaration, node, name=name, kind=kind, extends=extension, defined=not extension
            )
            self.schema.types[name] = declared
        elif declared.kind is not kind or not (extension or declared.extends):
            self._report_twice(f"type {name}", declared.place, place_of(node))
            return
        else:
            declared.directives += self._applied(node.directives)  # type: ignore[attr-defined]
            if not extension:
                declared.extends = False
                declared.defined = True
                declared.place = place_of(node)
                declared.description = node.description  # type: ignore[attr-defined]
        for interface in getattr(node, "interfaces", None) or ():
            declared.interfaces[self._name(interface.name.value)] = place_of(interface)
        for member in getattr(node, "types", None) or ():
            declared.members[self._name(member.name.value)] = place_of(member)
        for value in getattr(node, "values", None) or ():
            self._add(declared.values, self._declare(EnumValue, value), f"value {name}.{value.name.value}")
        for child in getattr(node, "fields", None) or ():
            what = f"field {name}.{child.name.value}"
            if isinstance(child, FieldDefinitionNode):
                self._add(declared.fields, self._field(child, node, name), what)
            else:
                self._add(declared.input_fields, self._input(child), what)

    def _check_hidden(self, node: DefinitionNode) -> None:
        """Report what GraphQL itself defines where it is to be hidden from clients."""
        name: str = node.name.value  # type: ignore[attr-defined]
        directives: Iterable[ConstDirectiveNode] = node.directives or ()  # type: ignore[attr-defined]
        if name in BUILT_IN_SCALARS and any(
            directive.name.value == "inaccessible" for directive in directives
        ):
            message = f"Subgraph {self.schema.name} hides {name}, which GraphQL itself defines."
            self._report("DISALLOWED_INACCESSIBLE", message, (place_of(node),), "take @inaccessible off.")

    def _field(self, node: FieldDefinitionNode, parent: DefinitionNode, type_name: str) -> FieldDeclaration:
        block: tuple[ConstDirectiveNode, ...] = parent.directives or ()  # type: ignore[attr-defined]
        declared = self._declare(FieldDeclaration, node, type=self._type(node.type), block=block)
        for argument in node.arguments or ():
            what = f"argument {type_name}.{declared.name}({argument.name.value}:)"
            self._add(declared.arguments, self._input(argument), what)
        return declared

    def _input(self, node: InputValueDefinitionNode) -> InputDeclaration:
        return self._declare(InputDeclaration, node, type=self._type(node.type), default=node.default_value)

    def _declare(self, element: type[_Element], node: DefinitionNode, **more: object) -> _Element:
        more.setdefault("name", node.name.value)  # type: ignore[attr-defined]
        description: StringValueNode | None = getattr(node, "description", None)
        return element(
            subgraph=self.schema.name,
            place=place_of(node),
            description=description,
            directives=self._applied(node.directives),  # type: ignore[attr-defined]
            **more,  # type: ignore[arg-type]
        )

    def _applied(self, nodes: Iterable[ConstDirectiveNode] | None) -> tuple[ConstDirectiveNode, ...]:
        applied = tuple(nodes or ())
        for node in applied:
            self.schema.uses.setdefault(node.name.value, []).append(node)
        return applied

    def _add(self, elements: dict[str, _Element], element: _Element, what: str) -> None:
        first = elements.setdefault(element.name, element)
        if first is not element:
            self._report_twice(what, first.place, element.place)

    # References

    def _name(self, name: str) -> str:
        return self.renames.get(name, name)

    def _type(self, node: TypeNode) -> TypeNode:
        if not self.renames:
            return node
        if isinstance(node, NonNullTypeNode):
            return NonNullTypeNode(type=nullable(self._type(node.type)))
        if isinstance(node, ListTypeNode):
            return ListTypeNode(type=self._type(node.type))
        assert isinstance(node, NamedTypeNode)  # noqa: S101 -- the third and last kind of reference
        return NamedTypeNode(name=NameNode(value=self._name(node.name.value)))

    # Problems

    def _report_twice(self, what: str, first: Place, second: Place) -> None:
        message = f"Subgraph {self.schema.name} declares the {what} twice."
        self._report("INVALID_GRAPHQL", message, (first, second), "keep one of the two.")

    def _report(self, code: str, message: str, places: tuple[Place, ...], fix: str) -> None:
        self.problems.append(Problem(code, message, places, fix))
