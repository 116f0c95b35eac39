"""Hints: what merges, and may surprise. One module a concern, each a function from the composition to hints.

A hint is a :class:`~stitcher.errors.Problem` that nobody has to fix. Where Apollo's composition gives the
same hint, it has the same code. Source: Apollo Federation, "Composition hints".
"""

from __future__ import annotations

from stitcher.composition.hints.descriptions import hint_at_descriptions
from stitcher.composition.hints.directives import hint_at_directives
from stitcher.composition.hints.entities import hint_at_entities
from stitcher.composition.hints.lookups import hint_at_lookups
from stitcher.composition.hints.members import hint_at_members
from stitcher.composition.hints.overrides import hint_at_overrides
from stitcher.composition.hints.protected_keys import hint_at_protected_keys
from stitcher.composition.hints.runtime_types import hint_at_runtime_types
from stitcher.composition.hints.subscriptions import hint_at_subscriptions
from stitcher.composition.hints.types import hint_at_types
from stitcher.composition.rules import Rule
from stitcher.composition.rules.directives import hint_at_directive_uses

__all__ = ["HINTS"]

HINTS: tuple[Rule, ...] = (
    hint_at_types,
    hint_at_members,
    hint_at_entities,
    hint_at_runtime_types,
    hint_at_descriptions,
    hint_at_directives,
    hint_at_overrides,
    hint_at_lookups,
    hint_at_protected_keys,
    hint_at_directive_uses,
    hint_at_subscriptions,
)
