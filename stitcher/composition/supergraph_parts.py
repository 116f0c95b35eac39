"""One graph's part of a supergraph file, as an SDL of Federation.

A. What the directives of the join spec say of the graph becomes the directives of Federation. Nodes keep
   their places in the file.
B. What belongs to the join spec is left out. What else is applied to an element goes with it to every graph:
   the file doesn't say where it was written. Only of contexts it does: their names begin with the graph's.

Source: Apollo's join spec, versions 0.2 to 0.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstListValueNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse_type,
)
from graphql.language import Location

from stitcher.composition.dialects.link import link_of
from stitcher.composition.model import application_of, place_of
from stitcher.composition.supergraph_features import links_of
from stitcher.composition.type_refs import named_type
from stitcher.directives import arguments_of

__all__ = ["Graph", "UnreadableTypeError", "part_of", "said_of"]

_FEDERATION = "https://specs.apollo.dev/federation/v2.9"
_IMPORTS = ("@key", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@extends")


class UnreadableTypeError(ValueError):
    """A type in an argument of a directive that can't be read."""

    def __init__(self, text: str, node: Node) -> None:
        self.place = place_of(node)
        super().__init__(f"The type {text!r} can't be read.")


@dataclass(frozen=True, slots=True)
class Graph:
    """A value of ``join__Graph``, and what it says."""

    key: str
    name: str
    url: str
    location: Location | None


def said_of(nodes: Iterable[ConstDirectiveNode] | None, name: str) -> list[Mapping[str, Any]]:
    """Return the arguments of each use of a directive."""
    return [arguments_of(node) for node in nodes or () if node.name.value == name]


def part_of(graph: Graph, document: DocumentNode) -> DocumentNode:
    """Return what one graph has of a supergraph file.

    Raises:
        UnreadableTypeError: a directive names a type that can't be read.
    """
    definitions = tuple(_Part(graph, _name_of_context(document)).definitions(document))
    return DocumentNode(definitions=definitions)  # type: ignore[arg-type]  # extensions are, too


def _name_of_context(document: DocumentNode) -> str | None:
    """Return what the file calls ``@context``, None if it doesn't link its spec."""
    links = (link_of(application_of(link.node)) for link in links_of(document) if link.name == "context")
    return next((link.directive("context") for link in links if link is not None), None)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one graph has of the definitions; ``context`` is what the file calls ``@context``."""

    graph: Graph
    context: str | None

    def definitions(self, document: DocumentNode) -> Iterator[Node]:
        yield self._link()
        for node in document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                yield self._schema(node, document)
            elif isinstance(node, DirectiveDefinitionNode):
                if not node.name.value.startswith("join__"):
                    yield node
            elif isinstance(node, TypeDefinitionNode) and not node.name.value.startswith("join__"):
                yield from self._type(node)

    def _link(self) -> SchemaExtensionNode:
        imports = ConstListValueNode(values=tuple(StringValueNode(value=name) for name in _IMPORTS))
        url = StringValueNode(value=_FEDERATION)
        link = self._directive("link", {"url": url, "import": imports}, self.graph.location)
        return SchemaExtensionNode(directives=(link,), operation_types=(), loc=self.graph.location)

    def _schema(self, node: SchemaDefinitionNode, document: DocumentNode) -> Node:
        """Return the schema definition with the graph's own root types, and links of other specs."""
        roots = {root.type.name.value for root in node.operation_types}
        own = {
            definition.name.value
            for definition in document.definitions
            if isinstance(definition, ObjectTypeDefinitionNode)
            and definition.name.value in roots
            and any(self._type(definition))
        }
        operations = tuple(root for root in node.operation_types if root.type.name.value in own)
        directives = tuple(
            directive
            for directive in node.directives or ()
            if not any("/join/" in str(said.get("url")) for said in said_of([directive], "link"))
        )
        if not operations:
            return SchemaExtensionNode(directives=directives, operation_types=(), loc=node.loc)
        return replace(node, operation_types=operations, directives=directives)

    def _type(self, node: TypeDefinitionNode) -> Iterator[DefinitionNode]:
        applied = said_of(node.directives, "join__type")
        mine = [said for said in applied if said.get("graph") == self.graph.key]
        if applied and not mine:
            return
        others = (directive for directive in _others(node.directives) if directive.name.value != self.context)
        directives = (*others, *self._type_directives(mine, node.loc), *self._contexts(node))
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            fields = tuple(self._fields(node.fields))
            if fields or not isinstance(node, ObjectTypeDefinitionNode):
                yield self._composite(node, mine, fields, directives)
        elif isinstance(node, InputObjectTypeDefinitionNode):
            yield replace(node, directives=directives, fields=tuple(self._fields(node.fields)))
        elif isinstance(node, EnumTypeDefinitionNode):
            yield replace(node, directives=directives, values=tuple(self._values(node.values or ())))
        elif isinstance(node, UnionTypeDefinitionNode):
            members = self._named(node.directives, "join__unionMember", "member")
            yield replace(node, directives=directives, types=node.types if members is None else members)
        else:
            yield replace(node, directives=directives)

    def _type_directives(
        self, mine: Iterable[Mapping[str, Any]], location: Location | None
    ) -> Iterator[ConstDirectiveNode]:
        for said in mine:
            if said.get("key") is not None:
                arguments: dict[str, Any] = {"fields": StringValueNode(value=str(said["key"]))}
                if said.get("resolvable") is False:
                    arguments["resolvable"] = BooleanValueNode(value=False)
                yield self._directive("key", arguments, location)
        if any(said.get("isInterfaceObject") for said in mine):
            yield self._directive("interfaceObject", {}, location)
        if any(said.get("extension") for said in mine):
            yield self._directive("extends", {}, location)

    def _contexts(self, node: TypeDefinitionNode) -> Iterator[ConstDirectiveNode]:
        """Yield the contexts that the graph's objects set; their own names have no underscores."""
        prefix = f"{self.graph.name}__"
        for said in said_of(node.directives, self.context) if self.context else ():
            name = str(said.get("name"))
            if name.startswith(prefix) and "_" not in name.removeprefix(prefix):
                own = StringValueNode(value=name.removeprefix(prefix))
                yield self._directive("federation__context", {"name": own}, node.loc)

    def _composite(
        self,
        node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
        mine: Iterable[Mapping[str, Any]],
        fields: tuple[FieldDefinitionNode, ...],
        directives: tuple[ConstDirectiveNode, ...],
    ) -> DefinitionNode:
        interfaces = self._named(node.directives, "join__implements", "interface")
        is_object = isinstance(node, ObjectTypeDefinitionNode) or any(
            said.get("isInterfaceObject") for said in mine
        )
        definition = ObjectTypeDefinitionNode if is_object else InterfaceTypeDefinitionNode
        return definition(
            name=node.name,
            description=node.description,
            interfaces=node.interfaces if interfaces is None else interfaces,
            directives=directives,
            fields=fields,
            loc=node.loc,
        )

    def _fields(self, nodes: Iterable[Any] | None) -> Iterator[Any]:
        """Yield the graph's fields of a composite type, or of an input type.

        One that overrides another's is as nullable as the supergraph says: what the other one declared counts
        there, and isn't in the file any more.
        """
        for node in nodes or ():
            applied = said_of(node.directives, "join__field")
            mine = [said for said in applied if said.get("graph") == self.graph.key]
            if not mine and applied:
                continue
            own = mine[0] if mine else {}
            returned = _type(str(own["type"]), node) if own.get("type") else node.type
            if own.get("override") is not None and named_type(returned) == named_type(node.type):
                returned = node.type
            directives = (*_others(node.directives), *self._field_directives(own, node.loc))
            changed = replace(node, type=returned, directives=directives)
            if own.get("contextArguments"):
                arguments = tuple(self._contextual(given, node) for given in own["contextArguments"])
                changed = replace(changed, arguments=(*(node.arguments or ()), *arguments))
            yield changed

    def _field_directives(
        self, said: Mapping[str, Any], location: Location | None
    ) -> Iterator[ConstDirectiveNode]:
        if said.get("external"):
            yield self._directive("external", {}, location)
        for name in ("requires", "provides"):
            if said.get(name) is not None:
                yield self._directive(name, {"fields": StringValueNode(value=str(said[name]))}, location)
        if said.get("override") is not None:
            arguments = {"from": StringValueNode(value=str(said["override"]))}
            if said.get("overrideLabel") is not None:
                arguments["label"] = StringValueNode(value=str(said["overrideLabel"]))
            yield self._directive("override", arguments, location)

    def _contextual(self, given: Mapping[str, Any], field: FieldDefinitionNode) -> InputValueDefinitionNode:
        """Return an argument that takes its value from a context; the file has it apart from the others."""
        context = str(given.get("context")).removeprefix(f"{self.graph.name}__")
        reference = StringValueNode(value=f"${context} {given.get('selection')}")
        return InputValueDefinitionNode(
            name=NameNode(value=str(given.get("name"))),
            type=_type(str(given.get("type")), field),
            directives=(self._directive("federation__fromContext", {"field": reference}, field.loc),),
            loc=field.loc,
        )

    def _values(self, nodes: Iterable[EnumValueDefinitionNode]) -> Iterator[EnumValueDefinitionNode]:
        for node in nodes:
            graphs = [said.get("graph") for said in said_of(node.directives, "join__enumValue")]
            if not graphs or self.graph.key in graphs:
                yield replace(node, directives=tuple(_others(node.directives)))

    def _named(
        self, nodes: Iterable[ConstDirectiveNode] | None, directive: str, argument: str
    ) -> tuple[NamedTypeNode, ...] | None:
        """Return the types that a directive names for the graph; None if it names none for any."""
        applied = [node for node in nodes or () if node.name.value == directive]
        if not applied:
            return None
        return tuple(
            NamedTypeNode(name=NameNode(value=str(said[argument])), loc=node.loc)
            for node in applied
            for said in said_of([node], directive)
            if said.get("graph") == self.graph.key
        )

    def _directive(
        self, name: str, arguments: Mapping[str, Any], location: Location | None
    ) -> ConstDirectiveNode:
        given = tuple(
            ConstArgumentNode(name=NameNode(value=key), value=argument) for key, argument in arguments.items()
        )
        return ConstDirectiveNode(name=NameNode(value=name), arguments=given, loc=location)


def _type(text: str, node: Node) -> TypeNode:
    try:
        return parse_type(text, no_location=True)
    except GraphQLSyntaxError as error:
        raise UnreadableTypeError(text, node) from error


def _others(nodes: Iterable[ConstDirectiveNode] | None) -> Iterator[ConstDirectiveNode]:
    return (node for node in nodes or () if not node.name.value.startswith("join__"))
