"""How long an answer may be kept, and by whom: what ``@cacheControl`` says in the SDLs.

A. A field's own ``maxAge`` comes before that of the type that it returns. Where neither says anything, a root
   field and one that returns objects may not be kept; any other field may be kept as long as its parent.
B. With ``inheritMaxAge``, on the field or on the type that it returns, so may one that returns objects.
C. ``scope: PRIVATE``, on the field or on the type, is for the client alone who asked.
D. An answer may be kept as long as the least of its fields, and is private if one of them is. Where several
   subgraphs speak of one element, the least counts, and PRIVATE does.
E. A field of an interface is one of any type behind it: the least of them counts.
F. Entities by themselves are as what their type says. Where it says nothing, each field has to.
G. What services say in headers can make it shorter, and private. It counts alone where no SDL says anything
   of all that was selected.

Sources: Apollo Server, "Server-side caching", section "In your schema (static)"; RFC 9111 (caching), 5.2.2;
RFC 5861 (stale content); RFC 9110, 12.5.5 (Vary).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
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
from multidict import MultiMapping

from stitcher.directives import SchemaElement, applied, arguments_of
from stitcher.headers import RequestHeaders
from stitcher.selections import Field, Selections

__all__ = ["NOT_KEPT", "CachePolicies", "CachePolicy", "Hint", "agreed", "find_cache_policies", "said_by"]

DIRECTIVE = "cacheControl"


@dataclass(frozen=True, slots=True)
class Hint:
    """What is said of one element: seconds, whether it is one client's, whether it is as its parent.

    ``is_said`` tells what is written from what follows where nothing is.
    """

    max_age: int | None = None
    is_private: bool = False
    inherits: bool = False
    is_said: bool = True


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How many seconds an answer may be kept, and whether by the client alone who asked.

    For so many seconds after that it may still be given: ``while_asking`` anew, and ``if_error`` is all that
    comes of asking (RFC 5861).
    """

    max_age: int
    is_private: bool = False
    while_asking: int = 0
    if_error: int = 0

    def narrowed(self, other: CachePolicy) -> CachePolicy:
        """Return what both allow."""
        return CachePolicy(
            min(self.max_age, other.max_age),
            self.is_private or other.is_private,
            min(self.while_asking, other.while_asking),
            min(self.if_error, other.if_error),
        )


NOT_KEPT = CachePolicy(0)

Hints: TypeAlias = Mapping[str, Hint]

NOTHING = Hint(is_said=False)

LONGEST = 2**31
"""Seconds; what is longer is as long (RFC 9111, 1.2.2)."""

PERSONAL = frozenset({"authorization", "cookie"})
"""Headers that say who asks."""


class CachePolicies:
    """The hints of a schema, and what they mean for an operation.

    Args:
        schema: The whole one, with what clients don't see.
        hints: By coordinate: ``Query.things``, ``Thing``.
    """

    def __init__(self, schema: GraphQLSchema, hints: Hints) -> None:
        self._schema = schema
        self._hints = hints

    def of(self, type_name: str, selections: Selections) -> CachePolicy | None:
        """Return the policy of an answer to these root fields; None where nothing is said of any of them."""
        return _least(self._policies(type_name, selections, is_root=True))

    def of_entity(self, type_name: str, selections: Selections) -> CachePolicy | None:  # F
        """Return the policy of an entity's fields, asked for by its key; None where nothing is said."""
        own = self._of_type(type_name)
        fields = self._policies(type_name, selections, is_root=own.max_age is None)
        return _least([own, *fields] if own.is_said else fields)

    def is_marked(self, type_name: str, selections: Selections, marked: Set[tuple[str, str]]) -> bool:
        """Say whether a field is selected that is among some, by type and name."""
        for selection in selections:
            if not isinstance(selection, Field):
                if self.is_marked(selection.type_condition, selection.selections, marked):
                    return True
                continue
            for parent, field in self._fields(type_name, selection.name):
                returned = get_named_type(field.type).name
                if (parent, selection.name) in marked or self.is_marked(
                    returned, selection.selections, marked
                ):
                    return True
        return False

    def _of_type(self, type_name: str) -> Hint:
        """Return what is said of a type, and of all that its objects may be."""
        declared = self._schema.type_map.get(type_name)
        names = {type_name}
        if isinstance(declared, GraphQLInterfaceType):
            names.update(possible.name for possible in self._schema.get_possible_types(declared))
        said = [self._hints[name] for name in names if name in self._hints]
        if not said:
            return NOTHING
        ages = [hint.max_age for hint in said if hint.max_age is not None]
        return Hint(min(ages, default=None), any(hint.is_private for hint in said))

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
        return Hint(max_age, is_private, is_said=own.is_said or of_type.is_said)


def find_cache_policies(schema: GraphQLSchema) -> CachePolicies:
    """Return what a schema says of keeping answers.

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
    return CachePolicies(schema, hints)


def agreed(schema: CachePolicy | None, service: CachePolicy | None) -> CachePolicy | None:  # G
    """Return what a schema and a service's headers allow together; None where neither says for how long."""
    if schema is None:
        return service if service and service.max_age < LONGEST else None
    if service is None:
        return schema
    return CachePolicy(
        min(schema.max_age, service.max_age),
        schema.is_private or service.is_private,
        service.while_asking,
        service.if_error,
    )


def _least(hints: Iterator[Hint] | list[Hint]) -> CachePolicy | None:  # D
    found = list(hints)
    if not any(hint.is_said for hint in found):
        return None
    return CachePolicy(
        min((hint.max_age for hint in found if hint.max_age is not None), default=0),
        any(hint.is_private for hint in found),
    )


def said_by(headers: Mapping[str, str], varied: RequestHeaders | None = None) -> CachePolicy | None:
    """Return what the headers of an answer say of keeping it; None for nothing.

    Args:
        headers: By names of any case. The age that the answer has already counts.
        varied: What the service is sent of a client's headers. An answer that varies by one of them that
            doesn't matter isn't kept; by a token or a cookie, it is that client's.
    """
    said, vary = _joined(headers, "Cache-Control"), _joined(headers, "Vary")
    if not said and not vary:
        return None
    varying = {name.strip().lower() for name in vary.split(",") if vary}
    sent = {name for name in varying if varied is not None and varied.may_send(name)}
    own = sent & PERSONAL
    if "*" in varying or not all(varied is None or varied.matters(name) for name in sent - own):
        return NOT_KEPT
    if not said:
        return CachePolicy(LONGEST, is_private=True) if own else None
    directives: dict[str, str] = {}
    for part in said.lower().split(","):
        name, _, value = part.strip().partition("=")
        directives[name] = value.strip('"')
    if "no-store" in directives or "no-cache" in directives:
        return NOT_KEPT
    is_private = bool(own) or "private" in directives
    ages = [name for name in ("s-maxage", "max-age") if directives.get(name, "").isdigit()]
    if not ages:
        return CachePolicy(LONGEST, is_private) if is_private else None
    max_age = _seconds(directives, ages[0]) - _seconds(headers, "Age")
    return CachePolicy(
        max(0, max_age),
        is_private,
        max(0, _seconds(directives, "stale-while-revalidate") + min(0, max_age)),
        max(0, _seconds(directives, "stale-if-error") + min(0, max_age)),
    )


def _joined(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a header that may come in several lines (RFC 9110, 5.3)."""
    if name not in headers:
        return ""
    return ", ".join(headers.getall(name)) if isinstance(headers, MultiMapping) else headers[name]


def _seconds(said: Mapping[str, str], name: str) -> int:
    value = said.get(name, "")
    return min(int(value[:10]), LONGEST - 1) if value.isdigit() else 0


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
