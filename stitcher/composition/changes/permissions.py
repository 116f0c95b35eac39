"""Changes of who may ask for a field, and how often.

Compared is what holds for the fields that clients see, wherever it is written: on the field, its type, the
type that it returns, or an interface, hidden or not. Fields with the same change are told of together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from graphql import GraphQLSchema, is_interface_type, is_object_type

from stitcher.authorization import Authorization, Clause, Clauses
from stitcher.composition.changes.model import Change, Level
from stitcher.composition.rules.required_access import is_implied
from stitcher.field_limits import FieldLimits, find_field_limits
from stitcher.supergraph import Supergraph

__all__ = ["permission_changes"]

_SHOWN = 5
"""So many fields are named in a message; the others are counted."""

_Limits: TypeAlias = frozenset[tuple[int, int]]
"""Amounts, each with the seconds in which it may be used."""


def permission_changes(old: Supergraph, new: Supergraph) -> Iterator[tuple[Level, Change]]:
    """Yield what is protected or limited more or less than it was, of the fields that both have."""
    kept = set(_fields(new.schema))
    fields = [field for field in _fields(old.schema) if field in kept]
    before, after = Authorization(old.schema, old.whole), Authorization(new.schema, new.whole)
    yield from _clauses(fields, before, after)
    yield from _public(fields, before.public, after.public)
    yield from _limits(fields, find_field_limits(old.whole), find_field_limits(new.whole))


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for named in schema.type_map.values():
        if (is_object_type(named) or is_interface_type(named)) and not named.name.startswith("__"):
            yield from ((named.name, name) for name in named.fields)


def _clauses(
    fields: Iterable[tuple[str, str]], before: Authorization, after: Authorization
) -> Iterator[tuple[Level, Change]]:
    asked: dict[Clause, list[str]] = defaultdict(list)
    dropped: dict[Clause, list[str]] = defaultdict(list)
    for field in fields:
        old: Clauses = before.fields.get(field, frozenset())
        new: Clauses = after.fields.get(field, frozenset())
        for clause in new:
            if not _is_met(clause, old):
                asked[clause].append(".".join(field))
        for clause in old:
            if not _is_met(clause, new):
                dropped[clause].append(".".join(field))
    for clause, at in asked.items():
        message = f"{clause} is asked for now, of {_listed(at)}: others get null and an error."
        yield Level.BREAKING, Change("AUTHORIZATION_ADDED", message)
    for clause, at in dropped.items():
        message = f"{clause} is no longer asked for, of {_listed(at)}: more clients are shown the data."
        yield Level.DANGEROUS, Change("AUTHORIZATION_REMOVED", message)


def _is_met(needed: Clause, held: Clauses) -> bool:
    """Whether whoever meets all clauses that are held meets another; only those who are known have scopes."""
    if needed.directive == "authenticated" and any(
        clause.directive == "requiresScopes" and all(clause.alternatives) for clause in held
    ):
        return True
    return is_implied(needed, held)


def _public(
    fields: Iterable[tuple[str, str]], old: frozenset[str], new: frozenset[str]
) -> Iterator[tuple[Level, Change]]:
    kept = {".".join(field) for field in fields}
    if closed := kept & (old - new):
        message = f"@public was taken off {_listed(closed)}: with a login required, nobody else may ask."
        yield Level.BREAKING, Change("PUBLIC_REMOVED", message)
    if opened := kept & (new - old):
        message = f"@public was put on {_listed(opened)}: anybody may ask, even with a login required."
        yield Level.DANGEROUS, Change("PUBLIC_ADDED", message)


def _limits(
    fields: Iterable[tuple[str, str]], old: FieldLimits, new: FieldLimits
) -> Iterator[tuple[Level, Change]]:
    changed: dict[tuple[_Limits, _Limits], list[str]] = defaultdict(list)
    for at in (".".join(field) for field in fields):
        before, after = _windows(old, at), _windows(new, at)
        if before != after:
            changed[before, after].append(at)
    for (before, after), limited in changed.items():
        was, now = (_rates(limits) if limits else "without a limit" for limits in (before, after))
        message = f"{_listed(limited)} may be asked for {now} now, before {was}."
        yield Level.DANGEROUS, Change("RATE_LIMIT_CHANGED", message)


def _windows(limits: FieldLimits, at: str) -> _Limits:
    return frozenset(
        (window.amount, window.seconds) for limit in limits.get(at, ()) for window in limit.windows
    )


def _rates(limits: _Limits) -> str:
    ordered = sorted(limits, key=lambda limit: (limit[1], limit[0]))
    return " and ".join(f"{amount} in {seconds} s" for amount, seconds in ordered)


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
