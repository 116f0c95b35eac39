"""Every field that clients can ask for can be fetched, whichever way one gets to it.

A. Walk the client-facing schema from the root fields, breadth first, so that the first path to fail is a
   shortest one. What counts of a path is the type that it ends at, what is in reach there, and what values
   can be had from the objects on it: each such state is visited once. A stitched lookup field that brings
   objects without their key is no path of clients.
B. A mutation is done once, by one subgraph, so everything below it has to be in reach from that one. Where
   several have a mutation field, each is walked from alone, and one that leads to everything is enough.
C. For a field that is out of reach, say for each subgraph that has it why there is no way to it.

Fields that labelled overrides move are looked for where they are before any has moved, and after all have.

Sources: Apollo Federation, error code SATISFIABILITY_ERROR; GraphQL Composite Schemas specification,
"Validate Satisfiability".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_interface_type,
)

from stitcher.composition.model import ROOT_TYPES, Composition
from stitcher.composition.reach import Reach
from stitcher.composition.rules.lookup_advice import lookup_advice
from stitcher.composition.ways import Around, Reached, Spot
from stitcher.errors import Place, Problem
from stitcher.selections import Field, Selections, print_selections
from stitcher.supergraph import ROOT, SubgraphField, Supergraph, TypeKind

__all__ = ["check_satisfiability", "keyless_lookups"]

MUTATION = "Mutation"
TYPENAME = "__typename"


def check_satisfiability(composition: Composition) -> Iterator[Problem]:
    """Yield each field of each type that some path leads to and no subgraph can be asked for there."""
    supergraph = composition.supergraph
    if supergraph is None:
        return
    found: dict[Problem, None] = {}
    for labels in dict.fromkeys((frozenset[str](), supergraph.labels)):
        walk = _Walk(composition, supergraph, Reach(supergraph, labels), keyless_lookups(composition))
        found |= dict.fromkeys(walk.check())
    yield from found


@dataclass(frozen=True, slots=True)
class _State:
    """The object that a path ends at, and the values that can be had from those before it.

    ``field`` is the path's last one, ``narrowed`` to the object's type.
    """

    type_name: str
    reached: Reached
    around: Around = frozenset()
    parent: _State | None = None
    field: str = ""
    narrowed: bool = False

    def query(self, field: str) -> str:
        """Return the path as a query that ends with one more field."""
        text, state = field, self
        while state.parent is not None:
            text = f"... on {state.type_name} {{ {text} }}" if state.narrowed else text
            text, state = f"{state.field} {{ {text} }}", state.parent
        return f"{{ {text} }}" if state.type_name == ROOT else f"{state.type_name.lower()} {{ {text} }}"

    @property
    def subgraphs(self) -> str:
        """The subgraphs that the object can be had from."""
        return ", ".join(sorted({spot.subgraph for spot in self.reached.spots}))


# A. Walk


class _Walk:
    """Walks one supergraph."""

    def __init__(
        self,
        composition: Composition,
        supergraph: Supergraph,
        reach: Reach,
        keyless: Set[tuple[str, str]],
    ) -> None:
        self.composition = composition
        self.supergraph = supergraph
        self.reach = reach
        self.keyless = keyless
        self.seen: set[tuple[str, Reached, Around]] = set()
        self.failed: set[tuple[str, str]] = set()
        self.waiting: deque[_State] = deque()

    def check(self) -> Iterator[Problem]:
        for root in ROOT_TYPES:
            subgraphs = self.supergraph.subgraphs.items()
            spots = {Spot(name, root) for name, subgraph in subgraphs if root in subgraph.types}
            if spots:
                self._add(_State(root, self.reach.reached(root, spots, frozenset())))
        yield from self._walk()

    def _walk(self) -> Iterator[Problem]:
        while self.waiting:
            yield from self._visit(self.waiting.popleft())

    def _add(self, state: _State) -> None:
        known = (state.type_name, state.reached, state.around)
        if known not in self.seen:
            self.seen.add(known)
            self.waiting.append(state)

    def _visit(self, state: _State) -> Iterator[Problem]:
        visible = self.supergraph.schema.get_type(state.type_name)
        if not isinstance(visible, GraphQLObjectType | GraphQLInterfaceType):
            return
        if is_interface_type(visible):
            yield from self._check_type(state, visible)
        found = self.reach.fields(state.reached)
        failed: dict[tuple[str, ...], list[str]] = {}
        for name, field in visible.fields.items():
            values = found.get(name)
            if values is not None:
                returned = get_named_type(field.type)
                if state.type_name == MUTATION and len({value.subgraph for value in values}) > 1:
                    yield from self._try_each(state, name, returned, values)
                else:
                    self._follow(state, name, returned, values)
            elif (state.type_name, name) not in self.failed:
                self.failed.add((state.type_name, name))
                failed.setdefault(tuple(self._reasons(state, name)), []).append(name)
        for reasons, names in failed.items():
            yield self._problem(state, names, reasons)

    def _follow(self, state: _State, name: str, returned: GraphQLNamedType, values: set[Spot]) -> None:
        if is_composite_type(returned):
            if state.type_name == ROOT:
                values = {value for value in values if (value.subgraph, name) not in self.keyless}
            around = self.reach.below(state.type_name, state.reached, state.around)
            for type_name, spots in self.reach.objects(values).items():
                reached = self.reach.reached(type_name, spots, around)
                self._add(_State(type_name, reached, around, state, name, type_name != returned.name))

    def _try_each(
        self, state: _State, name: str, returned: GraphQLNamedType, values: set[Spot]
    ) -> Iterator[Problem]:  # B
        """Follow a mutation field from each subgraph alone, until one leads to everything below it."""
        reasons: list[str] = []
        for value in sorted(values, key=lambda value: value.subgraph):
            alone = _Walk(self.composition, self.supergraph, self.reach, self.keyless)
            alone.seen = set(self.seen)  # what fails there is told in any case
            alone._follow(state, name, returned, {value})
            problem = next(alone._walk(), None)
            if problem is None:
                self.seen = alone.seen
                return
            reasons.append(f"{value.subgraph}: {problem.message}")
        yield Problem(
            "SATISFIABILITY_ERROR",
            f"{state.type_name}.{name} is done once, by one subgraph, and none of those that have it "
            f"leads to everything below it. {' '.join(reasons)}",
            self._places(state.type_name, [name]),
            "serve all that is below it in one of them, or give it there a key that leads to the rest.",
        )

    def _check_type(self, state: _State, interface: GraphQLInterfaceType) -> Iterator[Problem]:
        """Report an interface object if nobody can be asked for the types of its objects."""
        name = interface.name
        if (name, TYPENAME) in self.failed or not self.supergraph.schema.get_possible_types(interface):
            return
        self.failed.add((name, TYPENAME))
        knowing = (
            Spot(subgraph.name, name)
            for subgraph in self.supergraph.subgraphs.values()
            if name in subgraph.types and subgraph.types[name].kind is not TypeKind.OBJECT
        )
        yield self._problem(state, [TYPENAME], [self._reason(state, spot) for spot in knowing])

    # C. Why not

    def _problem(self, state: _State, names: Sequence[str], reasons: Iterable[str]) -> Problem:
        type_name = state.type_name
        others = f" (nor to {', '.join(names[1:])})" if len(names) > 1 else ""
        message = (
            f"The query {state.query(names[0])} can't be answered: from {state.subgraphs} there is no way to "
            f"{type_name}.{names[0]}{others}; {'; '.join(reasons)}."
        )
        fix = self._advice(state, names[0]) or (
            f"give a subgraph that has it a key of {type_name} that is known there, or serve it there."
        )
        if any(self._missing_around(state, own) for _, own in self._serving(type_name, names[0])):
            fix = "let an object on each way to it set the context, or serve it without such an argument."
        return Problem("SATISFIABILITY_ERROR", message, self._places(type_name, names), fix)

    def _advice(self, state: _State, name: str) -> str | None:
        """Return what would make it possible to ask a subgraph that has no lookup for the type at all."""
        known = self.reach.fields(state.reached)
        schemas = {schema.name: schema for schema in self.composition.schemas}
        entered = {spot for _, spot in self.reach.ways.lookups_into(state.type_name)}
        for spot, _ in self._serving(state.type_name, name):
            if spot not in entered and (
                advice := lookup_advice(schemas[spot.subgraph], spot.type_name, known)
            ):
                return advice
        return None

    def _places(self, type_name: str, names: Sequence[str]) -> tuple[Place, ...]:
        """Return where the fields are declared, or, where they aren't, the type."""
        declared = self.composition.declared.get(type_name, ())
        places = [
            declaration.fields[name].place
            for name in names
            for declaration in declared
            if name in declaration.fields
        ]
        return tuple(dict.fromkeys(places or [declaration.place for declaration in declared]))

    def _serving(self, type_name: str, name: str) -> Iterator[tuple[Spot, SubgraphField]]:
        for owner in (type_name, *self.supergraph.interface_objects.get(type_name, ())):
            for subgraph in self.supergraph.serving.get((owner, name), ()):
                own = self.supergraph.subgraphs[subgraph].types[owner].fields[name]
                if own.is_here(self.reach.labels):
                    yield Spot(subgraph, owner), own

    def _reasons(self, state: _State, name: str) -> Iterator[str]:
        for spot, own in self._serving(state.type_name, name):
            yield self._reason(state, spot, own)

    def _reason(self, state: _State, there: Spot, own: SubgraphField | None = None) -> str:
        lookups = [
            lookup
            for lookup, spot in self.reach.ways.lookups_into(state.type_name)
            if spot == there
            and (own is None or not own.requires or self.reach.ways.carries(lookup, spot, own.name))
        ]
        if not lookups:
            return f"{there.subgraph} has it, but no key to be asked by for objects of type {there.type_name}"
        if all(self._missing(state, lookup.key) for lookup in lookups):
            keys = ", ".join(self._with_missing(state, lookup.key) for lookup in lookups)
            return f"{there.subgraph} has it, but takes no other keys than {keys}"
        if own is not None and (around := self._missing_around(state, own)):
            return f"{there.subgraph} has it, but {around}"
        requires = self._with_missing(state, own.requires if own is not None else ())
        return f"{there.subgraph} has it, but requires {requires}"

    def _missing_around(self, state: _State, own: SubgraphField) -> str | None:
        """Return why the first argument has no value that takes one from an object around, if one hasn't."""
        for argument in own.contexts:
            set_by = dict(argument.selections)
            above = state.parent
            while above is not None and above.type_name not in set_by:
                above = above.parent
            what = f"its argument {argument.name} takes a value from a context"
            if above is None:
                return f"{what} that no object around sets"
            if self._missing(above, set_by[above.type_name]):
                value = self._with_missing(above, set_by[above.type_name])
                return f"{what}, which is {value} of {above.type_name}"
        return None

    def _missing(self, state: _State, selections: Selections) -> str | None:
        return self.reach.missing(state.type_name, state.reached, selections, state.around)

    def _with_missing(self, state: _State, selections: Selections) -> str:
        """Return a field set as text, with the field of it that is out of reach."""
        missing = self._missing(state, selections)
        text = f'"{print_selections(selections)}"'
        return f"{text} ({missing} is out of reach)" if missing else text


def keyless_lookups(composition: Composition) -> set[tuple[str, str]]:
    """Return the stitched lookup fields that bring objects without the key that they were asked for by.

    They are there for the gateway, which knows the key. In the Composite Schemas spec, such are internal.
    """
    return {
        (schema.name, lookup.field)
        for schema in composition.schemas
        if not schema.composite
        for type_name, lookups in schema.lookups.items()
        for lookup in lookups
        if lookup.field is not None
        for selection in lookup.key
        if isinstance(selection, Field) and selection.name not in schema.types[type_name].fields
    }
