"""When a fetch is worth sending: the conditions (``@skip``, ``@include``) of all that it is sent for.

A fetch reads what the client selected, what later fetches need, or both. So the conditions of a node with
inputs (a visit, or a narrowed path) are alternatives, one for each field in use at its top:

A. A field on the way to a leaf of the client's counts with the field's own conditions.
B. A field that only serves as an input counts with those of the nodes that it is an input of.
C. Either way, the conditions on the way to the node have to hold too: the object may be there for others.

Those of the conditions on the way that need not hold where the object is there are the node's *guards*. What
is asked for by itself goes by them; where several become one, they have to be kept otherwise (``optimize``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from stitcher.planning.nodes import Narrow, Node, Position
from stitcher.selections import Condition, Field

__all__ = ["Alternatives", "FetchConditions", "Guards"]

Alternatives: TypeAlias = frozenset[tuple[Condition, ...]]
"""Lists of conditions, of which one has to hold as a whole; the empty one always does."""

Guards: TypeAlias = frozenset[Condition]
"""What has to hold for objects to be asked anything, though they may be there all the same."""


class FetchConditions:
    """Tells the conditions of nodes; ``leaves`` are the chosen ones, all of them."""

    def __init__(self, leaves: Iterable[Node]) -> None:
        self._wanted: set[Node] = set()
        self._consumers: dict[Node, list[Node]] = {}
        self._known: dict[Node, Alternatives] = {}
        self._above: dict[Node, Guards] = {}
        self._at: dict[Position, Guards] = {}
        used: dict[Node, None] = {}
        for leaf in leaves:
            used.update(dict.fromkeys(leaf.route))
            self._wanted.update(_upward(leaf))
        for consumer in used:
            for source in {above for leaf in consumer.inputs for above in _upward(leaf)}:
                self._consumers.setdefault(source, []).append(consumer)
        for node in used:
            if node.parent and node.place is not node.parent.place:
                above = self._on_the_way(node)
                self._at[node.place] = self._at.get(node.place, above) & above

    def of(self, node: Node) -> Alternatives:
        """Return when there is any use for what a node reads."""
        if node not in self._known:
            alternatives: set[tuple[Condition, ...]] = set()
            for field, child in _top_fields(node):
                if child in self._wanted:  # A
                    alternatives.add(field.conditions)
                else:  # B
                    alternatives.update(*(self.of(consumer) for consumer in self._consumers[child]))
            above = self._on_the_way(node)
            self._known[node] = frozenset(_all_of(above, alternative) for alternative in alternatives)  # C
        return self._known[node]

    def guards(self, node: Node) -> Guards:
        """Return the conditions on the way to a node that its objects may be there without."""
        return self._on_the_way(node) - self._at.get(node.place, frozenset())

    def _on_the_way(self, node: Node) -> Guards:
        if node not in self._above:
            above = self._on_the_way(node.parent) if node.parent else frozenset()
            own = node.move.conditions if isinstance(node.move, Field) else ()
            self._above[node] = above.union(own) if own else above
        return self._above[node]


def _all_of(above: Guards, own: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(sorted(above.union(own), key=str)) if above else own


def _top_fields(node: Node) -> Iterator[tuple[Field, Node]]:
    for move, child in node.children.items():
        if not child.users:
            continue
        if isinstance(move, Field):
            yield move, child
        elif isinstance(move, Narrow):
            yield from _top_fields(child)


def _upward(node: Node | None) -> Iterator[Node]:
    while node:
        yield node
        node = node.parent
