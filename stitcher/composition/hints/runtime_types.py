"""Shared fields that may return types which not all of their subgraphs know."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.hints.describing import hint
from stitcher.composition.model import Composition
from stitcher.composition.rules.runtime_types import shared_fields
from stitcher.errors import Problem

__all__ = ["hint_at_runtime_types"]


def hint_at_runtime_types(composition: Composition) -> Iterator[Problem]:
    """Yield shared fields whose subgraphs know different types, and some in common."""
    for path, served in shared_fields(composition):
        if len({types for _, types in served}) > 1:
            known = "; ".join(f"{', '.join(sorted(types))} in {own.subgraph}" for own, types in served)
            message = f"Field {path} is shared, and may be of different types: {known}."
            fix = "let the subgraphs know the same types: they have to answer alike."
            fields = [own for own, _ in served]
            yield hint("INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN", message, fields, fix)
