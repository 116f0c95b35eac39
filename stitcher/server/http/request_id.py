"""Every request has an id: in the log, in the response, and in the requests to microservices."""

from __future__ import annotations

import re
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from stitcher.server.http.scopes import REQUESTS, STARTS

__all__ = ["RequestIdMiddleware"]

HEADER = b"x-request-id"

WELL_FORMED = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
"""What a client may name its request: safe in a header and in a line of a log."""


class RequestIdMiddleware:
    """Keeps a well-formed ``X-Request-ID`` of the client, or else makes one.

    What follows finds exactly one such header in the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app with the id in the scope's headers, in structlog's context, and in the response."""
        if scope["type"] not in REQUESTS:
            await self._app(scope, receive, send)
            return
        others = [header for header in scope["headers"] if header[0] != HEADER]
        given = [value for name, value in scope["headers"] if name == HEADER]
        accepted = len(given) == 1 and WELL_FORMED.fullmatch(given[0])
        # A new one has to be unique, but needn't be secret.
        request_id = given[0] if accepted else b"%032x" % getrandbits(128)

        async def send_with_id(message: Message) -> None:
            if message["type"] in STARTS:
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id)]
            await send(message)

        tokens = bind_contextvars(request_id=request_id.decode())
        try:
            await self._app({**scope, "headers": [*others, (HEADER, request_id)]}, receive, send_with_id)
        finally:
            reset_contextvars(**tokens)
