"""Fewer requests from the same steps: named passes over the steps of one operation.

Steps of one level and one subgraph are asked together: each already waits for the level before, so the answer
takes no more sequential steps, and one request fewer.

A. *postpone*: an entity step that nobody waits for moves to the last level at which its subgraph is asked.
B. *merge_levels*: entity steps of one level and subgraph become one step with several batches.
C. *join_visits*: batches of one lookup at one place, which differ in what they bring, become one.
D. *fold_targets*: batches that ask the same of objects at several places become one with several targets.
"""

from __future__ import annotations

from collections.abc import Callable

from stitcher.planning.normalize import merge_selections
from stitcher.planning.routing import Place
from stitcher.planning.steps import Step, StepBatch
from stitcher.selections import Field, Selections

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
    for step in kept.values():
        step.after = {replaced[earlier] for earlier in step.after}
    return list(kept.values())


def join_visits(steps: list[Step]) -> list[Step]:
    """Pass C.

    One representation can't bring two values of one field, as two arguments of it would need.
    """
    for step in steps:
        joined: list[StepBatch] = []
        for batch in step.batches:
            first = next((other for other in joined if _can_join(other, batch)), None)
            if first is None:
                joined.append(batch)
                continue
            first.representation = merge_selections((*first.representation, *batch.representation))
            first.selections += tuple(each for each in batch.selections if each not in first.selections)
            first.required |= batch.required
            first.deep |= batch.deep
        step.batches = joined
    return steps


def fold_targets(steps: list[Step]) -> list[Step]:
    """Pass D.

    An entity is one object in memory however many places it is merged into. So two places may only share
    it if no response key below them stands for different fields.
    """
    for step in steps:
        folded: list[StepBatch] = []
        for batch in step.batches:
            first = next((other for other in folded if _asks_the_same(other, batch)), None)
            if first is None:
                folded.append(batch)
            else:
                first.targets += batch.targets
                first.places += batch.places
                first.deep |= batch.deep
        step.batches = folded
    return steps


PASSES: tuple[Callable[[list[Step]], list[Step]], ...] = (postpone, merge_levels, join_visits, fold_targets)


def _can_join(one: StepBatch, other: StepBatch) -> bool:
    if one.lookup != other.lookup or one.targets != other.targets:
        return False
    return _is_unambiguous(merge_selections((*one.representation, *other.representation)))


def _is_unambiguous(representation: Selections) -> bool:
    """Whether each name is there once: a representation has names, and no place for arguments."""
    names = [each.name for each in representation if isinstance(each, Field)]
    return len(set(names)) == len(names) and all(_is_unambiguous(each.selections) for each in representation)


def _asks_the_same(one: StepBatch, other: StepBatch) -> bool:
    return (
        one.lookup == other.lookup
        and one.representation == other.representation
        and one.required == other.required
        and set(one.selections) == set(other.selections)
        and all(_agree(place, mine) for place in other.places for mine in one.places)
    )


def _agree(one: Place, other: Place) -> bool:
    if one is other:
        return True
    same = all(other.keys.get(key, fields) == fields for key, fields in one.keys.items())
    return same and all(
        _agree(child, other.children[key]) for key, child in one.children.items() if key in other.children
    )
