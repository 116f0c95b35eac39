"""What hints share: the wording of who has something and who has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stitcher.composition.model import Composition, Declaration, FieldDeclaration, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["common_fields", "hint", "names", "split", "types_of_several"]


def hint(code: str, message: str, declared: Iterable[Declaration], mend: str) -> Problem:
    """Return a hint that concerns these declarations."""
    return Problem(code, message, tuple(dict.fromkeys(each.place for each in declared)), mend)


def names(declared: Iterable[Declaration]) -> str:
    """Return the subgraphs of these declarations as text."""
    return ", ".join(dict.fromkeys(each.subgraph for each in declared))


def split(declared: Sequence[Declaration], having: Iterable[Declaration]) -> str:
    """Return the subgraphs of the declarations that have something, and of those that have not, as text."""
    having = list(having)
    have = {each.subgraph for each in having}
    return f"in {names(having)} and not in {names(each for each in declared if each.subgraph not in have)}"


def types_of_several(composition: Composition) -> Iterator[tuple[TypeDeclaration, list[TypeDeclaration]]]:
    """Yield each merged type that several subgraphs have, with its declarations there."""
    for name, declared in composition.declared.items():
        if len(declared) > 1 and name in composition.merged:
            yield composition.merged[name], declared


def common_fields(declared: Iterable[TypeDeclaration]) -> dict[str, list[FieldDeclaration]]:
    """Return the fields that several declarations have a say in, by name: external ones have none."""
    found: dict[str, list[FieldDeclaration]] = {}
    for each in declared:
        for own in each.fields.values():
            if not own.external:
                found.setdefault(own.name, []).append(own)
    return {name: fields for name, fields in found.items() if len(fields) > 1}
