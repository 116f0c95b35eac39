"""Response keys that a subgraph would refuse: fields of one key that it has with different types.

GraphQL lets fields of different objects share a response key only if their types have the same shape
(GraphQL specification, SameResponseShape). Merging makes types alike that differ from subgraph to subgraph,
so an operation that is valid for the client may not be for a subgraph. Nor can another field be called
``__typename``, or that one have directives: the gateway asks for it itself. Such fields are asked for under
keys of their own, and get the client's key back in the projection. What the gateway adds for itself has to
keep out of the way likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from graphql import get_named_type
from graphql.type import is_composite_type

from stitcher.planning.nodes import TYPENAME, TYPENAME_FIELD
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.supergraph import Supergraph

__all__ = ["conflict", "separate_conflicts"]

Scope: TypeAlias = tuple[str, Selections]
"""The selections on a type; several scopes may describe one object of the response."""


def separate_conflicts(supergraph: Supergraph, type_name: str, selections: Selections) -> Selections:
    """Return the selections with keys that no subgraph refuses."""
    if not _may_conflict(selections):
        return selections
    return _separate(supergraph, [(type_name, selections)])[0]


def _may_conflict(selections: Selections) -> bool:
    """Whether any objects of one place may differ in type, or any key is one of the gateway's own."""
    return any(
        isinstance(selection, Fragment)
        or (selection.key == TYPENAME and _asked(selection) != _asked(TYPENAME_FIELD))
        or _may_conflict(selection.selections)
        for selection in selections
    )


@dataclass(slots=True)
class _Group:
    """Fields that can share one key, each with the type that it is a field of; and their new selections."""

    key: str
    fields: list[tuple[str, Field]] = field(default_factory=list)
    selections: dict[tuple[str, Field], Selections] = field(default_factory=dict)


def _separate(supergraph: Supergraph, scopes: Sequence[Scope]) -> list[Selections]:
    groups: dict[str, list[_Group]] = {}
    taken = {key for _, selections in scopes for key in _keys(selections)}
    for type_name, selections in scopes:
        _group(supergraph, type_name, selections, groups, taken)
    for same in (group for alike in groups.values() for group in alike):
        inner = [(_child_type(supergraph, owner, member), member.selections) for owner, member in same.fields]
        renamed = _separate(supergraph, inner) if any(selections for _, selections in inner) else []
        same.selections = dict(zip(same.fields, renamed, strict=False))
    return [_rename(type_name, selections, groups) for type_name, selections in scopes]


def _keys(selections: Selections) -> Iterator[str]:
    """Yield the response keys of an object."""
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from _keys(selection.selections)
        else:
            yield selection.key


def _group(
    supergraph: Supergraph,
    type_name: str,
    selections: Selections,
    groups: dict[str, list[_Group]],
    taken: set[str],
) -> None:
    for selection in selections:
        if isinstance(selection, Fragment):
            _group(supergraph, selection.type_condition, selection.selections, groups, taken)
            continue
        member = (type_name, selection)
        own = [_Group(TYPENAME, [("", TYPENAME_FIELD)])] if selection.key == TYPENAME else []
        alike = groups.setdefault(selection.key, own)
        for group in alike:
            if not any(_conflict(supergraph, member, other) for other in group.fields):
                break
        else:
            key, number = selection.key, 0
            while alike and key in taken:
                number += 1
                key = f"{selection.name}_{number}"  # the client's key may be long
            taken.add(key)
            group = _Group(key)
            alike.append(group)
        if member not in group.fields:
            group.fields.append(member)


def _conflict(supergraph: Supergraph, one: tuple[str, Field], other: tuple[str, Field]) -> bool:
    if TYPENAME in (one[1].name, other[1].name):
        return one[1].key == TYPENAME and _asked(one[1]) != _asked(other[1])
    return conflict(supergraph, (one[0], one[1].name), (other[0], other[1].name))


def _asked(field: Field) -> tuple[str, str]:
    return field.name, field.asked_with


def conflict(supergraph: Supergraph, one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether some subgraph refuses two fields, each given as its type's name and its own, under one key."""
    if one == other:
        return False
    for subgraph in supergraph.subgraphs.values():
        first, second = subgraph.field(*one), subgraph.field(*other)
        if first is None or second is None or first.type == second.type:
            continue
        composite = first.type_name in subgraph.types and second.type_name in subgraph.types
        if not composite or _wrappers(first.type) != _wrappers(second.type):
            return True
    return False


def _wrappers(type_: str) -> str:
    return "".join(character for character in type_ if character in "[]!")


def _rename(type_name: str, selections: Selections, groups: dict[str, list[_Group]]) -> Selections:
    renamed: list[Selection] = []
    for selection in selections:
        if isinstance(selection, Fragment):
            inner = _rename(selection.type_condition, selection.selections, groups)
            renamed.append(replace(selection, selections=inner))
            continue
        member = (type_name, selection)
        group = next(other for other in groups[selection.key] if member in other.fields)
        response_key = selection.key if group.key != selection.key else selection.response_key
        inner = group.selections.get(member, ())
        renamed.append(replace(selection, key=group.key, selections=inner, response_key=response_key))
    return tuple(renamed)


def _child_type(supergraph: Supergraph, type_name: str, selected: Field) -> str:
    parent = supergraph.schema.get_type(type_name)
    definition = supergraph.schema.get_field(parent, selected.name) if is_composite_type(parent) else None
    return get_named_type(definition.type).name if definition else ""
