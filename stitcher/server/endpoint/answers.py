"""What is answered to an operation: bytes, with a status and a media type (GraphQL over HTTP, "Response")."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import structlog
from starlette.responses import Response

from stitcher.cache_policies import CachePolicy
from stitcher.events import Seen
from stitcher.execution.cached.run import Ending
from stitcher.gateway.request import GatewayResponse
from stitcher.headers import combine
from stitcher.large import LARGE, encode, free
from stitcher.server.endpoint.freshness import cache_headers
from stitcher.server.http.negotiation import GRAPHQL_RESPONSE
from stitcher.server.http.responses import graphql_error
from stitcher.values import ValuePath, dumps, plain

__all__ = ["Answer", "codes_of", "encode_response", "told"]

log = structlog.get_logger(__name__)

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

OWN = frozenset({b"cache-control", b"set-cookie"})
"""Headers that rules pass on from services: theirs is the word on keeping then; cookies are one client's."""

STATUSES: Mapping[str, tuple[int, Headers]] = {
    "MUTATION_NOT_ALLOWED": (405, ((b"allow", b"POST"),)),
    "CSRF_TOKEN_INVALID": (403, ()),
    "UNAUTHENTICATED": (401, ((b"www-authenticate", b"Bearer"),)),
}
"""The statuses, with headers, of codes for what isn't executed whatever its media type."""

NEED_LOGIN = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED_FIELD_OR_TYPE"})
"""Codes of errors that whoever is logged in might not have got."""


class Answer(NamedTuple):
    """An answer, which several clients may get: a status, headers as ASGI has them, and a body.

    ``seconds`` is how long it may be kept, from ``since`` on (``time.monotonic``): when services were asked.
    ``ending`` is what would end it; None if that can't be said. ``seen`` is the operation, with the codes of
    the answer's errors; None where nobody wants to know.
    """

    status: int
    headers: Headers
    body: bytes
    seconds: int = 0
    since: float = 0.0
    ending: Ending | None = None
    seen: Seen | None = None

    def response(self) -> Response:
        """Return the response to one client."""
        response = Response.__new__(Response)  # its constructor would encode the headers for each client
        response.status_code, response.raw_headers, response.body = self.status, [*self.headers], self.body
        response.background = None
        return response


async def told(
    response: GatewayResponse,
    media_type: str,
    *,
    after_session: bool,
    cache: CachePolicy | None = None,
    varying: tuple[str, ...] | None = None,
) -> Answer:
    """Return the answer.

    Args:
        response: What is answered.
        media_type: In which media type.
        after_session: Whether the client has come with a session that has ended.
        cache: How long the answer may be kept, if it is whole; None for not at all.
        varying: The client's headers that services are sent, and that make a difference; None if they can't
            be named, so that nothing may be kept.
    """
    if after_session:
        response = _after_session(response)
    body = await encode_response(response)
    status, added = _status(response, media_type)
    seconds = 0
    content_type = f"{media_type}; charset=utf-8".encode()
    if response.headers:
        given = combine(response.headers)
        added = (
            *added,
            *((name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in given),
        )
    is_whole = response.executed and not response.errors and not after_session
    if cache and varying is not None and is_whole and OWN.isdisjoint(dict(added)):
        seconds = cache.max_age
        added = (*added, *cache_headers(cache, varying))
    headers = ((b"content-length", b"%d" % len(body)), (b"content-type", content_type), *added)
    return Answer(status, headers, body, seconds, ending=response.kept)


async def encode_response(result: GatewayResponse) -> bytes:
    """Return the response's body; its data is gone then, if it is large."""
    body: dict[str, Any] = {}
    if result.executed:
        body["data"] = result.data
    if result.errors or not result.executed:
        body["errors"] = result.errors
    if result.extensions is not None:
        body["extensions"] = result.extensions
    try:
        return dumps(body) if result.size < LARGE else await asyncio.to_thread(_encode_large, body)
    except (TypeError, ValueError):
        return dumps(_without_what_json_lacks(body))


def _encode_large(body: dict[str, Any]) -> bytes:
    encoded = encode(body)
    if data := body.get("data"):
        free(data)
    return encoded


def _without_what_json_lacks(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with null for each value that JSON doesn't have, and an error that says where."""
    errors: list[Any] = []

    def lost(path: ValuePath, _: Any, what: str) -> None:
        log.error("value can't be sent", path=path, what=what)
        error = graphql_error("INTERNAL_SERVER_ERROR", f"There is {what} here.")
        errors.append({**error, "path": path[1:]} if path[0] == "data" else error)

    cleaned = plain(body, lost)
    return {**cleaned, "errors": [*cleaned.get("errors", ()), *errors]}


def codes_of(result: GatewayResponse) -> list[str]:
    """Return the codes of a response's errors: a service may give anything for one."""
    codes = (error.get("extensions", {}).get("code") for error in result.errors)
    return [code for code in codes if isinstance(code, str)]


def _after_session(result: GatewayResponse) -> GatewayResponse:
    """Say first that the client's session has ended, where that may be why it isn't answered."""
    if NEED_LOGIN.isdisjoint(codes_of(result)):
        return result
    ended = graphql_error("SESSION_EXPIRED", "The session has ended; log in again.")
    return replace(result, errors=(ended, *result.errors))


def _status(result: GatewayResponse, media_type: str) -> tuple[int, Headers]:
    if result.executed:
        return 200, ()
    for code in codes_of(result):
        if status := STATUSES.get(code):
            return status
    return (400 if media_type == GRAPHQL_RESPONSE else 200), ()
