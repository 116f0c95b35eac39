"""How many requests one client may make."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stitcher.server.http.responses import error_response
from stitcher.server.http.scopes import REQUESTS, STARTS
from stitcher.server.limits.clients import Clients
from stitcher.server.limits.headers import policy_field, refusal_headers, state_field
from stitcher.server.limits.limiter import Hit, Limiter
from stitcher.windows import Window

__all__ = ["RateLimitMiddleware"]

UNLIMITED_PATHS = frozenset({"/health", "/metrics"})


class RateLimitMiddleware:
    """Tells clients what they may still ask for, and answers 429 to those that ask too often.

    Args:
        app: What answers the others.
        limiter: Where is counted.
        windows: How many requests there may be of one client.
        clients: Who is counted.
    """

    def __init__(self, app: ASGIApp, limiter: Limiter, windows: Sequence[Window], clients: Clients) -> None:
        self._app = app
        self._limiter = limiter
        self._windows = windows
        self._clients = clients
        self._policy = (b"ratelimit-policy", policy_field(windows).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, unless the client is over a limit."""
        if scope["type"] not in REQUESTS or scope["path"] in UNLIMITED_PATHS:
            await self._app(scope, receive, send)
            return
        client = self._clients.of(scope)
        verdict = await self._limiter.hit(
            [Hit(f"{window.name}:{client}", window) for window in self._windows]
        )
        if not verdict.is_admitted:
            message = f"Too many requests; try again in {verdict.retry_after} s."
            response = error_response(scope, 429, "RATE_LIMITED", message, headers=refusal_headers(verdict))
            await response(scope, receive, send)
            return
        state = (b"ratelimit", state_field(verdict.states).encode())

        async def send_with_state(message: Message) -> None:
            if message["type"] in STARTS:
                message["headers"] = [*message.get("headers", ()), self._policy, state]
            await send(message)

        await self._app(scope, receive, send_with_state)
