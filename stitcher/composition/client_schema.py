"""The client-facing schema: the merged declarations without what is inaccessible, as a GraphQLSchema.

The whole schema, with it, is made in the same way: what is marked there protects what clients see. So is
each subgraph's own, to find out whether it is valid by itself.

Directives that no dialect took stay on the nodes (``field.ast_node.directives``): clients don't see them,
the server does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    OperationType,
    OperationTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    print_schema,
)
from graphql.language import Location, Source, Token, TokenKind

from stitcher.composition.model import (
    BUILT_IN_SCALARS,
    ROOT_TYPES,
    Declaration,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    TypeDeclaration,
    Types,
)
from stitcher.composition.type_refs import named_type
from stitcher.errors import Place
from stitcher.supergraph import Supergraph

__all__ = ["build_client_schema", "build_own_schema", "build_whole_schema", "print_supergraph"]

_Element = TypeVar("_Element", bound=Declaration)


def print_supergraph(supergraph: Supergraph) -> str:
    """Return the client-facing schema as SDL."""
    return print_schema(supergraph.schema) + "\n"


def build_client_schema(
    merged: Types, directives: Iterable[DirectiveDefinitionNode], schema: Declaration
) -> GraphQLSchema:
    """Build the schema that clients see, root types first; ``schema`` is the merged schema definition."""
    types = {name: declared for name, declared in merged.items() if not declared.inaccessible}
    return _build(_Builder(types), directives, schema)


def build_whole_schema(merged: Types, client: GraphQLSchema) -> GraphQLSchema:
    """Return the schema with what clients don't see; it is the client's own if that is nothing."""
    if not any(element.inaccessible for declared in merged.values() for element in declared.elements()):
        return client
    return _build(_Builder(merged, whole=True), (), _no_schema_definition())


def build_own_schema(types: Types) -> GraphQLSchema:
    """Return the schema of one subgraph by itself, with what clients don't see.

    Without a field of its own, a subgraph's ``Query`` has those of federation, which stand for it here.
    """
    query = types.get("Query") or _federation_query()
    return _build(_Builder({**types, "Query": query}, whole=True), (), _no_schema_definition())


def _federation_query() -> TypeDeclaration:
    nowhere = Place("", 1)
    string = NonNullTypeNode(type=_named("String"))
    service = FieldDeclaration(name="_service", subgraph="", place=nowhere, type=string)
    return TypeDeclaration(
        name="Query", subgraph="", place=nowhere, kind=Kind.OBJECT, fields={"_service": service}
    )


def _no_schema_definition() -> Declaration:
    return Declaration(name="schema", subgraph="", place=Place("", 1))


def _build(
    builder: _Builder, directives: Iterable[DirectiveDefinitionNode], schema: Declaration
) -> GraphQLSchema:
    names = [name for name in ROOT_TYPES if name in builder.types]
    names += [name for name in builder.types if name not in ROOT_TYPES]
    definition = SchemaDefinitionNode(
        description=schema.description,
        directives=schema.directives,
        operation_types=tuple(
            OperationTypeDefinitionNode(operation=OperationType(name.lower()), type=_named(name))
            for name in ROOT_TYPES
            if name in builder.types
        ),
    )
    nodes = [builder.type(builder.types[name]) for name in names]
    document = DocumentNode(definitions=(definition, *directives, *nodes))
    return build_ast_schema(document, assume_valid_sdl=True)


class _Builder:
    """Turns declarations into nodes. What refers to types that aren't there is left out.

    Unless the schema is to be ``whole``, so is what is inaccessible.
    """

    def __init__(self, types: Types, *, whole: bool = False) -> None:
        self.types = types
        self.whole = whole

    def type(self, declared: TypeDeclaration) -> TypeDefinitionNode:
        common = _common(declared)
        if declared.kind is Kind.SCALAR:
            return ScalarTypeDefinitionNode(**common)
        if declared.kind is Kind.UNION:
            return UnionTypeDefinitionNode(**common, types=self._names(declared.members))
        if declared.kind is Kind.ENUM:
            values = (_common(value) for value in self._accessible(declared.values))
            return EnumTypeDefinitionNode(
                **common, values=tuple(EnumValueDefinitionNode(**value) for value in values)
            )
        if declared.kind is Kind.INPUT:
            return InputObjectTypeDefinitionNode(**common, fields=self._inputs(declared.input_fields))
        node = InterfaceTypeDefinitionNode if declared.kind is Kind.INTERFACE else ObjectTypeDefinitionNode
        fields = tuple(self._field(own) for own in self._accessible(declared.fields) if self._refers(own))
        return node(**common, interfaces=self._names(declared.interfaces), fields=fields)

    def _field(self, declared: FieldDeclaration) -> FieldDefinitionNode:
        return FieldDefinitionNode(
            **_common(declared), type=declared.type, arguments=self._inputs(declared.arguments)
        )

    def _inputs(self, declared: dict[str, InputDeclaration]) -> tuple[InputValueDefinitionNode, ...]:
        return tuple(
            InputValueDefinitionNode(
                **_common(interface), type=interface.type, default_value=interface.default
            )
            for interface in self._accessible(declared)
            if self._refers(interface)
        )

    def _names(self, names: Iterable[str]) -> tuple[NamedTypeNode, ...]:
        return tuple(_named(name) for name in names if name in self.types)

    def _refers(self, declared: FieldDeclaration | InputDeclaration) -> bool:
        name = named_type(declared.type)
        return name in self.types or name in BUILT_IN_SCALARS

    def _accessible(self, declared: dict[str, _Element]) -> list[_Element]:
        return [element for element in declared.values() if self.whole or not element.inaccessible]


def _common(declared: Declaration) -> dict[str, Any]:
    """Return what the nodes of all elements have."""
    return {
        "name": NameNode(value=declared.name),
        "description": declared.description,
        "directives": declared.directives,
        "loc": _location(declared.place),
    }


def _named(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))


def _location(place: Place) -> Location:
    """Return a location that says only what a place says, so that no source text is kept."""
    token = Token(TokenKind.SOF, 0, 0, place.line, 1)
    return Location(token, token, Source("", place.file))
