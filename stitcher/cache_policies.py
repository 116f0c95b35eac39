"""How long an answer may be kept, and by whom: what ``@cacheControl`` says in the SDLs.

A. A field's own ``maxAge`` comes before that of the type that it returns. Where neither says anything, a root
   field and one that returns objects may not be kept; any other field may be kept as long as its parent.
B. With ``inheritMaxAge``, on the field or on the type that it returns, so may one that returns objects.
C. ``scope: PRIVATE``, on the field or on the type, is for the client alone who asked.
D. An answer may be kept as long as the least of its fields, and is private if one of them is. Where several
   subgraphs speak of one element, the least counts, and PRIVATE does.
E. A field of an interface is one of any type behind it: the least of them counts.

Source: Apollo Server, "Server-side caching", section "In your schema (static)".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from graphql.type import is_composite_type

from stitcher.directives import SchemaElement, applied, arguments_of
from stitcher.selections import Field, Selections

__all__ = ["CachePolicies", "CachePolicy", "Hint", "find_cache_policies", "said_by"]

DIRECTIVE = "cacheControl"


@dataclass(frozen=True, slots=True)
class Hint:
    """What is said of one element: seconds, whether it is one client's, whether it is as its parent."""

    max_age: int | None = None
    is_private: bool = False
    inherits: bool = False


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How many seconds an answer may be kept, and whether by the client alone who asked."""

    max_age: int
    is_private: bool = False

    def narrowed(self, other: CachePolicy) -> CachePolicy:
        """Return what both allow."""
        return CachePolicy(min(self.max_age, other.max_age), self.is_private or other.is_private)


Hints: TypeAlias = Mapping[str, Hint]

NOTHING = Hint()

LONGEST = 2**31
"""Seconds; what is longer is as long (RFC 9111, 1.2.2)."""


class CachePolicies:
    """The hints of a schema, and what they mean for an operation.

    Args:
        schema: The whole one, with what clients don't see.
        hints: By coordinate: ``Query.things``, ``Thing``.
    """

    def __init__(self, schema: GraphQLSchema, hints: Hints) -> None:
        self._schema = schema
        self._hints = hints

    def of(self, type_name: str, selections: Selections) -> CachePolicy:
        """Return the policy of an answer to these root fields."""
        found = list(self._policies(type_name, selections, is_root=True))
        return CachePolicy(
            min((hint.max_age for hint in found if hint.max_age is not None), default=0),
            any(hint.is_private for hint in found),
        )  # D

    def _policies(self, type_name: str, selections: Selections, *, is_root: bool = False) -> Iterator[Hint]:
        for selection in selections:
            if not isinstance(selection, Field):
                yield from self._policies(selection.type_condition, selection.selections, is_root=is_root)
            elif not selection.name.startswith("__"):
                below: set[str] = set()
                for parent, field in self._fields(type_name, selection.name):
                    returned = get_named_type(field.type)
                    yield self._field(parent, selection.name, returned, is_root=is_root)
                    below.add(returned.name)
                for name in below:
                    yield from self._policies(name, selection.selections)

    def _fields(self, type_name: str, name: str) -> Iterator[tuple[str, GraphQLField]]:  # E
        declared = self._schema.type_map.get(type_name)
        if isinstance(declared, GraphQLInterfaceType):
            for possible in self._schema.get_possible_types(declared):
                if name in possible.fields:
                    yield possible.name, possible.fields[name]
            if f"{type_name}.{name}" not in self._hints:
                return
        if isinstance(declared, GraphQLObjectType | GraphQLInterfaceType) and name in declared.fields:
            yield type_name, declared.fields[name]

    def _field(self, parent: str, name: str, returned: GraphQLNamedType, *, is_root: bool) -> Hint:
        own = self._hints.get(f"{parent}.{name}", NOTHING)
        of_type = self._hints.get(returned.name, NOTHING) if is_composite_type(returned) else NOTHING
        is_private = own.is_private or of_type.is_private  # C
        max_age = own.max_age if own.max_age is not None else of_type.max_age  # A
        inherits = (own.inherits or of_type.inherits) and not is_root  # B
        if max_age is None and not inherits and (is_root or is_composite_type(returned)):
            max_age = 0
        return Hint(max_age, is_private)


def find_cache_policies(schema: GraphQLSchema) -> CachePolicies | None:
    """Return what a schema says of keeping answers; None where it says nothing, so that nothing is kept.

    Args:
        schema: The whole one, with what clients don't see.
    """
    hints: dict[str, Hint] = {}
    for name, declared in schema.type_map.items():
        if hint := _hint(declared):
            hints[name] = hint
        if isinstance(declared, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in declared.fields.items():
                if hint := _hint(field):
                    hints[f"{name}.{field_name}"] = hint
    return CachePolicies(schema, hints) if hints else None


def said_by(headers: Mapping[str, str]) -> CachePolicy | None:
    """Return what the headers of an answer say of keeping it (RFC 9111, 5.2.2); None for nothing.

    Args:
        headers: By names of any case. The age that the answer has already counts.
    """
    said = headers.get("Cache-Control")
    if not said:
        return None
    directives: dict[str, str] = {}
    for part in said.lower().split(","):
        name, _, value = part.strip().partition("=")
        directives[name] = value.strip('"')
    if "no-store" in directives or "no-cache" in directives:
        return CachePolicy(0)
    is_private = "private" in directives
    ages = [directives[name] for name in ("s-maxage", "max-age") if directives.get(name, "").isdigit()]
    if not ages:
        return CachePolicy(LONGEST, is_private) if is_private else None
    age = headers.get("Age", "")
    return CachePolicy(max(0, int(ages[0][:10]) - (int(age[:10]) if age.isdigit() else 0)), is_private)


def _hint(element: SchemaElement) -> Hint | None:
    said = [arguments_of(node) for node in applied(element) if node.name.value == DIRECTIVE]
    if not said:
        return None
    ages = [given["maxAge"] for given in said if isinstance(given.get("maxAge"), int)]
    return Hint(
        min(ages, default=None),
        any(given.get("scope") == "PRIVATE" for given in said),
        any(given.get("inheritMaxAge") is True for given in said),
    )
