"""The merged schema is valid GraphQL. Source: GraphQL specification, section 3, "Type Validation".

Each subgraph's own is valid, so what is wrong comes of several: a problem's places are those of all the
declarations that what is wrong was merged from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InputValueDefinitionNode,
    Node,
)

from stitcher.composition.model import Composition, Declaration, TypeDeclaration, place_of
from stitcher.errors import Place, Problem
from stitcher.validity import schema_errors

__all__ = ["check_client_schema"]

_Path: TypeAlias = tuple[str, ...]
"""What an element is called: a type, then maybe its field, then maybe that field's argument."""


def check_client_schema(composition: Composition) -> Iterator[Problem]:
    """Yield what graphql-core finds wrong with the merged schema."""
    schema = composition.client
    errors = schema_errors(schema) if schema else []
    paths = _paths_of_nodes(schema) if schema and errors else {}
    for error in errors:
        fix = "change it in the subgraph that declares it; all subgraphs' declarations are merged into one."
        yield Problem("INVALID_GRAPHQL", error.message, _places(error, paths, composition), fix)


def _places(error: GraphQLError, paths: Mapping[int, _Path], composition: Composition) -> tuple[Place, ...]:
    """Return where all that an error is about was declared."""
    places: dict[Place, None] = {}
    for node in error.nodes or ():
        path = paths.get(id(node), ("",))
        if found := list(_declarations(path, composition)):
            places |= dict.fromkeys(declaration.place for declaration in found)
        elif node.loc is not None:
            places[place_of(node)] = None
    return tuple(places)


def _declarations(path: _Path, composition: Composition) -> Iterator[Declaration]:
    for declared in composition.declared.get(path[0], ()):
        found: Declaration | None = declared
        for name in path[1:]:
            found = _child(found, name)
        if found is not None:
            yield found


def _child(declared: Declaration | None, name: str) -> Declaration | None:
    if isinstance(declared, TypeDeclaration):
        return declared.fields.get(name) or declared.input_fields.get(name)
    return getattr(declared, "arguments", {}).get(name)


def _paths_of_nodes(schema: GraphQLSchema) -> dict[int, _Path]:
    """Return what each node of the merged schema belongs to, by its identity.

    The nodes of types and defaults are one subgraph's, or made by merging; errors are about these.
    """
    paths: dict[int, _Path] = {}

    def add(path: _Path, *nodes: Node | None) -> None:
        paths.update((id(node), path) for node in nodes if node is not None)

    def add_input(path: _Path, node: InputValueDefinitionNode | None) -> None:
        if node is not None:
            add(path, node, node.type, node.default_value)

    for name, named in schema.type_map.items():
        add((name,), named.ast_node)
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            add((name,), *(named.ast_node.interfaces or () if named.ast_node else ()))
            for field_name, field in named.fields.items():
                add((name, field_name), field.ast_node, field.ast_node and field.ast_node.type)
                for argument_name, argument in field.args.items():
                    add_input((name, field_name, argument_name), argument.ast_node)
        elif isinstance(named, GraphQLInputObjectType):
            for field_name, input_field in named.fields.items():
                add_input((name, field_name), input_field.ast_node)
    return paths
