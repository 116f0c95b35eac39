"""HTTP/1.1 as uvicorn speaks it by httptools, with the rules that it lacks.

A. *Heads* have a limit. A header is put together in memory however long it is, before anything else sees it,
   and the time that this takes grows by the square.
B. *Trailers* are ignored (RFC 9110, 6.5.1). Else what stands behind a chunked body would count as headers,
   and a client could add to those that a proxy has set, such as ``X-Forwarded-For``.
C. *Requests* have to end some time. Else a few thousand clients that send a byte now and then hold all the
   connections that there can be.
D. *Upgrades* are declined: the request is answered as if it hadn't asked (RFC 9110, 7.8). httptools stops at
   such a head, and would take what follows, the body, for the next request. So another parser is told of the
   body by a head of its own, and goes on.
E. *Heads* that leave a doubt are refused; see :mod:`stitcher.server.http.framing`.
F. *Pipelined requests* are answered in turn, a refusal too: it must not be taken for the answer to a request
   before. Nothing more is read while some of them wait, and no more than a few can.
G. *Answers* have to be taken. Else they stay in memory for as long as a client likes.
H. *Room*: where there is none, a request is refused, and so is a connection with its first one.
I. *Clients that leave* take what is done for them along.
J. *The end* of the server gives clients that keep a connection some time to use it once more: an answer that
   says that it is the last one gets to them, and a connection that is closed under a request doesn't.
"""

from __future__ import annotations

import asyncio

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.types import ASGIApp
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from stitcher.server.http.admission import ADMISSION, PROBES, Admission, refuse
from stitcher.server.http.framing import RefusedRequestError, check_head, framing_of

__all__ = ["HEAD_LIMIT", "HttpProtocol"]

HEAD_LIMIT = 64 * 1024
"""The most bytes of all headers of a request, and of what comes between or after pieces of its body."""

REQUEST_TIMEOUT = 60.0
"""Seconds that a request may take to come, and a new connection until it has brought one."""

SURPLUS_TIMEOUT = 5.0
"""Seconds in which a connection that is one too many may bring a request, to be refused."""

UNLIMITED = Admission(max_requests=1_000_000, max_connections=1_000_000)
"""Where the application says nothing of it."""

SEND_TIMEOUT = 60.0
"""Seconds in which a client has to take some of its answer, or all of it."""

SEND_RATE = 4 * 1024
"""The least bytes a second that a client has to take of an answer, over these seconds."""

PIPELINE_LIMIT = 100
"""The most requests of one connection that wait until those before are answered."""

LINGER = 0.2
"""The part of a server's time to end in which connections that are kept may bring a last request."""


class HttpProtocol(HttpToolsProtocol):
    """One connection; what breaks the rules ends it."""

    _pending = 0  # bytes that came since the last piece of a body, or the end of a request
    _timeout: asyncio.TimerHandle | None = None
    _declines = False  # an upgrade, whose request's body is still to be announced to the parser
    _refusal: str | None = None  # of a request; what follows isn't looked at
    _unsent = 0  # bytes that the client had still to take when that was last looked at
    _sending: asyncio.TimerHandle | None = None
    _is_ending = False
    _answering: tuple[RequestResponseCycle, asyncio.Task[None]] | None = None
    _is_surplus = False  # a connection beyond those that there may be

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request."""
        super().connection_made(transport)
        self.flow = _Flow(self)
        self._admission: Admission = self.app_state.get(ADMISSION) or UNLIMITED
        self._is_surplus = len(self.connections) > self._admission.max_connections  # H
        patience = SURPLUS_TIMEOUT if self._is_surplus else REQUEST_TIMEOUT
        self._timeout = self.loop.call_later(patience, transport.close)  # C

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        if self._answering is not None and not self._answering[0].response_complete:  # I
            self._answering[1].cancel()
        self._wait_no_longer()
        if self._sending is not None:
            self._sending.cancel()

    # What comes

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it goes on and on without an end of the headers."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._pending += len(data)
        try:
            self._parse(data)
        except HttpParserError as error:
            known = isinstance(error.__context__, RefusedRequestError)
            self.send_400_response(str(error.__context__) if known else "Invalid HTTP request received.")
            return
        if self._pending > HEAD_LIMIT and not self.transport.is_closing():  # A
            self.send_400_response("The request's headers are too long.")
        if self._timeout is None and (self._pending or (self.cycle is not None and self.cycle.more_body)):
            self._timeout = self.loop.call_later(REQUEST_TIMEOUT, self.transport.close)  # C

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except HttpParserUpgrade as upgrade:  # D
                self.parser = HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
                cycle = self.cycle
                self.parser.feed_data(framing_of(cycle.scope["headers"], keep_alive=cycle.keep_alive))
                data = data[upgrade.args[0] :]

    def on_headers_complete(self) -> None:
        """Begin to answer.

        Raises:
            RefusedRequestError: the request is refused; the parser stops, and says so.
        """
        if self._declines:  # D. This is the other head.
            self._declines = False
            return
        if self._pending > HEAD_LIMIT and sum(map(_length, self.headers)) > HEAD_LIMIT:  # A
            raise RefusedRequestError("The request's headers are too long.")
        version = self.parser.get_http_version()
        check_head(self.parser.get_method(), self.url, version, self.headers)  # E
        if len(self.pipeline) >= PIPELINE_LIMIT:  # F
            raise RefusedRequestError("Too many requests are waiting for their answers.")
        if version == "1.0":
            self.expect_100_continue = False  # RFC 9110, 10.1.1
        super().on_headers_complete()
        self.headers = []  # B. Trailers go there; the request keeps those that it has.
        self._declines = self.parser.should_upgrade()
        if self._is_ending or self._is_surplus or self._admission.is_draining:  # J
            self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        """Answer a request, or refuse it where there is no room (H)."""
        is_full = self._is_surplus or len(self.tasks) >= self._admission.max_requests
        if is_full and cycle.scope["path"] not in PROBES:
            app = refuse
        task = self.loop.create_task(cycle.run_asgi(app))  # type: ignore[arg-type]
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        self._answering = cycle, task

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body for whoever reads it."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; another one may follow."""
        if self._declines:
            return
        self._pending = 0
        self._wait_no_longer()
        super().on_message_complete()
        self.cycle.more_body = False  # also where it was answered before

    def _wait_no_longer(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    # What goes

    def send_400_response(self, msg: str) -> None:
        """Refuse what came last, after the answers to the requests before it, and end the connection."""
        self.logger.warning(msg)
        self._refusal = msg
        cycle = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete:  # its body is refused
            if self.pipeline:
                self.pipeline.popleft()
            elif cycle.response_started:
                self.transport.close()
                return
            else:
                super().send_400_response(msg)
                return
        elif cycle is None or cycle.response_complete:
            super().send_400_response(msg)
            return
        self._wait_no_longer()
        self.flow.pause_reading()

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        waits = bool(self.pipeline)
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch_sending()
        if self._refusal is not None and not waits and not self.transport.is_closing():
            super().send_400_response(self._refusal)

    def pause_writing(self) -> None:
        """Make whoever answers wait, until the client has taken what there is."""
        super().pause_writing()
        self._watch_sending()

    def _watch_sending(self) -> None:
        """G. End the connection if the client takes too little of what there is for it from now on."""
        self._unsent = self.transport.get_write_buffer_size()
        if self._sending is None:
            self._sending = self.loop.call_later(SEND_TIMEOUT, self._look_after_sending)

    def _look_after_sending(self) -> None:
        self._sending = None
        left = self.transport.get_write_buffer_size()
        if left > max(self._unsent - SEND_RATE * SEND_TIMEOUT, 0):
            self.transport.abort()  # closing waits for what is left to be taken
        elif left:
            self._watch_sending()

    def shutdown(self) -> None:
        """Close the connection when it has answered, or after a while without a request (J)."""
        self._is_ending = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        else:
            self._unset_keepalive_if_required()
            linger = (self.config.timeout_graceful_shutdown or 0) * LINGER
            self.timeout_keep_alive_task = self.loop.call_later(linger, self.timeout_keep_alive_handler)


class _Flow(FlowControl):
    """Reads no further while requests wait for their turn (F)."""

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol

    def resume_reading(self) -> None:
        if not self._protocol.pipeline and self._protocol._refusal is None:
            super().resume_reading()


def _length(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1]) + 4  # with what separates them
