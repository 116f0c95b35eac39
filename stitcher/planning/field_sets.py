"""What the gateway asks for itself: field sets, under response keys that keep out of the client's way."""

from __future__ import annotations

from functools import partial

from stitcher.planning.conflicts import conflict
from stitcher.planning.nodes import Position, SetContext, Taken
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import Supergraph

__all__ = ["at_place", "context_at_place"]


def at_place(supergraph: Supergraph, selections: Selections, type_name: str, place: Position) -> Selections:
    """Give the fields of a type's field set response keys that are free at a place."""
    conflicting = partial(_conflict, supergraph)
    keyed: list[Field | Fragment] = []
    for selection in selections:
        if isinstance(selection, Fragment):
            inner = at_place(supergraph, selection.selections, selection.type_condition, place)
            keyed.append(Fragment(selection.type_condition, inner))
        else:
            key = place.claim(Taken(type_name, selection.name, selection.asked_with), conflicting)
            inner = selection.selections
            if inner:
                inner = at_place(
                    supergraph, inner, _child_type(supergraph, type_name, selection.name), place.child(key)
                )
            asked_as = None if key == selection.key else selection.key
            keyed.append(
                Field(selection.name, key, selection.arguments, selections=inner, response_key=asked_as)
            )
    return tuple(keyed)


def context_at_place(supergraph: Supergraph, context: SetContext) -> Selections:
    """Give the fields of a context's value response keys that are free where it comes from."""
    return at_place(supergraph, context.selections, context.setter.type_name, context.setter.place)


def _conflict(supergraph: Supergraph, one: Taken, other: Taken) -> bool:
    if one[1:] != other[1:]:
        return True
    return conflict(supergraph, one[:2], other[:2])


def _child_type(supergraph: Supergraph, type_name: str, name: str) -> str:
    """Return the composite type of a field that clients may not see."""
    declared = (subgraph.field(type_name, name) for subgraph in supergraph.subgraphs.values())
    return next((declaration.type_name for declaration in declared if declaration), "")
