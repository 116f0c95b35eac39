"""Lookup fields that can't say that there is no such object, or that clients had better not see."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import NonNullTypeNode

from stitcher.composition.hints.describing import hint
from stitcher.composition.model import Composition
from stitcher.composition.rules.satisfiability import keyless_lookups
from stitcher.errors import Problem

__all__ = ["hint_at_lookups"]


def hint_at_lookups(composition: Composition) -> Iterator[Problem]:
    """Yield lookup fields that are never null, and visible ones that bring objects without a key."""
    keyless = keyless_lookups(composition)
    for schema in composition.schemas:
        for field in dict.fromkeys(
            way.field for ways in schema.lookups.values() for way in ways if not way.path
        ):
            query = schema.types.get("Query")
            own = query.fields.get(field) if query is not None and field is not None else None
            if own is None:
                continue
            where = f"Lookup field Query.{own.name} of subgraph {schema.name}"
            if schema.composite and isinstance(own.type, NonNullTypeNode):
                message = f"{where} is never null: an object that isn't there is an error."
                yield hint("LOOKUP_RETURNS_NON_NULLABLE_TYPE", message, [own], "make its type nullable.")
            if (schema.name, own.name) in keyless and not own.inaccessible:
                message = f"{where} brings objects without their key: clients get no more of them from there."
                fix = "mark it @inaccessible, or let the type have its key there."
                yield hint("LOOKUP_WITHOUT_KEY", message, [own], fix)
