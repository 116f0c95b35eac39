"""The nodes of the graph that the planner searches.

A :class:`Node` is an object (or a leaf) as one subgraph's fetch reads it, together with the way there. Its
parent is the object that holds it, a :data:`Move` is how it is reached from there. Nodes are interned, so two
routes that begin alike share their nodes, and what a route adds to a plan is the nodes that no other route
has paid for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from stitcher.selections import Field, Selections
from stitcher.supergraph import ContextArgument, Lookup, SubgraphField

__all__ = [
    "TYPENAME",
    "TYPENAME_FIELD",
    "Move",
    "Narrow",
    "Node",
    "Position",
    "Reentry",
    "Root",
    "SetContext",
    "Taken",
    "Visit",
]

TYPENAME = "__typename"
TYPENAME_FIELD = Field(TYPENAME, TYPENAME)


@dataclass(frozen=True, slots=True)
class Root:
    """A subgraph's root type; ``turn`` keeps the root fields of a mutation apart, and in order."""

    subgraph: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Narrow:
    """From an abstract type to ``type_name``."""

    type_name: str


@dataclass(frozen=True, slots=True)
class SetContext:
    """Where the value of an argument comes from: what is selected of the object above at ``setter``."""

    argument: ContextArgument
    setter: Node
    selections: Selections


@dataclass(frozen=True, slots=True)
class Visit:
    """Into another subgraph by a lookup, bringing what ``requires`` asks for, and values from above."""

    lookup: Lookup
    requires: Selections = ()
    contexts: tuple[SetContext, ...] = ()

    def brings(self, declared: SubgraphField) -> bool:
        """Whether a field that requires others, or has arguments from above, can be asked for here."""
        arguments = tuple(context.argument for context in self.contexts)
        return (not declared.requires or self.requires == declared.requires) and (
            not declared.contexts or arguments == declared.contexts
        )


@dataclass(frozen=True, slots=True)
class Reentry:
    """Into another subgraph's Query, from an object that is Query itself: that takes no key."""

    subgraph: str


Move: TypeAlias = Root | Field | Narrow | Visit | Reentry

FETCHING = (Root, Visit, Reentry)
"""The moves at which a fetch begins; a tuple, since that is the quickest to check against."""


class Taken(NamedTuple):
    """What a response key stands for: a field of a type, and what it is asked with, directives included."""

    type_name: str
    name: str
    asked_with: str


@dataclass(eq=False, slots=True)
class Position:
    """An object's place in the response, whoever fetches it: the response keys that are taken there.

    Several subgraphs write into one place, and the gateway adds fields that the client didn't ask for.
    ``keys`` says which fields each response key stands for, one per type that the object may be, so that two
    which differ never meet under one key.
    """

    keys: dict[str, set[Taken]] = field(default_factory=dict)
    children: dict[str, Position] = field(default_factory=dict)

    def child(self, key: str) -> Position:
        """Return the place of the object (or objects) under a response key."""
        return self.children.setdefault(key, Position())

    def claim(self, taken: Taken, conflict: Callable[[Taken, Taken], bool]) -> str:
        """Return a response key under which a field that the gateway adds can be fetched.

        ``conflict`` says of two fields whether they can't have one key.
        """
        key, number = taken.name, 0
        while any(conflict(taken, other) for other in self.keys.setdefault(key, set())):
            number += 1
            key = f"{taken.name}_{number}"
        self.keys[key].add(taken)
        return key


@dataclass(eq=False, slots=True)
class Node:
    """An object or leaf as one fetch reads it, and the way there.

    ``depth`` counts the fetches that have to run one after the other up to this node, its own included.
    ``provides`` are fields that the subgraph serves here although it declares them external.
    ``inputs`` are the leaves that a visit needs, or the ``__typename`` that a narrowed path goes by, or by
    which a re-entry learns whether there is an object.
    ``members`` are the object types that it may hold, where not all that its subgraph knows.
    ``users`` counts the chosen routes through the node.
    """

    move: Move
    parent: Node | None
    subgraph: str
    type_name: str
    place: Position
    depth: int
    provides: Selections = ()
    inputs: tuple[Node, ...] = ()
    members: frozenset[str] | None = None
    children: dict[Move, Node] = field(default_factory=dict)
    users: int = 0
    _route: frozenset[Node] | None = None
    _cost: tuple[int, int, int] | None = None

    @property
    def kind(self) -> object:
        """What nodes have in common from which the same routes begin."""
        return self.subgraph, self.type_name, self.provides, self.members

    @property
    def is_fetch(self) -> bool:
        """Whether a fetch of its own begins here."""
        return isinstance(self.move, FETCHING)

    @property
    def route(self) -> frozenset[Node]:
        """All nodes that have to be in a plan that holds this one."""
        if self._route is None:
            above = self.parent.route if self.parent else frozenset()
            self._route = above.union({self}, *(leaf.route for leaf in self.inputs))
        return self._route

    @property
    def origin(self) -> Node:
        """The node where the object first came up: visits hang off it, not off each other."""
        node = self
        while isinstance(node.move, Visit | Reentry) and node.parent:
            node = node.parent
        return node

    @property
    def fetch(self) -> Node:
        """The node where the fetch that reads this one begins."""
        node = self
        while not node.is_fetch and node.parent:
            node = node.parent
        return node

    @property
    def turn(self) -> int:
        """The turn of the root field that this node is part of."""
        node = self
        while node.parent:
            node = node.parent
        return node.move.turn if isinstance(node.move, Root) else 0

    def cost(self) -> tuple[int, int, int]:
        """Return what the route costs by itself: sequential fetches, fetches, fields."""
        if self._cost is None:
            if self.inputs or self.parent is None:
                fetches, fields = sum(node.is_fetch for node in self.route), len(self.route)
            else:  # one more than the way to its parent
                _, fetches, fields = self.parent.cost()
                fetches, fields = fetches + self.is_fetch, fields + 1
            self._cost = self.depth, fetches, fields
        return self._cost
