"""Keys that are sent from service to service, with fields in them that not every client may see."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.authorization import Authorization
from stitcher.composition.field_set_checks import selected_fields
from stitcher.composition.hints.describing import hint
from stitcher.composition.model import Composition
from stitcher.composition.rules.required_access import clauses_of
from stitcher.errors import Problem

__all__ = ["hint_at_protected_keys"]


def hint_at_protected_keys(composition: Composition) -> Iterator[Problem]:
    """Yield protected fields in keys that lookups are sent: what is found by them may tell what they are."""
    authorization = Authorization(composition.whole) if composition.whole else None
    if not authorization:
        return
    for schema in composition.schemas:
        for type_name, lookups in schema.lookups.items():
            declared = schema.types.get(type_name)
            if declared is None:
                continue
            for key in dict.fromkeys(lookup.key for lookup in lookups):
                for selected, parent, _ in selected_fields(key, type_name, composition.merged):
                    clauses = clauses_of(parent.name, selected.name, authorization, composition.merged)
                    if clauses:
                        marks = " ".join(sorted(map(str, clauses)))
                        message = (
                            f"A key of {type_name} in subgraph {schema.name} has {parent.name}."
                            f"{selected.name}, which is marked {marks}. It is sent there for every client, "
                            "and what is found by it may tell what it was."
                        )
                        yield hint(
                            "PROTECTED_KEY", message, [declared], "choose a key that anybody may know."
                        )
