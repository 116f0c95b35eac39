"""Chosen routes → steps: the mutable form of fetches, before they are merged and frozen.

A. Every chosen node at which a fetch begins becomes a step; the chosen nodes below it are its selections.
B. A step waits for the steps that read its inputs, and for the one that brings the object itself.
C. In a mutation, what one request does (``turns``) waits for all steps of what the one before it did.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from stitcher.planning.conditions import Alternatives, FetchConditions, Guards
from stitcher.planning.field_sets import at_place, context_at_place
from stitcher.planning.nodes import TYPENAME_FIELD, Narrow, Node, Position, Root, Visit
from stitcher.planning.normalize import merge_selections
from stitcher.planning.plan import Path
from stitcher.planning.routing import Router
from stitcher.planning.turns import requests_of
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.supergraph import ContextArgument, Lookup

__all__ = ["Step", "StepBatch", "StepContext", "build_steps"]


@dataclass(frozen=True, slots=True)
class StepContext:
    """What becomes a Context: see there."""

    argument: ContextArgument
    depth: int
    type_name: str
    representation: Selections


@dataclass(eq=False, slots=True)
class StepBatch:
    """What becomes a Batch: see there. ``places`` are the targets' places, in the same order.

    ``guards`` are those at each of them.
    """

    lookup: Lookup
    targets: list[Path]
    places: list[Position]
    representation: Selections
    required: frozenset[str]
    contexts: tuple[StepContext, ...]
    selections: Selections
    by_key: bool
    deep: bool
    apart: bool
    conditions: Alternatives
    guards: Guards


@dataclass(eq=False, slots=True)
class Step:
    """What becomes a Fetch: see there. ``places`` are the targets' places, in the same order.

    ``guards`` are those at each of them. ``level`` counts the steps on the longest way to this one.
    """

    subgraph: str
    conditions: Alternatives
    guards: Guards
    is_mutation: bool = False
    selections: Selections = ()
    targets: list[Path] = field(default_factory=list)
    places: list[Position] = field(default_factory=list)
    batches: list[StepBatch] = field(default_factory=list)
    after: set[Step] = field(default_factory=set)
    level: int = 0
    deep: bool = False
    apart: bool = False


def build_steps(router: Router, leaves: Iterable[Node], *, is_mutation: bool) -> list[Step]:
    """Return the steps that read the chosen leaves, each after those that it waits for."""
    conditions = FetchConditions(leaves)
    starts = sorted(router.fetches(), key=lambda node: (node.turn, node.depth))
    shared, apart = _shared_places(starts), _places_apart(starts)
    requests = requests_of(router.supergraph, starts)
    steps: dict[Node, Step] = {}
    before: set[Step] = set()
    for _, nodes in itertools.groupby(starts, key=lambda node: requests[node.turn]):
        own: dict[Step, None] = {}
        for node in nodes:
            step = Step(node.subgraph, conditions.of(node), conditions.guards(node))
            if isinstance(node.move, Visit):  # A, B
                step.batches = [_batch(router, node, node.move, shared, apart, step)]
            else:
                step.selections = _selections(node)
                step.targets, step.places = [_path(router, node)], [node.place]
                step.deep, step.apart = _writes(node, shared), _writes(node, apart)
            step.after = {steps[leaf.fetch] for leaf in (*node.inputs, node.parent) if leaf}
            if is_mutation and isinstance(node.move, Root):  # C
                step.is_mutation = True
                step.after = before
                step = _with_turn(next(iter(own), None), step)
            step.level = 1 + max((earlier.level for earlier in step.after), default=-1)
            steps[node] = step
            own[step] = None
        before = set(own)
    return list(dict.fromkeys(steps.values()))


def _with_turn(earlier: Step | None, later: Step) -> Step:
    """Return the step that does what two steps do which are one request."""
    if earlier is None:
        return later
    earlier.selections += later.selections
    earlier.conditions |= later.conditions
    earlier.deep |= later.deep
    earlier.apart |= later.apart
    return earlier


def _batch(
    router: Router,
    node: Node,
    move: Visit,
    shared: set[Position],
    apart: set[Position],
    step: Step,
) -> StepBatch:
    key, requires = (
        _concrete(router, at_place(router.supergraph, selections, move.lookup.type_name, node.place))
        for selections in (move.lookup.key, move.requires)
    )
    keyed = {selection.asked_as for selection in key if isinstance(selection, Field)}
    by_key = bool(move.lookup.field) and move.lookup.many and _declares(router, move.lookup)
    return StepBatch(
        lookup=move.lookup,
        targets=[_path(router, node)],
        places=[node.place],
        representation=merge_selections((*key, *requires)),
        required=frozenset(
            selection.asked_as
            for selection in requires
            if isinstance(selection, Field) and selection.asked_as not in keyed
        ),
        contexts=tuple(
            StepContext(
                context.argument,
                len(_path(router, context.setter)),
                context.setter.type_name,
                _concrete(router, context_at_place(router.supergraph, context)),
            )
            for context in move.contexts
        ),
        selections=_selections(node),
        by_key=by_key,
        deep=_writes(node, shared) or (by_key and any(selection.selections for selection in key)),
        apart=_writes(node, apart),
        conditions=step.conditions,
        guards=step.guards,
    )


def _concrete(router: Router, selections: Selections) -> Selections:
    """Put the object types that a fragment stands for in place of it: that is what objects go by."""
    concrete: list[Selection] = []
    for selection in selections:
        inner = _concrete(router, selection.selections)
        if isinstance(selection, Fragment):
            names = router.types.covers_among_subgraphs(selection.type_condition)
            concrete.extend(Fragment(name, inner) for name in sorted(names))
        elif any(isinstance(below, Fragment) for below in inner):
            concrete.append(replace(selection, selections=(TYPENAME_FIELD, *inner)))
        else:
            concrete.append(replace(selection, selections=inner))
    return tuple(concrete)


def _declares(router: Router, lookup: Lookup) -> bool:
    """Whether the subgraph has the fields of a lookup's key, and so can answer them beside the entity."""
    subgraph = router.supergraph.subgraphs[lookup.subgraph]
    return bool(lookup.key) and all(
        isinstance(selection, Field) and subgraph.field(lookup.type_name, selection.name) is not None
        for selection in lookup.key
    )


def _upward(node: Node | None) -> Iterable[Node]:
    while node:
        yield node
        node = node.parent


def _selections(node: Node) -> Selections:
    selections: list[Selection] = []
    for move, child in node.children.items():
        if not child.users:
            continue
        if isinstance(move, Field):
            selections.append(replace(move, selections=_selections(child)))
        elif isinstance(move, Narrow):
            selections.append(Fragment(move.type_name, _selections(child)))
    return tuple(selections)


def _path(router: Router, node: Node) -> Path:
    segments: list[str | frozenset[str]] = []
    for above in _upward(node):
        if isinstance(above.move, Field):
            segments.append(above.move.key)
        elif isinstance(above.move, Narrow):
            segments.append(frozenset(router.types.object_types(above)))
    return tuple(reversed(segments))


def _shared_places(starts: Iterable[Node]) -> set[Position]:
    """Return the places of objects that more than one step writes into as part of its own answer."""
    writer: dict[Position, Node] = {}
    shared: set[Position] = set()
    for start in starts:
        for place in _written(start):
            if writer.setdefault(place, start) is not start:
                shared.add(place)
    return shared


def _places_apart(starts: Iterable[Node]) -> set[Position]:
    """Return the places below what sets a context: there, an object's fields depend on where it stands."""
    apart: set[Position] = set()
    for start in starts:
        for context in start.move.contexts if isinstance(start.move, Visit) else ():
            for node in _upward(start):
                if node.place is context.setter.place:
                    break
                apart.add(node.place)
    return apart


def _written(node: Node) -> Iterable[Position]:
    for child in node.children.values():
        if child.users and not child.is_fetch:
            if child.place is not node.place:
                yield child.place
            yield from _written(child)


def _writes(node: Node, places: set[Position]) -> bool:
    return bool(places) and not places.isdisjoint(_written(node))
