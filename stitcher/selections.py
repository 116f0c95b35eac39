"""Selections as data: what field sets, operations and the documents sent to subgraphs are made of.

A selection is a :class:`Field` or a :class:`Fragment`. Both are frozen and hash by value, so two equal
selections are one dictionary key, whoever wrote them. Arguments are kept as printed GraphQL: the
gateway passes them on and never looks inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias

import orjson

__all__ = [
    "Condition",
    "Document",
    "Field",
    "Fragment",
    "Selection",
    "Selections",
    "Written",
    "print_selections",
    "size_of",
]


@dataclass(frozen=True, slots=True)
class Condition:
    """One ``@include(if: $variable)``, or, with ``skip``, one ``@skip(if: $variable)``."""

    variable: str
    skip: bool = False

    def __str__(self) -> str:
        return f"@{'skip' if self.skip else 'include'}(if: ${self.variable})"


class Written(NamedTuple):
    """Directives as text, with a space before each; and the variables in it."""

    text: str
    variables: frozenset[str]


NO_DIRECTIVES = Written("", frozenset())


@dataclass(frozen=True, slots=True)
class Field:
    """A field under its response key; ``arguments`` is GraphQL text such as ``(first: $n)``, or empty.

    ``key`` is what a subgraph is asked to answer it under; ``response_key`` is the name by which whoever
    asked knows it, where that is another: the client's, or that of a value in a representation. A field that
    is ``denied`` to the client isn't asked for.

    ``directives`` are the field's own, as text with a space before each. ``within`` has those of the
    fragments around it, the outermost first: they go with each field, wherever it is fetched.
    ``variables`` are all that are used in what stands with the field itself, but for its conditions.
    """

    name: str
    key: str
    arguments: str = ""
    variables: frozenset[str] = frozenset()
    conditions: tuple[Condition, ...] = ()
    selections: Selections = ()
    response_key: str | None = None
    denied: bool = False
    directives: str = ""
    within: tuple[str, ...] = ()

    @property
    def asked_as(self) -> str:
        """The name by which whoever asked for the field knows its value."""
        return self.response_key or self.key

    @property
    def asked_with(self) -> str:
        """What may make a difference to the field's value: its arguments, and all directives."""
        return "".join((self.arguments, self.directives, *self.within))

    @property
    def alone(self) -> Field:
        """The field without what is selected below it, under the key that a subgraph is asked for."""
        if not self.selections and self.response_key is None:
            return self
        return Field(  # three times as fast as `replace`, for each field at each of its nodes
            self.name,
            self.key,
            self.arguments,
            self.variables,
            self.conditions,
            denied=self.denied,
            directives=self.directives,
            within=self.within,
        )

    def __str__(self) -> str:
        alias = "" if self.key == self.name else f"{self.key}: "
        # A directive may stand only once at one place: further ones go onto fragments around the field.
        own = {condition.skip: condition for condition in self.conditions}.values()
        directives = "".join(f" {condition}" for condition in own) + self.directives
        inner = f" {{ {print_selections(self.selections)} }}" if self.selections else ""
        text = f"{alias}{self.name}{self.arguments}{directives}{inner}"
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
        return f"... on {self.type_condition} {{ {print_selections(self.selections)} }}"


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
    texts: list[str] = []
    for within, alike in groupby(selections, lambda each: each.within if isinstance(each, Field) else ()):
        text = " ".join(map(str, alike))
        for directives in reversed(within):
            text = f"...{directives} {{ {text} }}"
        texts.append(text)
    return " ".join(texts)


def size_of(selections: Selections) -> int:
    """Return how many fields and fragments there are, each counted wherever it stands.

    It takes as long as there are different ones: a selection may be part of many others.
    """
    return _size_of(selections, {})


def _size_of(selections: Selections, known: dict[int, int]) -> int:
    if id(selections) not in known:
        known[id(selections)] = sum(1 + _size_of(selection.selections, known) for selection in selections)
    return known[id(selections)]
