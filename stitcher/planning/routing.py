"""Who can serve a field, and how to get there: the graph that the planner searches.

From a node (``nodes``) there are five moves:

A. *Field*: its subgraph serves the field, or an ancestor provides it.
B. *Narrow*: an abstract type to one of the types that it may be there.
C. *Visit*: look the same object up in another subgraph. A visit hangs off the node where the object first
   came up, and needs inputs: the lookup's key, what the field to come requires, and what its arguments take
   from objects above (``contexts``). Inputs are routes themselves and may lead through other visits
   (``visits`` finds which can be made), so a chain of keys needs no search of its own.
D. *Root*: where every route begins.
E. *Re-enter*: a field may return Query, below which any subgraph's root fields can be asked for. It hangs off
   the node where the object first came up, as a visit does, but needs no more than to know that it is there.

The search is bounded: each visit of an object is opened once (``visits``), and only the few cheapest nodes of
a subgraph are kept at one object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql import GraphQLSchema

from stitcher.planning.budget import ROUTING, Budget
from stitcher.planning.contexts import contexts_of
from stitcher.planning.field_sets import at_place, context_at_place
from stitcher.planning.node_types import NodeTypes
from stitcher.planning.nodes import (
    TYPENAME,
    TYPENAME_FIELD,
    Narrow,
    Node,
    Position,
    Reentry,
    Root,
    SetContext,
    Visit,
)
from stitcher.planning.visits import Visits
from stitcher.provided import provided_below, provided_for, unite
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import ROOT, Subgraph, SubgraphField, Supergraph, TypeKind

__all__ = ["Router"]

KEPT_PER_SUBGRAPH = 3


class Router:
    """Finds routes through one supergraph for one operation, within a budget of steps."""

    def __init__(
        self, supergraph: Supergraph, labels: frozenset[str] = frozenset(), budget: Budget | None = None
    ) -> None:
        self.supergraph = supergraph
        self.types = NodeTypes(supergraph)
        self.labels = labels
        self.budget = budget or Budget()
        self.root_place = Position()
        self._roots: dict[Root, Node] = {}
        self._visits = Visits(self._open_visit)

    @property
    def schema(self) -> GraphQLSchema:
        """The client-facing schema."""
        return self.supergraph.schema

    def roots(self, type_name: str, field_name: str, turn: int = 0) -> list[Node]:
        """Return where a root field can be asked for (move D)."""
        names = self.supergraph.serving.get((type_name, field_name), ())
        declared = {name: self.supergraph.subgraphs[name].field(type_name, field_name) for name in names}
        here = [name for name, field in declared.items() if field and field.is_here(self.labels)]
        return [self._root(Root(name, turn), type_name) for name in here]

    def _root(self, move: Root, type_name: str) -> Node:
        if move not in self._roots:
            self._roots[move] = Node(move, None, move.subgraph, type_name, self.root_place, depth=1)
        return self._roots[move]

    def fetches(self) -> Iterator[Node]:
        """Return the nodes in use at which a fetch begins, in the order in which they were found."""
        waiting = list(reversed(self._roots.values()))
        while waiting:
            node = waiting.pop()
            if node.users:
                waiting.extend(reversed(node.children.values()))
                if node.is_fetch:
                    yield node

    # A. Field

    def step(self, node: Node, wanted: Field) -> Node | None:
        """Return the field's node within the same fetch, or None if this subgraph can't serve it here."""
        if wanted.name == TYPENAME:
            if self.types.is_interface_object(node):
                return None
            return self._enter(node, wanted, SubgraphField(TYPENAME, "String", "String!"), ())
        declared = self._subgraph(node).field(node.type_name, wanted.name)
        if declared is None or not declared.is_here(self.labels):
            return None
        if _takes_more(declared) and not (isinstance(node.move, Visit) and node.move.brings(declared)):
            return None
        below = (
            self._as_one(node, declared) if self.types.is_abstract(node) else _served(node.provides, declared)
        )
        return None if below is None else self._enter(node, wanted, declared, below)

    def _enter(self, node: Node, wanted: Field, declared: SubgraphField, provides: Selections) -> Node:
        move = wanted.alone
        child = node.children.get(move)
        if child is None:
            self.budget.spend(ROUTING)
            place = node.place.child(wanted.key) if wanted.selections else node.place
            child = Node(move, node, node.subgraph, declared.type_name, place, node.depth, provides)
            node.children[move] = child
        return child

    # B. Narrow

    def narrow(self, node: Node, type_name: str) -> Node | None:
        """Return the node for objects of one type among those that the node may hold, or None."""
        if node.type_name == type_name:
            return node
        there = self._subgraph(node).types.get(type_name)
        members = frozenset(self.types.object_types(node)).intersection(there.possible_types if there else ())
        if there is None or not members:
            return None
        move = Narrow(type_name)
        child = node.children.get(move)
        if child is None:
            self.budget.spend(ROUTING)
            is_object = there.kind is TypeKind.OBJECT
            provides = provided_for(node.provides, type_name) if is_object else node.provides
            typename = self.step(node, TYPENAME_FIELD)
            child = Node(
                move,
                node,
                node.subgraph,
                type_name,
                node.place,
                node.depth,
                provides,
                inputs=(typename,) if typename else (),
                members=None if len(members) == len(there.possible_types) else members,
            )
            node.children[move] = child
        return child

    def narrowed(
        self, nodes: Iterable[Node], type_condition: str, covered: frozenset[str]
    ) -> dict[str, list[Node]]:
        """Return the nodes for objects that meet a type condition, by the type that they are taken for.

        A subgraph that knows the condition, and all types that meet it, is asked by it. Unless all can be,
        each is asked for every object type by itself, so that one can stand in for another.
        """
        groups: dict[str, list[Node]] = {}
        typed: list[Node] = []
        for node in nodes:
            if not self.types.is_interface_object(node):
                typed.append(node)
            elif self.types.is_sub_type(type_condition, node.type_name):
                groups.setdefault(node.type_name, []).append(node)
            else:
                typed.extend(self.typed(node))
        possible = {node: covered.intersection(self.types.object_types(node)) for node in typed}
        for node in self._as_a_whole(possible, type_condition) or self._one_by_one(possible):
            groups.setdefault(node.type_name, []).append(node)
        return groups

    def _as_a_whole(self, possible: Mapping[Node, frozenset[str]], type_condition: str) -> list[Node]:
        found: list[Node] = []
        for node, names in possible.items():
            if names:
                whole = self.narrow(node, type_condition) if self.types.is_abstract(node) else None
                if whole is None or not names.issubset(self.types.object_types(whole)):
                    return []
                found.append(whole)
        return found

    def _one_by_one(self, possible: Mapping[Node, frozenset[str]]) -> Iterator[Node]:
        for node, names in possible.items():
            yield from filter(None, (self.narrow(node, name) for name in sorted(names)))

    def object_nodes(self, node: Node) -> dict[str, Node]:
        """Return a node for each type that an abstract node may hold; none for an object's."""
        if self.types.is_interface_object(node):
            return {
                name: inner for typed in self.typed(node) for name, inner in self.object_nodes(typed).items()
            }
        names = self.types.object_types(node) if self.types.is_abstract(node) else ()
        return {name: narrow for name in names if (narrow := self.narrow(node, name))}

    def _as_one(self, node: Node, wanted: SubgraphField) -> Selections | None:
        """Return what is provided below an abstract value's field, None if it can't be asked for as a whole.

        It can if it is answered for each type that the value may be, with the same provided below it.
        """
        below = self._below_each_type(node, wanted.name)
        if below is None or _differ(below, wanted):
            return None
        return unite((*wanted.provides, *(below[0][1] if below else ())))

    def is_provided_by_type(self, node: Node, name: str) -> bool:
        """Whether an abstract value has a field below which one type of it provides what another doesn't."""
        below = self._below_each_type(node, name) if self.types.is_abstract(node) else None
        if not below:
            return False
        return _differ(below, self._subgraph(node).field(node.type_name, name))

    def _below_each_type(self, node: Node, name: str) -> list[tuple[str, Selections]] | None:
        """Return a field's type, and what is provided below it, for each object type that a node may hold.

        None if its subgraph can't be asked for the field of one of them.
        """
        below: list[tuple[str, Selections]] = []
        for type_name in self.types.object_types(node):
            declared = self._subgraph(node).field(type_name, name)
            if declared is None or _takes_more(declared) or not declared.is_here(self.labels):
                return None
            provides = _served(provided_for(node.provides, type_name), declared)
            if provides is None:
                return None
            below.append((declared.type_name, provides))
        return below

    # C. Visit

    def candidates(self, nodes: Iterable[Node], wanted: Field) -> list[Node]:
        """Return the ways to a field of an object that several nodes may stand for, cheapest first.

        A leaf that a node's own fetch can answer is not looked for elsewhere. An object is, since fields
        below it may be served only there.
        """
        found: list[Node] = []
        self.budget.spend(ROUTING)
        for node in nodes:
            direct = self.step(node, wanted)
            if direct:
                found.append(direct)
            if direct is None or wanted.selections:
                found.extend(self._by_visits(node, wanted))
        return _cheapest(found)

    def typed(self, node: Node) -> list[Node]:
        """Return visits to where the objects of an interface object have their real types."""
        return [
            visit
            for lookup in self.supergraph.lookups.get(node.type_name, ())
            if (visit := self._visits.at(node.origin, Visit(lookup))) and self.types.is_abstract(visit)
        ]

    def _is_typed(self, node: Node) -> bool:
        return not self.types.is_interface_object(node) or bool(self.typed(node))

    def _by_visits(self, node: Node, wanted: Field) -> Iterator[Node]:
        if wanted.name == TYPENAME:
            yield from filter(None, (self.step(visit, wanted) for visit in self.typed(node)))
            return
        for type_name in (node.type_name, *self.supergraph.interface_objects.get(node.type_name, ())):
            for name in self.supergraph.serving.get((type_name, wanted.name), ()):
                declared = self.supergraph.subgraphs[name].field(type_name, wanted.name)
                if declared is None or (name == node.subgraph and not _takes_more(declared)):
                    continue
                for visit in self._visits_for(node, type_name, name, declared):
                    reached = self.step(visit, wanted)
                    if reached:
                        yield reached

    def _visits_for(
        self, node: Node, type_name: str, subgraph: str, declared: SubgraphField
    ) -> Iterator[Node]:
        origin, requires = node.origin, declared.requires
        contexts = contexts_of(origin, declared.contexts, self.types.types_of)
        if contexts is None:
            return
        if type_name == ROOT and not isinstance(origin.move, Root):
            yield self._reentry(origin, subgraph)
        for lookup in self.supergraph.lookups.get(type_name, ()):
            # Arguments that differ from object to object need a lookup for each.
            suits = not lookup.many if declared.arguments else lookup.carries(requires)
            if lookup.subgraph == subgraph and suits:
                visit = self._visits.at(origin, Visit(lookup, requires, contexts))
                if visit:
                    yield visit
        if not requires and not contexts:
            # Where the object is visited anyway with more in hand, a plain field can ride along.
            for move, visited in origin.children.items():
                if isinstance(move, Visit) and move.requires and move.lookup.subgraph == subgraph:
                    yield visited

    def _open_visit(self, origin: Node, move: Visit) -> None:
        lookup, place = move.lookup, origin.place
        inputs = self.reach(
            [origin], at_place(self.supergraph, (*lookup.key, *move.requires), lookup.type_name, place)
        )
        for context in move.contexts:
            around = self._reach_context(context)
            inputs = None if inputs is None or around is None else [*inputs, *around]
        if inputs is not None:
            depth = 1 + max((leaf.depth for leaf in inputs), default=origin.depth)
            node = Node(move, origin, lookup.subgraph, lookup.type_name, place, depth, inputs=tuple(inputs))
            origin.children[move] = node

    def _reach_context(self, context: SetContext) -> list[Node] | None:
        setter = context.setter
        nodes = dict.fromkeys((setter, setter.origin))
        if setter.type_name == ROOT and isinstance(setter.move, Root):
            names = (selection.name for selection in context.selections if isinstance(selection, Field))
            nodes |= dict.fromkeys(root for name in names for root in self.roots(ROOT, name))
        return self.reach(list(nodes), context_at_place(self.supergraph, context))

    # E. Re-enter

    def _reentry(self, origin: Node, subgraph: str) -> Node:
        move = Reentry(subgraph)
        if move not in origin.children:
            typename = self.step(origin, TYPENAME_FIELD)
            inputs = (typename,) if typename else ()
            node = Node(move, origin, subgraph, ROOT, origin.place, origin.depth + 1, inputs=inputs)
            origin.children[move] = node
        return origin.children[move]

    # Field sets

    def reach(self, nodes: list[Node], selections: Selections) -> list[Node] | None:
        """Return the cheapest leaf for each leaf of a field set, or None where one can't be reached."""
        leaves: list[Node] = []
        for selection in selections:
            if isinstance(selection, Fragment):
                condition = selection.type_condition
                groups = self.narrowed(nodes, condition, self.types.covers_among_subgraphs(condition))
                reached = [self.reach(group, selection.selections) for group in groups.values()]
                if not groups and not any(map(self._is_typed, nodes)):
                    return None  # nobody has told yet which objects meet the condition
            else:
                found = self.candidates(nodes, selection)
                by_type = any(self.is_provided_by_type(node, selection.name) for node in nodes)
                whole = None
                if found and not by_type:
                    whole = self.reach(found, selection.selections) if selection.selections else found[:1]
                reached = [self._reach_by_object_type(nodes, selection) if whole is None else whole]
            for inner in reached:
                if inner is None:
                    return None
                leaves.extend(inner)
        return leaves

    def _reach_by_object_type(self, nodes: list[Node], wanted: Field) -> list[Node] | None:
        """Reach a field that can't be had for an abstract type as a whole from each of its types."""
        for node in nodes:
            reached = [self.reach([inner], (wanted,)) for inner in self.object_nodes(node).values()]
            if reached and None not in reached:
                return [leaf for leaves in reached for leaf in leaves or ()]
        return None

    def _subgraph(self, node: Node) -> Subgraph:
        return self.supergraph.subgraphs[node.subgraph]


def _takes_more(declared: SubgraphField) -> bool:
    """Whether a field needs more of an object than a key, and so a visit even in its own subgraph."""
    return bool(declared.requires or declared.contexts)


def _cheapest(nodes: list[Node]) -> list[Node]:
    """Sort by cost and keep the few best of each subgraph and set of provided fields."""
    kept: list[Node] = []
    counts: dict[tuple[str, Selections], int] = {}
    for node in sorted(dict.fromkeys(nodes), key=Node.cost):
        kind = (node.subgraph, node.provides)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= KEPT_PER_SUBGRAPH:
            kept.append(node)
    return kept


def _differ(below: list[tuple[str, Selections]], whole: SubgraphField | None) -> bool:
    """Whether what types provide below a field isn't all the same, and below a value of the whole's type."""
    if not any(provides for _, provides in below):
        return False
    return whole is None or any(step != (whole.type_name, below[0][1]) for step in below)


def _served(provides: Selections, declared: SubgraphField) -> Selections | None:
    """Return what is provided below an object's field, None if the subgraph doesn't serve it there."""
    below = provided_below(provides, declared.name)
    if declared.external and below is None:
        return None
    return unite((*below, *declared.provides)) if below else declared.provides
