"""The arguments that a root field has, written or by default, of which tags are made."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    ValueNode,
    parse,
    parse_const_value,
    print_ast,
)

from stitcher.selections import Field

__all__ = ["given_arguments"]


def given_arguments(root: GraphQLObjectType | None, selection: Field) -> Mapping[str, ValueNode]:
    """Return a root field's arguments by name: those that are written with it, and the defaults of others."""
    declared = root.fields.get(selection.name) if root else None
    defaults = {
        name: parse_const_value(print_ast(argument.default.literal), no_location=True)
        for name, argument in (declared.args.items() if declared else ())
        if argument.default is not None and argument.default.literal is not None
    }
    return {**defaults, **_written(selection.arguments)}


def _written(text: str) -> Mapping[str, ValueNode]:
    if not text:
        return {}
    operation = parse(f"{{ f{text} }}", no_location=True).definitions[0]
    if not isinstance(operation, OperationDefinitionNode):
        return {}
    (selection,) = operation.selection_set.selections
    given = selection.arguments if isinstance(selection, FieldNode) else ()
    return {argument.name.value: argument.value for argument in given or ()}
