"""Which fields of a schema are limited: by ``@rateLimit`` in an SDL, or because they log somebody in.

A limit holds on every way to its field. That of an interface's field goes for the field of each type that
implements it; and a selection on the interface may reach any of these types, so it counts for all of them.
An interface that clients don't see limits the fields of the types that they do see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

from stitcher.directives import applied, arguments_of
from stitcher.interfaces import all_interfaces
from stitcher.windows import Window, parse_windows

__all__ = ["DIRECTIVE", "LIMIT", "FieldLimit", "FieldLimits", "Per", "find_field_limits"]

DIRECTIVE = "rateLimit"
LIMIT = "limit"
"""The directive, ``@rateLimit(limit: String!) on FIELD_DEFINITION``, and its argument."""


class Per(Enum):
    """Whose uses of a field count together."""

    CLIENT = "the user, or the address of one that isn't logged in"
    ADDRESS = "the address, whoever is logged in there"
    ACCOUNT = "the account that an argument of the field names"


@dataclass(frozen=True, slots=True)
class FieldLimit:
    """How often a field may be selected."""

    windows: tuple[Window, ...]
    per: Per = Per.CLIENT


FieldLimits: TypeAlias = Mapping[str, tuple[FieldLimit, ...]]
"""The limits that count for each field, by its coordinate such as ``Query.search``; the rest isn't there."""


def find_field_limits(
    schema: GraphQLSchema, logins: Iterable[str] = (), login_limits: tuple[FieldLimit, ...] = ()
) -> FieldLimits:
    """Return a schema's limited fields: those with ``@rateLimit``, and the mutations that are ``logins``.

    ``schema`` is the whole one, with what clients don't see.
    """
    types = [type_ for type_ in schema.type_map.values() if isinstance(type_, _WITH_FIELDS)]
    own = {
        f"{declared.name}.{name}": limits
        for declared in types
        for name, field in declared.fields.items()
        if (limits := _written(f"{declared.name}.{name}", field))
    }
    mutation = schema.mutation_type
    for name in logins if mutation else ():
        if mutation and login_limits and name in mutation.fields:
            coordinate = f"{mutation.name}.{name}"
            own[coordinate] = (*own.get(coordinate, ()), *login_limits)
    if not own:
        return {}
    found = dict(own)
    for declared in types:
        for name in declared.fields:
            related = [f"{type_.name}.{name}" for type_ in _related(schema, declared)]
            if limits := tuple(
                dict.fromkeys(limit for related_field in related for limit in own.get(related_field, ()))
            ):
                found[f"{declared.name}.{name}"] = limits
    return found


_WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)


def _written(coordinate: str, field: GraphQLField) -> tuple[FieldLimit, ...]:
    given = (arguments_of(node).get(LIMIT) for node in applied(field) if node.name.value == DIRECTIVE)
    texts = [text for text in given if isinstance(text, str)]
    return (FieldLimit(parse_windows(coordinate, *texts)),) if texts else ()


def _related(
    schema: GraphQLSchema, declared: GraphQLObjectType | GraphQLInterfaceType
) -> list[GraphQLNamedType]:
    """Return the types whose field of one name may be the same field as that of this type."""
    objects = [declared] if isinstance(declared, GraphQLObjectType) else schema.get_possible_types(declared)
    return [
        declared,
        *objects,
        *(interface for type_ in (declared, *objects) for interface in all_interfaces(type_)),
    ]
