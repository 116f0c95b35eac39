"""What the values that identify an object have to be: known from the schemas, compared with what came."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import is_leaf_type

from stitcher.leaves import BUILT_IN, Leaf, leaf_of
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import SubgraphField, Supergraph

__all__ = ["always_there", "leaf_of_type", "leaves_of"]


def leaves_of(supergraph: Supergraph, type_name: str, representation: Selections) -> dict[str, Leaf]:
    """Return the types of a representation's own leaves that are no lists, by their names in it."""
    leaves: dict[str, Leaf] = {}
    for field in representation:
        if isinstance(field, Field) and not field.selections:
            declared = _declared(supergraph, type_name, field.name)
            if declared and not any(declaration.type.startswith("[") for declaration in declared):
                leaf = _leaf(supergraph, declared[0].type_name)
                if leaf:
                    leaves[field.asked_as] = leaf
    return leaves


def leaf_of_type(supergraph: Supergraph, type_: str) -> Leaf | None:
    """Return the leaf that a type is, given as GraphQL text; None for lists and input objects."""
    return None if type_.startswith("[") else _leaf(supergraph, type_.rstrip("!"))


def always_there(
    supergraph: Supergraph, type_name: str, representation: Selections
) -> Iterable[tuple[str, ...]]:
    """Yield the keys that lead to each part of a representation which is null in no subgraph."""
    for selection in representation:
        if isinstance(selection, Fragment):
            yield from always_there(supergraph, selection.type_condition, selection.selections)
            continue
        declared = _declared(supergraph, type_name, selection.name)
        if declared and all(declaration.type.endswith("!") for declaration in declared):
            yield (selection.key,)
        if declared:
            below = always_there(supergraph, declared[0].type_name, selection.selections)
            yield from ((selection.key, *keys) for keys in below)


def _declared(supergraph: Supergraph, type_name: str, name: str) -> list[SubgraphField]:
    serving = supergraph.serving.get((type_name, name), ())
    found = (supergraph.subgraphs[subgraph].field(type_name, name) for subgraph in serving)
    return [field for field in found if field is not None]


def _leaf(supergraph: Supergraph, name: str) -> Leaf | None:
    if name in BUILT_IN:
        return BUILT_IN[name]
    named = supergraph.schema.get_type(name)
    return leaf_of(named, supergraph.hidden_values.get(name, frozenset())) if is_leaf_type(named) else None
