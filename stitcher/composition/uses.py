"""Which types clients send, and which they receive."""

from __future__ import annotations

from stitcher.composition.model import Types
from stitcher.composition.type_refs import named_type

__all__ = ["type_uses"]


def type_uses(merged: Types) -> tuple[set[str], set[str]]:
    """Return the names of the types that clients send, and of those that they receive."""
    sent: set[str] = set()
    received: set[str] = set()
    for declared in merged.values():
        sent.update(named_type(own.type) for own in declared.input_fields.values())
        for own in declared.fields.values():
            received.add(named_type(own.type))
            sent.update(named_type(argument.type) for argument in own.arguments.values())
    return sent, received
