"""Ariadne's HTTP handler on the short way: straight to the gateway, no second walk through graphql-core.

GraphQL over HTTP, to the letter:

A. The method: GET, HEAD and POST; OPTIONS says so; any other is refused, and so is a GET for a WebSocket.
   Other requests that offer one are answered as if they didn't (RFC 9110, 7.8).
B. A browser that opens the endpoint without a query gets the explorer.
C. The response's media type, from ``Accept``.
D. Whether a browser may send this, and whether its session can be told.
E. The parameters: from the URL, or from a JSON body within the limit; each of the right type. Where requests
   are shared, a body that is equal to one in flight, of the same client's headers, waits for its answer.
F. Execution, unless the operation uses a limited field too often. What nobody expected is logged, and hidden
   behind the request's id.
G. The status: 200 for what was executed; 304 for a GET whose client has the answer already. For what couldn't
   be, 200 with ``application/json``, which tells clients nothing by its status, and 400 with
   ``application/graphql-response+json``; or the one that HTTP has for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from inspect import isawaitable
from time import monotonic
from typing import Any, NamedTuple

import orjson
import structlog
from ariadne.asgi.handlers import GraphQLHTTPHandler
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stitcher.caching.cache import ResponseCache
from stitcher.errors import RequestError, trace_of
from stitcher.events import Seen, Trail
from stitcher.gateway.current import CurrentGateway
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.preparation import PreparedOperation
from stitcher.gateway.request import ClientRequest, GatewayResponse
from stitcher.inflight import Inflight
from stitcher.server.auth.identity import identity_of
from stitcher.server.auth.personal import personal_key
from stitcher.server.endpoint.answer_cache import AnswerCache
from stitcher.server.endpoint.answers import Answer, codes_of, told
from stitcher.server.endpoint.context import Context
from stitcher.server.endpoint.freshness import unless_known
from stitcher.server.endpoint.parameters import Parameters, RefusalError, checked, of_url, parsed
from stitcher.server.http.negotiation import GRAPHQL_RESPONSE, JSON, is_json, is_plain, negotiate, takes_html
from stitcher.server.http.request_headers import Headers, by_name, of_connection
from stitcher.server.http.responses import error_response, graphql_error
from stitcher.server.http.trails import TRAIL, trail_of
from stitcher.server.limits.field_limiter import FieldLimiter, OverLimitError
from stitcher.server.limits.headers import refusal_headers
from stitcher.server.sessions.csrf import CsrfGuard, CsrfTokens
from stitcher.server.sessions.request_session import RequestSession, session_of
from stitcher.server.sessions.sessions import SessionsUnavailableError
from stitcher.transport.exchange import DEADLINE_HEADER

__all__ = ["GatewayHandler"]

log = structlog.get_logger(__name__)

DEADLINE = DEADLINE_HEADER.encode()

METHODS = "GET, HEAD, POST, OPTIONS"


class _Key(NamedTuple):
    """What has to be equal for a request to wait for another's answer.

    ``asks`` is all that answers depend on. ``place`` is where the log of purges was: what has begun before a
    purge isn't for who comes after it. One that ``is_alone`` waits for none; others may have its answer.
    """

    asks: Hashable
    place: int = 0
    is_alone: bool = False


class GatewayHandler(GraphQLHTTPHandler):
    """Answers HTTP requests for Ariadne's ``GraphQL`` ASGI app, from a gateway.

    Args:
        current: What executes.
        csrf: Finds out what a foreign page may have sent.
        csrf_tokens: What a session's mutations need.
        body_limit: The most bytes of a body, or of a query string.
        request_timeout: Seconds that a client's request has.
        share: Whether equal queries in flight are executed once.
        debug: Whether an answer that hides a failure of the gateway comes with its trace.
        field_limiter: What counts limited fields.
        cache: Where answers are kept that may be; None for nowhere.
        cache_debug: Whether answers say what of them was kept. Then none is kept as a whole.
    """

    def __init__(
        self,
        current: CurrentGateway,
        *,
        csrf: CsrfGuard,
        csrf_tokens: CsrfTokens,
        body_limit: int,
        request_timeout: float,
        share: bool,
        debug: bool,
        field_limiter: FieldLimiter,
        cache: ResponseCache | None = None,
        cache_debug: bool = False,
    ) -> None:
        super().__init__()
        self._current = current
        self._csrf = csrf
        self._csrf_tokens = csrf_tokens
        self._body_limit = body_limit
        self._request_timeout = request_timeout
        self._share = share
        self._debug = debug
        self._field_limiter = field_limiter
        self._cache = cache
        self._cache_debug = cache_debug
        self.answers = AnswerCache(cache) if cache and not cache_debug else None
        self._inflight: Inflight[Answer] = Inflight()
        self._unbroken: set[asyncio.Task[Answer]] = set()

    async def handle_request(self, request: Request) -> Response:
        """Return the response to one HTTP request; raises nothing that a client could cause."""
        method = request.method  # A
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        if method not in ("GET", "HEAD", "POST"):
            message = f"The endpoint doesn't take {method}; send a POST or a GET."
            return error_response(
                request.scope, 405, "METHOD_NOT_ALLOWED", message, headers={"Allow": METHODS}
            )
        headers = by_name(request.scope["headers"])
        if _opens_websocket(request, headers):
            message = "The endpoint doesn't take WebSockets; send a POST or a GET."
            return error_response(request.scope, 400, "WEBSOCKETS_NOT_SUPPORTED", message)
        accept = headers.get(b"accept", b"").decode("latin-1")
        if method != "POST" and takes_html(accept) and "query" not in request.query_params:  # B
            page = await self._page(request)
            if page is not None:
                return page
        media_type = negotiate(accept)  # C
        if media_type is None:
            message = f"The endpoint answers with {JSON} or {GRAPHQL_RESPONSE}."
            return error_response(request.scope, 406, "NOT_ACCEPTABLE", message)
        try:
            return await self._answer(request, headers, media_type)
        except RefusalError as refusal:
            return error_response(request.scope, refusal.status, refusal.code, refusal.message)

    async def _page(self, request: Request) -> Response | None:
        html = self.explorer.html(request) if self.explorer else None
        if isawaitable(html):
            html = await html
        return HTMLResponse(html, headers=getattr(self.explorer, "headers", None)) if html else None

    async def _answer(self, request: Request, headers: Headers, media_type: str) -> Response:
        method, session = request.scope["method"], session_of(request.scope)
        if reason := self._csrf.refuse(method, headers, session):  # D
            raise RefusalError(403, "CSRF_REFUSED", reason)
        if session.is_unavailable:
            unavailable = SessionsUnavailableError()
            raise RefusalError(503, unavailable.code, str(unavailable))
        said = headers.get(DEADLINE)
        seconds = self._seconds(said) if said else self._request_timeout
        if method != "POST":
            by_post = RequestError("MUTATION_NOT_ALLOWED", {"message": "Mutations have to be sent by POST."})
            query_string = request.scope["query_string"]
            if len(query_string) > self._body_limit:
                raise RefusalError(414, "URI_TOO_LONG", f"The URL is over {self._body_limit} bytes long.")
            parameters = checked(of_url(query_string))
            gateway, forwarded = self._forwarded(headers)
            response = await self._execute(
                request, gateway, media_type, forwarded, parameters, by_post, seconds
            )
            return unless_known(response, headers.get(b"if-none-match"))
        if not is_json(headers.get(b"content-type", b"").decode("latin-1")):  # E
            raise RefusalError(415, "UNSUPPORTED_MEDIA_TYPE", f"A POST needs the content type {JSON}.")
        if not is_plain(headers.get(b"content-encoding", b"")):  # it could unfold beyond the limit
            raise RefusalError(415, "UNSUPPORTED_MEDIA_TYPE", "A POST's body must not be compressed.")
        body = await self._read(request)
        gateway, forwarded = self._forwarded(headers)
        only = self._csrf_tokens.refuse(session, headers)
        key: _Key | None = None
        if (self._share or self.answers) and seconds == self._request_timeout:
            key = self._key(gateway, body, media_type, headers, session, forwarded)
            if self._cache is not None:
                key, kept = await self._look_up(self._cache, key, headers)
                if kept is not None:
                    _note(request, kept.seen, "kept")
                    return kept.response()
            if key is not None and not key.is_alone and (running := self._inflight.running(key)):
                answer = await running
                _note(request, answer.seen, "shared")
                return answer.response()
        parameters = checked(parsed(body, "The body"))
        return await self._execute(request, gateway, media_type, forwarded, parameters, only, seconds, key)

    async def _execute(
        self,
        request: Request,
        gateway: Gateway,
        media_type: str,
        forwarded: dict[str, str],
        parameters: Parameters,
        queries_only: RequestError | None,
        seconds: float,
        key: _Key | None = None,
    ) -> Response:
        """Execute an operation, once for all who ask with the same ``key`` meanwhile if it may be shared."""
        passes_token_on = gateway.options.client_headers.have_token
        context = Context(request, forwarded, gateway.transports, passes_token_on)
        asked = ClientRequest(
            parameters.query,
            parameters.variables,
            parameters.operation_name,
            context,
            context.headers,
            identity_of(request.scope),
            queries_only,
            partial(self._field_limiter.admit, request.scope),
            monotonic() + seconds,
        )
        if self._cache is not None:
            asked = self._with_wishes(asked, request, context)
        trail: Trail | None = request.scope.get(TRAIL)  # as trail_of, without a call on every request's path
        if trail is not None:
            asked = asked._replace(trail=trail)
            trail.user = identity_of(request.scope).subject
        session = session_of(request.scope)  # before the request may be gone, whose answer others wait for
        self._current.hold(gateway)
        try:
            try:
                operation = await gateway.accept(asked)
            except RequestError as error:
                refused = GatewayResponse(None, error.errors, executed=False)
                if trail is not None:
                    trail.codes += codes_of(refused)
                return (await told(refused, media_type, after_session=session.has_ended)).response()
            run = partial(self._run, gateway, operation, asked, media_type, session)
            if key is not None and operation.is_shareable and gateway.may_share(operation.plan):
                shared = partial(self._run_shared, gateway, run)
                joins = self._share and not key.is_alone
                answer = await (self._inflight.join(key, shared) if joins else run())
                if answer.seconds and answer.ending and self.answers:
                    self.answers.put(key.asks, answer, answer.ending)
            elif operation.is_mutation:
                answer = await self._run_to_its_end(gateway, run)
            else:
                answer = await run()
            if trail is not None:
                trail.seen = answer.seen
            return answer.response()
        except OverLimitError as error:
            headers = refusal_headers(error.verdict)
            return error_response(request.scope, 429, "RATE_LIMITED", str(error), headers=headers)
        except Exception as error:
            log.exception("request failed")
            return _internal_error(request, media_type, trace_of(error) if self._debug else {})
        finally:
            self._current.release(gateway)

    async def _run(
        self,
        gateway: Gateway,
        operation: PreparedOperation,
        asked: ClientRequest,
        media_type: str,
        session: RequestSession,
    ) -> Answer:
        began = monotonic()
        response = await gateway.run(operation, asked)  # F
        policy = operation.policy_of(response) if operation.cache or response.cache else None
        varying = gateway.options.client_headers.varying if policy else None
        answer = await told(
            response, media_type, after_session=session.has_ended, cache=policy, varying=varying
        )
        if asked.trail is not None:
            answer = answer._replace(seen=operation.seen._replace(codes=tuple(codes_of(response))))
        return answer._replace(since=began) if answer.seconds else answer

    async def _run_to_its_end(self, gateway: Gateway, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """Run what isn't to be broken off in the middle, though its client may leave."""
        task = asyncio.create_task(self._run_shared(gateway, run))
        self._unbroken.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._unbroken.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be left to take it

    async def _run_shared(self, gateway: Gateway, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """Run what may outlive the one who asked first."""
        self._current.hold(gateway)
        try:
            return await run()
        finally:
            self._current.release(gateway)

    async def _read(self, request: Request) -> bytes:
        chunks = []
        size = 0
        more = True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise RefusalError(400, "BAD_REQUEST", "The body broke off.")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._body_limit:
                raise RefusalError(
                    413, "PAYLOAD_TOO_LARGE", f"The body is over {self._body_limit} bytes long."
                )
            chunks.append(chunk)
            more = message.get("more_body", False)
        return b"".join(chunks)

    def _key(
        self,
        gateway: Gateway,
        body: bytes,
        media_type: str,
        headers: Headers,
        session: RequestSession,
        forwarded: dict[str, str],
    ) -> _Key:
        """Return what has to be equal for two requests to have one answer.

        Who asks counts even where services aren't told.
        """
        asks = (headers.get(b"authorization"), session.has_ended)
        told = gateway.options.client_headers.key(forwarded)
        return _Key((gateway.number, body, media_type, asks, told))

    async def _look_up(
        self, cache: ResponseCache, key: _Key, headers: Headers
    ) -> tuple[_Key | None, Answer | None]:
        """Return an answer that is kept; and by what a request waits for another one, if it may."""
        takes, keeps = _wishes(headers)
        if not (takes and keeps):
            return (key._replace(is_alone=True) if keeps else None), None
        if self.answers is not None and (kept := await self.answers.get(key.asks)):
            return key, kept
        if _Key(key.asks, cache.purges.newest) in self._inflight and not await cache.is_up_to_date():
            return key._replace(is_alone=True), None
        return _Key(key.asks, cache.purges.newest), None

    def _with_wishes(self, asked: ClientRequest, request: Request, context: Context) -> ClientRequest:
        """Return a request with what it wants of what is kept."""
        takes, keeps = _wishes(by_name(request.scope["headers"]))
        who = partial(personal_key, identity_of(request.scope), context.headers)
        return asked._replace(who=who, takes_kept=takes, lets_keep=keeps, tells_kept=self._cache_debug)

    def _forwarded(self, headers: Headers) -> tuple[Gateway, dict[str, str]]:
        """Return the gateway in use, and what of a client's headers it takes for services.

        It has to be held before anything is awaited.
        """
        gateway = self._current.gateway
        own = of_connection(headers.get(b"connection"))
        return gateway, gateway.options.client_headers.taken(headers, own)

    def _seconds(self, said: bytes) -> float:
        """Return the seconds that a request has: what its client or a proxy says, within what it may have."""
        return min(self._request_timeout, int(said[:12]) / 1000) if said.isdigit() else self._request_timeout


def _opens_websocket(request: Request, headers: Headers) -> bool:
    """Say whether a request is a handshake (RFC 6455, 4.1), and has nothing else to be answered."""
    asked = headers.get(b"upgrade")
    return (
        asked is not None
        and b"websocket" in asked.lower()
        and request.method == "GET"
        and "query" not in request.query_params
    )


def _wishes(headers: Headers) -> tuple[bool, bool]:
    """Return whether a client takes what is kept, and lets its answer be (RFC 9111, 5.2.1)."""
    said = headers.get(b"cache-control", b"").lower()
    return b"no-cache" not in said, b"no-store" not in said


def _note(request: Request, seen: Seen | None, came_by: str) -> None:
    """Put down on a request's trail whose answer it got."""
    if (trail := trail_of(request.scope)) is not None:
        trail.seen, trail.came_by = seen, came_by
        trail.user = identity_of(request.scope).subject


def _internal_error(request: Request, media_type: str, trace: dict[str, Any]) -> Response:
    request_id = request.headers.get("x-request-id")
    error = graphql_error("INTERNAL_SERVER_ERROR", "Internal server error.", requestId=request_id, **trace)
    body = orjson.dumps({"data": None, "errors": [error]})
    return Response(body, 200, media_type=f"{media_type}; charset=utf-8")
