"""Ending what is kept of answers: ``POST /cache/purge``, for whoever knows the secret.

The body is a list of what to end, as Apollo Router's is:

- ``{"kind": "subgraph", "subgraph": "thing"}``: all that a service answered;
- ``{"kind": "type", "type": "Thing"}``: what has objects of a type, of one ``subgraph`` or of all;
- ``{"kind": "entity", "type": "Thing", "key": "42"}``: what has one entity; a key of several is an object;
- ``{"kind": "cache_tag", "cache_tag": "things"}``: what has a tag, of some ``subgraphs`` or of all.

It stands before authentication, which would take the secret for a token.
"""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.caching.cache import ResponseCache
from stitcher.caching.tags import Tagging, subgraph_tag
from stitcher.errors import did_you_mean
from stitcher.gateway.current import CurrentGateway
from stitcher.server.http.responses import error_response
from stitcher.stores import StoreUnavailableError

__all__ = ["PATH", "PurgeMiddleware"]

PATH = "/cache/purge"

MOST = 1000
"""The most things that one request ends."""

BODY_LIMIT = 1024 * 1024


class _WrongError(Exception):
    """The body isn't what it should be; says where and how."""


class PurgeMiddleware:
    """Answers at its path, and leaves all others to the application.

    Args:
        app: The application.
        cache: What is ended.
        current: Knows the types and services that there are.
        secret: What a request has to know.
    """

    def __init__(self, app: ASGIApp, cache: ResponseCache, current: CurrentGateway, secret: str) -> None:
        self._app = app
        self._cache = cache
        self._current = current
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        scope = request.scope
        if request.method != "POST":
            message = f"{PATH} takes a POST."
            return error_response(scope, 405, "METHOD_NOT_ALLOWED", message, headers={"Allow": "POST"})
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode("latin-1", "replace")
        if not compare_digest(given, self._secret):
            message = "Purging needs the header Authorization with CACHE_PURGE_SECRET."
            challenge = {"WWW-Authenticate": "Bearer"}
            return error_response(scope, 401, "UNAUTHENTICATED", message, headers=challenge)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                message = f"The body is over {BODY_LIMIT} bytes long."
                return error_response(scope, 413, "PAYLOAD_TOO_LARGE", message)
        try:
            items = orjson.loads(body)
            if not isinstance(items, list) or not items or len(items) > MOST:
                raise _WrongError(f"The body has to be a list of 1 to {MOST} objects.")
            words = [word for number, item in enumerate(items) for word in self._words(number, item)]
        except (orjson.JSONDecodeError, _WrongError) as error:
            message = str(error) if isinstance(error, _WrongError) else "The body isn't JSON."
            return error_response(scope, 400, "BAD_REQUEST", message)
        try:
            await self._cache.purge(words)
        except StoreUnavailableError:
            message = "Redis doesn't answer, so that other gateways don't know yet. It will be tried again."
            return error_response(scope, 503, "SERVICE_UNAVAILABLE", message, headers={"Retry-After": "1"})
        return JSONResponse({"count": len(items)}, 202)

    def _words(self, number: int, item: Any) -> Iterator[str]:
        """Yield what one item ends."""
        given = item if isinstance(item, dict) else {}
        where = f"Item {number + 1}"
        kind = given.get("kind")
        tagging = self._current.gateway.tagging
        assert tagging is not None  # noqa: S101 - there is a cache
        if kind == "subgraph":
            yield subgraph_tag(self._subgraph(where, given.get("subgraph")))
        elif kind == "type":
            type_name = self._type(tagging, where, given)
            named = [self._subgraph(where, given["subgraph"])] if "subgraph" in given else []
            yield from tagging.type(type_name, named)
        elif kind == "entity":
            type_name = self._type(tagging, where, given)
            key = given.get("key")
            if key is None or isinstance(key, list | bool):
                raise _WrongError(f"{where}: key has to be a text, a number or an object.")
            yield from tagging.entity(type_name, key)
        elif kind == "cache_tag":
            written, named = given.get("cache_tag"), given.get("subgraphs", [])
            if not isinstance(written, str) or not isinstance(named, list):
                raise _WrongError(f"{where}: cache_tag has to be a text, and subgraphs a list, if any.")
            yield from tagging.tag(written, [self._subgraph(where, name) for name in named])
        else:
            raise _WrongError(f"{where}: kind has to be subgraph, type, entity or cache_tag.")

    def _subgraph(self, where: str, name: Any) -> str:
        known = self._current.gateway.supergraph.subgraphs
        if not isinstance(name, str) or name not in known:
            likely = did_you_mean(name, known, 0.6) if isinstance(name, str) else ""
            raise _WrongError(f"{where}: there is no subgraph {name!r}.{likely}")
        return name

    def _type(self, tagging: Tagging, where: str, given: dict[str, Any]) -> str:
        name = given.get("type")
        if not isinstance(name, str) or not tagging.knows(name):
            types = self._current.gateway.supergraph.schema.type_map
            likely = did_you_mean(name, types, 0.6) if isinstance(name, str) else ""
            raise _WrongError(f"{where}: there is no object type {name!r}.{likely}")
        return name
