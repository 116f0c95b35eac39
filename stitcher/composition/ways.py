"""The ways from an object, of which each takes one step: into other subgraphs, and to fields that need more.

A. *Moves*: what a subgraph serves at a spot, with what is in reach.
B. *Entrances*: with certain fields in reach, the same object can be looked up elsewhere by them as a key.
C. *Requirements*: a field that requires others can be asked for with these in reach, if a key leads to its
   subgraph, even from there itself. So can a field whose arguments take values from the objects around.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from stitcher.provided import provided_below, unite
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import (
    ROOT,
    Lookup,
    Subgraph,
    SubgraphField,
    SubgraphType,
    Supergraph,
    TypeKind,
)

__all__ = ["Around", "Reached", "Spot", "Value", "Way", "Ways"]

Value: TypeAlias = tuple[tuple[str, Selections], ...]
"""A value from around, as arguments say where it is: by object type, what is read there."""

Around: TypeAlias = frozenset[Value]
"""The values that can be had from the objects around one."""


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
class Way:
    """Where one gets with certain fields.

    ``needs`` are the names of those of the object itself; with ``nested``, fields below them count too.
    It leads to ``spots``, where the object has fields of these ``names``, or unlocks a field, which may take
    values from ``around``.
    """

    needs: frozenset[str]
    nested: Selections
    spots: frozenset[Spot]
    names: frozenset[str]
    unlocks: tuple[Spot, str] | None = None
    around: Around = frozenset()


class Ways:
    """The ways over one supergraph, for requests that have certain rollout labels on."""

    def __init__(self, supergraph: Supergraph, labels: frozenset[str]) -> None:
        self.supergraph = supergraph
        self.labels = labels
        self._ways: dict[str, list[Way]] = {}
        self._names: dict[Spot, frozenset[str]] = {}
        self._demanding = _demanding(supergraph.subgraphs.values(), labels)

    # A. Moves

    def declared(self, spot: Spot) -> SubgraphType:
        """Return a spot's type as its subgraph has it."""
        return self.supergraph.subgraphs[spot.subgraph].types[spot.type_name]

    def step(self, spot: Spot, name: str, reached: Reached) -> Spot | None:
        """Return where a field's value is found if the subgraph is asked for it at this spot."""
        declared = self.declared(spot).fields.get(name)
        if declared is None:
            return None
        if (declared.requires or declared.contexts) and (spot, name) not in reached.unlocked:
            return None
        if not declared.is_here(self.labels):
            return None
        provided = provided_below(spot.provides, name)
        if declared.external and provided is None:
            return None
        return Spot(spot.subgraph, declared.type_name, unite((*(provided or ()), *declared.provides)))

    def names_at(self, spot: Spot) -> frozenset[str]:
        """Return the fields that a subgraph serves at a spot without requiring others."""
        names = self._names.get(spot)
        if names is None:
            nothing = Reached(frozenset(), frozenset())
            fields = self.declared(spot).fields
            names = frozenset(name for name in fields if self.step(spot, name, nothing) is not None)
            self._names[spot] = names
        return names

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
        declared = self.declared(spot).fields[name]
        return bool(declared.arguments) or lookup.carries(declared.requires)

    def _stand_ins(self, type_name: str) -> tuple[str, ...]:
        """Return the type, and the interfaces that are types of objects somewhere and stand for it."""
        return (type_name, *self.supergraph.interface_objects.get(type_name, ()))

    # B, C. Ways

    def from_type(self, type_name: str) -> list[Way]:
        """Return the ways from an object of a type."""
        ways = self._ways.get(type_name)
        if ways is None:
            ways = self._ways[type_name] = [*self._entrances(type_name), *self._requirements(type_name)]
        return ways

    def _entrances(self, type_name: str) -> Iterator[Way]:
        by_key: dict[Selections, set[Spot]] = {}
        for lookup, spot in self.lookups_into(type_name):
            by_key.setdefault(lookup.key, set()).add(spot)
        if type_name == ROOT:
            subgraphs = self.supergraph.subgraphs.values()
            by_key[()] = {Spot(subgraph.name, ROOT) for subgraph in subgraphs if ROOT in subgraph.types}
        for key, spots in by_key.items():
            names = frozenset().union(*map(self.names_at, spots))
            yield Way(*self._needs(type_name, key), frozenset(spots), names)

    def _requirements(self, type_name: str) -> Iterator[Way]:
        names = [name for name in self._stand_ins(type_name) if name in self._demanding]
        lookups: dict[Spot, list[Lookup]] = {}
        for lookup, spot in self.lookups_into(type_name) if names else ():
            lookups.setdefault(spot, []).append(lookup)
        for name in names:
            for spot, own in self._demanding[name]:
                around = frozenset(context.selections for context in own.contexts)
                for lookup in lookups.get(spot, ()):
                    if self.carries(lookup, spot, own.name):
                        needs = self._needs(type_name, (*lookup.key, *own.requires))
                        gained = self.names_at(spot) | {own.name}
                        yield Way(*needs, frozenset({spot}), gained, (spot, own.name), around)

    def _needs(self, type_name: str, selections: Selections) -> tuple[frozenset[str], Selections]:
        fields = list(self.fields(type_name, selections))
        nested = selections if any(field.selections for field in fields) else ()
        return frozenset(field.name for field in fields), nested

    def fields(self, type_name: str, selections: Selections) -> Iterator[Field]:
        """Yield the fields that are selected of an object of this type."""
        for selection in selections:
            if isinstance(selection, Fragment):
                if self._meets(type_name, selection.type_condition):
                    yield from self.fields(type_name, selection.selections)
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


def _demanding(
    subgraphs: Iterable[Subgraph], labels: frozenset[str]
) -> dict[str, list[tuple[Spot, SubgraphField]]]:
    """Return, by type, the fields that require others, or values from around."""
    found: dict[str, list[tuple[Spot, SubgraphField]]] = {}
    for subgraph in subgraphs:
        for declared in subgraph.types.values():
            for own in declared.fields.values():
                if (own.requires or own.contexts) and not own.external and own.is_here(labels):
                    found.setdefault(declared.name, []).append((Spot(subgraph.name, declared.name), own))
    return found
