"""Walking an operation: from the roots down, each field's ways are found; each leaf ends with its candidates.

At any time the walk holds the nodes at which one object of the response may be read. A field of it can be
asked for at some of these, or by visits from them; below an object the nodes for it are what was found.

A. A field of an abstract type is asked for as a whole where a subgraph answers it for each type that the
   value may be; otherwise type by type, and then all types from one node, where the value comes from. If what
   is below it can't be had from the whole, it is asked for type by type too: types may have more ways.
B. A fragment goes on with the nodes narrowed to its type condition. Where a subgraph doesn't know the
   condition, or knows fewer types to meet it, it goes on with each object type by itself.
C. What is asked for under one response key of a mutation is done once, in a turn of its own (``serial``), by
   one subgraph. So each that has the field is walked from alone, and is out if it can't get to all that is
   selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from graphql import get_named_type
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type, is_union_type

from stitcher.errors import PlanningError
from stitcher.planning.nodes import TYPENAME, TYPENAME_FIELD, Node, Position, Taken
from stitcher.planning.normalize import Operation
from stitcher.planning.routing import Router
from stitcher.planning.serial import in_turns
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.supergraph import ROOT

__all__ = ["Leaf", "Turn", "find_leaves", "find_turns", "is_introspection"]

INTROSPECTION = frozenset({"__schema", "__type"})


def is_introspection(selection: Selection) -> bool:
    """Whether a field of Query is answered by the gateway itself."""
    return isinstance(selection, Field) and selection.name in INTROSPECTION


@dataclass(eq=False, slots=True)
class Leaf:
    """A leaf of the operation, the nodes that can answer it, and the one that is to."""

    candidates: list[Node]
    choice: Node | None = None


Turn: TypeAlias = list[list[Leaf]]
"""What is done in one turn of a mutation: its leaves, once for each subgraph that can do it."""


def find_leaves(router: Router, operation: Operation) -> list[Leaf]:
    """Return the leaves of a query with their candidates, cheapest first.

    Raises:
        PlanningError: no route through the subgraphs answers a field.
    """
    return _Walk(router, operation).leaves()


def find_turns(router: Router, operation: Operation) -> list[Turn]:
    """Return the turns of a mutation, in order.

    Raises:
        PlanningError: no subgraph that has a root field can get to all that is selected below it.
    """
    return _Walk(router, operation).turns()


class _Walk:
    """Walks the operation once and finds each leaf's candidates."""

    def __init__(self, router: Router, operation: Operation) -> None:
        self.router = router
        self.operation = operation
        self.found: list[Leaf] = []

    def leaves(self) -> list[Leaf]:
        type_name = self.operation.type_name
        for field in self._root_fields():
            self._field(self.router.roots(type_name, field.name), type_name, field)
        return self.found

    def turns(self) -> list[Turn]:  # C
        turns = in_turns(self._root_fields(), self.router.budget)
        return [self._turn(number, fields) for number, fields in enumerate(turns)]

    def _turn(self, number: int, fields: list[Field]) -> Turn:
        type_name, name = self.operation.type_name, fields[0].name
        turn: Turn = []
        failed: list[PlanningError] = []
        for root in self.router.roots(type_name, name, number):
            self.found = []
            try:
                for field in fields:
                    self._field([root], type_name, field)
            except PlanningError as error:
                failed.append(error)
            else:
                turn.append(self.found)
        if not turn:
            raise _nobody(failed, type_name, name)
        return turn

    def _root_fields(self) -> list[Field]:
        """Return the root fields that subgraphs are asked for."""
        self._register(self.operation.selections, self.operation.type_name, self.router.root_place)
        return [
            field
            for field in self.operation.selections
            if isinstance(field, Field) and field.name != TYPENAME and not is_introspection(field)
        ]

    def _register(self, selections: Selections, type_name: str, place: Position) -> None:
        """Note which response keys the client takes, before the gateway adds fields of its own."""
        for selection in selections:
            if isinstance(selection, Fragment):
                self._register(selection.selections, selection.type_condition, place)
            else:
                taken = Taken(type_name, selection.name, selection.asked_with)
                place.keys.setdefault(selection.key, set()).add(taken)
                child = self._child_type(type_name, selection.name) if selection.selections else None
                if child:
                    self._register(selection.selections, child.name, place.child(selection.key))

    def _selections(self, nodes: list[Node], type_name: str, selections: Selections) -> None:
        # What brings more along is routed first, so that plain fields can ride with it.
        for selection in sorted(
            selections, key=lambda selection: not self._requires_more(type_name, selection)
        ):
            if isinstance(selection, Fragment):
                condition = selection.type_condition
                groups = self.router.narrowed(nodes, condition, self.router.types.covers(condition))
                for target, narrowed in groups.items():
                    self._selections(narrowed, target, selection.selections)
            elif type_name != ROOT or not is_introspection(selection):
                self._field(nodes, type_name, selection)

    def _requires_more(self, type_name: str, selection: Selection) -> bool:
        if isinstance(selection, Fragment):
            return False
        supergraph = self.router.supergraph
        names = supergraph.serving.get((type_name, selection.name), ())
        declared = (supergraph.subgraphs[name].field(type_name, selection.name) for name in names)
        return any(
            declaration is not None and bool(declaration.requires or declaration.contexts)
            for declaration in declared
        )

    def _field(self, nodes: list[Node], type_name: str, field: Field) -> None:
        child = self._child_type(type_name, field.name)
        if child and not field.selections:
            field = replace(field, selections=(TYPENAME_FIELD,))  # all that was selected is skipped
        if any(self.router.is_provided_by_type(node, field.name) for node in nodes):
            self._type_by_type(nodes, field)
            return
        found = self.router.candidates(nodes, field)
        if not found:
            self._by_object_type(nodes, type_name, field)
            return
        if child is None:
            self.found.append(Leaf(found))
            return
        before = len(self.found)
        try:
            self._below(found, child, field)
        except PlanningError:
            if not any(map(self._object_nodes, nodes)):
                raise
            del self.found[before:]
            self._type_by_type(nodes, field)

    def _below(self, found: list[Node], child: GraphQLCompositeType, field: Field) -> None:
        """Route what is selected below a field, from the nodes at which its value is found."""
        if is_union_type(child):
            self.router.types.agree_on_members(found)
        # Where no subgraph has a type for it, the value is null, and nothing of it can be asked for.
        selections = field.selections if any(map(self.router.types.may_be_there, found)) else ()
        if is_abstract_type(child) and not any(map(self.router.types.is_interface_object, found)):
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
            if narrowed and all(self.router.candidates([inner], field) for inner in narrowed.values()):
                break
        else:
            raise PlanningError(_no_route(nodes, type_name, field.name))
        for name, inner in narrowed.items():
            self._field([inner], name, field)

    def _type_by_type(self, nodes: list[Node], field: Field) -> None:
        """Route a field of an abstract value by itself for each type that a node may hold."""
        groups: dict[str, list[Node]] = {}
        for node in nodes:
            for name, narrowed in (self._object_nodes(node) or {node.type_name: node}).items():
                groups.setdefault(name, []).append(narrowed)
        for name, group in groups.items():
            self._field(group, name, field)

    def _object_nodes(self, node: Node) -> dict[str, Node]:
        """Return a node for each type that clients may see among those that an abstract node may hold."""
        found = self.router.object_nodes(node)
        return {name: inner for name, inner in found.items() if self.router.schema.get_type(name)}

    def _child_type(self, type_name: str, field_name: str) -> GraphQLCompositeType | None:
        """Return the composite type of a field, None for a leaf."""
        schema = self.router.schema
        parent = schema.get_type(type_name)
        definition = schema.get_field(parent, field_name) if is_composite_type(parent) else None
        if definition is None:
            raise PlanningError(f"{type_name} has no field {field_name}.")
        named = get_named_type(definition.type)
        return named if is_composite_type(named) else None


def _nobody(failed: Sequence[PlanningError], type_name: str, name: str) -> PlanningError:
    """Return why no subgraph can do a turn, given the reasons of those that have its field."""
    if not failed:
        return PlanningError(_no_route([], type_name, name))
    if len(failed) == 1:
        return failed[0]
    return PlanningError(
        f"No single subgraph can answer for all that is selected of {type_name}.{name}, "
        f"and what one has done another must not do again. {failed[0]}"
    )


def _no_route(nodes: list[Node], type_name: str, field_name: str) -> str:
    known = " and ".join(sorted({node.subgraph for node in nodes})) or "no subgraph"
    return (
        f"No subgraph can be asked for {type_name}.{field_name} here, where {known} has the object. "
        f"Fix: give a subgraph that serves the field a key of {type_name} that is known there."
    )
