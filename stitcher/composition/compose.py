"""Composition: SDLs → :class:`Supergraph`, as a list of passes.

A. Read each SDL, in the dialects that it uses.
B. Let overrides move fields between subgraphs, and canonical definitions count.
C. Merge the declarations of each type, enums last: their use decides how.
D. Give types that implement an interface the fields that other subgraphs add to it as an object.
E. Check what is declared and what is merged.
F. Build each subgraph's schema by itself, and the client-facing one, and check them.
G. Freeze the subgraphs, and check that there is a route to every field, unless another tool has done so.

Each pass adds the problems that it finds, and all are raised together. A pass that could only repeat or
misread earlier problems doesn't run: F, and the checks that need to know every subgraph.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stitcher.composition.canonical import settle_canonical
from stitcher.composition.client_schema import (
    build_client_schema,
    build_whole_schema,
    print_supergraph,
)
from stitcher.composition.codes import in_words_of_dialects
from stitcher.composition.dialects import read_dialects
from stitcher.composition.hints import HINTS
from stitcher.composition.merge_directives import merge_directives
from stitcher.composition.merge_types import Merging, merge_enum, merge_schema, merge_type
from stitcher.composition.model import Composition, Kind, SubgraphSchema, TypeDeclaration, Types
from stitcher.composition.overrides import apply_overrides
from stitcher.composition.reader import read_sdl
from stitcher.composition.rules import (
    CLIENT_RULES,
    DECLARATION_RULES,
    OWN_RULES,
    ROUTE_RULES,
    WHOLE_RULES,
)
from stitcher.composition.sources import Source, read_sources, resolve_urls
from stitcher.composition.subgraphs import freeze_subgraph
from stitcher.composition.uses import type_uses
from stitcher.errors import CompositionError, Problem
from stitcher.supergraph import Supergraph

__all__ = ["Composed", "compose", "compose_directory", "compose_with_hints", "print_supergraph"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A supergraph, and what may surprise in it: problems that nobody has to fix."""

    supergraph: Supergraph
    hints: tuple[Problem, ...]


def compose(sources: Sequence[Source], problems: Sequence[Problem] = ()) -> Supergraph:
    """Merge the sources into one supergraph.

    Args:
        sources: the subgraphs' SDLs.
        problems: what was wrong with reading them; raised with what is wrong with merging them.

    Raises:
        CompositionError: with every problem found.
    """
    with _collector_paused():
        return _compose(sources, problems)[1]


def compose_with_hints(sources: Sequence[Source], problems: Sequence[Problem] = ()) -> Composed:
    """Merge the sources like :func:`compose`, and look for what may surprise.

    Raises:
        CompositionError: with every problem found.
    """
    with _collector_paused():
        composition, supergraph = _compose(sources, problems)
    looks = (*HINTS, *ROUTE_RULES) if _checked_elsewhere(sources) else HINTS
    hints = [hint for look in looks for hint in look(composition)]
    return Composed(supergraph, tuple(in_words_of_dialects(hints, composition.schemas)))


def compose_directory(directory: Path, environment: Mapping[str, str] | None = None) -> Supergraph:
    """Read and merge a directory's SDLs; with an environment, each has its URLs from there.

    Raises:
        CompositionError: with every problem found: files, URLs and schemas together.
    """
    sources, problems = read_sources(directory)
    if environment is not None:
        sources, more = resolve_urls(sources, environment)
        problems += more
    return compose(sources, problems)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold the garbage collector off: nearly all that composing makes is kept until its end.

    Walking it again and again took two fifths of the time to compose 2,000 types of 100 subgraphs.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _compose(sources: Sequence[Source], given: Sequence[Problem]) -> tuple[Composition, Supergraph]:
    found: list[Problem] = []
    schemas = _read(sources, found)  # A
    composition = Composition(schemas, _by_type(schemas))
    if sources or not given:
        _merge_subgraphs(composition, found, complete=len(schemas) == len(sources))
    if composition.supergraph is not None and not _checked_elsewhere(sources):
        for rule in ROUTE_RULES:
            found += rule(composition)
    problems = [*given, *in_words_of_dialects(found, schemas)]
    if composition.supergraph is None or problems:
        raise CompositionError(problems)
    return composition, composition.supergraph


def _merge_subgraphs(composition: Composition, problems: list[Problem], *, complete: bool) -> None:
    problems += apply_overrides(composition) + settle_canonical(composition)  # B
    composition.merged = _merge(composition, problems)  # C
    _spread_interface_objects(composition)  # D
    for rule in DECLARATION_RULES + (WHOLE_RULES if complete else ()):  # E
        problems += rule(composition)
    if problems:
        return
    for rule in OWN_RULES:  # F
        problems += rule(composition)
    if problems:
        return
    schemas = composition.schemas
    schema = build_client_schema(
        composition.merged,
        merge_directives(schemas, problems),
        merge_schema([own.schema for own in schemas]),
    )
    composition.client = schema
    composition.whole = build_whole_schema(composition.merged, schema)
    for rule in CLIENT_RULES:
        problems += rule(composition)
    if problems:
        return
    composition.supergraph = Supergraph(
        schema,
        {own.name: freeze_subgraph(own, composition.merged) for own in schemas},
        composition.whole,
    )  # G


def _checked_elsewhere(sources: Sequence[Source]) -> bool:
    """Whether all is of a supergraph file: the tool that composed it has found a route to every field."""
    return all(source.composed is not None for source in sources)


def _read(sources: Iterable[Source], problems: list[Problem]) -> list[SubgraphSchema]:
    schemas: list[SubgraphSchema] = []
    for source in sources:
        schema = read_sdl(source, problems)
        if schema is not None:
            read_dialects(schema, problems)
            if source.composed is not None:
                schema.share_everything()
            schemas.append(schema)
    return schemas


def _by_type(schemas: Iterable[SubgraphSchema]) -> dict[str, list[TypeDeclaration]]:
    declared: dict[str, list[TypeDeclaration]] = {}
    for schema in schemas:
        for type_ in schema.types.values():
            declared.setdefault(type_.name, []).append(type_)
    return declared


def _merge(composition: Composition, problems: list[Problem]) -> Types:
    merging = Merging(_supertypes(composition), problems, composition.declared)
    merged: Types = {}
    enums = []
    for name, declared in composition.declared.items():
        if all(declaration.kind is Kind.ENUM for declaration in declared):
            enums.append((name, declared))
        elif (both := merge_type(declared, merging)) is not None:
            merged[name] = both
    sent, received = type_uses(merged)
    composite = {schema.name for schema in composition.schemas if schema.composite}
    for name, declared in enums:
        alike = composite.issuperset(
            declaration.subgraph for declaration in declared
        )  # whatever their use, says the spec
        merged[name] = merge_enum(
            declared, merging, sent=alike or name in sent, received=alike or name in received
        )
    return {name: merged[name] for name in composition.declared if name in merged}


def _supertypes(composition: Composition) -> dict[str, set[str]]:
    supertypes: dict[str, set[str]] = {}
    for name, declared in composition.declared.items():
        for declaration in declared:
            for interface in declaration.interfaces:
                supertypes.setdefault(name, set()).add(interface)
            for member in declaration.members:
                supertypes.setdefault(member, set()).add(name)
    return supertypes


def _spread_interface_objects(composition: Composition) -> None:
    """Give each type that implements an interface the fields that interface objects add to it.

    What others declare of such a field is external, and has no say.
    """
    added = {
        name: [
            composition.merged[name].fields[field]
            for declaration in declared
            if declaration.interface_object
            for field in declaration.fields
        ]
        for name, declared in composition.declared.items()
        if name in composition.merged
    }
    for implementing in composition.merged.values():
        for interface in implementing.interfaces:
            for own in added.get(interface, ()):
                if own.name not in implementing.fields or implementing.fields[own.name].external:
                    implementing.fields[own.name] = own
