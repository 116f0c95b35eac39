"""The words that random graphs are described in: types, the objects of their data, and how these answer.

A graph is its types and its objects. An object is a plain dict that says its ``__typename``, and holds other
objects themselves; an exception in place of a value is a resolver that fails. What a field answers is told by
:func:`answer` alone, whoever is asked: a service with a part of the graph, or the whole.

Query and Mutation have one object each. What mutations do is only that they were done (``Done``).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import get_argument_values

Row = dict[str, Any]

Path = tuple[str, ...]
"""A way to a value below an object: names of fields, the last one perhaps with arguments: ``text0(n: 2)``.

What is provided may go through fragments, too: ``... on Ant``.
"""

ROOTS = ("Query", "Mutation")

SHOUT = "directive @shout(times: Int! = 1) repeatable on FIELD | INLINE_FRAGMENT | FRAGMENT_SPREAD | QUERY"
"""A directive for clients. A text that is asked for with it ends with so many exclamation marks."""

Done = list[tuple[str, str]]
"""The fields of Mutation that were asked for, in order, with their arguments as JSON."""

Key = tuple[Path, ...]

REQUIRED_ARGUMENTS = {"n": 2}
"""The arguments with which a field is required that takes any."""


@dataclass
class Context:
    """What a field takes of the nearest object above that is of one of some types: its value at a path.

    ``types`` are all that count, ``paths`` has those where there is a value; it is null for the others. The
    types are marked under the names ``marked``, which may be those of abstract types that hold them.
    """

    type: str
    marked: tuple[str, ...]
    types: frozenset[str]
    paths: dict[str, Path]


@dataclass
class Attribute:
    """A field of the whole graph.

    ``requires`` is what a computed one is computed of, ``contexts`` what it takes from above. ``only`` are
    the object types that it ever returns, where it is of an abstract one: a service needs to know no others
    to serve it.
    """

    name: str
    type: str
    arguments: str = ""
    requires: tuple[Path, ...] = ()
    contexts: tuple[Context, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        return self.type.strip("[]!")

    @property
    def levels(self) -> int:
        """How many lists the value is in."""
        return self.type.count("[")


@dataclass
class Type:
    """A type of the whole graph. An object type with keys is an entity, one without a value.

    ``kind`` is the keyword that it is declared with. ``members`` are the object types of an abstract one.
    ``lossy`` entities may have a key that is null; then they have nothing but what is null.
    """

    name: str
    kind: str = "type"
    attributes: dict[str, Attribute] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    lossy: bool = False

    def add(self, name: str, type_: str, arguments: str = "", requires: tuple[Path, ...] = ()) -> Attribute:
        return self.attributes.setdefault(name, Attribute(name, type_, arguments, requires))

    @property
    def key_names(self) -> set[str]:
        return {path[0] for key in self.keys for path in key}

    @property
    def plain(self) -> list[Attribute]:
        """The fields that are in no key."""
        return [each for each in self.attributes.values() if each.name not in self.key_names]


Types = dict[str, Type]


def interfaces_of(types: Types, name: str) -> list[str]:
    return [type_.name for type_ in types.values() if type_.kind == "interface" and name in type_.members]


def answer(
    attribute: Attribute,
    value: Any,
    arguments: dict[str, Any],
    dig: Callable[[Path], Any] | None = None,
    above: Iterable[Any] = (),
) -> Any:
    """Return what a field answers if its object holds ``value``.

    ``dig`` reads what a computed one needs, ``above`` is what it takes from objects above.
    """
    inputs = [*above, *(dig(path) for path in attribute.requires if dig)]
    if value is None or isinstance(value, Exception):
        return value
    if attribute.name.startswith("find"):
        return find(value, {(name,): given for name, given in arguments.items()})
    if "first" in arguments:
        return value[: arguments["first"]]
    if attribute.requires or attribute.contexts:
        return f"{value} of {json.dumps(inputs)}"
    return f"{value} {sorted(arguments.items())}" if arguments else value


def shouted(value: Any, info: Any) -> Any:
    """Return a value with the exclamation marks that its field is asked for with."""
    if not isinstance(value, str):
        return value
    marks = 0
    for directive in info.field_nodes[0].directives or ():
        if directive.name.value == "shout":
            given = get_argument_values(info.schema.get_directive("shout"), directive, info.variable_values)
            marks += given["times"]
    return value + "!" * marks


def find(rows: list[Row], key: dict[Path, Any]) -> Row | None:
    return next((row for row in rows if all(at(row, path) == value for path, value in key.items())), None)


def at(value: Any, path: Path) -> Any:
    """Return the value at a path as it is held; lists are entered, and what is below null is null."""
    if isinstance(value, list):
        return [at(item, path) for item in value]
    if not path or value is None:
        return value
    return at(value[path[0].partition("(")[0]], path[1:])


def required(types: Types, value: Any, path: Path) -> Any:
    """Return the value at a path as the whole graph answers it; raise what fails on the way."""
    if isinstance(value, Exception):
        raise value
    if isinstance(value, list):
        return [required(types, item, path) for item in value]
    if not path or value is None:
        return value
    name, _, arguments = path[0].partition("(")
    attribute = types[value["__typename"]].attributes[name]
    given = REQUIRED_ARGUMENTS if arguments else {}
    found = answer(attribute, value[name], given, lambda inner: required(types, value, inner))
    return required(types, found, path[1:])


def field_set(paths: Iterator[Path] | tuple[Path, ...] | list[Path]) -> str:
    """Write paths as a selection: ``id home { id }``."""
    tree: dict[str, list[Path]] = {}
    for name, *below in paths:
        tree.setdefault(name, []).extend([tuple(below)] if below else [])
    return " ".join(f"{name} {{ {field_set(below)} }}" if below else name for name, below in tree.items())
