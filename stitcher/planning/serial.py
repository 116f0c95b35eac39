"""The order in which a mutation does its root fields, for every value of the variables.

What is asked for under one response key is done once, where it first counts (GraphQL specification,
CollectFields). If variables decide which of its fields that is, it may be done in one of several turns:

A. A turn is done if one of its own fields counts, and none of those that stand before it.
B. It asks for what later fields of its key select, too: those that count then.

Conditions that exclude each other are left out, so a turn that can never be done is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from stitcher.planning.budget import Budget
from stitcher.selections import Condition, Field, size_of

__all__ = ["in_turns"]


def in_turns(fields: Iterable[Field], budget: Budget) -> list[list[Field]]:
    """Return what is done in each turn, in order; of the turns of one response key, one at most is done.

    Raises:
        RequestError: that is more than the budget has steps.
    """
    runs = [(key, list(run)) for key, run in groupby(fields, key=lambda field: field.key)]
    by_key: dict[str, list[list[Field]]] = {}
    for key, run in runs:
        by_key.setdefault(key, []).append(run)
    turns = {key: _turns(same, budget) for key, same in by_key.items()}
    return [turn for key, _ in runs if (turn := next(turns[key], None))]


def _turns(runs: Sequence[Sequence[Field]], budget: Budget) -> Iterator[list[Field]]:
    """Yield the turns of one response key, given its fields, those that are neighbours together."""
    if len(runs) == 1:
        yield list(runs[0])
        return
    before: list[set[Condition]] = [set()]
    """When none of the fields so far counts: alternatives, of which no two hold at once."""
    for number, run in enumerate(runs):
        turn = [part for field in run for part in _under(before, field)]
        counting: list[set[Condition]] = []
        for field in run:
            budget.spend(len(before))
            counting += _both(before, [set(field.conditions)])
            before = _both(before, _none_of(field.conditions))
        turn += [part for later in runs[number + 1 :] for field in later for part in _under(counting, field)]
        budget.spend(size_of(tuple(turn)))
        yield turn


def _under(alternatives: Iterable[set[Condition]], field: Field) -> list[Field]:
    found = _both(alternatives, [set(field.conditions)])
    return [replace(field, conditions=tuple(sorted(conditions, key=str))) for conditions in found]


def _none_of(conditions: Sequence[Condition]) -> list[set[Condition]]:
    """Return when not all of some conditions hold."""
    return [
        {*conditions[:number], replace(condition, skip=not condition.skip)}
        for number, condition in enumerate(conditions)
    ]


def _both(alternatives: Iterable[set[Condition]], others: Sequence[set[Condition]]) -> list[set[Condition]]:
    united = (one | other for one in alternatives for other in others)
    return [
        conditions
        for conditions in united
        if not any(replace(one, skip=not one.skip) in conditions for one in conditions)
    ]
