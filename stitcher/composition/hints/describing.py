"""What hints share: the wording of who has something and who has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stitcher.composition.model import Composition, Declaration, FieldDeclaration, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["common_fields", "hint", "names", "split", "types_of_several"]


def hint(code: str, message: str, declared: Iterable[Declaration], fix: str) -> Problem:
    """Return a hint that concerns these declarations."""
    return Problem(code, message, tuple(dict.fromkeys(declaration.place for declaration in declared)), fix)


def names(declared: Iterable[Declaration]) -> str:
    """Return the subgraphs of these declarations as text."""
    return ", ".join(dict.fromkeys(declaration.subgraph for declaration in declared))


def split(declared: Sequence[Declaration], having: Iterable[Declaration]) -> str:
    """Return the subgraphs of the declarations that have something, and of those that have not, as text."""
    having = list(having)
    have = {declaration.subgraph for declaration in having}
    lacking = (declaration for declaration in declared if declaration.subgraph not in have)
    return f"in {names(having)} and not in {names(lacking)}"


def types_of_several(composition: Composition) -> Iterator[tuple[TypeDeclaration, list[TypeDeclaration]]]:
    """Yield each merged type that several subgraphs have, with its declarations there."""
    for name, declared in composition.declared.items():
        if len(declared) > 1 and name in composition.merged:
            yield composition.merged[name], declared


def common_fields(declared: Iterable[TypeDeclaration]) -> dict[str, list[FieldDeclaration]]:
    """Return the fields that several declarations have a say in, by name: external ones have none."""
    found: dict[str, list[FieldDeclaration]] = {}
    for declaration in declared:
        for own in declaration.fields.values():
            if not own.external:
                found.setdefault(own.name, []).append(own)
    return {name: fields for name, fields in found.items() if len(fields) > 1}
