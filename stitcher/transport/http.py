"""GraphQL over HTTP to a microservice: pooled connections, one timeout, a bounded answer.

A request goes this way:

A. Encode: the document's JSON was made once; only the variables are encoded here. Where they are many,
   that is done in a thread.
B. Post, in turn to the service's instances. A kept connection may have been closed at the other end
   without our knowing: such a request is sent once more, at once, unless it is a mutation.
   Where requests are shared, one that is equal to another in flight waits for that one's answer.
C. Read the body, up to the limit.
D. Decode: any status with a well-formed GraphQL response is an answer; everything else is not. Where there is
   data, an error that isn't well-formed is an error all the same. A large answer is decoded in a thread.

Errors name the service and never its address; what really happened is logged.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import re
from base64 import b64encode
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
import orjson
import structlog
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection
from yarl import URL

from stitcher.errors import SubgraphError
from stitcher.inflight import Inflight, headers_key
from stitcher.large import LARGE, decode, encode, is_large
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from stitcher.transport.drift import Drift
from stitcher.values import ValuePath, dumps, loads, loads_leniently, plain

__all__ = ["HttpPool", "HttpTransport"]

log = structlog.get_logger(__name__)

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

RESPONSE_LIMIT = 64 * 1024 * 1024

HEADER_BYTES = 64 * 1024
"""The most bytes of a header of an answer: they aren't read, but services and proxies write long ones."""

HEADERS_LIMIT = 1000

LOSSES = 100
"""The most values of one answer that may be lost, with an error each; with more, it is no answer."""

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
"""What is told of an answer's content type: a service's words don't get into messages."""

_CLOSED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


class HttpPool:
    """The connections to all microservices: an async context manager around one aiohttp session.

    Args:
        limit: The most connections at one time; 0 for no limit.
    """

    session: aiohttp.ClientSession

    def __init__(self, limit: int = 0) -> None:
        self._limit = limit

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._limit, keepalive_timeout=KEEP_ALIVE),
            # A cookie that a service sets for one client must not be sent for another.
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
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


class HttpTransport:
    """Reaches one microservice, at one of its addresses after the other.

    Args:
        name: The subgraph's name, for messages.
        urls: Where it is served, one address per instance. One with a user and a password is sent these as
            ``Authorization``, unless a request has that header itself.
        pool: Connections, open by the time of the first request; whoever opened the pool closes it.
        timeout: Seconds for a whole request, sending it again included.
        response_limit: The most bytes of an answer.
        share: Whether equal queries in flight, with equal headers, are sent once.
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        pool: HttpPool,
        *,
        timeout: float = 10.0,
        response_limit: int = RESPONSE_LIMIT,
        share: bool = False,
    ) -> None:
        self._name = name
        self._drift = Drift(name)
        self._instances = itertools.cycle([_Instance.at(URL(url)) for url in urls])
        self._pool = pool
        self._timeout = timeout
        self._response_limit = response_limit
        self._inflight: Inflight[_Answer] | None = Inflight() if share else None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request to the next instance.

        Raises:
            SubgraphError: SUBGRAPH_UNREACHABLE, SUBGRAPH_TIMEOUT or SUBGRAPH_BAD_RESPONSE.
        """
        if is_large(request.variables):  # A
            body = await asyncio.to_thread(self._encode, request, encode)
        else:
            body = self._encode(request, dumps)
        if self._inflight is None or request.document.is_mutation or not request.is_shareable:
            answer = await self._post(body, request)
        else:
            key = (body, headers_key(request.headers))
            answer = await self._inflight.join(key, partial(self._post, body, request))
        try:
            if len(answer.content) < LARGE:
                return self._decode(answer, loads)  # D
            return await asyncio.to_thread(self._decode, answer, decode)
        except _BadResponseError as error:
            raise self._failure("SUBGRAPH_BAD_RESPONSE", str(error), answer.url, error) from error

    async def _post(self, body: bytes, request: SubgraphRequest) -> _Answer:
        url, credentials = next(self._instances)
        try:
            async with asyncio.timeout(self._timeout):
                try:
                    return await self._exchange(url, body, _with(credentials, request.headers))
                except _ConnectionClosedError:
                    if request.document.is_mutation:
                        raise
                    url, credentials = next(self._instances)
                    return await self._exchange(url, body, _with(credentials, request.headers))
        except TimeoutError as error:
            message = f"didn't answer within {self._timeout:g} s"
            raise self._failure("SUBGRAPH_TIMEOUT", message, url, error) from error
        except (_BadResponseError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            reason = str(error) if isinstance(error, _BadResponseError) else "gave a broken HTTP response"
            raise self._failure("SUBGRAPH_BAD_RESPONSE", reason, url, error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._failure("SUBGRAPH_UNREACHABLE", "can't be reached", url, error) from error

    async def close(self) -> None:
        """Do nothing: the connections belong to the pool."""

    async def _exchange(self, url: URL, body: bytes, headers: Mapping[str, str]) -> _Answer:
        try:
            response = await self._pool.session.post(  # B
                url, data=body, headers=headers, allow_redirects=False
            )
        except aiohttp.ClientConnectionError as error:
            if _was_closed(error):
                raise _ConnectionClosedError from error
            raise
        async with response:
            content = await _read(response.content, self._response_limit)  # C
        return _Answer(url, response.status, response.headers.get("Content-Type", ""), content)

    def _encode(self, request: SubgraphRequest, dumps: Callable[[Any], bytes]) -> bytes:
        if not request.variables:
            return b'{"query":' + request.document.encoded + b"}"
        try:
            variables = dumps(request.variables)
        except (TypeError, ValueError):
            plain(request.variables, self._refuse)
            raise
        if b"null" in variables:  # as which infinity is written
            plain(request.variables, self._refuse)
        return b'{"query":' + request.document.encoded + b',"variables":' + variables + b"}"

    def _refuse(self, path: ValuePath, _: Any, what: str) -> None:
        message = f"A variable has {what}, so the service '{self._name}' wasn't asked."
        raise SubgraphError("BAD_USER_INPUT", message)

    def _decode(self, answer: _Answer, loads: Callable[[bytes], Any]) -> SubgraphResponse:
        body, losses = self._loaded(answer, loads)
        if isinstance(body, dict) and ("data" in body or "errors" in body):
            data, errors = body.get("data"), body.get("errors") or []
            errors = errors if isinstance(errors, list) else [errors]
            is_answer = data is None and (not errors or any(map(_is_well_formed, errors)))
            if is_answer or isinstance(data, dict):
                errors = [*map(_with_message, errors), *losses]
                if data is None:
                    self._drift.notice(errors)
                return SubgraphResponse(data, tuple(errors), len(answer.content))
        raise _BadResponseError(f"gave no GraphQL response ({answer.kind})")

    def _loaded(self, answer: _Answer, loads: Callable[[bytes], Any]) -> tuple[Any, list[dict[str, Any]]]:
        """Return an answer's body, and errors for values in its data that JSON can't hold."""
        try:
            return loads(answer.content), []
        except orjson.JSONDecodeError:
            losses: list[dict[str, Any]] = []

            def lost(path: ValuePath, value: Any, what: str) -> str | None:
                if path[:1] != ("data",):  # no data, but words: what can be read of them is good enough
                    return value.encode(errors="replace").decode() if isinstance(value, str) else None
                if len(losses) == LOSSES:
                    raise _BadResponseError(f"gave more than {LOSSES} values that JSON can't hold")
                message = f"The service '{self._name}' gave {what}."
                extensions = {"code": "SUBGRAPH_BAD_RESPONSE"}
                losses.append({"message": message, "path": list(path[1:]), "extensions": extensions})
                return None

            try:
                return loads_leniently(answer.content, lost), losses
            except ValueError as error:
                raise _BadResponseError(f"gave no JSON ({answer.kind}): {_where(error)}") from error

    def _failure(self, code: str, reason: str, url: URL, error: Exception) -> SubgraphError:
        cause = error.__cause__ if isinstance(error, _ConnectionClosedError) else error
        log.warning(
            "request failed",
            subgraph=self._name,
            code=code,
            address=_address(url),
            cause=f"{type(cause).__name__}: {cause}",
        )
        return SubgraphError(code, f"The service '{self._name}' {reason}.")


class _Instance(NamedTuple):
    """One instance of a service: where it is, and the credentials that its address had, as a header."""

    url: URL
    credentials: str | None

    @classmethod
    def at(cls, url: URL) -> Self:
        """Take an address apart: aiohttp refuses credentials in one beside a header."""
        if url.user is None and url.password is None:
            return cls(url, None)
        encoded = b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode()
        return cls(url.with_user(None), f"Basic {encoded}")


class _Answer(NamedTuple):
    """What came back, as it came: each who waits for it decodes it, and may change what that gives."""

    url: URL
    status: int
    content_type: str
    content: bytes

    @property
    def kind(self) -> str:
        """What it is, for messages."""
        media_type = self.content_type.partition(";")[0].strip()
        named = media_type if _MEDIA_TYPE.fullmatch(media_type) else "without a content type"
        return f"HTTP status {self.status}, {named}"


class _ConnectionClosedError(aiohttp.ClientConnectionError):
    """The connection ended before any part of a response; the cause says how."""


class _BadResponseError(Exception):
    """What came back is no GraphQL response; the message completes "The service 'x' …"."""


def _where(error: ValueError) -> str:
    """Return where a text stops being JSON, and nothing of the text."""
    if isinstance(error, json.JSONDecodeError):
        if not error.doc.strip():
            return "the body is empty"
        return f"wrong at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not of UTF-8"
    return "it is nested too deeply"


def _with(credentials: str | None, headers: Mapping[str, str]) -> Mapping[str, str]:
    if credentials is None or any(name.lower() == "authorization" for name in headers):
        return headers
    return {**headers, "authorization": credentials}


def _was_closed(error: aiohttp.ClientConnectionError) -> bool:
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientConnectionResetError):
        return True
    return isinstance(error, aiohttp.ClientOSError) and error.errno in _CLOSED


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    chunks = []
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > limit:
            raise _BadResponseError(f"gave more than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _is_well_formed(error: Any) -> bool:
    return isinstance(error, dict) and isinstance(error.get("message"), str)


def _with_message(error: Any) -> dict[str, Any]:
    """Return an error as it is, or what there is of one: the data beside it is none the worse for it."""
    if _is_well_formed(error):
        return error  # type: ignore[no-any-return]
    return {**(error if isinstance(error, dict) else {}), "message": ""}


def _address(url: URL) -> str:
    """Return an address as it may be logged: without what may be a password."""
    return str(url.with_user(None).with_query(None))
