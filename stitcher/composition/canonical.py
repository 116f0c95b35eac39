"""Canonical definitions: of several declarations of one element, the one that counts.

A. An element has one canonical definition at most. The definition of a canonical type counts for its parts
   too, unless a part has a canonical one of its own.
B. A root field that is canonical in one subgraph is asked for there alone. So is, in the first subgraph that
   has it, one that is a way into a type by ``@merge``: two services that have lists of the same objects need
   not agree on their order, nor on which there are.

Source: the documentation of graphql-tools, "Type merging", section "Canonical Definitions"; there, the last
subgraph stands in for the canonical one, and here the first, as in all that is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from stitcher.composition.model import (
    ROOT_TYPES,
    Composition,
    Declaration,
    FieldDeclaration,
    SubgraphSchema,
    TypeDeclaration,
)
from stitcher.errors import Problem

__all__ = ["settle_canonical"]

_Element = TypeVar("_Element", bound=Declaration)


def settle_canonical(composition: Composition) -> list[Problem]:
    """Mark what counts as canonical, and root fields that are served elsewhere; return the conflicts."""
    problems: list[Problem] = []
    ways_in = {(schema.name, name) for schema in composition.schemas for name in _merge_fields(schema)}
    for name, declared in composition.declared.items():
        problems += _settle(name, declared, None)
        if name in ROOT_TYPES:
            for fields in _shared(declaration.fields for declaration in declared):
                _settle_root(fields, ways_in)
    return problems


def _merge_fields(schema: SubgraphSchema) -> Iterator[str]:
    if not schema.composite:  # that spec has rules of its own for lookups that several have
        yield from (lookup.field for ways in schema.lookups.values() for lookup in ways if lookup.field)


# A. Elements and their parts


def _settle(path: str, declared: Sequence[Declaration], whole: str | None) -> Iterator[Problem]:
    """Settle one element; ``whole`` is the subgraph whose definition of what it is a part of counts."""
    canonical = [element for element in declared if element.canonical]
    if len(canonical) > 1:
        subgraphs = ", ".join(element.subgraph for element in canonical)
        message = f"{path} is canonical in {subgraphs}."
        fix = "leave @canonical on one of the definitions."
        yield Problem("CANONICAL_CONFLICT", message, tuple(element.place for element in canonical), fix)
    owner = canonical[0].subgraph if canonical else whole
    for declaration in declared:
        declaration.canonical = declaration.subgraph == owner
    for parts in _parts(declared):
        yield from _settle(f"{path}.{parts[0].name}", parts, owner)


def _parts(declared: Sequence[Declaration]) -> Iterator[Sequence[Declaration]]:
    types = [declaration for declaration in declared if isinstance(declaration, TypeDeclaration)]
    yield from _shared(type_.fields for type_ in types)
    yield from _shared(type_.input_fields for type_ in types)
    yield from _shared(type_.values for type_ in types)
    yield from _shared(
        declaration.arguments for declaration in declared if isinstance(declaration, FieldDeclaration)
    )


def _shared(groups: Iterable[Mapping[str, _Element]]) -> Iterator[list[_Element]]:
    """Yield the declarations of each name that more than one group has."""
    named: dict[str, list[_Element]] = {}
    for group in groups:
        for name, element in group.items():
            named.setdefault(name, []).append(element)
    return (elements for elements in named.values() if len(elements) > 1)


# B. Root fields


def _settle_root(fields: Sequence[FieldDeclaration], ways_in: set[tuple[str, str]]) -> None:
    served = [own for own in fields if own.served]
    canonical = [own for own in served if own.canonical]
    if canonical or any((own.subgraph, own.name) in ways_in for own in served):
        for own in served:
            own.overridden = own is not (canonical or served)[0]
