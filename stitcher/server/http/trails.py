"""Where in an ASGI scope the trail of a request is, if anybody observes."""

from __future__ import annotations

from starlette.types import Scope

from stitcher.events import Trail

__all__ = ["TRAIL", "trail_of"]

TRAIL = "stitcher.trail"


def trail_of(scope: Scope) -> Trail | None:
    """Return a request's trail; None if nobody observes."""
    trail: Trail | None = scope.get(TRAIL)
    return trail
