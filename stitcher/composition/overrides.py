"""``@override``: a field that moved from one subgraph to another is no longer served where it was.

A labelled override is in force only for a part of the requests: both subgraphs go on serving the field, and
planning tells which by the request's labels. One from a subgraph that doesn't serve the field has nothing to
do.

Among subgraphs of the Composite Schemas spec, a field may move on from where it has moved to, but neither in
a circle, nor from one subgraph to several. In Federation, a field can only be moved once.

Sources: Apollo Federation, "Federated directives", section "@override"; GraphQL Composite Schemas
specification, "@override" and OVERRIDE_SOURCE_HAS_OVERRIDE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stitcher.composition.model import Composition, FieldDeclaration, Override
from stitcher.errors import Problem
from stitcher.supergraph import Rollout

__all__ = ["apply_overrides"]


def apply_overrides(composition: Composition) -> list[Problem]:
    """Mark the fields that are served elsewhere; return the overrides that make no sense."""
    problems: list[Problem] = []
    composite = {schema.name for schema in composition.schemas if schema.composite}
    for name, declared in composition.declared.items():
        overriding = {
            own.name for declaration in declared for own in declaration.fields.values() if own.override
        }
        for field in sorted(overriding):
            by_subgraph = {
                declaration.subgraph: declaration.fields[field]
                for declaration in declared
                if field in declaration.fields
            }
            move = _Move(f"{name}.{field}", by_subgraph, chained=composite.issuperset(by_subgraph))
            problems += move.apply()
    return problems


@dataclass(frozen=True, slots=True)
class _Move:
    """One field, as each subgraph declares it; ``chained`` if it may move more than once."""

    path: str
    fields: Mapping[str, FieldDeclaration]
    chained: bool

    def apply(self) -> Iterator[Problem]:
        moved: dict[str, FieldDeclaration] = {}
        for own in self.fields.values():
            if own.override is None:
                continue
            problem = self._check(own, own.override, moved)
            if problem is not None:
                yield problem
            elif (origin := self._origin(own.override)) is not None:
                moved.setdefault(origin.subgraph, own)
                label = own.override.label
                if label is None:
                    origin.overridden = True
                else:
                    origin.rollout, own.rollout = Rollout(label, False), Rollout(label, True)

    def _origin(self, override: Override) -> FieldDeclaration | None:
        origin = self.fields.get(override.source)
        return None if origin is None or origin.external else origin

    def _check(
        self, own: FieldDeclaration, override: Override, moved: Mapping[str, FieldDeclaration]
    ) -> Problem | None:
        if override.source == own.subgraph:
            message = f"Subgraph {own.subgraph} overrides its own field {self.path}."
            fix = "name the subgraph that the field moves from."
            return Problem("OVERRIDE_FROM_SELF_ERROR", message, (override.place,), fix)
        if own.external:
            message = f"Subgraph {own.subgraph} overrides field {self.path}, and marks it @external."
            fix = "take one of the two away."
            return Problem("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message, (override.place,), fix)
        origin = self._origin(override)
        if origin is None:
            return None
        if not self.chained and (origin.requires or origin.provides):
            directive = "@requires" if origin.requires else "@provides"
            message = (
                f"Subgraph {own.subgraph} overrides {self.path} of {override.source}, which has {directive}."
            )
            fix = f"take {directive} off in {override.source}: the field isn't served there any more."
            places = (override.place, origin.place)
            return Problem("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message, places, fix)
        if origin.override is not None and (not self.chained or self._in_a_circle(own)):
            message = (
                f"Field {self.path} of {override.source} is overridden in {own.subgraph}, and an override "
                "itself."
            )
            fix = (
                f"let {own.subgraph} override the first of the subgraphs, and take @override off the second."
            )
            return _twice(message, override, origin.override, fix)
        other = moved.get(override.source) if self.chained else None
        if other is not None and other.override is not None:
            both = f"{other.subgraph} and {own.subgraph}"
            message = f"Field {self.path} of {override.source} is overridden in {both}."
            return _twice(message, override, other.override, "let one of the two override it.")
        return None

    def _in_a_circle(self, own: FieldDeclaration) -> bool:
        seen = {own.subgraph}
        at: FieldDeclaration | None = own
        while at is not None and at.override is not None:
            at = self._origin(at.override)
            if at is not None and at.subgraph in seen:
                return True
            seen |= {at.subgraph} if at is not None else set()
        return False


def _twice(message: str, one: Override, other: Override, fix: str) -> Problem:
    return Problem("OVERRIDE_SOURCE_HAS_OVERRIDE", message, (one.place, other.place), fix)
