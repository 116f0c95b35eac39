"""Entities: find the objects that a batch completes, ask for each key once, merge the answers back.

A. *Collect* the objects at every target path.
B. *Represent* each: read its key and required fields. Objects with the same representation form a group and
   are asked for once. An object without a key can't be looked up; one that lacks a required field is set
   apart for the batch's fallback. A value of the wrong kind is none: one of them may spoil a whole request.
   Plain keys are compared as they are, with their kinds, since ``1 == True == 1.0`` in Python; others are
   encoded for it.
C. *Merge* each entity into every object of its group. They share what is nested in it, unless a later fetch
   may write different things there (``Batch.apart``): then each gets a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

from stitcher.leaves import WRONG, Leaf
from stitcher.planning.plan import Batch, Path
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.values import dumps

__all__ = [
    "MISSING",
    "Data",
    "Group",
    "Groups",
    "Lacking",
    "Spot",
    "applying",
    "collect",
    "copied",
    "first_lacking",
    "group_objects",
    "is_one_of",
    "lacking_of",
    "merge",
    "read",
    "value_at",
]

Data: TypeAlias = dict[str, Any]

Spot: TypeAlias = tuple[Data, str]
"""An object, and the key of a value in it."""

Failed: TypeAlias = Callable[[Data, str], bool]
"""Whether a field of an object is null because its fetch failed."""

MISSING: Any = object()
"""Stands for a value that was never answered."""


@dataclass(slots=True)
class Group:
    """Objects that one representation stands for."""

    representation: Data
    objects: list[Data] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lacking:
    """An object at a target path that lacks a key or, if it has one, something else that is needed.

    ``above`` is what it lacks where that isn't its own: the spot, and the way there.
    """

    target: Path
    object: Data
    has_key: bool = False
    above: tuple[Spot, Path] | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """A batch's objects: those to ask for in full, those to ask for the rest, and all that lack anything."""

    complete: list[Group]
    incomplete: list[Group]
    lacking: list[Lacking]


# A. Collect


def collect(root: Data, path: Path) -> list[Data]:
    """Return the objects at a path, lists entered, nulls left out, in the order of the response."""
    objects = [root]
    for segment in path:
        if isinstance(segment, str):
            found: list[Data] = []
            for item in objects:
                value = item.get(segment)
                if type(value) is dict:
                    found.append(value)
                elif value is not None:
                    _flatten(value, found)
            objects = found
        else:
            objects = [entity for entity in objects if is_one_of(entity, segment)]
    return objects


def is_one_of(each: Data, types: frozenset[str]) -> bool:
    """Whether an object is of one of some types."""
    name = each.get("__typename")
    return type(name) is str and name in types


def _flatten(value: Any, found: list[Data]) -> None:
    if type(value) is dict:
        found.append(value)
    elif type(value) is list:
        for item in value:
            _flatten(item, found)


# B. Represent


def group_objects(batch: Batch, root: Data, failed: Failed, objects: Sequence[Data] | None = None) -> Groups:
    """Group the objects of a batch by what represents them.

    Args:
        batch: the batch.
        root: the data so far.
        failed: tells a null that was answered from one that wasn't.
        objects: those of a batch with one target, if not all that are there.
    """
    complete: dict[Hashable, Group] = {}  # by the representation's values if they are plain, else by its JSON
    incomplete: dict[Hashable, Group] = {}
    lacking: list[Lacking] = []
    flat = batch.flat or ()
    names = [name for name, _, _ in flat]
    keys = [key for _, key, _ in flat]
    leaves = [leaf for _, _, leaf in flat]
    take = itemgetter(*keys) if keys else None
    one = len(keys) == 1
    base = {} if batch.lookup.field else {"__typename": batch.lookup.type_name}
    values: Any
    identity: Hashable
    for target in batch.targets:
        for found_object in collect(root, target) if objects is None else objects:
            try:
                values = take(found_object) if take else None
                if type(values) is str:
                    identity = values
                else:
                    identity = (values, type(values)) if one else (*values, *map(type, values))
                group = complete.get(identity)
            except (KeyError, TypeError):  # a key is missing, or a list or an object: no plain value
                identity = group = None
            if group is None:
                plain = () if identity is None else (values,) if one else values
                if plain and None not in plain and all(map(_is_a, plain, leaves)):
                    representation = {**base, **dict(zip(names, plain, strict=True))}
                    complete[identity] = group = Group(representation)
                else:
                    found, whole = _represent(batch, found_object, failed)
                    if not whole:
                        lacking.append(Lacking(target, found_object, has_key=found is not None))
                    if found is None:
                        continue
                    groups = complete if whole else incomplete
                    group = groups.setdefault(dumps(found), Group(found))
            group.objects.append(found_object)
    return Groups(list(complete.values()), list(incomplete.values()), lacking)


def _represent(batch: Batch, source: Data, failed: Failed) -> tuple[Data | None, bool]:
    """Return an object's representation, None without a key, and whether it has all that is required."""
    representation: Data = {}
    whole = True
    if batch.lookup.field is None:
        representation["__typename"] = batch.lookup.type_name
    for selection in applying(batch.representation, source):
        name = selection.asked_as
        value = read(selection, source, failed)
        if value is not MISSING and value is not None and not _is_a(value, batch.leaves.get(name)):
            value = MISSING
        if value is not MISSING and (value is not None or name in batch.required):
            representation[name] = value
        elif name in batch.required:
            whole = False
        else:
            return None, False
    return representation, whole


def _is_a(value: Any, leaf: Leaf | None) -> bool:
    return leaf is None or (type(value) is str and leaf.plain is str) or leaf.read(value) is not WRONG


def value_at(selection: Field, source: Data, failed: Failed) -> Any:
    """Return the value of the leaf that a field leads to, by one field an object; MISSING as for ``read``."""
    return _leaf(read(selection, source, failed), selection.selections)


def _leaf(value: Any, selections: Selections) -> Any:
    if type(value) is list:
        return [_leaf(item, selections) for item in value]
    for selection in applying(selections, value) if type(value) is dict else ():
        return _leaf(value[selection.asked_as], selection.selections)
    return value


def first_lacking(batch: Batch, source: Data, failed: Failed) -> tuple[Spot, tuple[str, ...]] | None:
    """Return the first that an object lacks of what a batch requires, and the keys that lead to it.

    None if it lacks nothing, or no more than what may be null.
    """
    for selection in applying(batch.representation, source):
        name, value = selection.asked_as, source.get(selection.key)
        if value is not None and not _is_a(value, batch.leaves.get(name)):
            return (source, selection.key), (selection.key,)
        if found := lacking_of(selection, source, failed, batch.always_there):
            return found
    return None


def lacking_of(
    selection: Field,
    source: Data,
    failed: Failed,
    present: Collection[tuple[str, ...]],
    above: tuple[str, ...] = (),
) -> tuple[Spot, tuple[str, ...]] | None:
    """Return what an object lacks first of a field, as ``first_lacking`` does; ``present`` is never null."""
    spot, keys = (source, selection.key), (*above, selection.key)
    value = source.get(selection.key, MISSING)
    if value is MISSING or (value is None and (failed(*spot) or keys in present)):
        return spot, keys
    below: list[Data] = []
    if selection.selections and value is not None:
        _flatten(value, below)
        if not below and type(value) is not list:
            return spot, keys
    lacks = (
        lacking_of(selected, inner, failed, present, keys)
        for inner in below
        for selected in applying(selection.selections, inner)
    )
    return next(filter(None, lacks), None)


def applying(selections: Iterable[Selection], source: Data) -> Iterable[Field]:
    """Yield the fields of a field set that count for an object."""
    for selection in selections:
        if isinstance(selection, Fragment):
            if source.get("__typename") == selection.type_condition:
                yield from applying(selection.selections, source)
        else:
            yield selection


def read(selection: Field, source: Data, failed: Failed = lambda _, __: False) -> Any:
    """Return the value of a representation's field, MISSING if the object lacks any of it or it failed."""
    value = source.get(selection.key, MISSING)
    if value is None and failed(source, selection.key):
        return MISSING
    return _reduce(value, selection.selections, failed) if selection.selections else value


def _reduce(value: Any, selections: Selections, failed: Failed) -> Any:
    """Keep of a value what a field set names, under the names that the subgraph knows."""
    if type(value) is list:
        items = [_reduce(item, selections, failed) for item in value]
        return items if all(item is not MISSING for item in items) else MISSING
    if value is None or value is MISSING:
        return value
    if type(value) is not dict:
        return MISSING  # no object
    reduced = {}
    for selection in applying(selections, value):
        inner = read(selection, value, failed)
        if inner is MISSING:
            return MISSING
        reduced[selection.asked_as] = inner
    return reduced


# C. Merge


def copied(value: Any) -> Any:
    """Return a copy of a JSON value that shares nothing with it."""
    if type(value) is dict:
        return {key: copied(inner) for key, inner in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


def merge(target: Data, source: Data, *, deep: bool) -> Sequence[Data]:
    """Merge an entity, or a root fetch's data, into an object of the response.

    Returns the objects for which one of two services has null: what it was to bring of them is null, too.
    """
    if not deep:
        target.update(source)
        return ()
    halves: list[Data] = []
    _merge_objects(target, source, halves)
    return halves


def _merge_objects(target: Data, source: Data, halves: list[Data]) -> None:
    """Merge objects that two fetches each brought a part of; lists meet item by item."""
    for key, value in source.items():
        present = target.get(key, MISSING)
        target[key] = value if present is MISSING else _merged(present, value, halves)


def _merged(present: Any, value: Any, halves: list[Data]) -> Any:
    if type(present) is dict and type(value) is dict:
        _merge_objects(present, value, halves)
        return present
    if type(present) is list and type(value) is list and len(present) == len(value):
        present[:] = [_merged(*both, halves) for both in zip(present, value, strict=True)]
        return present
    if present is None or value is None:
        there = value if present is None else present
        _flatten(there, halves)
        return there
    return present if type(present) in (dict, list) else value  # an object is never replaced by what is none
