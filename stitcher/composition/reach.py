"""How far one gets from an object: the subgraphs that it can be looked up in, and the fields served there.

A. From an object's spot there are ways (``ways``). One waits for one field that is not in reach yet, and is
   looked at again when that field is, and not before. One that also takes fields of nested objects is looked
   at again whenever anything has changed.
B. What is in reach for one object may depend on what is for another (a key with fields of a nested object, or
   two that lead to each other). So all are worked off one list: an object whose reach has grown puts those
   that have looked at it back on the list, until nothing grows any more.
C. What is *around* an object is given: the values that can be had from the nearest objects above it that set
   them. For the objects below it, what it sets itself counts.

Each way is taken once for each spot that a walk starts from, whatever the number of fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from graphql import is_interface_type

from stitcher.composition.ways import Around, Reached, Spot, Value, Way, Ways
from stitcher.provided import provided_for
from stitcher.selections import Selections
from stitcher.supergraph import Supergraph, TypeKind

__all__ = ["Reach"]


@dataclass(eq=False, slots=True)
class _Start:
    """One object, found at one spot, and what is in reach from there.

    ``names`` are the fields in reach. ``waiting`` has ways by the field that they wait for, ``nested`` those
    that wait for fields of other objects. ``watchers`` depend on this object.
    """

    type_name: str
    around: Around
    spots: set[Spot]
    names: set[str]
    fresh: Sequence[Way]
    unlocked: set[tuple[Spot, str]] = field(default_factory=set)
    waiting: dict[str, list[Way]] = field(default_factory=dict)
    nested: list[Way] = field(default_factory=list)
    watchers: set[_Start] = field(default_factory=set)

    @property
    def reached(self) -> Reached:
        return Reached(frozenset(self.spots), frozenset(self.unlocked))


class Reach:
    """What is in reach, over one supergraph, for requests that have certain rollout labels on."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str] = frozenset()) -> None:
        self.supergraph = supergraph
        self.labels = labels
        self.ways = Ways(supergraph, labels)
        self._starts: dict[tuple[str, Spot, Around], _Start] = {}
        self._waiting: list[_Start] = []
        self._set = _set_by_type(supergraph)
        self._being_read: set[tuple[str, Value]] = set()

    def reached(self, type_name: str, spots: Iterable[Spot], around: Around) -> Reached:
        """Return what is in reach for an object that was found at several spots at once."""
        starts = [self._start(type_name, spot, around) for spot in spots]
        self._work_off()
        return _together(starts)

    def fields(self, reached: Reached) -> dict[str, set[Spot]]:
        """Return the fields in reach for an object, and where the value of each is then found."""
        found: dict[str, set[Spot]] = {}
        for spot in reached.spots:
            for name in self.ways.declared(spot).fields:
                value = self.ways.step(spot, name, reached)
                if value is not None:
                    found.setdefault(name, set()).add(value)
        return found

    def missing(self, type_name: str, reached: Reached, selections: Selections, around: Around) -> str | None:
        """Return the first selected field that is out of reach, as a path; None if all are in reach."""
        return next(self._missing(type_name, reached, selections, around, None), None)

    def below(self, type_name: str, reached: Reached, around: Around) -> Around:
        """Return what is around the objects below one: what that sets itself, and what is around it."""
        while True:
            found = self._below(type_name, reached, around, None)
            if not self._waiting:
                return found
            self._work_off()

    # Types

    def objects(self, spots: Iterable[Spot]) -> dict[str, set[Spot]]:
        """Return the object types that a value may be of, and where it is found if it is of each.

        An interface object is of the types that it turns out to have where the interface is one, or, if
        there is no way there, of none but the interface.
        """
        found = self._objects(spots, None)
        if not self._waiting:
            return found
        self._work_off()
        return self._objects(spots, None)

    def _objects(self, spots: Iterable[Spot], watcher: _Start | None) -> dict[str, set[Spot]]:
        found: dict[str, set[Spot]] = {}
        for spot in spots:
            declared = self.ways.declared(spot)
            if declared.kind is not TypeKind.OBJECT:
                for name in declared.possible_types:
                    found.setdefault(name, set()).add(self._narrowed(spot, name))
            elif self._is_interface_object(spot):
                self._add_typed(spot, found, watcher)
            else:
                found.setdefault(spot.type_name, set()).add(spot)
        return found

    def _add_typed(self, spot: Spot, found: dict[str, set[Spot]], watcher: _Start | None) -> None:
        start = self._start(spot.type_name, spot, frozenset())
        if watcher is not None:
            start.watchers.add(watcher)
        untyped = {other for other in start.spots if self._is_interface_object(other)}
        abstract = start.spots - untyped
        if not abstract:
            found.setdefault(spot.type_name, set()).update(untyped)
        for type_name in abstract:
            for name in self.ways.declared(type_name).possible_types:
                found.setdefault(name, set()).update(untyped, {self._narrowed(type_name, name)})

    def _is_interface_object(self, spot: Spot) -> bool:
        merged = self.supergraph.schema.get_type(spot.type_name)
        return is_interface_type(merged) and self.ways.declared(spot).kind is TypeKind.OBJECT

    def _narrowed(self, spot: Spot, type_name: str) -> Spot:
        return Spot(spot.subgraph, type_name, provided_for(spot.provides, type_name))

    # A, B. What is in reach

    def _start(self, type_name: str, spot: Spot, around: Around) -> _Start:
        start = self._starts.get((type_name, spot, around))
        if start is None:
            ways = self.ways.from_type(type_name)
            if self._set:
                ways = [way for way in ways if way.around <= around]
            start = _Start(type_name, around, {spot}, set(self.ways.names_at(spot)), ways)
            self._starts[type_name, spot, around] = start
            self._waiting.append(start)
        return start

    def _work_off(self) -> None:  # B
        while self._waiting:
            start = self._waiting.pop()
            if self._grow(start):
                self._waiting.extend(start.watchers)

    def _grow(self, start: _Start) -> bool:
        """Take the ways that have come into reach; say whether there were any."""
        grown = False
        ready: list[Way] = [*start.nested]
        start.nested = []
        self._wait(start, start.fresh, ready)
        start.fresh = ()
        while ready:
            way = ready.pop()
            if way.nested and self._missing_for(start, way.nested):
                start.nested.append(way)
            elif self._take(start, way, ready):
                grown = True
                ready += start.nested
                start.nested = []
        return grown

    def _wait(self, start: _Start, ways: Iterable[Way], ready: list[Way]) -> None:  # A
        for way in ways:
            missing = next((name for name in way.needs if name not in start.names), None)
            if missing is None:
                ready.append(way)
            else:
                start.waiting.setdefault(missing, []).append(way)

    def _take(self, start: _Start, way: Way, ready: list[Way]) -> bool:
        if way.unlocks is None and way.spots <= start.spots:
            return False
        start.spots |= way.spots
        if way.unlocks is not None:
            start.unlocked.add(way.unlocks)
        start.names |= way.names
        for name in start.waiting.keys() & way.names:
            self._wait(start, start.waiting.pop(name), ready)
        return True

    # Field sets

    def _missing_for(self, start: _Start, selections: Selections) -> bool:
        missing = self._missing(start.type_name, start.reached, selections, start.around, start)
        return next(missing, None) is not None

    def _missing(
        self,
        type_name: str,
        reached: Reached,
        selections: Selections,
        around: Around,
        watcher: _Start | None,
    ) -> Iterator[str]:
        """Yield the paths of selected fields that are out of reach; ``watcher`` depends on the outcome."""
        for selected in self.ways.fields(type_name, selections):
            steps = (self.ways.step(spot, selected.name, reached) for spot in reached.spots)
            values = {value for value in steps if value is not None}
            if not values:
                yield selected.name
            elif selected.selections:
                below = self._below(type_name, reached, around, watcher)
                for path in self._missing_below(values, selected.selections, below, watcher):
                    yield f"{selected.name}.{path}"

    def _missing_below(
        self, values: Iterable[Spot], selections: Selections, around: Around, watcher: _Start | None
    ) -> Iterator[str]:
        for name, spots in self._objects(values, watcher).items():
            starts = [self._start(name, spot, around) for spot in spots]
            if watcher is not None:
                for start in starts:
                    start.watchers.add(watcher)
            yield from self._missing(name, _together(starts), selections, around, watcher)

    # C. Values from around

    def _below(self, type_name: str, reached: Reached, around: Around, watcher: _Start | None) -> Around:
        own = self._set.get(type_name)
        if own is None:
            return around
        read = {
            value
            for value, selections in own.items()
            if self._can_be_read(type_name, reached, around, value, selections, watcher)
        }
        return around.difference(own) | read

    def _can_be_read(
        self,
        type_name: str,
        reached: Reached,
        around: Around,
        value: Value,
        selections: Selections,
        watcher: _Start | None,
    ) -> bool:
        """Whether what an object sets is in reach; a value that is made of itself is not."""
        if (type_name, value) in self._being_read:
            return False
        self._being_read.add((type_name, value))
        missing = next(self._missing(type_name, reached, selections, around, watcher), None)
        self._being_read.remove((type_name, value))
        return missing is None


def _together(starts: Iterable[_Start]) -> Reached:
    starts = list(starts)
    spots = frozenset().union(*(start.spots for start in starts))
    return Reached(spots, frozenset().union(*(start.unlocked for start in starts)))


def _set_by_type(supergraph: Supergraph) -> dict[str, dict[Value, Selections]]:
    """Return the values from around that objects of each type set, and what is read there."""
    values = {
        argument.selections
        for subgraph in supergraph.subgraphs.values()
        for declared in subgraph.types.values()
        for own in declared.fields.values()
        for argument in own.contexts
    }
    found: dict[str, dict[Value, Selections]] = {}
    for value in values:
        for type_name, selections in value:
            found.setdefault(type_name, {})[value] = selections
    return found
