"""Headers that say nothing are as if they weren't there."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.server.http.scopes import REQUESTS

__all__ = ["RequestHeadersMiddleware"]

NOBODY = (b"authorization", b"")


class RequestHeadersMiddleware:
    """Takes an ``Authorization`` without a value out of a request.

    It is what Apollo Client's usual link sends for whoever isn't logged in. Neither a session nor
    authentication may take it for credentials, and no microservice is sent it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Run the app."""
        if scope["type"] in REQUESTS and NOBODY in scope["headers"]:
            scope["headers"] = [header for header in scope["headers"] if header != NOBODY]
        return self._app(scope, receive, send)
