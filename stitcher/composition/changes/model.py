"""What a change is, and how bad it is for clients."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["Change", "Changes", "Level"]


class Level(Enum):
    """What a change does to clients, the worst first."""

    BREAKING = "breaking"
    """Operations that were answered are refused, or their answers have another form."""
    DANGEROUS = "dangerous"
    """Operations are still valid, and what is done or shown may surprise."""
    SAFE = "safe"
    """Nothing that clients do today is concerned."""


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
        return {level.value: getattr(self, level.value) for level in Level}
