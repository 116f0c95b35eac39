"""Executable directives that clients can't use everywhere that some subgraph would have them."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DirectiveDefinitionNode, specified_directives

from stitcher.composition.merge_directives import EXECUTABLE_LOCATIONS
from stitcher.composition.model import Composition, place_of
from stitcher.errors import Problem

__all__ = ["hint_at_directives"]

_SPECIFIED = frozenset(directive.name for directive in specified_directives)


def hint_at_directives(composition: Composition) -> Iterator[Problem]:
    """Yield executable directives that subgraphs define differently, or not all define."""
    found: dict[str, dict[str, DirectiveDefinitionNode]] = {}
    for schema in composition.schemas:
        for name, definition in schema.directives.items():
            if name not in _SPECIFIED and _locations(definition):
                found.setdefault(name, {})[schema.name] = definition
    subgraphs = [schema.name for schema in composition.schemas]
    for name, definitions in found.items():
        missing = [subgraph for subgraph in subgraphs if subgraph not in definitions]
        if missing:
            message = f"@{name} is defined in {', '.join(definitions)} and not in {', '.join(missing)}"
            yield _hint("PRESENCE", f"{message}: clients can't use it.", definitions, "define it in each.")
        else:
            yield from _check(name, definitions)


def _check(name: str, definitions: dict[str, DirectiveDefinitionNode]) -> Iterator[Problem]:
    common = frozenset.intersection(*(_locations(definition) for definition in definitions.values()))
    everywhere = frozenset.union(*(_locations(definition) for definition in definitions.values()))
    if common != everywhere:
        where = ", ".join(sorted(common)) or "nowhere"
        message = f"@{name} is defined for different locations: clients can use it {where}."
        yield _hint("LOCATIONS", message, definitions, "define it for the same locations in each.")
    if len({definition.repeatable for definition in definitions.values()}) > 1:
        message = f"@{name} is repeatable in some subgraphs only: clients can't repeat it."
        yield _hint("REPEATABLE", message, definitions, "define it alike in each.")


def _locations(definition: DirectiveDefinitionNode) -> frozenset[str]:
    return frozenset(at.value for at in definition.locations) & EXECUTABLE_LOCATIONS


def _hint(code: str, message: str, definitions: dict[str, DirectiveDefinitionNode], fix: str) -> Problem:
    places = tuple(place_of(definition) for definition in definitions.values())
    return Problem(f"INCONSISTENT_EXECUTABLE_DIRECTIVE_{code}", message, places, fix)
