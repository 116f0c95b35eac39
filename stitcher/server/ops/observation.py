"""Every request, from its head to the last byte of its answer, as one event."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stitcher.events import Event, Observer, RequestEnded, RequestSpan, Trail
from stitcher.server.http.request_id import HEADER as REQUEST_ID
from stitcher.server.http.scopes import STARTS
from stitcher.server.http.trails import TRAIL

__all__ = ["ObservationMiddleware"]

UNOBSERVED = ("/health", "/metrics")
"""How the paths begin of what monitoring asks for."""

NAMES = (b"apollographql-client-name", b"graphql-client-name")
VERSIONS = (b"apollographql-client-version", b"graphql-client-version")

WANTED = frozenset((REQUEST_ID, *NAMES, *VERSIONS))

LONGEST = 100
"""Characters of what a client says of itself."""


class ObservationMiddleware:
    """Puts a trail into the scope, and tells an observer of it in the end.

    Args:
        app: The application.
        observer: Who is told; None for nobody.
        begin: Begins a request's span; None where there are no traces.
    """

    def __init__(
        self, app: ASGIApp, observer: Observer | None, begin: Callable[[Scope], RequestSpan] | None = None
    ) -> None:
        self._app = app
        self._notice = observer.notice if observer else _nobody
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app."""
        if scope["type"] != "http" or scope["path"].startswith(UNOBSERVED):
            await self._app(scope, receive, send)
            return
        trail = scope[TRAIL] = Trail()
        if self._begin is not None:
            trail.span = self._begin(scope)
        began = monotonic()
        status = size = 0

        async def send_observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] in STARTS:
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            said = {name: value for name, value in scope["headers"] if name in WANTED}
            event = RequestEnded(
                said.get(REQUEST_ID, b"").decode("latin-1"),
                scope["method"],
                scope["path"],
                status,
                monotonic() - began,
                size,
                (_text(said, NAMES), _text(said, VERSIONS)) if len(said) > 1 else (None, None),
                trail,
            )
            if trail.span is not None:
                trail.span.end(event)
            self._notice(event)


def _nobody(_: Event) -> None:
    """Do nothing."""


def _text(said: dict[bytes, bytes], names: tuple[bytes, bytes]) -> str | None:
    value = said.get(names[0]) or said.get(names[1])
    return value.decode("utf-8", "replace")[:LONGEST] if value else None
