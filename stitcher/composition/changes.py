"""What changes for clients between two schemas: what breaks them, what may, and what doesn't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import BreakingChange, DangerousChange, GraphQLSchema, find_schema_changes

__all__ = ["Change", "Changes", "find_changes"]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change: a stable code, and what it is."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes: those that break operations, those that may surprise them, and the others."""

    breaking: tuple[Change, ...]
    dangerous: tuple[Change, ...]
    safe: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the changes as plain data, for tools."""
        return {
            kind: [{"code": change.code, "message": change.message} for change in changes]
            for kind, changes in self.by_kind().items()
        }

    def by_kind(self) -> dict[str, tuple[Change, ...]]:
        """Return the changes of each kind, the worst first."""
        return {"breaking": self.breaking, "dangerous": self.dangerous, "safe": self.safe}


def find_changes(old: GraphQLSchema, new: GraphQLSchema) -> Changes:
    """Compare two schemas as clients see them; the changes of each kind come sorted."""
    breaking: list[Change] = []
    dangerous: list[Change] = []
    safe: list[Change] = []
    for found in find_schema_changes(old, new):
        change = Change(found.type.name, found.description)
        if isinstance(found, BreakingChange):
            breaking.append(change)
        elif isinstance(found, DangerousChange):
            dangerous.append(change)
        else:
            safe.append(change)
    return Changes(tuple(sorted(breaking)), tuple(sorted(dangerous)), tuple(sorted(safe)))
