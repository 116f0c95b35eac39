"""How often an operation selects fields that are limited.

It is counted once, for all values of the variables: a field under ``@skip`` or ``@include`` with a variable
counts as selected. Each alias counts. What is merged into one field when the operation is executed counts
once, from whatever fragments it comes, and so does a field of a list's items.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type

from stitcher.field_limits import FieldLimit, FieldLimits
from stitcher.planning.normalize import Operation
from stitcher.selections import Field, Selections

__all__ = ["Counted", "count_fields"]


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts for one limit: the arguments of each selection, as text."""

    limit: FieldLimit
    arguments: tuple[str, ...]


def count_fields(schema: GraphQLSchema, operation: Operation, limits: FieldLimits) -> tuple[Counted, ...]:
    """Return what an operation selects of the limited fields."""
    counter = _Counter(schema, limits)
    counter.count(operation.type_name, operation.selections)
    return tuple(Counted(limit, tuple(arguments)) for limit, arguments in counter.found.items())


class _Counter:
    def __init__(self, schema: GraphQLSchema, limits: FieldLimits) -> None:
        self.schema = schema
        self.limits = limits
        self.found: dict[FieldLimit, list[str]] = {}

    def count(self, type_name: str, selections: Selections) -> None:
        """Count what is selected on one object; its type may be narrowed by fragments."""
        seen: set[tuple[FieldLimit, str]] = set()
        pending = [(type_name, selected) for selected in reversed(selections)]
        while pending:
            parent, selection = pending.pop()
            if not isinstance(selection, Field):
                narrowed = selection.type_condition
                pending += [(narrowed, selected) for selected in reversed(selection.selections)]
                continue
            for limit in self.limits.get(f"{parent}.{selection.name}", ()):
                if (limit, selection.key) not in seen:
                    seen.add((limit, selection.key))
                    self.found.setdefault(limit, []).append(selection.arguments)
            declared = self.schema.type_map[parent]
            if selection.selections and isinstance(declared, (GraphQLObjectType, GraphQLInterfaceType)):
                field = declared.fields.get(selection.name)  # else introspection, which nobody limits
                if field is not None:
                    self.count(get_named_type(field.type).name, selection.selections)
