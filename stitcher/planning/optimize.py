"""Fewer requests from the same steps: named passes over the steps of one operation.

Steps of one level and one subgraph are asked together: each already waits for the level before, so the answer
takes no more sequential steps, and one request fewer.

A. *postpone*: an entity step that nobody waits for moves to the last level at which its subgraph is asked.
B. *merge_levels*: entity steps of one level and subgraph become one step with several batches.
C. *join_visits*: batches of one lookup at one place that bring the same, however ordered, become one.
D. *join_reentries*: so do steps of one level that ask Query again at one place.
E. *fold_targets*: batches that ask the same of objects at several places become one with several targets.
F. *fold_reentries*: so do steps of one level that ask the same of Query again, at several places.

What becomes one is asked for if any of it is wanted. So what only some of it was guarded by (``conditions``)
becomes a condition of its fields (C, D), and places with different guards stay apart (E, F).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

from stitcher.planning.nodes import Position
from stitcher.planning.normalize import under
from stitcher.planning.steps import Step, StepBatch
from stitcher.selections import Fragment, Selection, Selections

__all__ = ["optimize"]


def optimize(steps: list[Step]) -> list[Step]:
    """Run every pass and return the steps that are left, ordered by level."""
    for run in PASSES:
        steps = run(steps)
    return sorted(steps, key=lambda step: step.level)


def postpone(steps: list[Step]) -> list[Step]:
    """Pass A. The answer is complete no later: it has to wait for that level in any case."""
    awaited = {earlier for step in steps for earlier in step.after}
    last: dict[str, int] = {}
    for step in steps:
        if step.batches:
            last[step.subgraph] = max(step.level, last.get(step.subgraph, 0))
    for step in steps:
        if step.batches and step not in awaited:
            step.level = last[step.subgraph]
    return steps


def merge_levels(steps: list[Step]) -> list[Step]:
    """Pass B."""
    kept: dict[object, Step] = {}
    replaced: dict[Step, Step] = {}
    for step in steps:
        identity: object = (step.subgraph, step.level) if step.batches else step
        first = kept.setdefault(identity, step)
        replaced[step] = first
        if first is not step:
            first.batches.extend(step.batches)
            first.after |= step.after
            first.conditions |= step.conditions
    return _without(replaced)


def join_visits(steps: list[Step]) -> list[Step]:
    """Pass C.

    What brings more stays apart: one field that can't be had would take with it what needs another.
    """
    for step in steps:
        alike: dict[object, list[StepBatch]] = {}
        for batch in step.batches:
            brings = frozenset(_leaves(batch.representation))
            identity = (batch.lookup, tuple(batch.targets), batch.required, brings, batch.contexts)
            alike.setdefault(identity, []).append(batch)
        step.batches = [_joined(batches) for batches in alike.values()]
    return steps


def join_reentries(steps: list[Step]) -> list[Step]:
    """Pass D."""
    alike: dict[object, list[Step]] = {}
    for step in steps:
        identity: object = (step.subgraph, step.level, tuple(step.targets)) if _asks_again(step) else step
        alike.setdefault(identity, []).append(step)
    replaced: dict[Step, Step] = {}
    for same in alike.values():
        first = _joined(same)
        first.after = {earlier for step in same for earlier in step.after}
        replaced.update(dict.fromkeys(same, first))
    return _without(replaced)


def fold_targets(steps: list[Step]) -> list[Step]:
    """Pass E. What sets a context stands somewhere else above each target."""
    for step in steps:
        folding = _Folding[StepBatch]()
        step.batches = [
            batch
            for batch in step.batches
            if batch.contexts
            or folding.first(batch, (batch.lookup, batch.representation, batch.required)) is batch
        ]
    return steps


def fold_reentries(steps: list[Step]) -> list[Step]:
    """Pass F."""
    folding = _Folding[Step]()
    replaced: dict[Step, Step] = {}
    for step in steps:
        first = folding.first(step, (step.subgraph, step.level)) if _asks_again(step) else step
        replaced[step] = first
        first.after |= step.after
    return _without(replaced)


PASSES: tuple[Callable[[list[Step]], list[Step]], ...] = (
    postpone,
    merge_levels,
    join_visits,
    join_reentries,
    fold_targets,
    fold_reentries,
)


def _without(replaced: Mapping[Step, Step]) -> list[Step]:
    """Return the steps that are left when each is replaced; what waited for one waits for the other."""
    kept = list(dict.fromkeys(replaced.values()))
    for step in kept:
        step.after = {replaced[earlier] for earlier in step.after}
    return kept


def _asks_again(step: Step) -> bool:
    """Whether a step asks for root fields of objects that are Query themselves."""
    return any(step.targets) and not step.batches


def _leaves(selections: Selections, path: tuple[Selection, ...] = ()) -> Iterator[tuple[Selection, ...]]:
    """Yield each leaf of some selections as the way to it."""
    for selection in selections:
        way = (*path, replace(selection, selections=()))
        yield from _leaves(selection.selections, way) if selection.selections else (way,)


_Claims: TypeAlias = dict[tuple[str, ...], object]
"""What response keys stand for, by the path to them from a place."""

_Asking = TypeVar("_Asking", Step, StepBatch)


def _joined(alike: Sequence[_Asking]) -> _Asking:
    """Make one of what is asked at one place, each field under the guards that not all have."""
    first, *others = alike
    if others:
        common = frozenset.intersection(*(visit.guards for visit in alike))
        guarded = (under(tuple(sorted(visit.guards - common, key=str)), visit.selections) for visit in alike)
        first.selections = _once(chain.from_iterable(guarded))
        first.guards = common
    for other in others:
        first.deep |= other.deep
        first.apart |= other.apart
        first.conditions |= other.conditions
    return first


def _once(selections: Iterable[Selection]) -> Selections:
    """Leave out what is there before, or there without conditions."""
    found = dict.fromkeys(selections)
    return tuple(
        visit
        for visit in found
        if isinstance(visit, Fragment) or not visit.conditions or replace(visit, conditions=()) not in found
    )


class _Folding(Generic[_Asking]):
    """Makes one of what asks the same for objects at several places.

    The answer is one object in memory however many places it is merged into. So places may only share it if
    no response key below them stands for different fields.
    """

    def __init__(self) -> None:
        self._folded: dict[object, list[tuple[_Asking, _Claims]]] = {}

    def first(self, asking: _Asking, identity: object) -> _Asking:
        """Return what has asked the same before, and now asks for these places too; or this one itself."""
        whole = (identity, asking.guards, frozenset(asking.selections))
        alike = self._folded.setdefault(whole, [])
        claims = dict(claim for place in asking.places for claim in _claims(place))
        for first, claimed in alike:
            if all(claimed.get(path, fields) == fields for path, fields in claims.items()):
                first.targets += asking.targets
                first.places += asking.places
                first.deep |= asking.deep
                first.apart |= asking.apart
                first.conditions |= asking.conditions
                claimed.update(claims)
                return first
        alike.append((asking, claims))
        return asking


def _claims(place: Position, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, fields in place.keys.items():
        yield (*path, key), fields
    for key, child in place.children.items():
        yield from _claims(child, (*path, key))
