"""Entities: find the objects that a batch completes, ask for each key once, merge the answers back.

A. *Collect* the objects at every target path.
B. *Represent* each: read its key and required fields. Objects with the same representation form a group and
   are asked for once. An object without a key can't be looked up; one that lacks a required field because
   the fetch that was to bring it failed is set apart for the batch's fallback.
C. *Merge* each entity into every object of its group. They share what is nested in it: the planner has
   made sure that no later fetch writes different things there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import orjson

from stitcher.planning.documents import variable_name
from stitcher.planning.plan import Batch, Path
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.supergraph import ArgumentValue, Constant, FirstOf, KeyItems, KeyPath, Lookup, Narrowed

__all__ = [
    "Data",
    "Group",
    "Groups",
    "collect",
    "entities_in",
    "group_objects",
    "merge",
    "merge_deep",
    "variables",
]

Data: TypeAlias = dict[str, Any]

MISSING: Any = object()


@dataclass(slots=True)
class Group:
    """Objects that one representation stands for."""

    representation: Data
    objects: list[Data] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Groups:
    """A batch's objects: those to ask for in full, and those that lack a required field."""

    complete: list[Group]
    incomplete: list[Group]


# A. Collect


def collect(root: Data, path: Path) -> list[Data]:
    """Return the objects at a path, lists entered, nulls left out, in the order of the response."""
    objects = [root]
    for segment in path:
        if isinstance(segment, str):
            found: list[Data] = []
            for each in objects:
                value = each.get(segment)
                if type(value) is dict:
                    found.append(value)
                elif value is not None:
                    _flatten(value, found)
            objects = found
        else:
            objects = [each for each in objects if each.get("__typename") in segment]
    return objects


def _flatten(value: Any, found: list[Data]) -> None:
    if type(value) is dict:
        found.append(value)
    elif type(value) is list:
        for item in value:
            _flatten(item, found)


# B. Represent


def group_objects(batch: Batch, root: Data, failed: Callable[[Data, str], bool]) -> Groups:
    """Group the objects of a batch by what represents them.

    Args:
        batch: the batch.
        root: the data so far.
        failed: whether a field of an object is null because its fetch failed.
    """
    complete: dict[bytes, Group] = {}
    incomplete: dict[bytes, Group] = {}
    keys = [key for _, key in batch.flat or ()]
    alike: dict[tuple[Any, ...], Group] = {}  # a shortcut: most objects repeat a few plain values
    for target in batch.targets:
        for each in collect(root, target):
            values = tuple([each.get(key) for key in keys])
            try:
                group = alike.get(values)
            except TypeError:  # a list is no plain value
                group, values = None, ()
            if group is None:
                representation, whole = _represent(batch, each, failed)
                if representation is None:
                    continue
                groups = complete if whole else incomplete
                group = groups.setdefault(orjson.dumps(representation), Group(representation))
                if values and whole and None not in values:
                    alike[values] = group
            group.objects.append(each)
    return Groups(list(complete.values()), list(incomplete.values()))


def _represent(batch: Batch, source: Data, failed: Callable[[Data, str], bool]) -> tuple[Data | None, bool]:
    """Return an object's representation, None without a key, and whether it has all that is required."""
    representation: Data = {}
    whole = True
    if batch.lookup.field is None:
        representation["__typename"] = batch.lookup.type_name
    for selection in _applying(batch.representation, source):
        value = _read(selection, source)
        if selection.name in batch.required:
            if value is MISSING or (value is None and failed(source, selection.key)):
                whole = False
            else:
                representation[selection.name] = value
        elif value is MISSING or value is None:
            return None, False
        else:
            representation[selection.name] = value
    return representation, whole


def _applying(selections: Iterable[Selection], source: Data) -> Iterable[Field]:
    for selection in selections:
        if isinstance(selection, Fragment):
            if source.get("__typename") == selection.type_condition:
                yield from _applying(selection.selections, source)
        else:
            yield selection


def _read(selection: Field, source: Data) -> Any:
    value = source.get(selection.key, MISSING)
    return _reduce(value, selection.selections) if selection.selections else value


def _reduce(value: Any, selections: Selections) -> Any:
    """Keep of a value what a field set names, under the names that the subgraph knows."""
    if type(value) is list:
        items = [_reduce(item, selections) for item in value]
        return items if all(item is not MISSING for item in items) else MISSING
    if type(value) is not dict:
        return value
    reduced = {}
    for selection in _applying(selections, value):
        inner = _read(selection, value)
        if inner is MISSING:
            return MISSING
        reduced[selection.name] = inner
    return reduced


def variables(batch: Batch, groups: Sequence[Group]) -> Data:
    """Return the variables that carry a batch's keys."""
    lookup = batch.lookup
    if lookup.field is None:
        return {variable_name(batch, "representations"): [group.representation for group in groups]}
    values: Data = {}
    for argument in lookup.arguments:
        if isinstance(argument.value, Constant):
            values[variable_name(batch, argument.name)] = argument.value.value
            continue
        given = [_argument(argument.value, group.representation) for group in groups]
        if argument.each:
            if not given or any(each is not MISSING for each in given):
                items = [None if each is MISSING else each for each in given]
                values[variable_name(batch, argument.name)] = items
            continue
        for index, each in enumerate(given):
            if each is not MISSING:
                values[variable_name(batch, argument.name, index)] = each
    return values


def _argument(value: ArgumentValue, representation: Data) -> Any:
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, KeyPath):
        return _at(value.path, representation)
    if isinstance(value, KeyItems):
        items = _at(value.path, representation)
        return [_argument(value.value, item) for item in items] if type(items) is list else items
    if isinstance(value, Narrowed):
        narrowed = _at(value.path, representation)
        matches = type(narrowed) is dict and narrowed.get("__typename") == value.type_condition
        return _argument(value.value, narrowed) if matches else MISSING
    if isinstance(value, FirstOf):
        found = (_argument(inner, representation) for inner in value.values)
        return next(filter(_is_there, found), None)
    values = {name: _argument(inner, representation) for name, inner in value.items()}
    # A field that only another computed field requires wasn't fetched, and isn't sent.
    return {name: each for name, each in values.items() if each is not MISSING}


def _is_there(value: Any) -> bool:
    if type(value) is dict:
        return all(map(_is_there, value.values()))
    return value is not MISSING and value is not None


def _at(path: Sequence[str], representation: Any) -> Any:
    current = representation
    for name in path:
        current = current.get(name, MISSING) if type(current) is dict else current
    return current


# C. Merge


def entities_in(batch: Batch, data: Mapping[str, Any], groups: Sequence[Group]) -> list[Any] | None:
    """Return a batch's entities, one a group, in the groups' order; None if none of them can be told.

    A list lookup of a plain service may answer in its own order, or leave out what it doesn't have, so its
    items are told apart by their keys wherever it can name them.
    """
    if not batch.lookup.many:
        return [data.get(f"{batch.key}_{index}") for index in range(len(groups))]
    entities = data.get(batch.key)
    if type(entities) is not list:
        return None
    if not batch.by_key:
        return entities if len(entities) == len(groups) else None
    by_key = {
        _key_of(batch.lookup, item, batch.representation): item for item in entities if type(item) is dict
    }
    own = tuple(replace(each, key=each.name) for each in batch.lookup.key if isinstance(each, Field))
    return [by_key.get(_key_of(batch.lookup, group.representation, own)) for group in groups]


def _key_of(lookup: Lookup, item: Data, selections: Selections) -> str:
    """Return a key as text; an ID may come as a number from one service and as a string from another."""
    names = {each.name for each in lookup.key if isinstance(each, Field)}
    values = {each.name: _read(each, item) for each in _applying(selections, item) if each.name in names}
    return repr([str(values.get(name)) for name in sorted(names)])


def merge(target: Data, source: Data, *, deep: bool) -> None:
    """Merge an entity, or a root fetch's data, into an object of the response."""
    if deep:
        merge_deep(target, source)
    else:
        target.update(source)


def merge_deep(target: Data, source: Data) -> None:
    """Merge objects that two fetches each brought a part of; lists meet item by item."""
    for key, value in source.items():
        present = target.get(key)
        if type(present) is dict and type(value) is dict:
            merge_deep(present, value)
        elif type(present) is list and type(value) is list and len(present) == len(value):
            _merge_lists(present, value)
        elif present is None or value is not None:
            target[key] = value


def _merge_lists(target: list[Any], source: list[Any]) -> None:
    for index, value in enumerate(source):
        present = target[index]
        if type(present) is dict and type(value) is dict:
            merge_deep(present, value)
        elif type(present) is list and type(value) is list and len(present) == len(value):
            _merge_lists(present, value)
        elif present is None:
            target[index] = value
