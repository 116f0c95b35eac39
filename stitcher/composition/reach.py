"""How far one gets from an object: the subgraphs that it can be looked up in, and the fields served there.

A :class:`Spot` is an object (or an abstract value) as one subgraph's answer has it. From an object's spot:

A. *Ways*: with certain fields in reach, the same object can be looked up elsewhere by them as a key; or a
   field that requires them can be asked for, if a key leads to its subgraph, even from there itself.
B. A way waits for one field that is not in reach yet, and is looked at again when that field is, and not
   before. One that also takes fields of nested objects is looked at again whenever anything has changed.
C. What is in reach for one object may depend on what is for another (a key with fields of a nested object, or
   two that lead to each other). So all are worked off one list: an object whose reach has grown puts those
   that have looked at it back on the list, until nothing grows any more.

Each way is taken once for each spot that a walk starts from, whatever the number of fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import is_interface_type

from stitcher.provided import provided_below, provided_for, unite
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import ROOT, Lookup, Subgraph, SubgraphType, Supergraph, TypeKind

__all__ = ["Reach", "Reached", "Spot"]


class Spot(NamedTuple):
    """A value in one subgraph's answer; ``provides`` is what the subgraph serves there beyond its own."""

    subgraph: str
    type_name: str
    provides: Selections = ()


class Reached(NamedTuple):
    """What is in reach for one object: its spots, and fields that required others, as ``(spot, name)``."""

    spots: frozenset[Spot]
    unlocked: frozenset[tuple[Spot, str]]


@dataclass(frozen=True, slots=True)
class _Way:
    """Where one gets with certain fields.

    ``needs`` are the names of those of the object itself; with ``nested``, fields below them count too.
    It leads to ``spots``, where the object has fields of these ``names``, or unlocks a field.
    """

    needs: frozenset[str]
    nested: Selections
    spots: frozenset[Spot]
    names: frozenset[str]
    unlocks: tuple[Spot, str] | None = None


@dataclass(eq=False, slots=True)
class _Start:
    """One object, found at one spot, and what is in reach from there.

    ``names`` are the fields in reach. ``waiting`` has ways by the field that they wait for, ``nested`` those
    that wait for fields of other objects. ``watchers`` depend on this object.
    """

    type_name: str
    spots: set[Spot]
    names: set[str]
    fresh: Sequence[_Way]
    unlocked: set[tuple[Spot, str]] = field(default_factory=set)
    waiting: dict[str, list[_Way]] = field(default_factory=dict)
    nested: list[_Way] = field(default_factory=list)
    watchers: set[_Start] = field(default_factory=set)

    @property
    def reached(self) -> Reached:
        return Reached(frozenset(self.spots), frozenset(self.unlocked))


class Reach:
    """What is in reach, over one supergraph, for requests that have certain rollout labels on."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str] = frozenset()) -> None:
        self.supergraph = supergraph
        self.labels = labels
        self._starts: dict[tuple[str, Spot], _Start] = {}
        self._waiting: list[_Start] = []
        self._ways: dict[str, list[_Way]] = {}
        self._names: dict[Spot, frozenset[str]] = {}
        self._demanding = _demanding(supergraph.subgraphs.values(), labels)

    def reached(self, type_name: str, spots: Iterable[Spot]) -> Reached:
        """Return what is in reach for an object that was found at several spots at once."""
        starts = [self._start(type_name, spot) for spot in spots]
        self._work_off()
        return _together(starts)

    def fields(self, reached: Reached) -> dict[str, set[Spot]]:
        """Return the fields in reach for an object, and where the value of each is then found."""
        found: dict[str, set[Spot]] = {}
        for spot in reached.spots:
            for name in self._declared(spot).fields:
                value = self._step(spot, name, reached)
                if value is not None:
                    found.setdefault(name, set()).add(value)
        return found

    def missing(self, type_name: str, reached: Reached, selections: Selections) -> str | None:
        """Return the first selected field that is out of reach, as a path; None if all are in reach."""
        return next(self._missing(type_name, reached, selections, None), None)

    # Moves

    def _declared(self, spot: Spot) -> SubgraphType:
        return self.supergraph.subgraphs[spot.subgraph].types[spot.type_name]

    def _step(self, spot: Spot, name: str, reached: Reached) -> Spot | None:
        """Return where a field's value is found if the subgraph is asked for it at this spot."""
        declared = self._declared(spot).fields.get(name)
        if declared is None or (declared.requires and (spot, name) not in reached.unlocked):
            return None
        if not declared.is_here(self.labels):
            return None
        provided = provided_below(spot.provides, name)
        if declared.external and provided is None:
            return None
        return Spot(spot.subgraph, declared.type_name, unite((*(provided or ()), *declared.provides)))

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
            declared = self._declared(spot)
            if declared.kind is not TypeKind.OBJECT:
                for name in declared.possible_types:
                    found.setdefault(name, set()).add(self._narrowed(spot, name))
            elif self._is_interface_object(spot):
                self._add_typed(spot, found, watcher)
            else:
                found.setdefault(spot.type_name, set()).add(spot)
        return found

    def _add_typed(self, spot: Spot, found: dict[str, set[Spot]], watcher: _Start | None) -> None:
        start = self._start(spot.type_name, spot)
        if watcher is not None:
            start.watchers.add(watcher)
        untyped = {each for each in start.spots if self._is_interface_object(each)}
        abstract = start.spots - untyped
        if not abstract:
            found.setdefault(spot.type_name, set()).update(untyped)
        for each in abstract:
            for name in self._declared(each).possible_types:
                found.setdefault(name, set()).update(untyped, {self._narrowed(each, name)})

    def _is_interface_object(self, spot: Spot) -> bool:
        merged = self.supergraph.schema.get_type(spot.type_name)
        return is_interface_type(merged) and self._declared(spot).kind is TypeKind.OBJECT

    def _narrowed(self, spot: Spot, type_name: str) -> Spot:
        return Spot(spot.subgraph, type_name, provided_for(spot.provides, type_name))

    # A. Ways

    def lookups_into(self, type_name: str) -> Iterator[tuple[Lookup, Spot]]:
        """Yield the lookups that an object of the type can be found by, and where it is found then."""
        for name in self._stand_ins(type_name):
            for lookup in self.supergraph.lookups.get(name, ()):
                there = self.supergraph.subgraphs[lookup.subgraph].types[name]
                if name == type_name or there.kind is TypeKind.OBJECT:
                    yield lookup, Spot(lookup.subgraph, name)
                elif type_name in there.possible_types:
                    yield lookup, Spot(lookup.subgraph, type_name)

    def carries(self, lookup: Lookup, spot: Spot, name: str) -> bool:
        """Whether what a field requires gets to the subgraph: as its arguments, or along with the key."""
        declared = self._declared(spot).fields[name]
        return bool(declared.arguments) or lookup.carries(declared.requires)

    def _stand_ins(self, type_name: str) -> tuple[str, ...]:
        """Return the type, and the interfaces that are types of objects somewhere and stand for it."""
        return (type_name, *self.supergraph.interface_objects.get(type_name, ()))

    def _ways_from(self, type_name: str) -> list[_Way]:
        ways = self._ways.get(type_name)
        if ways is None:
            ways = self._ways[type_name] = [*self._entrances(type_name), *self._requirements(type_name)]
        return ways

    def _entrances(self, type_name: str) -> Iterator[_Way]:
        by_key: dict[Selections, set[Spot]] = {}
        for lookup, spot in self.lookups_into(type_name):
            by_key.setdefault(lookup.key, set()).add(spot)
        if type_name == ROOT:
            subgraphs = self.supergraph.subgraphs.values()
            by_key[()] = {Spot(each.name, ROOT) for each in subgraphs if ROOT in each.types}
        for key, spots in by_key.items():
            names = frozenset().union(*map(self._names_at, spots))
            yield _Way(*self._needs(type_name, key), frozenset(spots), names)

    def _requirements(self, type_name: str) -> Iterator[_Way]:
        names = [name for name in self._stand_ins(type_name) if name in self._demanding]
        lookups: dict[Spot, list[Lookup]] = {}
        for lookup, spot in self.lookups_into(type_name) if names else ():
            lookups.setdefault(spot, []).append(lookup)
        for name in names:
            for spot, field_name, requires in self._demanding[name]:
                for lookup in lookups.get(spot, ()):
                    if self.carries(lookup, spot, field_name):
                        needs = self._needs(type_name, (*lookup.key, *requires))
                        gained = self._names_at(spot) | {field_name}
                        yield _Way(*needs, frozenset({spot}), gained, (spot, field_name))

    def _needs(self, type_name: str, selections: Selections) -> tuple[frozenset[str], Selections]:
        fields = list(self._fields(type_name, selections))
        nested = selections if any(each.selections for each in fields) else ()
        return frozenset(each.name for each in fields), nested

    def _fields(self, type_name: str, selections: Selections) -> Iterator[Field]:
        """Yield the fields that are selected of an object of this type."""
        for selection in selections:
            if isinstance(selection, Fragment):
                if self._meets(type_name, selection.type_condition):
                    yield from self._fields(type_name, selection.selections)
            elif selection.name != "__typename":
                yield selection

    def _meets(self, type_name: str, type_condition: str) -> bool:
        if type_name == type_condition:
            return True
        return any(
            type_name in subgraph.types[type_condition].possible_types
            for subgraph in self.supergraph.subgraphs.values()
            if type_condition in subgraph.types
        )

    def _names_at(self, spot: Spot) -> frozenset[str]:
        """Return the fields that a subgraph serves at a spot without requiring others."""
        names = self._names.get(spot)
        if names is None:
            nothing = Reached(frozenset(), frozenset())
            fields = self._declared(spot).fields
            names = frozenset(name for name in fields if self._step(spot, name, nothing) is not None)
            self._names[spot] = names
        return names

    # B, C. What is in reach

    def _start(self, type_name: str, spot: Spot) -> _Start:
        start = self._starts.get((type_name, spot))
        if start is None:
            start = _Start(type_name, {spot}, set(self._names_at(spot)), self._ways_from(type_name))
            self._starts[type_name, spot] = start
            self._waiting.append(start)
        return start

    def _work_off(self) -> None:  # C
        while self._waiting:
            start = self._waiting.pop()
            if self._grow(start):
                self._waiting.extend(start.watchers)

    def _grow(self, start: _Start) -> bool:
        """Take the ways that have come into reach; say whether there were any."""
        grown = False
        ready: list[_Way] = [*start.nested]
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

    def _wait(self, start: _Start, ways: Iterable[_Way], ready: list[_Way]) -> None:  # B
        for way in ways:
            missing = next((name for name in way.needs if name not in start.names), None)
            if missing is None:
                ready.append(way)
            else:
                start.waiting.setdefault(missing, []).append(way)

    def _take(self, start: _Start, way: _Way, ready: list[_Way]) -> bool:
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
        return next(self._missing(start.type_name, start.reached, selections, start), None) is not None

    def _missing(
        self, type_name: str, reached: Reached, selections: Selections, watcher: _Start | None
    ) -> Iterator[str]:
        """Yield the paths of selected fields that are out of reach; ``watcher`` depends on the outcome."""
        for selected in self._fields(type_name, selections):
            steps = (self._step(spot, selected.name, reached) for spot in reached.spots)
            values = {value for value in steps if value is not None}
            if not values:
                yield selected.name
            elif selected.selections:
                for path in self._missing_below(values, selected.selections, watcher):
                    yield f"{selected.name}.{path}"

    def _missing_below(
        self, values: Iterable[Spot], selections: Selections, watcher: _Start | None
    ) -> Iterator[str]:
        for name, spots in self._objects(values, watcher).items():
            starts = [self._start(name, spot) for spot in spots]
            if watcher is not None:
                for start in starts:
                    start.watchers.add(watcher)
            yield from self._missing(name, _together(starts), selections, watcher)


def _together(starts: Iterable[_Start]) -> Reached:
    starts = list(starts)
    spots = frozenset().union(*(start.spots for start in starts))
    return Reached(spots, frozenset().union(*(start.unlocked for start in starts)))


def _demanding(
    subgraphs: Iterable[Subgraph], labels: frozenset[str]
) -> dict[str, list[tuple[Spot, str, Selections]]]:
    """Return, by type, the fields that require others."""
    found: dict[str, list[tuple[Spot, str, Selections]]] = {}
    for subgraph in subgraphs:
        for declared in subgraph.types.values():
            for own in declared.fields.values():
                if own.requires and not own.external and own.is_here(labels):
                    spot = Spot(subgraph.name, declared.name)
                    found.setdefault(declared.name, []).append((spot, own.name, own.requires))
    return found
