"""A field of an object type is served by one subgraph, unless all that serve it say that it is shareable.

Fields of interface objects count as fields of every type that implements the interface.
Source: Apollo Federation, "Value types", section "Differing shared fields", and "@shareable".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stitcher.composition.field_set_checks import covered_fields
from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    Kind,
    SubgraphSchema,
    TypeDeclaration,
)
from stitcher.composition.type_refs import named_type
from stitcher.errors import Problem

__all__ = ["check_sharing"]


def check_sharing(composition: Composition) -> Iterator[Problem]:
    """Yield fields that several subgraphs serve though one of them doesn't share."""
    provided = {schema.name: set(_provided(schema)) for schema in composition.schemas}
    for name, declared in composition.declared.items():
        merged = composition.merged.get(name)
        if merged is None or merged.kind is not Kind.OBJECT:
            continue
        objects = [
            declaration
            for interface in merged.interfaces
            for declaration in composition.declared.get(interface, ())
            if declaration.interface_object
        ]
        if len(declared) + len(objects) > 1:
            yield from _check(name, [*declared, *objects], provided)


def _provided(schema: SubgraphSchema) -> Iterator[tuple[str, str]]:
    """Yield the fields that the subgraph serves on some path, though it marks them as external."""
    for declared in schema.types.values():
        for own in declared.fields.values():
            if own.provides is not None and own.served:
                yield from covered_fields(own.provides.selections, named_type(own.type), schema.types)


def _check(
    name: str, declared: list[TypeDeclaration], provided: Mapping[str, set[tuple[str, str]]]
) -> Iterator[Problem]:
    served: dict[str, list[FieldDeclaration]] = {}
    for declaration in declared:
        for own in declaration.fields.values():
            if own.owned or (own.external and (name, own.name) in provided[own.subgraph]):
                served.setdefault(own.name, []).append(own)
    for field, several in served.items():
        alone = [own.subgraph for own in several if not own.shareable and not own.external]
        if len(several) > 1 and alone:
            subgraphs = ", ".join(own.subgraph for own in several)
            yield Problem(
                "INVALID_FIELD_SHARING",
                f"Field {name}.{field} is served by {subgraphs}, but not shareable in {', '.join(alone)}.",
                tuple(own.place for own in several),
                f"mark it @shareable in {', '.join(alone)}, or leave it to one subgraph.",
            )
