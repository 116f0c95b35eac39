"""``@override``: a field that moved from one subgraph to another is no longer served where it was.

A labelled override is in force only for a part of the requests, which nobody decides on yet: until then, the
field stays where it was. One from a subgraph that doesn't serve the field has nothing to do.

Source: Apollo Federation, "Federated directives", section "@override".
"""

from __future__ import annotations

from collections.abc import Sequence

from stitcher.composition.model import Composition, FieldDeclaration, Override, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["apply_overrides"]


def apply_overrides(composition: Composition) -> list[Problem]:
    """Mark the fields that are served elsewhere; return the overrides that make no sense."""
    problems: list[Problem] = []
    for declared in composition.declared.values():
        for each in declared:
            for own in each.fields.values():
                if own.override is not None:
                    problem = _apply(own.override, own, each, declared)
                    problems += [problem] if problem else []
    return problems


def _apply(
    override: Override, own: FieldDeclaration, parent: TypeDeclaration, declared: Sequence[TypeDeclaration]
) -> Problem | None:
    path = f"{parent.name}.{own.name}"
    if override.source == own.subgraph:
        message = f"Subgraph {own.subgraph} overrides its own field {path}."
        mend = "name the subgraph that the field moves from."
        return Problem("OVERRIDE_FROM_SELF_ERROR", message, (override.place,), mend)
    if own.external:
        message = f"Subgraph {own.subgraph} overrides field {path}, and marks it @external."
        return Problem(
            "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
            message,
            (override.place,),
            "take one of the two away.",
        )
    fields = (each.fields.get(own.name) for each in declared if each.subgraph == override.source)
    origin = next((each for each in fields if each is not None and not each.external), None)
    if origin is None:
        return None
    if origin.override is not None:
        message = (
            f"Field {path} of {override.source} is overridden in {own.subgraph}, and an override itself."
        )
        mend = f"let {own.subgraph} override the first of the subgraphs, and take @override off the second."
        places = (override.place, origin.override.place)
        return Problem("OVERRIDE_SOURCE_HAS_OVERRIDE", message, places, mend)
    moved = origin if override.label is None else own
    moved.overridden = True
    return None
