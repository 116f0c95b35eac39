"""Whether a schema is valid: as graphql-core sees it, but for fields that are deprecated on an object alone.

The specification forbids to deprecate a field whose interface doesn't, since its edition of September 2025.
Services have done so for years, and no other gateway refuses them. So such deprecations are held back while
the schema is validated, which graphql-core does once; introspection shows them as they were written.
"""

from __future__ import annotations

from collections.abc import Iterator

from ariadne import SchemaBindable
from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, validate_schema

__all__ = ["LoneDeprecations", "schema_errors"]


def schema_errors(schema: GraphQLSchema) -> list[GraphQLError]:
    """Validate a schema for good, and return what is wrong with it."""
    lone = LoneDeprecations()
    lone.bind_to_schema(schema)
    lone.restore(schema)
    return validate_schema(schema)


class LoneDeprecations(SchemaBindable):
    """Deprecations that stand on a field and not on its interface's; held back until they are restored.

    Ariadne, which validates what it makes, binds them before it does.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], str | None] = {}

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        """Take the deprecations off the schema."""
        held = {(type_.name, name): type_.fields[name].deprecation_reason for type_, name in _lone(schema)}
        _set(schema, dict.fromkeys(held))
        self._held |= held

    def restore(self, schema: GraphQLSchema) -> None:
        """Validate the schema that they were taken off, or one that was made of it, and put them back."""
        validate_schema(schema)  # remembers what it finds
        _set(schema, self._held)


def _lone(schema: GraphQLSchema) -> Iterator[tuple[GraphQLObjectType | GraphQLInterfaceType, str]]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and type_.interfaces:
            for name, field in type_.fields.items():
                if field.deprecation_reason is not None and any(
                    name in interface.fields and interface.fields[name].deprecation_reason is None
                    for interface in type_.interfaces
                ):
                    yield type_, name


def _set(schema: GraphQLSchema, reasons: dict[tuple[str, str], str | None]) -> None:
    for (type_name, name), reason in reasons.items():
        type_ = schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 -- as they were found
        type_.fields[name].deprecation_reason = reason
