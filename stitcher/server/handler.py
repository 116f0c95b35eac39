"""Ariadne's HTTP handler on the short way: straight to the gateway, no second walk through graphql-core.

GraphQL over HTTP, to the letter:

A. The method: GET, HEAD and POST; OPTIONS says so; any other is refused, and so is a WebSocket.
B. A browser that opens the endpoint without a query gets the explorer.
C. The response's media type, from ``Accept``.
D. The parameters: from the URL, or from a JSON body within the limit; each of the right type. Where requests
   are shared, a body that is equal to one in flight, of the same client's headers, waits for its answer.
E. Execution, unless the operation uses a limited field too often. What nobody expected is logged, and hidden
   behind the request's id.
F. The status: 200 for what was executed. For what couldn't be, 200 with ``application/json``, which tells
   clients nothing by its status, and 400 with ``application/graphql-response+json``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import Any, TypeAlias

import orjson
import structlog
from ariadne.asgi.handlers import GraphQLHTTPHandler
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stitcher.errors import trace_of
from stitcher.gateway import Gateway, GatewayResponse
from stitcher.inflight import Inflight, identity_of
from stitcher.large import LARGE, encode, free
from stitcher.server.context import Context
from stitcher.server.field_limiter import FieldLimiter, OverLimitError
from stitcher.server.negotiation import GRAPHQL_RESPONSE, JSON, is_json, negotiate
from stitcher.server.rate_limit_headers import refusal_headers
from stitcher.server.responses import error_response, graphql_error

__all__ = ["GatewayHandler"]

log = structlog.get_logger(__name__)

_Headers: TypeAlias = Mapping[bytes, bytes]

METHODS = "GET, HEAD, POST, OPTIONS"

MUTATION_BY_GET = "MUTATION_NOT_ALLOWED"
"""The gateway's code for what only another method allows."""


class GatewayHandler(GraphQLHTTPHandler):
    """Answers HTTP requests for Ariadne's ``GraphQL`` ASGI app, from a gateway.

    Args:
        gateway: What executes.
        body_limit: The most bytes of a body, or of a query string.
        forward_headers: The names, in lower case, of the client's headers that microservices are sent.
        share: Whether equal queries in flight are executed once.
        debug: Whether an answer that hides a failure of the gateway comes with its trace.
        field_limiter: What counts limited fields.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        body_limit: int,
        forward_headers: Sequence[str],
        share: bool = False,
        debug: bool = False,
        field_limiter: FieldLimiter | None = None,
    ) -> None:
        super().__init__()
        self._gateway = gateway
        self._body_limit = body_limit
        self._forward_headers = {name.encode("latin-1"): name for name in forward_headers}
        self._share = share
        self._debug = debug
        self._field_limiter = field_limiter
        self._inflight: Inflight[Response] = Inflight()

    async def handle_request(self, request: Request) -> Response:
        """Return the response to one HTTP request; raises nothing that a client could cause."""
        method = request.method  # A
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        if method not in ("GET", "HEAD", "POST"):
            message = f"The endpoint doesn't take {method}; send a POST or a GET."
            return error_response(405, "METHOD_NOT_ALLOWED", message, headers={"Allow": METHODS})
        headers = _by_name(request.scope["headers"])
        if headers.get(b"upgrade", b"").lower() == b"websocket":
            message = "The endpoint doesn't take WebSockets; send a POST or a GET."
            return error_response(400, "WEBSOCKETS_NOT_SUPPORTED", message)
        accept = headers.get(b"accept", b"").decode("latin-1")
        if method != "POST" and "text/html" in accept and "query" not in request.query_params:  # B
            page = await self._page(request)
            if page is not None:
                return page
        media_type = negotiate(accept)  # C
        if media_type is None:
            message = f"The endpoint answers with {JSON} or {GRAPHQL_RESPONSE}."
            return error_response(406, "NOT_ACCEPTABLE", message)
        try:
            return await self._answer(request, headers, media_type)
        except _RefusalError as refusal:
            return error_response(refusal.status, refusal.code, refusal.message, media_type=media_type)

    async def _page(self, request: Request) -> Response | None:
        html = self.explorer.html(request) if self.explorer else None
        if isawaitable(html):
            html = await html
        return HTMLResponse(html, headers=getattr(self.explorer, "headers", None)) if html else None

    async def _answer(self, request: Request, headers: _Headers, media_type: str) -> Response:
        forwarded = self._forwarded(headers)
        if request.method != "POST":
            return await self._execute(request, media_type, forwarded, _checked(self._from_url(request)))
        if not is_json(headers.get(b"content-type", b"").decode("latin-1")):  # D
            raise _RefusalError(415, "UNSUPPORTED_MEDIA_TYPE", f"A POST needs the content type {JSON}.")
        body = await self._read(request)
        if not self._share:
            return await self._execute(request, media_type, forwarded, _checked(_parsed(body, "The body")))
        key = (body, media_type, identity_of(forwarded))
        if running := self._inflight.running(key):
            return await running
        parameters = _checked(_parsed(body, "The body"))
        execute = partial(self._execute, request, media_type, forwarded, parameters)
        if self._gateway.is_shareable(parameters.query, parameters.operation_name):
            return await self._inflight.join(key, execute)
        return await execute()

    async def _execute(
        self, request: Request, media_type: str, headers: dict[str, str], parameters: _Parameters
    ) -> Response:
        try:
            result = await self._gateway.execute(  # E
                parameters.query,
                parameters.variables,
                parameters.operation_name,
                context=Context(request, headers, self._gateway.transports),
                headers=headers,
                queries_only=request.method != "POST",
                admit=partial(self._field_limiter.admit, request.scope) if self._field_limiter else None,
            )
            body = await encode_response(result)
        except OverLimitError as error:
            refused = refusal_headers(error.verdict)
            return error_response(429, "RATE_LIMITED", str(error), media_type=media_type, headers=refused)
        except Exception as error:
            log.exception("request failed")
            return _internal_error(request, media_type, trace_of(error) if self._debug else {})
        status, allow = _status(result, media_type)
        return Response(body, status, allow, f"{media_type}; charset=utf-8")

    def _from_url(self, request: Request) -> dict[str, Any]:
        if len(request.scope["query_string"]) > self._body_limit:
            raise _RefusalError(414, "URI_TOO_LONG", f"The URL is over {self._body_limit} bytes long.")
        parameters: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = _parsed(parameters[name] or "null", f"The parameter '{name}'")
        return parameters

    async def _read(self, request: Request) -> bytes:
        chunks = []
        size = 0
        more = True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise _RefusalError(400, "BAD_REQUEST", "The body broke off.")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._body_limit:
                raise _RefusalError(
                    413, "PAYLOAD_TOO_LARGE", f"The body is over {self._body_limit} bytes long."
                )
            chunks.append(chunk)
            more = message.get("more_body", False)
        return b"".join(chunks)

    def _forwarded(self, headers: _Headers) -> dict[str, str]:
        return {
            name: headers[raw].decode("latin-1")
            for raw, name in self._forward_headers.items()
            if raw in headers
        }


def _by_name(raw: Sequence[tuple[bytes, bytes]]) -> _Headers:
    """Return headers by name; one that comes several times has all its values (RFC 9110, 5.3)."""
    headers = dict(raw)
    if len(headers) < len(raw):
        headers = {}
        for name, value in raw:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


class _RefusalError(Exception):
    """The request can't be executed as it stands; the message is for the client."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class _Parameters:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


# D. Parameters


def _parsed(text: str | bytes, what: str) -> Any:
    if not text:
        raise _RefusalError(400, "BAD_REQUEST", f"{what} is empty; send a JSON object with a 'query'.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _RefusalError(400, "MALFORMED_JSON", f"{what} isn't JSON: {error}.") from error


def _checked(raw: Any) -> _Parameters:
    if isinstance(raw, list):
        message = "Several operations in one request are not supported; send each in its own."
        raise _RefusalError(400, "BATCHING_NOT_SUPPORTED", message)
    if not isinstance(raw, dict):
        raise _RefusalError(400, "BAD_REQUEST", "The body must be a JSON object.")
    if raw.get("query") is None:
        raise _RefusalError(400, "BAD_REQUEST", "There is no 'query'.")
    for name, kind, words in _TYPES:
        if raw.get(name) is not None and not isinstance(raw[name], kind):
            raise _RefusalError(400, "BAD_REQUEST", f"'{name}' must be {words}.")
    return _Parameters(raw["query"], raw.get("variables"), raw.get("operationName") or None)


_TYPES: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("variables", dict, "an object"),
    ("operationName", str, "a string"),
    ("extensions", dict, "an object"),
)


# E, F. Results


async def encode_response(result: GatewayResponse) -> bytes:
    """Return the response's body; its data is gone then, if it is large."""
    body: dict[str, Any] = {}
    if result.executed:
        body["data"] = result.data
    if result.errors or not result.executed:
        body["errors"] = result.errors
    if result.size < LARGE:
        return orjson.dumps(body)
    return await asyncio.to_thread(_encode_large, body)


def _encode_large(body: dict[str, Any]) -> bytes:
    encoded = encode(body)
    free(body)
    return encoded


def _status(result: GatewayResponse, media_type: str) -> tuple[int, dict[str, str] | None]:
    if result.executed:
        return 200, None
    if any(error.get("extensions", {}).get("code") == MUTATION_BY_GET for error in result.errors):
        return 405, {"Allow": "POST"}
    return (400 if media_type == GRAPHQL_RESPONSE else 200), None


def _internal_error(request: Request, media_type: str, trace: dict[str, Any]) -> Response:
    request_id = request.headers.get("x-request-id")
    error = graphql_error("INTERNAL_SERVER_ERROR", "Internal server error.", requestId=request_id, **trace)
    body = orjson.dumps({"data": None, "errors": [error]})
    return Response(body, 200, media_type=f"{media_type}; charset=utf-8")
