"""The directives on the elements of a schema, with their arguments as plain values."""

from __future__ import annotations

from typing import Any, TypeAlias

from graphql import (
    ConstDirectiveNode,
    GraphQLArgument,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLSchema,
    value_from_ast_untyped,
)

__all__ = ["SchemaElement", "applied", "arguments_of"]

SchemaElement: TypeAlias = (
    GraphQLSchema | GraphQLNamedType | GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue
)


def arguments_of(node: ConstDirectiveNode) -> dict[str, Any]:
    """Return the arguments that one use of a directive gives, by name, without defaults."""
    return {given.name.value: value_from_ast_untyped(given.value) for given in node.arguments or ()}


def applied(element: SchemaElement) -> tuple[ConstDirectiveNode, ...]:
    """Return the uses of directives on an element, as far as it was made from SDL."""
    return tuple(getattr(element.ast_node, "directives", None) or ())
