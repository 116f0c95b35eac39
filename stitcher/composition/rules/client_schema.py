"""The merged schema is valid GraphQL. Source: GraphQL specification, section 3, "Type Validation"."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import Composition, place_of
from stitcher.errors import Problem
from stitcher.validity import schema_errors

__all__ = ["check_client_schema"]


def check_client_schema(composition: Composition) -> Iterator[Problem]:
    """Yield what graphql-core finds wrong with the merged schema."""
    for error in schema_errors(composition.client) if composition.client else ():
        places = tuple(dict.fromkeys(place_of(node) for node in error.nodes or () if node.loc))
        mend = "change it in the subgraph that declares it; all subgraphs' declarations are merged into one."
        yield Problem("INVALID_GRAPHQL", error.message, places, mend)
