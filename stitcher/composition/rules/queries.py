"""A graph can be asked something. Source: Apollo Federation, error code NO_QUERIES."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import Composition
from stitcher.errors import Problem

__all__ = ["check_queries"]


def check_queries(composition: Composition) -> Iterator[Problem]:
    """Yield a problem if no subgraph has a query field."""
    query = composition.merged.get("Query")
    if query is None or not query.fields:
        message = "No subgraph has a field of Query: there is nothing to ask."
        yield Problem("NO_QUERIES", message, (), "add a type Query with a field to one subgraph.")
