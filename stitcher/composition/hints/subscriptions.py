"""Subscriptions, which compose, and which the gateway doesn't serve."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.hints.describing import hint
from stitcher.composition.model import Composition
from stitcher.errors import Problem

__all__ = ["hint_at_subscriptions"]


def hint_at_subscriptions(composition: Composition) -> Iterator[Problem]:
    """Yield subgraphs that have subscriptions."""
    for declared in composition.declared.get("Subscription", ()):
        message = f"Subgraph {declared.subgraph} has subscriptions, which the gateway doesn't serve."
        yield hint("SUBSCRIPTIONS_NOT_SERVED", message, [declared], "let clients subscribe at the service.")
