"""Walking an operation: from the roots down, each field's ways are found; each leaf ends with its candidates.

At any time the walk holds the nodes at which one object of the response may be read. A field of it can be
asked for at some of these, or by visits from them; below an object the nodes for it are what was found.

A. A field of an abstract type is asked for as a whole where a subgraph answers it for each type that the
   value may be; otherwise type by type, and then all types from one node, where the value comes from.
B. A fragment goes on with the nodes narrowed to its type condition. Where a subgraph doesn't know the
   condition, or knows fewer types to meet it, it goes on with each object type by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphql import get_named_type
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type, is_union_type

from stitcher.errors import PlanningError
from stitcher.planning.nodes import TYPENAME, TYPENAME_FIELD, Node, Place, Taken
from stitcher.planning.normalize import Operation
from stitcher.planning.routing import Router
from stitcher.selections import Field, Fragment, Selection, Selections

__all__ = ["Leaf", "find_leaves", "is_introspection"]

INTROSPECTION = frozenset({"__schema", "__type"})


def is_introspection(selection: Selection) -> bool:
    """Whether a root field is answered by the gateway itself."""
    return isinstance(selection, Field) and selection.name in INTROSPECTION


@dataclass(eq=False, slots=True)
class Leaf:
    """A leaf of the operation, the nodes that can answer it, and the one that is to."""

    candidates: list[Node]
    choice: Node | None = None


def find_leaves(router: Router, operation: Operation) -> list[Leaf]:
    """Return the operation's leaves with their candidates, cheapest first.

    Raises:
        PlanningError: no route through the subgraphs answers a field.
    """
    return _Walk(router, operation).leaves()


class _Walk:
    """Walks the operation once and finds each leaf's candidates."""

    def __init__(self, router: Router, operation: Operation) -> None:
        self.router = router
        self.operation = operation
        self.found: list[Leaf] = []

    def leaves(self) -> list[Leaf]:
        self._register(self.operation.selections, self.operation.type_name, self.router.root_place)
        type_name = self.operation.type_name
        turns: dict[str, int] = {}
        for field in self.operation.selections:
            if not isinstance(field, Field) or field.name == TYPENAME or is_introspection(field):
                continue
            if self.operation.is_mutation:
                # What is asked for under one response key is asked for, and done, once: by one subgraph.
                turn = turns.setdefault(field.key, len(turns))
                roots = self.router.roots(type_name, field.name, turn)[:1]
            else:
                roots = self.router.roots(type_name, field.name)
            self._field(roots, type_name, field)
        return self.found

    def _register(self, selections: Selections, type_name: str, place: Place) -> None:
        """Note which response keys the client takes, before the gateway adds fields of its own."""
        for selection in selections:
            if isinstance(selection, Fragment):
                self._register(selection.selections, selection.type_condition, place)
            else:
                taken = Taken(type_name, selection.name, selection.arguments)
                place.keys.setdefault(selection.key, set()).add(taken)
                child = self._child_type(type_name, selection.name) if selection.selections else None
                if child:
                    self._register(selection.selections, child.name, place.child(selection.key))

    def _selections(self, nodes: list[Node], type_name: str, selections: Selections) -> None:
        # What brings more along is routed first, so that plain fields can ride with it.
        for selection in sorted(selections, key=lambda each: not self._requires_more(type_name, each)):
            if isinstance(selection, Fragment):
                condition = selection.type_condition
                groups = self.router.narrowed(nodes, condition, self.router.covers(condition))
                for target, narrowed in groups.items():
                    self._selections(narrowed, target, selection.selections)
            else:
                self._field(nodes, type_name, selection)

    def _requires_more(self, type_name: str, selection: Selection) -> bool:
        if isinstance(selection, Fragment):
            return False
        supergraph = self.router.supergraph
        names = supergraph.serving.get((type_name, selection.name), ())
        declared = (supergraph.subgraphs[name].field(type_name, selection.name) for name in names)
        return any(each is not None and bool(each.requires) for each in declared)

    def _field(self, nodes: list[Node], type_name: str, field: Field) -> None:
        child = self._child_type(type_name, field.name)
        if child and not field.selections:
            field = replace(field, selections=(TYPENAME_FIELD,))  # all that was selected is skipped
        found = self.router.candidates(nodes, field)
        if not found:
            self._by_object_type(nodes, type_name, field)
            return
        if child is None:
            self.found.append(Leaf(found))
            return
        if is_union_type(child):
            self.router.agree_on_members(found)
        selections = field.selections
        if is_abstract_type(child) and not any(map(self.router.is_interface_object, found)):
            # The shape of the response and the paths of fetches both go by the type at run time.
            selections = (TYPENAME_FIELD, *selections)
        before = len(self.found)
        self._selections(found, child.name, selections)
        if len(self.found) == before:  # nothing below can match; that the object is there still counts
            self._field(found, child.name, TYPENAME_FIELD)

    def _by_object_type(self, nodes: list[Node], type_name: str, field: Field) -> None:
        """Route a field that no subgraph answers for an abstract type as a whole.

        The value that a node brings may be of any of its types, so each has to be answered from there.
        """
        for node in nodes:
            narrowed = self._object_nodes(node)
            if narrowed and all(self.router.candidates([each], field) for each in narrowed.values()):
                break
        else:
            raise PlanningError(_no_route(nodes, type_name, field.name))
        for name, each in narrowed.items():
            self._field([each], name, field)

    def _object_nodes(self, node: Node) -> dict[str, Node]:
        """Return a node for each type that clients may see among those that an abstract node may hold."""
        found = self.router.object_nodes(node)
        return {name: each for name, each in found.items() if self.router.schema.get_type(name)}

    def _child_type(self, type_name: str, field_name: str) -> GraphQLCompositeType | None:
        """Return the composite type of a field, None for a leaf."""
        schema = self.router.schema
        parent = schema.get_type(type_name)
        definition = schema.get_field(parent, field_name) if is_composite_type(parent) else None
        if definition is None:
            raise PlanningError(f"{type_name} has no field {field_name}.")
        named = get_named_type(definition.type)
        return named if is_composite_type(named) else None


def _no_route(nodes: list[Node], type_name: str, field_name: str) -> str:
    known = " and ".join(sorted({node.subgraph for node in nodes})) or "no subgraph"
    return (
        f"No subgraph can be asked for {type_name}.{field_name} here, where {known} has the object. "
        f"To mend it, give a subgraph that serves the field a key of {type_name} that is known there."
    )
