"""Field sets: the selection strings of keys and requirements, read as :mod:`stitcher.selections`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    parse,
    print_ast,
)

from stitcher.errors import Place
from stitcher.selections import Field, Fragment, Selections

__all__ = [
    "DirectiveInFieldSetError",
    "FieldSet",
    "FieldSetError",
    "parse_field_set",
]


class FieldSetError(ValueError):
    """A field set that can't be read; the message says why."""


class DirectiveInFieldSetError(FieldSetError):
    """A field set that applies a directive."""


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A field set as it was written, and what it selects.

    ``over_merged`` says that it selects from the merged types, and not only from the subgraph's own.
    """

    text: str
    selections: Selections
    place: Place
    over_merged: bool = False


def parse_field_set(text: str) -> Selections:
    """Read a field set, with or without outer braces.

    Raises:
        FieldSetError: it is empty, malformed, or uses an alias, a directive or a named fragment.
    """
    stripped = text.strip()
    try:
        document = parse(stripped if stripped.startswith("{") else f"{{ {stripped} }}", no_location=True)
    except GraphQLSyntaxError as error:
        raise FieldSetError(error.message.removeprefix("Syntax Error: ")) from error
    operation, *rest = document.definitions
    if rest or not isinstance(operation, OperationDefinitionNode):
        raise FieldSetError("Expected one selection set.")
    return _selections(operation.selection_set.selections)


def _selections(nodes: Sequence[SelectionNode]) -> Selections:
    if not nodes:
        raise FieldSetError("Expected the name of a field.")
    return tuple(selection for node in nodes for selection in _selection(node))


def _selection(node: SelectionNode) -> Selections:
    if isinstance(node, FragmentSpreadNode):
        raise FieldSetError(f"The fragment {node.name.value} isn't defined here; write it inline.")
    if node.directives:
        raise DirectiveInFieldSetError(f"@{node.directives[0].name.value} can't be used here.")
    if isinstance(node, InlineFragmentNode):
        below = _selections(node.selection_set.selections)
        return (Fragment(node.type_condition.name.value, below),) if node.type_condition else below
    assert isinstance(node, FieldNode)  # noqa: S101 -- the third and last kind of selection
    if node.alias is not None:
        raise FieldSetError(f"The alias {node.alias.value} can't be used here.")
    printed = ", ".join(
        f"{argument.name.value}: {print_ast(argument.value)}" for argument in node.arguments or ()
    )
    below = _selections(node.selection_set.selections) if node.selection_set else ()
    name = node.name.value
    return (Field(name, name, f"({printed})" if printed else "", selections=below),)
