"""What changes for clients between two supergraphs: what breaks them, what may, and what doesn't."""

from __future__ import annotations

from itertools import chain

from stitcher.composition.changes.elements import shared_elements
from stitcher.composition.changes.model import Change, Changes, Level
from stitcher.composition.changes.permissions import permission_changes
from stitcher.composition.changes.structure import structural_changes
from stitcher.composition.changes.usages import usage_changes
from stitcher.supergraph import Supergraph

__all__ = ["Change", "Changes", "find_changes"]


def find_changes(old: Supergraph, new: Supergraph) -> Changes:
    """Compare two supergraphs as clients meet them; the changes of each kind come sorted, each once.

    Besides the schema that clients see, what the gateway makes of the marks in it is compared: who may ask
    for a field, how often, and what it costs. Marks count only on what both have.
    """
    shared = shared_elements(old.schema, new.schema)
    found: dict[Level, set[Change]] = {level: set() for level in Level}
    for level, change in chain(
        structural_changes(old.schema, new.schema, shared),
        usage_changes(shared),
        permission_changes(old, new),
    ):
        found[level].add(change)
    return Changes(**{level.value: tuple(sorted(changes)) for level, changes in found.items()})
