"""Lookups: what a batch's groups are asked for with, and which of the answers is whose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from stitcher.execution.entities import MISSING, Data, Group, applying, is_one_of, read
from stitcher.execution.error_paths import ClientPath
from stitcher.planning.documents import filled_name, variable_name
from stitcher.planning.plan import Batch
from stitcher.selections import Field, Selections
from stitcher.supergraph import (
    ArgumentValue,
    Constant,
    FirstOf,
    KeyItems,
    KeyPath,
    Lookup,
    Narrowed,
    PerKey,
)

__all__ = ["Unmerged", "entities_in", "entity_at", "groups_at", "variables"]

Unmerged: TypeAlias = tuple[Batch, Group, Any]
"""A group for which no object came, and what came instead: MISSING if nothing did."""


def variables(batch: Batch, groups: Sequence[Group]) -> Data:
    """Return the variables that carry a batch's keys."""
    lookup = batch.lookup
    keys = [group.representation for group in groups]
    values: Data = {}
    sources = [{}] if lookup.many else keys  # what differs from key to key is asked for one by one
    for position, (_, argument) in enumerate(batch.filled):
        for index, key in enumerate(sources):
            given = _argument(argument.value, key)
            values[filled_name(batch, position, index)] = None if given is MISSING else given
    if lookup.field is None:
        values[variable_name(batch, "representations")] = keys
        return values
    for argument in lookup.arguments:
        shared = lookup.many or isinstance(argument.value, Constant)
        for index, key in enumerate([{}] if shared else keys):
            given = _argument(argument.value, key, keys)
            if given is not MISSING:
                values[variable_name(batch, argument.name, index)] = given
    return values


def _argument(value: ArgumentValue, representation: Data, keys: Sequence[Data] = ()) -> Any:
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, PerKey):
        given = [_argument(value.value, key) for key in keys]
        return _items_of(given) if not given or any(item is not MISSING for item in given) else MISSING
    if isinstance(value, KeyPath):
        return _at(value.path, representation)
    if isinstance(value, KeyItems):
        items = _at(value.path, representation)
        return _items_of(_argument(value.value, item) for item in items) if type(items) is list else items
    if isinstance(value, Narrowed):
        narrowed = _at(value.path, representation)
        matches = type(narrowed) is dict and is_one_of(narrowed, value.types)
        return _argument(value.value, narrowed) if matches else MISSING
    if isinstance(value, FirstOf):
        found = ((inner, _argument(inner, representation)) for inner in value.values)
        return next((candidate for inner, candidate in found if _is_there(candidate, inner)), None)
    values = {name: _argument(inner, representation, keys) for name, inner in value.items()}
    # A field that only another computed field requires wasn't fetched, and isn't sent.
    return {name: item for name, item in values.items() if item is not MISSING}


def _items_of(values: Iterable[Any]) -> list[Any]:
    return [None if value is MISSING else value for value in values]


def _is_there(value: Any, wanted: ArgumentValue) -> bool:
    """Whether a value has all that is wanted of it."""
    while isinstance(wanted, Narrowed):
        wanted = wanted.value
    if isinstance(wanted, Mapping) and type(value) is dict:
        return all(name in value and _is_there(value[name], inner) for name, inner in wanted.items())
    return value is not MISSING and value is not None


def _at(path: Sequence[str], representation: Any) -> Any:
    current = representation
    for name in path:
        current = current.get(name, MISSING) if type(current) is dict else current
    return current


def entities_in(batch: Batch, data: Mapping[str, Any], groups: Sequence[Group]) -> list[Any] | None:
    """Return a batch's entities, one a group, in the groups' order; None if none of them can be told.

    A list lookup of a plain service may answer in its own order, or leave out what it doesn't have, so its
    items are told apart by their keys wherever it can name them. What is MISSING may have come as one that
    can't be told.
    """
    if not batch.lookup.many:
        way = _way(batch)
        return [_below(data.get(f"{batch.key}_{index}", MISSING), way) for index in range(len(groups))]
    items = _below(data.get(batch.key, MISSING), _way(batch))
    if items is None and batch.lookup.field:
        return [None] * len(groups)  # a service that has nothing at all may say so
    if type(items) is not list or not batch.by_key:
        return items if type(items) is list and len(items) == len(groups) else None
    asked, answered = _keys(batch, groups, items)
    by_key: dict[str, Any] = {}
    absent = None
    for key, item in zip(answered, items, strict=True):
        if key is not None:
            by_key[key] = item
        elif item is not None:
            absent = MISSING
    return [by_key.get(key, absent) if key else MISSING for key in asked]


def entity_at(batch: Batch, path: ClientPath) -> tuple[int | None, ClientPath]:
    """Return which of a batch's entities an error's path is about, and the path within it."""
    above = len(batch.lookup.path)  # the fields that lead to a lookup which isn't one of Query's
    if batch.lookup.many:
        number = path[above + 1] if path[:1] == (batch.key,) and len(path) > above + 1 else None
        return (number, path[above + 2 :]) if isinstance(number, int) else (None, ())
    first = path[0] if path else None
    prefix = f"{batch.key}_"
    if isinstance(first, str) and first.startswith(prefix) and first[len(prefix) :].isdigit():
        return int(first[len(prefix) :]), path[above + 1 :]
    return None, ()


def groups_at(
    batch: Batch, data: Mapping[str, Any] | None, groups: Sequence[Group], number: int
) -> Sequence[Group]:
    """Return the groups that an item of a batch's answer may be about: one, where that can be told.

    Where a list is in an order of its own, one that is null may stand for any group without an entity.
    """
    in_order = groups[number : number + 1]
    items = _items(batch, data or {}) if batch.by_key else None
    if items is None or number >= len(items):
        return in_order
    asked, answered = _keys(batch, groups, items)
    if len(items) == len(groups) and all(key in (None, asked[index]) for index, key in enumerate(answered)):
        return in_order
    key = answered[number]
    return [
        group
        for group, own in zip(groups, asked, strict=True)
        if (own not in answered if key is None else own == key)
    ]


def _way(batch: Batch) -> Sequence[str | None]:
    return (*batch.lookup.path[1:], batch.lookup.field) if batch.lookup.path else ()


def _items(batch: Batch, data: Mapping[str, Any]) -> list[Any] | None:
    items = _below(data.get(batch.key, MISSING), _way(batch))
    return items if type(items) is list else None


def _keys(
    batch: Batch, groups: Sequence[Group], items: Sequence[Any]
) -> tuple[Sequence[str | None], Sequence[str | None]]:
    """Return the key of each group, and that of each item of a list, None for one that names none.

    An ID may come as a number from one service and as a string from another, so keys are compared as text;
    but by their kinds, too, where some that are asked for differ in nothing else, and aren't IDs.
    """
    own = tuple(
        replace(selection, key=selection.name)
        for selection in batch.lookup.key
        if isinstance(selection, Field)
    )
    as_text: Callable[[Any], str] = str
    asked = [_key_of(batch.lookup, group.representation, own, str) for group in groups]
    if len(set(asked)) < len(asked) and not any(
        argument.type.strip("[]!") == "ID" for argument in batch.lookup.arguments
    ):
        as_text = repr
        asked = [_key_of(batch.lookup, group.representation, own, repr) for group in groups]
    return asked, [
        _key_of(batch.lookup, item, batch.representation, as_text) if type(item) is dict else None
        for item in items
    ]


def _key_of(lookup: Lookup, item: Data, selections: Selections, as_text: Callable[[Any], str]) -> str | None:
    names = {selection.name for selection in lookup.key if isinstance(selection, Field)}
    values = {field.name: read(field, item) for field in applying(selections, item) if field.name in names}
    if MISSING in values.values():
        return None
    return repr([_as_text(values.get(name), as_text) for name in sorted(names)])


def _as_text(value: Any, as_text: Callable[[Any], str]) -> Any:
    if type(value) is dict:
        return [(name, _as_text(value[name], as_text)) for name in sorted(value)]
    if type(value) is list:
        return [_as_text(item, as_text) for item in value]
    # null, MISSING, true and false are no names of anything
    return as_text(value) if isinstance(value, str | float) or type(value) is int else value


def _below(value: Any, way: Iterable[str | None]) -> Any:
    """Return what an answer has at the end of a way: None where it ends in null, MISSING elsewhere."""
    for name in way:
        if type(value) is not dict:
            return value if value is None else MISSING
        value = value.get(name, MISSING)
    return value
