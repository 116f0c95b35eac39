"""The client-facing schema: the merged declarations without what is inaccessible, as a GraphQLSchema.

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

__all__ = ["build_client_schema", "print_supergraph"]

_Element = TypeVar("_Element", bound=Declaration)


def print_supergraph(supergraph: Supergraph) -> str:
    """Return the client-facing schema as SDL."""
    return print_schema(supergraph.schema) + "\n"


def build_client_schema(
    merged: Types, directives: Iterable[DirectiveDefinitionNode], schema: Declaration
) -> GraphQLSchema:
    """Build the schema that clients see, root types first; ``schema`` is the merged schema definition."""
    builder = _Builder({name: declared for name, declared in merged.items() if not declared.inaccessible})
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
    """Turns declarations into nodes, leaving out what is inaccessible or refers to what is."""

    def __init__(self, types: Types) -> None:
        self.types = types

    def type(self, declared: TypeDeclaration) -> TypeDefinitionNode:
        common = _common(declared)
        if declared.kind is Kind.SCALAR:
            return ScalarTypeDefinitionNode(**common)
        if declared.kind is Kind.UNION:
            return UnionTypeDefinitionNode(**common, types=self._names(declared.members))
        if declared.kind is Kind.ENUM:
            values = (_common(value) for value in _accessible(declared.values))
            return EnumTypeDefinitionNode(
                **common, values=tuple(EnumValueDefinitionNode(**value) for value in values)
            )
        if declared.kind is Kind.INPUT:
            return InputObjectTypeDefinitionNode(**common, fields=self._inputs(declared.input_fields))
        node = InterfaceTypeDefinitionNode if declared.kind is Kind.INTERFACE else ObjectTypeDefinitionNode
        fields = tuple(self._field(own) for own in _accessible(declared.fields) if self._refers(own))
        return node(**common, interfaces=self._names(declared.interfaces), fields=fields)

    def _field(self, declared: FieldDeclaration) -> FieldDefinitionNode:
        return FieldDefinitionNode(
            **_common(declared), type=declared.type, arguments=self._inputs(declared.arguments)
        )

    def _inputs(self, declared: dict[str, InputDeclaration]) -> tuple[InputValueDefinitionNode, ...]:
        return tuple(
            InputValueDefinitionNode(**_common(each), type=each.type, default_value=each.default)
            for each in _accessible(declared)
            if self._refers(each)
        )

    def _names(self, names: Iterable[str]) -> tuple[NamedTypeNode, ...]:
        return tuple(_named(name) for name in names if name in self.types)

    def _refers(self, declared: FieldDeclaration | InputDeclaration) -> bool:
        name = named_type(declared.type)
        return name in self.types or name in BUILT_IN_SCALARS


def _accessible(declared: dict[str, _Element]) -> list[_Element]:
    return [each for each in declared.values() if not each.inaccessible]


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
