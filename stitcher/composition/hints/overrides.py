"""Overrides that have nothing to do, or have done it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stitcher.composition.hints.describing import hint
from stitcher.composition.model import Composition, FieldDeclaration, Override
from stitcher.errors import Problem

__all__ = ["hint_at_overrides"]


def hint_at_overrides(composition: Composition) -> Iterator[Problem]:
    """Yield overrides from unknown subgraphs or of fields that are gone, and overridden fields."""
    subgraphs = {schema.name for schema in composition.schemas}
    for name, declared in composition.declared.items():
        for declaration in declared:
            for own in declaration.fields.values():
                if own.override is not None:
                    others = {
                        other.subgraph: other.fields[own.name]
                        for other in declared
                        if own.name in other.fields
                    }
                    yield _hint(f"{name}.{own.name}", own, own.override, others, subgraphs)


def _hint(
    path: str,
    own: FieldDeclaration,
    override: Override,
    others: Mapping[str, FieldDeclaration],
    known: set[str],
) -> Problem:
    origin = others.get(override.source)
    if override.source not in known:
        message = (
            f"Subgraph {own.subgraph} overrides {path} of {override.source}, and there is no such subgraph."
        )
        fix = "correct the name, or take @override off."
        return Problem("FROM_SUBGRAPH_DOES_NOT_EXIST", message, (override.place,), fix)
    if origin is None or origin.external:
        message = f"Subgraph {own.subgraph} overrides {path} of {override.source}, which doesn't serve it."
        return Problem("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message, (override.place,), "take @override off.")
    if override.label is not None:
        message = (
            f'{path} is moving from {override.source} to {own.subgraph}, by the label "{override.label}".'
        )
        fix = f"once it has moved, take it out of {override.source}."
        return hint("OVERRIDE_MIGRATION_IN_PROGRESS", message, [own, origin], fix)
    message = f"{path} has moved from {override.source} to {own.subgraph}."
    fix = f"take it out of {override.source}."
    return hint("OVERRIDDEN_FIELD_CAN_BE_REMOVED", message, [origin], fix)
