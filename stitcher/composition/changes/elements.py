"""The elements of a schema by their coordinates, and those that two schemas share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    GraphQLArgument,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)

__all__ = ["Element", "Shared", "shared_elements"]

Element: TypeAlias = (
    GraphQLSchema | GraphQLNamedType | GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue
)


@dataclass(frozen=True, slots=True)
class Shared:
    """An element that two schemas have at one coordinate, such as ``Query.search(first:)``."""

    coordinate: str
    old: Element
    new: Element


def shared_elements(old: GraphQLSchema, new: GraphQLSchema) -> list[Shared]:
    """Return what both schemas have, as elements of one kind."""
    after = dict(_elements(new))
    return [
        Shared(coordinate, element, after[coordinate])
        for coordinate, element in _elements(old)
        if type(element) is type(after.get(coordinate))
    ]


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, Element]]:
    yield "The schema", schema
    for named in schema.type_map.values():
        if not named.name.startswith("__"):
            yield named.name, named
            yield from _members(named)
    for directive in schema.directives:
        for name, argument in directive.args.items():
            yield f"@{directive.name}({name}:)", argument


def _members(named: GraphQLNamedType) -> Iterator[tuple[str, Element]]:
    if is_object_type(named) or is_interface_type(named):
        for name, field in named.fields.items():
            yield f"{named.name}.{name}", field
            for argument_name, argument in field.args.items():
                yield f"{named.name}.{name}({argument_name}:)", argument
    elif is_input_object_type(named):
        for name, input_field in named.fields.items():
            yield f"{named.name}.{name}", input_field
    elif is_enum_type(named):
        for name, value in named.values.items():
            yield f"{named.name}.{name}", value
