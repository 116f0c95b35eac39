"""The turns of a mutation: which subgraph does each, and what is one request.

What is asked for under one response key is done once, by one subgraph. What one subgraph does in neighbouring
turns is one request, since it does these in order itself. Unless the next turn would come too early:

A. Somebody is asked for more of what the earlier turn brought. A turn ends with all that is below it, and the
   next one may change what is answered there (GraphQL specification, Normal and Serial Execution).
B. A null that the client may get for the earlier field is none that the subgraph allows: it would stop there.

Where several subgraphs can do a turn, what all turns take together is to be least: the steps that run one
after the other, then the requests, then the fields (``choose``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from graphql import is_non_null_type

from stitcher.planning.choose import choose, release
from stitcher.planning.nodes import Node
from stitcher.planning.walk import Leaf, Turn
from stitcher.selections import Field
from stitcher.supergraph import Supergraph

__all__ = ["choose_turns", "requests_of"]

Cost: TypeAlias = tuple[int, int, int]
"""Steps that run one after the other, requests, fields."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to do the turns up to one of them: that one's chosen leaves, and how those before are done."""

    leaves: Sequence[Leaf]
    fetches: tuple[Node, ...]
    cost: Cost
    before: _Way | None


def choose_turns(supergraph: Supergraph, turns: Iterable[Turn]) -> list[Node]:
    """Choose a subgraph for every turn and a candidate for every leaf; return the chosen ones."""
    ways: list[_Way] = []
    tried: list[Sequence[Leaf]] = []
    for turn in turns:
        ways = [_cheapest(supergraph, ways, leaves) for leaves in turn]
        tried += turn
    done: list[_Way] = []
    way = min(ways, key=lambda way: way.cost, default=None)
    while way:
        done.insert(0, way)
        way = way.before
    for leaves in tried:
        if not any(leaves is other.leaves for other in done):
            release(leaves)
    requests = requests_of(supergraph, (node for way in done for node in way.fetches))
    chosen: list[Node] = []
    for _, same in groupby(done, key=lambda way: requests[way.fetches[0].turn]):
        chosen += choose([leaf for way in same for leaf in way.leaves])
    return chosen


def _cheapest(supergraph: Supergraph, before: Sequence[_Way], leaves: Sequence[Leaf]) -> _Way:
    """Return the cheapest of the ways so far, followed by a turn that is done in one way."""
    chosen = choose(leaves)
    nodes = {node for leaf in chosen for node in leaf.route}
    fetches = tuple(sorted((node for node in nodes if node.is_fetch), key=lambda node: node.depth))
    own = (fetches[-1].depth, len({(node.subgraph, node.depth) for node in fetches}), len(nodes))
    ways = [_Way(leaves, fetches, own, None)]
    if before:
        ways = [_Way(leaves, fetches, _sum(supergraph, earlier, fetches, own), earlier) for earlier in before]
    return min(ways, key=lambda way: way.cost)


def _sum(supergraph: Supergraph, before: _Way, fetches: Sequence[Node], own: Cost) -> Cost:
    shared = int(_is_one_request(supergraph, before.fetches, fetches))
    steps, requests, fields = before.cost
    return steps + own[0] - shared, requests + own[1] - shared, fields + own[2]


def requests_of(supergraph: Supergraph, starts: Iterable[Node]) -> dict[int, int]:
    """Return for each turn, by its number, the first turn that the same request does.

    ``starts`` are the nodes at which a fetch begins, in the order of the turns, a turn's own root first.
    """
    first: dict[int, int] = {}
    before: list[Node] = []
    for turn, nodes in groupby(starts, key=lambda node: node.turn):
        fetches = list(nodes)
        shared = bool(before) and _is_one_request(supergraph, before, fetches)
        first[turn] = first[before[0].turn] if shared else turn
        before = fetches
    return first


def _is_one_request(supergraph: Supergraph, earlier: Sequence[Node], later: Sequence[Node]) -> bool:
    """Whether one request does two neighbouring turns, each given as its fetches, its root first."""
    root, *others = earlier
    if root.subgraph != later[0].subgraph or others:  # A
        return False
    return not any(  # B
        isinstance(field, Field) and _stops_early(supergraph, root, field) for field in root.children
    )


def _stops_early(supergraph: Supergraph, root: Node, field: Field) -> bool:
    """Whether a subgraph does nothing further after a null which the client may be given."""
    declared = supergraph.subgraphs[root.subgraph].field(root.type_name, field.name)
    merged = supergraph.schema.mutation_type
    if declared is None or merged is None:
        return False
    return declared.type.endswith("!") and not is_non_null_type(merged.fields[field.name].type)
