"""What is denied to a client: marked among the selections of an operation, before anything is planned.

A. In view of the clauses that the client doesn't meet, each field of an object is allowed or denied; so is a
   field that could return nothing but objects of denied types.
B. A field of an abstract type that is denied for some of the types it may have is asked for by type.
C. A denied field stays among the selections, as such: the response has null for it.
D. What is planned is the rest: nobody is asked for what is denied.

What the gateway asks for to do its work (keys, and what fields require) comes in later, and is always
allowed: it goes to services only, not to the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import GraphQLObjectType

from stitcher.authorization import Authorization, Clauses
from stitcher.selections import Field, Fragment, Selection, Selections

__all__ = ["Restriction", "permitted"]


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is denied to a client that doesn't meet the clauses in ``refused``."""

    authorization: Authorization
    refused: Clauses

    @property
    def types(self) -> frozenset[str]:
        """The object types that are denied."""
        return frozenset(name for name, clauses in self.authorization.types.items() if clauses & self.refused)

    def apply(self, type_name: str, selections: Selections) -> Selections:
        """Return selections on a type with every field either allowed or denied (steps A to C)."""
        return _Restricting(self).selections(type_name, selections)


class _Restricting:
    """Restricts the selections of one operation."""

    def __init__(self, restriction: Restriction) -> None:
        self.authorization = restriction.authorization
        self.types = restriction.types
        self.fields = {
            at for at, clauses in restriction.authorization.fields.items() if clauses & restriction.refused
        }

    def selections(self, type_name: str, selections: Selections) -> Selections:
        restricted: list[Selection] = []
        by_type: dict[str, list[Selection]] = {}  # what a run of fields becomes that not all types allow
        for selection in selections:
            if isinstance(selection, Fragment):
                inner = self.selections(selection.type_condition, selection.selections)
                restricted += [*_fragments(by_type), replace(selection, selections=inner)]
                by_type = {}
                continue
            denied = {item.name: self.is_denied(item, selection) for item in self.objects(type_name)}
            if any(denied.values()) and not all(denied.values()):  # B
                allowed = self.allowed(type_name, selection)
                for name in denied.keys() - self.types:  # of a denied type, there won't be an object
                    by_type.setdefault(name, []).append(_denied(selection) if denied[name] else allowed)
                continue
            settled = _denied(selection) if any(denied.values()) else self.allowed(type_name, selection)
            restricted += [*_fragments(by_type), settled]
            by_type = {}
        return (*restricted, *_fragments(by_type))

    def allowed(self, type_name: str, field: Field) -> Field:
        if not field.selections:
            return field
        returned = self.authorization.returned(type_name, field.name)
        return replace(field, selections=self.selections(returned.name, field.selections))

    def is_denied(self, type_: GraphQLObjectType, field: Field) -> bool:  # A
        if (type_.name, field.name) in self.fields:
            return True
        if not self.types or not field.selections:
            return False
        returned = self.objects(self.authorization.returned(type_.name, field.name).name)
        return bool(returned) and all(returned_type.name in self.types for returned_type in returned)

    def objects(self, type_name: str) -> list[GraphQLObjectType]:
        return self.authorization.objects(type_name)


def permitted(selections: Selections) -> Selections:
    """Return the selections without what is denied (step D)."""
    kept: list[Selection] = []
    for selection in selections:
        if isinstance(selection, Field):
            if not selection.denied:
                kept.append(replace(selection, selections=permitted(selection.selections)))
        elif inner := permitted(selection.selections):
            kept.append(replace(selection, selections=inner))
    return tuple(kept)


def _denied(field: Field) -> Field:  # C
    return replace(field, selections=(), denied=True)


def _fragments(by_type: Mapping[str, list[Selection]]) -> Iterator[Fragment]:
    return (Fragment(name, tuple(selections)) for name, selections in sorted(by_type.items()))
