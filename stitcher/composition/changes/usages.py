"""Changes of the directives that stand in the schema and that clients don't see.

What is compared elsewhere by what it does isn't here: authorization, limits, and what introspection shows.
``@cost`` and ``@listSize`` decide which operations are too expensive; others are for tools alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from graphql import print_ast, specified_directives

from stitcher.authorization import AUTHORIZATION_DIRECTIVES, PUBLIC
from stitcher.composition.changes.elements import Element, Shared
from stitcher.composition.changes.model import Change, Level
from stitcher.directives import applied, arguments_of
from stitcher.field_limits import DIRECTIVE as RATE_LIMIT

__all__ = ["usage_changes"]

_Usage: TypeAlias = tuple[str, str]
"""A directive's name, and its arguments as text that is the same for the same values."""

_COSTS = frozenset({"cost", "listSize"})
_ELSEWHERE = frozenset(
    {*AUTHORIZATION_DIRECTIVES, PUBLIC, RATE_LIMIT, *(directive.name for directive in specified_directives)}
)


def usage_changes(shared: Iterable[Shared]) -> Iterator[tuple[Level, Change]]:
    """Yield the directives that come or go, on what both schemas have; one with other arguments does both."""
    for name in shared:
        old, new = _usages(name.old), _usages(name.new)
        for usage in new.keys() - old.keys():
            yield _change(usage, "DIRECTIVE_APPLIED", f"{name.coordinate} now has {new[usage]}")
        for usage in old.keys() - new.keys():
            yield _change(
                usage, "DIRECTIVE_NO_LONGER_APPLIED", f"{name.coordinate} no longer has {old[usage]}"
            )


def _change(usage: _Usage, code: str, what: str) -> tuple[Level, Change]:
    if usage[0] in _COSTS:
        return Level.DANGEROUS, Change(
            code, f"{what}; an operation that selects it may cost more than it may."
        )
    return Level.SAFE, Change(code, f"{what}.")


def _usages(element: Element) -> dict[_Usage, str]:
    """Return an element's directives as they are written."""
    found: dict[_Usage, str] = {}
    for node in applied(element):
        if node.name.value not in _ELSEWHERE:
            found[node.name.value, json.dumps(arguments_of(node), sort_keys=True)] = print_ast(node)
    return found
