"""Selections as data: what field sets, operations and the documents sent to subgraphs are made of.

A selection is a :class:`Field` or a :class:`Fragment`. Both are frozen and hash by value, so two equal
selections are one dictionary key, whoever wrote them. Arguments are kept as printed GraphQL: the
gateway passes them on and never looks inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

__all__ = ["Condition", "Document", "Field", "Fragment", "Selection", "Selections", "print_selections"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One ``@include(if: $variable)``, or, with ``skip``, one ``@skip(if: $variable)``."""

    variable: str
    skip: bool = False

    def __str__(self) -> str:
        return f"@{'skip' if self.skip else 'include'}(if: ${self.variable})"


@dataclass(frozen=True, slots=True)
class Field:
    """A field under its response key; ``arguments`` is GraphQL text such as ``(first: $n)``, or empty.

    ``key`` is what a subgraph is asked to answer it under; ``response_key`` is the name by which whoever
    asked knows it, where that is another: the client's, or that of a value in a representation. A field that
    is ``denied`` to the client isn't asked for.
    """

    name: str
    key: str
    arguments: str = ""
    variables: frozenset[str] = frozenset()
    conditions: tuple[Condition, ...] = ()
    selections: Selections = ()
    response_key: str | None = None
    denied: bool = False

    @property
    def asked_as(self) -> str:
        """The name by which whoever asked for the field knows its value."""
        return self.response_key or self.key

    def __str__(self) -> str:
        alias = "" if self.key == self.name else f"{self.key}: "
        # A directive may stand only once at one place: further ones go onto fragments around the field.
        own = {condition.skip: condition for condition in self.conditions}.values()
        text = f"{alias}{self.name}{self.arguments}{_suffix(own, self.selections)}"
        for condition in self.conditions:
            if condition not in own:
                text = f"... {condition} {{ {text} }}"
        return text


@dataclass(frozen=True, slots=True)
class Fragment:
    """An inline fragment: its selections count for objects of ``type_condition`` only."""

    type_condition: str
    selections: Selections

    def __str__(self) -> str:
        return f"... on {self.type_condition}{_suffix((), self.selections)}"


Selection: TypeAlias = Field | Fragment
Selections: TypeAlias = tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """GraphQL text that is sent many times, with its JSON form made once."""

    text: str
    is_mutation: bool = False
    encoded: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoded", orjson.dumps(self.text))


def print_selections(selections: Iterable[Selection]) -> str:
    """Return the selections as GraphQL text on one line, without the outer braces."""
    return " ".join(map(str, selections))


def _suffix(conditions: Iterable[Condition], selections: Selections) -> str:
    directives = "".join(f" {condition}" for condition in conditions)
    return f"{directives} {{ {print_selections(selections)} }}" if selections else directives
