"""A type that is extended is defined in some subgraph.

Source: Apollo Federation, error code EXTENSION_WITH_NO_BASE.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import ROOT_TYPES, Composition
from stitcher.errors import Problem

__all__ = ["check_extensions"]


def check_extensions(composition: Composition) -> Iterator[Problem]:
    """Yield types that every subgraph which has them extends, and none defines."""
    for name, declared in composition.declared.items():
        if name not in ROOT_TYPES and not any(declaration.defined for declaration in declared):
            subgraphs = ", ".join(declaration.subgraph for declaration in declared)
            message = f"Type {name} is extended in {subgraphs}, and defined in no subgraph."
            places = tuple(declaration.place for declaration in declared)
            yield Problem("EXTENSION_WITH_NO_BASE", message, places, f'write "type {name}" in one of them.')
