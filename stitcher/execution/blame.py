"""Which service was to bring a value.

Runs only where something is wrong, so nothing is kept for it: the plan's fetches are searched for the one
that asks for a field where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from stitcher.execution.shaper import Link, holds
from stitcher.planning.plan import Batch, Fetch, Path
from stitcher.selections import Fragment, Selections

__all__ = ["Blame", "Way", "way_along", "way_to"]

Way: TypeAlias = tuple[tuple[frozenset[str] | None, str], ...]
"""From the root to a value: each key in the data, with the types that the object which has it may be of."""


class Blame:
    """The services that a plan asks, by what they are to bring, in view of the operation's variables."""

    def __init__(self, fetches: Iterable[Fetch], variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.fetches = [fetch for fetch in fetches if self._is_wanted(fetch)]
        self._known: dict[Way, str | None] = {}

    def service(self, way: Way) -> str | None:
        """Return who is asked for a value, or for the nearest one above it that is asked for."""
        above = (self.asked(way[:length]) for length in range(len(way), 0, -1))
        return next(filter(None, above), None)

    def asked(self, way: Way) -> str | None:
        """Return who is asked for a value; None if nobody is."""
        if way not in self._known:
            found = (self._find(way, exactly=exactly) for exactly in (True, False))
            self._known[way] = next(filter(None, found), None)
        return self._known[way]

    def _find(self, way: Way, *, exactly: bool) -> str | None:
        """Return the first to ask; where types matter, ``exactly`` takes abstract ones for others."""
        for fetch in self.fetches:
            asked = [(path, fetch.selections) for path in fetch.targets]
            batches = filter(self._is_wanted, fetch.batches)
            asked += [(path, batch.selections) for batch in batches for path in batch.targets]
            for target, selections in asked:
                rest = _below(target, way)
                if rest and self._asks(selections, rest, exactly=exactly):
                    return fetch.subgraph
        return None

    def _is_wanted(self, asking: Fetch | Batch) -> bool:
        conditions = asking.conditions
        return not conditions or any(holds(condition, self.variables) for condition in conditions)

    def _asks(self, selections: Selections, way: Way, *, exactly: bool) -> bool:
        (types, key), below = way[0], way[1:]
        for selection in selections:
            if isinstance(selection, Fragment):
                applies = types is None or selection.type_condition in types or not exactly
                if applies and self._asks(selection.selections, way, exactly=exactly):
                    return True
            elif selection.key != key or not holds(selection.conditions, self.variables):
                continue
            elif not below or self._asks(selection.selections, below, exactly=exactly):
                return True
        return False


def way_to(at: Link) -> Way:
    """Return the way to a place of the response."""
    steps: list[tuple[frozenset[str] | None, str]] = []
    link: Link | None = at
    while link:
        link, segment = link
        if not isinstance(segment, int):
            steps.append((frozenset({segment.coordinate.partition(".")[0]}), segment.source))
    return tuple(reversed(steps))


def way_along(path: Path, keys: Iterable[str] = ()) -> Way:
    """Return the way along a path and the keys below it."""
    steps: list[tuple[frozenset[str] | None, str]] = []
    types: frozenset[str] | None = None
    for segment in (*path, *keys):
        if isinstance(segment, str):
            steps.append((types, segment))
            types = None
        else:
            types = segment if types is None else types & segment
    return tuple(steps)


def _below(target: Path, way: Way) -> Way:
    """Return what is left of a way below a target; nothing where it leads elsewhere."""
    for segment in target:
        if not way:
            return ()
        own, key = way[0]
        if isinstance(segment, str):
            if segment != key:
                return ()
            way = way[1:]
        elif own is not None and own.isdisjoint(segment):
            return ()
    return way
