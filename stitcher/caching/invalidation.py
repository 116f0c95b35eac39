"""What a mutation ends of what is kept, by its own word in the schema.

``@invalidates(tags: ["things"], entities: ["Thing:{$args.id}"], types: ["Event"])``: tags as ``@cacheTag``
has them, entities by their keys, and all objects of types. Values in them are the mutation's arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import ValueNode, value_from_ast_untyped

from stitcher.caching.arguments import given_arguments
from stitcher.caching.tags import Format, Tagging, formats
from stitcher.selections import Field
from stitcher.supergraph import Supergraph

__all__ = ["Invalidation", "invalidation"]

DIRECTIVE = "invalidates"


@dataclass(frozen=True, slots=True)
class Invalidation:
    """What one field of a mutation ends; ``purges`` gives what has to be purged for a kind of thing."""

    purges: Mapping[str, partial[list[str]]] = field(repr=False, compare=False)
    arguments: Mapping[str, ValueNode]
    tags: tuple[Format, ...]
    entities: tuple[Format, ...]
    types: tuple[str, ...]

    def words(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield what has to be purged, for the values of an operation's variables."""
        given = {name: value_from_ast_untyped(node, dict(values)) for name, node in self.arguments.items()}
        for type_name in self.types:
            yield from self.purges["type"](type_name)
        for form in self.tags:
            if (written := form.fill({"args": given})) is not None:
                yield from self.purges["tag"](written)
        for form in self.entities:
            type_name = form.text.partition(":")[0]
            written = form.fill({"args": given})
            if written is None:  # whichever it was
                yield from self.purges["type"](type_name)
            else:
                yield from self.purges["entity"](type_name, written.partition(":")[2])


def invalidation(supergraph: Supergraph, tagging: Tagging, selection: Field) -> Invalidation | None:
    """Return what a field of Mutation ends; None for nothing."""
    root = supergraph.whole.mutation_type
    declared = root.fields.get(selection.name) if root else None
    if declared is None:
        return None
    tags = tuple(formats(declared, DIRECTIVE, "tags"))
    entities = tuple(formats(declared, DIRECTIVE, "entities"))
    types = tuple(form.text for form in formats(declared, DIRECTIVE, "types"))
    if not (tags or entities or types):
        return None
    purges = {"type": partial(tagging.type), "tag": partial(tagging.tag), "entity": partial(tagging.entity)}
    return Invalidation(purges, given_arguments(root, selection), tags, entities, types)
