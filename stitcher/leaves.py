"""Leaves: which values of a scalar or an enum are right, and what a client gets for them.

A value of a built-in scalar is what graphql-core's own coercion makes of it, so that one schema and many
answer alike: an ID that comes as a number is text, an Int may come as ``"5"`` or ``5.0``, and ``"abc"`` is no
Int (GraphQL specification, section "Scalars", Result Coercion). A number for a Float stays as it came. What a
custom scalar's values look like is known to services alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLError, GraphQLScalarType, specified_scalar_types

__all__ = ["MAX_INT", "MIN_INT", "WRONG", "Leaf", "leaf_of"]

MIN_INT: Final = -(2**31)
MAX_INT: Final = 2**31 - 1

WRONG: Any = object()
"""Stands for a value that isn't one of its type."""

_PLAIN: dict[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "Float": float}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum.

    ``plain`` is the Python type whose values are right as they come, those of Int within its range;
    ``object`` stands for all, None for those of an enum, which are ``values``. ``hidden`` are those that only
    services know.
    """

    name: str
    plain: type | None = None
    coerce: Callable[[Any], Any] | None = None
    values: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def read(self, value: Any) -> Any:
        """Return what a client gets for a value; None for one that is hidden, WRONG for one that is none."""
        if self.plain is object:
            return value
        if self.coerce is None:
            if not isinstance(value, str):
                return WRONG
            return value if value in self.values else None if value in self.hidden else WRONG
        try:
            coerced = self.coerce(value)
        except (GraphQLError, ValueError, TypeError, ArithmeticError):
            return WRONG
        return value if self.plain is float and type(value) is int else coerced

    def are_plain(self, values: list[Any], *, nulls: bool) -> bool:
        """Whether all values are right as they come; ``nulls`` says whether None is."""
        kinds = set(map(type, values))
        if nulls:
            kinds.discard(NoneType)
        if self.plain is object:
            return NoneType not in kinds
        if self.coerce is None:
            return kinds <= {str} and self.values.issuperset(value for value in values if value is not None)
        if self.plain is int:
            return kinds <= {int} and all(
                MIN_INT <= value <= MAX_INT for value in values if value is not None
            )
        return kinds <= {self.plain}


def leaf_of(type_: GraphQLScalarType | GraphQLEnumType, hidden: frozenset[str] = frozenset()) -> Leaf:
    """Return what is known of a type's values; ``hidden`` are those of an enum that only services know."""
    if isinstance(type_, GraphQLEnumType):
        return Leaf(type_.name, values=frozenset(type_.values), hidden=hidden)
    return BUILT_IN.get(type_.name) or Leaf(type_.name, object)


BUILT_IN = {
    name: Leaf(name, _PLAIN[name], type_.coerce_output_value)
    for name, type_ in specified_scalar_types.items()
}
"""The scalars that every schema has."""
