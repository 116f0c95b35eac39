"""Selection maps: how an argument's value is made of an object's fields (``{ w: size.width, tags[name] }``).

A. Tokens: names, punctuation, and the arguments of a field, which are read as GraphQL.
B. Read: alternatives of paths, objects and lists.

Source: GraphQL Composite Schemas specification, appendix A, "Specification of FieldSelectionMap Scalar".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from graphql import GraphQLSyntaxError, ObjectValueNode, parse_const_value, print_ast

__all__ = [
    "ListMap",
    "MapEntry",
    "ObjectMap",
    "PathMap",
    "PathStep",
    "SelectionMap",
    "SelectionMapError",
    "parse_selection_map",
]


class SelectionMapError(ValueError):
    """A selection map that can't be read; the message says why."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One field of a path; with ``type_condition``, what follows counts only for objects of that type."""

    name: str
    arguments: str = ""
    type_condition: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectMap:
    """An input object: the names of its fields, and where each value comes from."""

    fields: tuple[tuple[str, SelectionMap], ...]


@dataclass(frozen=True, slots=True)
class ListMap:
    """A list: where each item's value comes from, as seen from the items that a path leads to."""

    item: SelectionMap | ListMap


@dataclass(frozen=True, slots=True)
class PathMap:
    """The value at a path; with ``below``, what is made of the object or list there."""

    steps: tuple[PathStep, ...]
    type_condition: str | None = None
    below: ObjectMap | ListMap | None = None


MapEntry: TypeAlias = PathMap | ObjectMap


@dataclass(frozen=True, slots=True)
class SelectionMap:
    """A whole map: one entry, or alternatives."""

    alternatives: tuple[MapEntry, ...]


def parse_selection_map(text: str) -> SelectionMap:
    """Read a selection map.

    Raises:
        SelectionMapError: it is empty or malformed, or names a field of an object twice.
    """
    return _Parser(text).parse()


# A. Tokens

_TOKEN = re.compile(
    r"(?P<skip>[\s,\ufeff]+|#[^\n\r]*)|(?P<name>[_A-Za-z]\w*)|(?P<mark>[<>.|{}\[\]:(])", re.ASCII
)
_ARGUMENT_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[()]|[^"#()]+', re.DOTALL
)
_END = ""


def _tokens(text: str) -> Iterator[str]:
    """Yield names and marks, a field's arguments as one token, and an empty one at the end."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SelectionMapError(f"{text[at]!r} can't stand here.")
        if match["mark"] == "(":
            end = _end_of_arguments(text, at)
            yield _arguments(text[at + 1 : end - 1])
            at = end
            continue
        if match["skip"] is None:
            yield match[0]
        at = match.end()
    yield _END


def _end_of_arguments(text: str, start: int) -> int:
    depth = 0
    for match in _ARGUMENT_TOKEN.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    raise SelectionMapError("The arguments of a field are not closed.")


def _arguments(text: str) -> str:
    try:
        node = parse_const_value(f"{{{text}}}", no_location=True)
    except GraphQLSyntaxError as error:
        reason = error.message.removeprefix("Syntax Error: ")
        raise SelectionMapError(f"The arguments ({text}) can't be read: {reason}") from error
    given = node.fields if isinstance(node, ObjectValueNode) else ()
    if not given:
        raise SelectionMapError("The parentheses are empty.")
    return f"({', '.join(f'{value.name.value}: {print_ast(value.value)}' for value in given)})"


# B. Read


class _Parser:
    """Reads one map; one token is seen ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)

    def parse(self) -> SelectionMap:
        found = self._map()
        if self._next != _END:
            raise self._unexpected("the end")
        return found

    def _map(self) -> SelectionMap:
        self._skip("|")
        alternatives = [self._entry()]
        while self._skip("|"):
            alternatives.append(self._entry())
        return SelectionMap(tuple(alternatives))

    def _entry(self) -> MapEntry:
        return self._object() if self._next == "{" else self._path()

    def _object(self) -> ObjectMap:
        self._expect("{")
        fields: dict[str, SelectionMap] = {}
        while not self._skip("}"):
            name = self._name()
            if name in fields:
                raise SelectionMapError(f"The field {name} is given twice.")
            if self._skip(":"):
                fields[name] = self._map()
            else:
                fields[name] = SelectionMap((PathMap((PathStep(name, self._optional_arguments()),)),))
        if not fields:
            raise SelectionMapError("The object has no field.")
        return ObjectMap(tuple(fields.items()))

    def _list(self) -> ListMap:
        self._expect("[")
        item = self._list() if self._next == "[" else self._map()
        self._expect("]")
        return ListMap(item)

    def _path(self) -> PathMap:
        condition = self._type_condition()
        if condition is not None:
            self._expect(".")
        steps: list[PathStep] = []
        while True:
            steps.append(PathStep(self._name(), self._optional_arguments(), self._type_condition()))
            if steps[-1].type_condition is not None:
                self._expect(".")
            elif self._next == "[":
                return PathMap(tuple(steps), condition, self._list())
            elif not self._skip("."):
                return PathMap(tuple(steps), condition)
            if self._next == "{":
                return PathMap(tuple(steps), condition, self._object())

    def _type_condition(self) -> str | None:
        if not self._skip("<"):
            return None
        name = self._name()
        self._expect(">")
        return name

    def _optional_arguments(self) -> str:
        return self._take() if self._next.startswith("(") else ""

    def _name(self) -> str:
        if not self._next.isidentifier():
            raise self._unexpected("a name")
        return self._take()

    def _take(self) -> str:
        taken, self._next = self._next, next(self._tokens, _END)
        return taken

    def _skip(self, mark: str) -> bool:
        if self._next != mark:
            return False
        self._take()
        return True

    def _expect(self, mark: str) -> None:
        if not self._skip(mark):
            raise self._unexpected(f"{mark!r}")

    def _unexpected(self, expected: str) -> SelectionMapError:
        found = f"{self._next!r}" if self._next else "the end"
        return SelectionMapError(f"Expected {expected}, found {found}.")
