"""Values of enums and members of unions that only some subgraphs have; enums that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stitcher.composition.hints.describing import hint, names, split, types_of_several
from stitcher.composition.model import Composition, EnumValue, Kind, TypeDeclaration
from stitcher.composition.uses import type_uses
from stitcher.errors import Problem

__all__ = ["hint_at_members"]


def hint_at_members(composition: Composition) -> Iterator[Problem]:
    """Yield values and members that are not in all subgraphs, and unused enums."""
    sent, received = type_uses(composition.merged)
    for merged, declared in types_of_several(composition):
        if merged.kind is Kind.UNION:
            yield from _members(merged, declared)
        elif merged.kind is Kind.ENUM:
            used = merged.name in sent or merged.name in received
            yield from _values(merged, declared) if used else ()
    for merged in composition.merged.values():
        if merged.kind is Kind.ENUM and merged.name not in sent | received and not merged.inaccessible:
            declared = composition.declared[merged.name]
            message = f"Enum {merged.name} of {names(declared)} is used by no field and no argument."
            yield hint("UNUSED_ENUM_TYPE", message, declared, "take it out, or use it.")


def _members(merged: TypeDeclaration, declared: Sequence[TypeDeclaration]) -> Iterator[Problem]:
    for name in merged.members:
        having = [declaration for declaration in declared if name in declaration.members]
        if len(having) < len(declared):
            message = f"{name} is a member of union {merged.name} {split(declared, having)}."
            yield hint("INCONSISTENT_UNION_MEMBER", message, declared, "add it to each, or leave it so.")


def _values(merged: TypeDeclaration, declared: Sequence[TypeDeclaration]) -> Iterator[Problem]:
    values: dict[str, list[EnumValue]] = {}
    for declaration in declared:
        for value in declaration.values.values():
            values.setdefault(value.name, []).append(value)
    for name, having in values.items():
        if len(having) == len(declared) or any(value.inaccessible for value in having):
            continue
        what = f"Value {merged.name}.{name} is {split(declared, having)}"
        if name in merged.values:
            yield hint(
                "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM",
                f"{what}: clients may receive it.",
                having,
                "add it to each, or leave it so.",
            )
        else:
            yield hint(
                "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM",
                f"{what}: clients can't send it.",
                having,
                "add it to each, or hide it.",
            )
