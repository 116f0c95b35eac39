"""How many requests one client address may make."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.server.limiter import Limiter
from stitcher.server.responses import error_response

__all__ = ["RateLimitMiddleware"]

UNLIMITED_PATHS = frozenset({"/health"})


class RateLimitMiddleware:
    """Answers 429 with ``Retry-After`` to a client that asks too often."""

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, unless the client's address is over a limit."""
        if scope["type"] == "http" and scope["path"] not in UNLIMITED_PATHS:
            client = scope["client"][0] if scope.get("client") else "unknown"
            wait = await self._limiter.refuse(client)
            if wait is not None:
                message = f"Too many requests; try again in {wait} s."
                headers = {"Retry-After": str(wait)}
                response = error_response(429, "RATE_LIMITED", message, headers=headers)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
