"""Types that are entities in some subgraphs and plain objects in others; a dialect that is a guess."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.hints.describing import hint, split, types_of_several
from stitcher.composition.model import Composition, Kind, SubgraphSchema
from stitcher.errors import Problem

__all__ = ["hint_at_entities"]


def hint_at_entities(composition: Composition) -> Iterator[Problem]:
    """Yield types that have a key in some subgraphs only, and keys that may be of another dialect."""
    looked_up = {
        (schema.name, name) for schema in composition.schemas for name, ways in schema.lookups.items() if ways
    }
    for merged, declared in types_of_several(composition):
        keyed = [
            declaration
            for declaration in declared
            if declaration.keys or (declaration.subgraph, declaration.name) in looked_up
        ]
        if merged.kind is Kind.OBJECT and keyed and len(keyed) < len(declared):
            message = f"{merged.name} has a key {split(declared, keyed)}: it can't be looked up there."
            yield hint(
                "INCONSISTENT_ENTITY", message, declared, "give it the same key in each, or leave it so."
            )
    if any(schema.composite for schema in composition.schemas):
        yield from (_guess(schema) for schema in composition.schemas if _is_guess(schema))


def _is_guess(schema: SubgraphSchema) -> bool:
    keyed = any(key for declared in schema.types.values() for key in declared.keys)
    return (
        keyed and not schema.composite and not (schema.uses.keys() & {"link", "extends", "requires", "merge"})
    )


def _guess(schema: SubgraphSchema) -> Problem:
    message = (
        f"Subgraph {schema.name} has keys and nothing that tells its dialect, and is read as Federation 1: "
        "as if it could be asked for _entities. Others follow the Composite Schemas spec."
    )
    fix = "if it does, too, give it a lookup, or define one of that spec's directives in it, such as @lookup."
    return hint("AMBIGUOUS_DIALECT", message, [schema.schema], fix)
