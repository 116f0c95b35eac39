"""A field of an object type is served by one subgraph, unless all that serve it say that it is shareable.

Fields of interface objects count as fields of every type that implements the interface.
Source: Apollo Federation, "Value types", section "Differing shared fields", and "@shareable".
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import Composition, FieldDeclaration, Kind, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["check_sharing"]


def check_sharing(composition: Composition) -> Iterator[Problem]:
    """Yield fields that several subgraphs serve though one of them doesn't share."""
    for name, declared in composition.declared.items():
        merged = composition.merged.get(name)
        if merged is None or merged.kind is not Kind.OBJECT:
            continue
        objects = [
            each
            for interface in merged.interfaces
            for each in composition.declared.get(interface, ())
            if each.interface_object
        ]
        if len(declared) + len(objects) > 1:
            yield from _check(name, [*declared, *objects])


def _check(name: str, declared: list[TypeDeclaration]) -> Iterator[Problem]:
    served: dict[str, list[FieldDeclaration]] = {}
    for each in declared:
        for own in each.fields.values():
            if own.owned:
                served.setdefault(own.name, []).append(own)
    for field, several in served.items():
        alone = [own.subgraph for own in several if not own.shareable]
        if len(several) > 1 and alone:
            subgraphs = ", ".join(own.subgraph for own in several)
            yield Problem(
                "INVALID_FIELD_SHARING",
                f"Field {name}.{field} is served by {subgraphs}, but not shareable in {', '.join(alone)}.",
                tuple(own.place for own in several),
                f"mark it @shareable in {', '.join(alone)}, or leave it to one subgraph.",
            )
