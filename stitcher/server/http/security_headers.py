"""What every response tells browsers: take it for nothing that it is not, frame it and keep it nowhere."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stitcher.server.http.scopes import REQUESTS, STARTS

__all__ = ["SecurityHeadersMiddleware"]

Headers = tuple[tuple[bytes, bytes], ...]

ALWAYS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)

DEFAULTS: Headers = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""For responses that don't say otherwise. Answers are one client's, and made for the moment."""

DEFAULT_NAMES = frozenset(name for name, _ in DEFAULTS)


class SecurityHeadersMiddleware:
    """Adds headers to every response. ``Strict-Transport-Security`` is for whoever ends TLS."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; its own ``Cache-Control`` and ``Content-Security-Policy`` come first."""
        if scope["type"] not in REQUESTS:
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] in STARTS:
                own = message.get("headers", ())
                added = DEFAULTS
                if not DEFAULT_NAMES.isdisjoint(dict(own)):
                    added = tuple(header for header in DEFAULTS if header[0] not in dict(own))
                message["headers"] = [*own, *ALWAYS, *added]
            await send(message)

        await self._app(scope, receive, send_secured)
