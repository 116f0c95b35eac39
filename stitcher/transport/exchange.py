"""One request to one instance of a service, over pooled connections, with a bounded answer.

What goes wrong is an :class:`AttemptError`, which says what may be done about it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection
from multidict import CIMultiDictProxy

from stitcher.transport.instances import Instance

__all__ = ["Answer", "AttemptError", "HttpPool", "Outgoing", "exchange"]

HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/graphql-response+json, application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "stitcher",
}
"""Sent with every request. Services are near: compressing would cost more than it saves."""

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the 5 after which uvicorn and Node close theirs, so
that a mutation, which is never sent twice, seldom meets a closed one."""

DEADLINE_HEADER = "x-request-timeout-ms"
"""Says for how many milliseconds an answer is waited for: what takes longer needn't be done."""

HEADER_BYTES = 64 * 1024
"""The most bytes of a header of an answer: they aren't read, but services and proxies write long ones."""

HEADERS_LIMIT = 1000

OVERLOADED = frozenset({502, 503, 504})
"""Statuses by which proxies and services say that this instance can't answer now (RFC 9110, 15.6)."""

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
"""What is told of an answer's content type: a service's words don't get into messages."""

_CLOSED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


class HttpPool:
    """The connections to all microservices: an async context manager around one aiohttp session.

    Args:
        limit: The most connections at one time; 0 for no limit.
        connect_timeout: Seconds that an instance has to accept a connection.
    """

    session: aiohttp.ClientSession

    def __init__(self, limit: int = 0, connect_timeout: float = 2.0) -> None:
        self._limit = limit
        self._connect_timeout = connect_timeout

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._limit, keepalive_timeout=KEEP_ALIVE),
            # A cookie that a service sets for one client must not be sent for another.
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
            headers=HEADERS,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS_LIMIT,
            request_class=_Request,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()


class _Request(aiohttp.ClientRequest):
    """A request whose headers are sent in the bytes that they came in, whatever these mean (RFC 9110, 5.5).

    Each character stands for a byte. aiohttp would write it as UTF-8, in which some are two.
    """

    def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> Coroutine[Any, Any, None]:
        """Return what writes the body, and with it the head, which is held back until then."""
        head = getattr(writer, "_headers_buf", None)
        if head is not None and not head.isascii():
            writer._headers_buf = head.decode().encode("latin-1")  # type: ignore[attr-defined]
        return super().write_bytes(writer, conn, content_length)


class Outgoing(NamedTuple):
    """What is sent: a body, headers, and whether it is a mutation, which may be done once only.

    ``ends`` is when the answer isn't waited for any longer, by ``time.monotonic``; ``is_cut`` says that the
    client's time is over then, and not the service's. ``kind`` is which attempt it is, for who observes.
    """

    body: bytes
    headers: Mapping[str, str]
    is_mutation: bool
    ends: float
    is_cut: bool = False
    kind: str = "first"


class Answer(NamedTuple):
    """What came back, as it came."""

    status: int
    headers: CIMultiDictProxy[str]
    content: bytes

    @property
    def kind(self) -> str:
        """What it is, for messages."""
        media_type = self.headers.get("Content-Type", "").partition(";")[0].strip()
        named = media_type if _MEDIA_TYPE.fullmatch(media_type) else "without a content type"
        return f"HTTP status {self.status}, {named}"


class AttemptError(Exception):
    """An instance gave no answer of use; the message completes "The service 'x' …".

    Attributes:
        code: The error's code for clients.
        was_sent: Whether the instance may have begun with the request.
        is_fault: Whether it is the instance's fault, and not the request's.
        was_repeated: Whether it has been sent to this instance twice.
        was_late: Whether an answer may still come.
        retry_after: Seconds after which the instance wants to be asked again, if it said so.
        answer: What it answered all the same, with a status that says that it can't.
        instance: The instance.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        was_sent: bool = True,
        is_fault: bool = True,
        was_repeated: bool = False,
        was_late: bool = False,
        retry_after: float | None = None,
        answer: Answer | None = None,
        instance: Instance | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.was_sent = was_sent
        self.is_fault = is_fault
        self.was_repeated = was_repeated
        self.was_late = was_late
        self.retry_after = retry_after
        self.answer = answer
        self.instance = instance

    def told(self, subgraph: str) -> dict[str, str]:
        """Return what the log is told of it."""
        cause = self.__cause__ or self
        told = {"subgraph": subgraph, "code": self.code, "cause": f"{type(cause).__name__}: {cause}"}
        return told if self.instance is None else {**told, "address": self.instance.address}


async def exchange(
    pool: HttpPool, instance: Instance, outgoing: Outgoing, limit: int, on_head: Callable[[], None]
) -> Answer:
    """Send one request to one instance, and return what it answers.

    A kept connection may have been closed at the other end without our knowing: such a request is sent once
    more, at once, unless it is a mutation.

    Args:
        pool: The connections.
        instance: Who is asked.
        outgoing: What is sent.
        limit: The most bytes of an answer.
        on_head: Called when the head of the answer is there.

    Raises:
        AttemptError: there is no answer, or its status is one of ``OVERLOADED``.
    """
    left = max(1, int(1000 * (outgoing.ends - monotonic())))
    post = partial(
        pool.session.post,
        instance.url,
        data=outgoing.body,
        headers={**instance.headers, **outgoing.headers, DEADLINE_HEADER: str(left)},
        allow_redirects=False,
        server_hostname=instance.tls_name,
    )
    has_begun = False
    try:
        try:
            response = await post()
        except aiohttp.ClientConnectionError as error:
            if outgoing.is_mutation or not _was_closed(error):
                raise
            response = await post()
        has_begun = True
        on_head()
        async with response:
            content = await _read(response.content, limit)
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
        raise AttemptError("SUBGRAPH_BAD_RESPONSE", "gave a broken HTTP response") from error
    except aiohttp.ClientConnectorError as error:
        raise AttemptError("SUBGRAPH_UNREACHABLE", "can't be reached", was_sent=False) from error
    except (aiohttp.ClientError, OSError) as error:
        raise AttemptError(
            "SUBGRAPH_UNREACHABLE",
            "can't be reached",
            was_sent=not isinstance(error, aiohttp.ConnectionTimeoutError),
            was_repeated=not has_begun and _was_closed(error),
        ) from error
    answer = Answer(response.status, response.headers, content)
    if response.status in OVERLOADED:
        retry_after = response.headers.get("Retry-After", "")
        raise AttemptError(
            "SUBGRAPH_BAD_RESPONSE",
            f"gave no GraphQL response ({answer.kind})",
            retry_after=float(retry_after) if retry_after.isdecimal() else None,
            answer=answer,
        )
    return answer


def _was_closed(error: Exception) -> bool:
    """Say whether the connection ended before any part of a response."""
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientConnectionResetError):
        return True
    return isinstance(error, aiohttp.ClientOSError) and error.errno in _CLOSED


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > limit:
            raise AttemptError("SUBGRAPH_BAD_RESPONSE", f"gave more than {limit} bytes", is_fault=False)
        chunks.append(chunk)
    return b"".join(chunks)
