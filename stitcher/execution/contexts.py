"""Arguments from a context: which objects of a batch have which values above them.

A. Go down the path to the objects, and read each value where it is: the objects that hold it come before.
B. Objects with the same values are asked for together, as a batch of their own, with these filled in. An
   object that lacks a value, since what should have brought it failed, or null is none, is set apart for the
   batch's fallback.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from stitcher.execution.entities import (
    MISSING,
    Data,
    Failed,
    Groups,
    Lacking,
    Spot,
    applying,
    collect,
    group_objects,
    lacking_of,
    value_at,
)
from stitcher.leaves import WRONG
from stitcher.planning.plan import Batch, Context, Path
from stitcher.supergraph import Constant
from stitcher.values import dumps

__all__ = ["group_by_contexts"]


class _Found(NamedTuple):
    """An object, the values above it in the order of the batch's contexts, and the first that is lacking."""

    object: Data
    values: tuple[Any, ...]
    lacking: tuple[Spot, Path] | None


def group_by_contexts(batch: Batch, root: Data, failed: Failed) -> list[tuple[Batch, Groups]]:
    """Return a batch for each set of values that objects have above them, with these objects in groups.

    Args:
        batch: a batch with contexts, which has one target.
        root: the data so far.
        failed: tells a null that was answered from one that wasn't.
    """
    alike: dict[bytes, tuple[tuple[Any, ...], list[Data]]] = {}
    apart: list[_Found] = []
    for found in _with_values(batch, root, failed):
        if found.lacking:
            apart.append(found)
        else:
            alike.setdefault(dumps(found.values), (found.values, []))[1].append(found.object)
    parts = []
    for number, (values, objects) in enumerate(alike.values()):
        part = _filled(batch, f"{batch.key}_{number}", values)
        parts.append((part, group_objects(part, root, failed, objects)))
    if apart:
        parts.append((batch, _by_key(batch, root, failed, apart)))
    return parts


def _filled(batch: Batch, key: str, values: Sequence[Any]) -> Batch:
    """Return a batch of objects whose contexts have certain values."""
    filled = [
        (field, replace(context.argument, value=Constant(value)))
        for context, value in zip(batch.contexts, values, strict=True)
        for field in context.keys
    ]
    return replace(batch, key=key, contexts=(), filled=(*batch.filled, *filled))


def _by_key(batch: Batch, root: Data, failed: Failed, found: Sequence[_Found]) -> Groups:
    """Group objects that lack a value for what can be asked for without it."""
    target, objects = batch.targets[0], [group.object for group in found]
    plain = batch.fallback.batches[0] if batch.fallback else batch
    groups = group_objects(plain, root, failed, objects)
    keyless = {id(group.object) for group in groups.lacking}
    lacking = [
        Lacking(target, group.object, has_key=id(group.object) not in keyless, above=group.lacking)
        for group in found
    ]
    return Groups([], groups.complete if batch.fallback else [], lacking)


# A


def _with_values(batch: Batch, root: Data, failed: Failed) -> Iterator[_Found]:
    target = batch.targets[0]
    by_depth = sorted(enumerate(batch.contexts), key=lambda each: each[1].depth)
    found = [_Found(root, (None,) * len(batch.contexts), None)]
    depth = 0
    for number, context in by_depth:
        found = [
            _with_value(below, number, context, target, failed)
            for above in found
            for below in _below(above, target[depth : context.depth])
        ]
        depth = context.depth
    for above in found:
        yield from _below(above, target[depth:])


def _below(above: _Found, path: Path) -> Iterator[_Found]:
    return (above._replace(object=found_object) for found_object in collect(above.object, path))


def _with_value(found: _Found, number: int, context: Context, target: Path, failed: Failed) -> _Found:
    source = found.object
    field = next(iter(applying(context.representation, source)), None)
    if field is None:
        return found  # null
    value = value_at(field, source, failed)
    if not _can_be(value, context):
        nothing = (source, field.key), (field.key,)
        spot, keys = lacking_of(field, source, failed, context.always_there) or nothing
        return found._replace(lacking=(spot, (*target[: context.depth], *keys)))
    return found._replace(values=(*found.values[:number], value, *found.values[number + 1 :]))


def _can_be(value: Any, context: Context) -> bool:
    """Whether an argument can have a value. One of the wrong kind may spoil a whole request."""
    if value is None:
        return not context.argument.type.endswith("!")
    return value is not MISSING and (context.leaf is None or context.leaf.read(value) is not WRONG)
