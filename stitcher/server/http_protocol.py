"""HTTP/1.1 as uvicorn speaks it by httptools, with three rules that it lacks.

A. *Heads* have a limit. A header is put together in memory however long it is, before anything else sees it,
   and the time that this takes grows by the square.
B. *Trailers* are ignored (RFC 9110, 6.5.1). Else what stands behind a chunked body would count as headers,
   and a client could add to those that a proxy has set, such as ``X-Forwarded-For``.
C. *Requests* have to end some time. Else a few thousand clients that send a byte now and then hold all the
   connections that there can be.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_LIMIT", "HttpProtocol"]

HEAD_LIMIT = 64 * 1024
"""The most bytes of all headers of a request, and of what comes between or after pieces of its body."""


REQUEST_TIMEOUT = 60.0
"""Seconds that a request may take to come, and a new connection until it has brought one."""


class HttpProtocol(HttpToolsProtocol):
    """One connection; what breaks the rules ends it."""

    _pending = 0  # bytes that came since the last piece of a body, or the end of a request
    _timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request."""
        super().connection_made(transport)
        self._timeout = self.loop.call_later(REQUEST_TIMEOUT, transport.close)  # C

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._wait_no_longer()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it goes on and on without an end of the headers."""
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEAD_LIMIT and not self.transport.is_closing():  # A
            self.send_400_response("The request's headers are too long.")
        if self._timeout is None and (self._pending or (self.cycle is not None and self.cycle.more_body)):
            self._timeout = self.loop.call_later(REQUEST_TIMEOUT, self.transport.close)  # C

    def on_headers_complete(self) -> None:
        """Begin to answer.

        Raises:
            ValueError: the headers came all at once, and are too long; httptools refuses the request then.
        """
        if self._pending > HEAD_LIMIT and sum(map(_length, self.headers)) > HEAD_LIMIT:  # A
            raise ValueError("the headers are too long")
        super().on_headers_complete()
        self.headers = []  # B. Trailers go there; the request keeps those that it has.

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body for whoever reads it."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; another one may follow."""
        self._pending = 0
        self._wait_no_longer()
        super().on_message_complete()

    def _wait_no_longer(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None


def _length(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1]) + 4  # with what separates them
