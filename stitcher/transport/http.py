"""GraphQL over HTTP to a microservice, all attempts in one timeout.

A request goes this way:

A. Encode: the document's JSON was made once; only the variables are encoded here. Where they are many,
   that is done in a thread.
B. Where requests are shared, one that is equal to another in flight waits for that one's answer.
C. Send: to one of the service's instances, and to another one if it fails (``attempts``).
D. Decode: any status with a well-formed GraphQL response is an answer; everything else is not. Where there is
   data, an error that isn't well-formed is an error all the same. A large answer is decoded in a thread.

Errors name the service and never its address; what really happened is logged.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

import orjson
import structlog

from stitcher.cache_policies import CachePolicy, said_by
from stitcher.errors import SubgraphError
from stitcher.events import Observer
from stitcher.headers import RequestHeaders, ResponseHeaders
from stitcher.inflight import Inflight
from stitcher.large import LARGE, decode, encode, is_large
from stitcher.transport.attempts import Attempts
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from stitcher.transport.drift import Drift
from stitcher.transport.exchange import Answer, AttemptError, HttpPool, Outgoing, exchange
from stitcher.transport.instances import Instance
from stitcher.transport.upstreams import Upstream
from stitcher.values import ValuePath, dumps, loads, loads_leniently, plain

__all__ = ["HttpTransport"]

log = structlog.get_logger(__name__)

RESPONSE_LIMIT = 64 * 1024 * 1024

LOSSES = 100
"""The most values of one answer that may be lost, with an error each; with more, it is no answer."""


class HttpTransport:
    """Reaches one microservice, at one of its instances.

    Args:
        name: The subgraph's name, for messages.
        upstream: Where it is served. An address with a user and a password is sent these as
            ``Authorization``, unless a request has that header itself.
        pool: Connections, open by the time of the first request; whoever opened the pool closes it.
        timeout: Seconds for a whole request, sending it again included.
        attempt_timeout: Seconds that an instance has for a query, where there is another.
        response_limit: The most bytes of an answer.
        share: Whether equal queries in flight, with equal headers, are sent once.
        request_headers: What the service is sent of a client's headers; None for all that a request has.
        response_headers: What clients get of the answers' headers; None for nothing. An answer whose cookies
            they get isn't shared.
        reads_tags: Whether it is read by which words an answer that is kept can be ended.
        observer: Is told of each attempt; None where nobody wants to know.
    """

    def __init__(
        self,
        name: str,
        upstream: Upstream,
        pool: HttpPool,
        *,
        timeout: float = 10.0,
        attempt_timeout: float = 5.0,
        response_limit: int = RESPONSE_LIMIT,
        share: bool = False,
        request_headers: RequestHeaders | None = None,
        response_headers: ResponseHeaders | None = None,
        reads_tags: bool = False,
        observer: Observer | None = None,
    ) -> None:
        self._name = name
        self._drift = Drift(name)
        self._pool = pool
        self._timeout = timeout
        self._attempts = Attempts(name, upstream, self._attempt, timeout, attempt_timeout, observer)
        self._response_limit = response_limit
        self._request_headers = request_headers or RequestHeaders()
        self._response_headers = response_headers
        self._reads_tags = reads_tags
        is_shared = share and not (response_headers and response_headers.has_cookies)
        self._inflight: Inflight[_Received] | None = Inflight() if is_shared else None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request.

        Raises:
            SubgraphError: SUBGRAPH_UNREACHABLE, SUBGRAPH_TIMEOUT, SUBGRAPH_BAD_RESPONSE, DEADLINE_EXCEEDED;
                SERVICE_UNAVAILABLE or SERVICE_OVERLOADED, where it wasn't asked at all.
        """
        if is_large(request.variables):  # A
            body = await asyncio.to_thread(self._encode, request, encode)
        else:
            body = self._encode(request, dumps)
        headers = self._request_headers.of(request.headers)
        ends, deadline = monotonic() + self._timeout, request.deadline
        is_cut = False
        if deadline is not None and deadline < ends:
            if deadline <= monotonic():
                message = f"The service '{self._name}' wasn't asked: time is over."
                raise SubgraphError("DEADLINE_EXCEEDED", message)
            ends, is_cut = deadline, True
        outgoing = Outgoing(body, headers, request.document.is_mutation, ends, is_cut)
        # Others who ask the same may have more time than one who has less than the service has.
        if self._inflight is None or outgoing.is_mutation or is_cut or not request.is_shareable:
            received = await self._receive(outgoing)
        else:  # B
            key = (body, self._request_headers.key(headers), request.place)
            received = await self._inflight.join(key, partial(self._receive, outgoing))
        response = received.take()
        if response is None:
            response = await self._decoded(received.answer)
        if response.data is None and response.errors:
            self._drift.notice(response.errors)
        return response

    async def _receive(self, outgoing: Outgoing) -> _Received:  # C
        try:
            return await self._attempts.send(outgoing)
        except AttemptError as error:
            if error.answer is not None:
                try:
                    return _Received(error.answer, await self._decoded(error.answer))
                except AttemptError as wrong:
                    wrong.instance, error = error.instance, wrong
            if error.instance is not None:  # else what led to it has been logged
                log.warning("request failed", **error.told(self._name))
            raise SubgraphError(error.code, f"The service '{self._name}' {error}.") from error

    async def _attempt(
        self, instance: Instance, outgoing: Outgoing, on_head: Callable[[], None]
    ) -> _Received:
        answer = await exchange(self._pool, instance, outgoing, self._response_limit, on_head)
        if len(answer.content) < LARGE:  # as in _decoded: a coroutine less for each fetch
            return _Received(answer, self._decode(answer, loads))
        return _Received(answer, await self._decoded(answer))

    async def _decoded(self, answer: Answer) -> SubgraphResponse:  # D
        if len(answer.content) < LARGE:
            return self._decode(answer, loads)
        return await asyncio.to_thread(self._decode, answer, decode)

    async def close(self) -> None:
        """Do nothing: the connections belong to the pool."""

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

    def _decode(self, answer: Answer, loads: Callable[[bytes], Any]) -> SubgraphResponse:
        body, losses = self._loaded(answer, loads)
        if isinstance(body, dict) and ("data" in body or "errors" in body):
            data, errors = body.get("data"), body.get("errors") or []
            errors = errors if isinstance(errors, list) else [errors]
            is_answer = data is None and (not errors or any(map(_is_well_formed, errors)))
            if is_answer or isinstance(data, dict):
                errors = [*map(_with_message, errors), *losses]
                rules = self._response_headers
                headers = rules.of(answer.headers.items()) if rules else ()
                cache = self._cache_policy(answer)
                extensions = body.get("extensions") if self._reads_tags else None
                tags, entity_tags = _tags(extensions) if extensions else ((), ())
                raw = b"" if losses else answer.content
                return SubgraphResponse(
                    data, tuple(errors), len(answer.content), headers, cache, tags, entity_tags, raw
                )
        raise _bad_response(answer, f"gave no GraphQL response ({answer.kind})")

    def _cache_policy(self, answer: Answer) -> CachePolicy | None:
        said = answer.headers
        if "Cache-Control" not in said and "Vary" not in said:
            return None
        return said_by(said, self._request_headers)

    def _loaded(self, answer: Answer, loads: Callable[[bytes], Any]) -> tuple[Any, list[dict[str, Any]]]:
        """Return an answer's body, and errors for values in its data that JSON can't hold."""
        try:
            return loads(answer.content), []
        except orjson.JSONDecodeError:
            losses: list[dict[str, Any]] = []

            def lost(path: ValuePath, value: Any, what: str) -> str | None:
                if path[:1] != ("data",):  # no data, but words: what can be read of them is good enough
                    return value.encode(errors="replace").decode() if isinstance(value, str) else None
                if len(losses) == LOSSES:
                    raise _bad_response(answer, f"gave more than {LOSSES} values that JSON can't hold")
                message = f"The service '{self._name}' gave {what}."
                extensions = {"code": "SUBGRAPH_BAD_RESPONSE"}
                losses.append({"message": message, "path": list(path[1:]), "extensions": extensions})
                return None

            try:
                return loads_leniently(answer.content, lost), losses
            except ValueError as error:
                raise _bad_response(answer, f"gave no JSON ({answer.kind}): {_where(error)}") from error


class _Received:
    """An answer that is decoded already, for the first who takes it: what that gives may be changed."""

    def __init__(self, answer: Answer, response: SubgraphResponse) -> None:
        self.answer = answer
        self._response: SubgraphResponse | None = response

    def take(self) -> SubgraphResponse | None:
        """Return what was decoded, the first time; None after that."""
        response, self._response = self._response, None
        return response


def _bad_response(answer: Answer, message: str) -> AttemptError:
    """Return the error of an answer that is no GraphQL response."""
    is_fault = not 300 <= answer.status < 500  # which is said of the request
    return AttemptError("SUBGRAPH_BAD_RESPONSE", message, is_fault=is_fault)


def _where(error: ValueError) -> str:
    """Return where a text stops being JSON, and nothing of the text."""
    if isinstance(error, json.JSONDecodeError):
        if not error.doc.strip():
            return "the body is empty"
        return f"wrong at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start + 1} is not of UTF-8"
    return "it is nested too deeply"


def _tags(extensions: Any) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return the tags of an answer as a whole, and of each of its entities, as Apollo Router has them."""
    if not isinstance(extensions, dict):
        return (), ()
    by_entity = extensions.get("apolloEntityCacheTags")
    return _texts(extensions.get("apolloCacheTags")), [
        _texts(tags) for tags in (by_entity if isinstance(by_entity, list) else ())
    ]


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _is_well_formed(error: Any) -> bool:
    return isinstance(error, dict) and isinstance(error.get("message"), str)


def _with_message(error: Any) -> dict[str, Any]:
    """Return an error as it is, or what there is of one: the data beside it is none the worse for it."""
    if _is_well_formed(error):
        return error  # type: ignore[no-any-return]
    return {**(error if isinstance(error, dict) else {}), "message": ""}
