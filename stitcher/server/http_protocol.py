"""HTTP/1.1 as uvicorn speaks it by httptools, with two rules that it lacks.

A. *Heads* have a limit. A header is put together in memory however long it is, before anything else sees it,
   and the time that this takes grows by the square.
B. *Trailers* are ignored (RFC 9110, 6.5.1). Else what stands behind a chunked body would count as headers,
   and a client could add to those that a proxy has set, such as ``X-Forwarded-For``.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_LIMIT", "HttpProtocol"]

HEAD_LIMIT = 64 * 1024
"""The most bytes of all headers of a request, and of what comes between or after pieces of its body."""


class HttpProtocol(HttpToolsProtocol):
    """One connection; what breaks the rules is answered 400, and ends it."""

    _pending = 0  # bytes that came since the last piece of a body, or the end of a request

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it goes on and on without an end of the headers."""
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEAD_LIMIT and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

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
        super().on_message_complete()


def _length(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1]) + 4  # with what separates them
