"""The ASGI application: Ariadne's GraphQL app with the gateway behind it, routes and middleware."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import structlog
from ariadne.asgi import GraphQL
from ariadne.explorer import ExplorerHttp405
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.caching.cache import ResponseCache
from stitcher.composition.sources import LOCAL_SUBGRAPH
from stitcher.discovery.copies import Copies
from stitcher.errors import SettingsError
from stitcher.events import Observer, Observers
from stitcher.gateway.current import CurrentGateway
from stitcher.server.auth.authentication import AuthenticationMiddleware, ChallengeMiddleware
from stitcher.server.endpoint.handler import GatewayHandler
from stitcher.server.explorer.assets import assets_route
from stitcher.server.explorer.page import make_page
from stitcher.server.explorer.tabs import read_tabs
from stitcher.server.http.admission import ADMISSION, HEALTH, Admission
from stitcher.server.http.allowed_hosts import AllowedHostsMiddleware
from stitcher.server.http.empty_headers import RequestHeadersMiddleware
from stitcher.server.http.front_door import front_door
from stitcher.server.http.proxies import TrustedProxies
from stitcher.server.http.request_id import RequestIdMiddleware
from stitcher.server.http.responses import error_response
from stitcher.server.http.security_headers import SecurityHeadersMiddleware
from stitcher.server.lifecycle import Lifecycle
from stitcher.server.limits.clients import Clients
from stitcher.server.limits.field_limiter import FieldLimiter
from stitcher.server.limits.limiter import Limiter, MemoryLimiter
from stitcher.server.limits.middleware import RateLimitMiddleware
from stitcher.server.ops.health import Health
from stitcher.server.ops.log import is_pretty
from stitcher.server.ops.observation import ObservationMiddleware
from stitcher.server.ops.purge import PurgeMiddleware
from stitcher.server.ops.request_log import RequestLog
from stitcher.server.reload import Reload, build_first
from stitcher.server.resources import Resource, opened
from stitcher.server.sessions.cookie import SessionCookie, new_secret
from stitcher.server.sessions.csrf import CsrfGuard, CsrfTokens
from stitcher.server.sessions.csrf_token import CsrfTokenPage
from stitcher.server.sessions.middleware import SessionMiddleware
from stitcher.server.sessions.sessions import Sessions
from stitcher.settings.load import Settings
from stitcher.stores import MemoryStore, Store
from stitcher.transport.exchange import HttpPool
from stitcher.transport.upstreams import Upstreams
from stitcher.windows import parse_windows

if TYPE_CHECKING:
    from stitcher.gateway.gateway import Gateway
    from stitcher.redis.client import RedisClient
    from stitcher.server.auth.tokens import TokenVerifier
    from stitcher.server.ops.metrics import Metrics, Sampled
    from stitcher.server.ops.tracing import Tracing

__all__ = ["create_app"]

log = structlog.get_logger(__name__)


ENDPOINT = "/graphql"
CSRF_TOKEN = "/csrf-token"  # noqa: S105 - a path
CACHE_TIMEOUT = 0.1
"""Seconds that Redis has to say what is kept, before the services are asked as if nothing was."""

EXPOSED_HEADERS = ("X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate")
"""What pages of other origins may read of an answer's headers."""


def create_app(settings: Settings, read_settings: Callable[[], Settings] | None = None) -> ASGIApp:
    """Compose the schemas and return the ASGI application that serves them.

    Connections open with the application's lifespan and close with it; while it lasts, a changed schema is
    served.

    Args:
        settings: Those to begin with.
        read_settings: Returns them as they are at a reload; None if they stay as they are.

    Raises:
        SettingsError: the key that tokens are verified with can't be used, or a file for the explorer.
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    pool = HttpPool(connect_timeout=settings.connect_timeout)
    upstreams = Upstreams(pool)
    verifier = _verifier(settings, pool)
    copies = Copies(settings.schema_copies)
    cache = _cache(settings)
    metrics = _metrics(settings)
    request_log = _request_log(settings)
    observer = _observer(metrics, request_log)
    tracing = _tracing(settings)
    first = build_first(settings, upstreams, copies, cache, observer)
    gateway = first.gateway
    log.info("schemas are merged", subgraphs=sorted(gateway.transports))
    redis = _redis(settings)
    limiter = _limiter(redis)
    proxies = TrustedProxies(settings.trusted_proxies)
    clients = Clients(proxies)
    if not settings.session_secrets and _opens_sessions(gateway):
        log.warning(
            "SESSION_SECRET isn't set: sessions of browsers end with this gateway, and no other knows them"
        )
    secrets = settings.session_secrets or (new_secret(),)
    sessions = Sessions(_session_store(redis), observer)
    cookie = SessionCookie(secrets, proxies.came_by_tls)
    csrf = CsrfGuard(settings.cors_origins, strict=settings.csrf_prevention == "strict")
    csrf_tokens = CsrfTokens(secrets)
    current = CurrentGateway(gateway, first.digest)
    reload = Reload(first, current, upstreams, copies, read_settings or (lambda: settings))
    admission = Admission(settings.max_requests, settings.max_connections)
    health = Health(settings.ready_requires, admission, current, upstreams, redis)
    resources: list[Resource] = [
        *([request_log] if request_log else ()),
        *([redis] if redis else ()),
        pool,
        upstreams,
        *([verifier.keys] if verifier else ()),
        current,
        reload,
        *([cache] if cache else ()),
        *([tracing] if tracing else ()),
        Lifecycle(admission, settings.drain_seconds, reload.request),
    ]
    handler = GatewayHandler(
        current,
        csrf=csrf,
        csrf_tokens=csrf_tokens,
        body_limit=settings.body_limit,
        request_timeout=settings.request_timeout,
        share=settings.inflight_dedupe,
        debug=settings.debug,
        field_limiter=FieldLimiter(limiter, clients),
        cache=cache,
        cache_debug=settings.cache_debug,
    )
    page = make_page(settings.explorer, read_tabs()) if settings.explorer != "off" else None
    graphql = GraphQL(gateway.schema, http_handler=handler, explorer=page or ExplorerHttp405())

    read: Sequence[Route] = ()
    if metrics is not None:
        from stitcher.server.ops import sampled

        parts = [
            *sampled.of_schema(reload.counts, current),
            *sampled.of_upstreams(upstreams),
            *sampled.of_limiter(limiter),
            *(sampled.of_cache(cache) if cache else ()),
            *(sampled.of_answers(handler.answers) if handler.answers else ()),
        ]
        read = _reading(settings, metrics, parts, resources)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with opened(*resources):
            yield {ADMISSION: admission}

    places = {"endpoint": ENDPOINT, "csrfToken": CSRF_TOKEN, "health": HEALTH}
    places.update([("explorer", ENDPOINT)] if page else ())
    places.update(("metrics", route.path) for route in read)

    pages = Starlette(
        routes=[
            Route(ENDPOINT, graphql),
            Route(CSRF_TOKEN, CsrfTokenPage(csrf, csrf_tokens).answer),
            *health.routes,
            *([assets_route(page.assets)] if page else ()),
            *read,
            front_door(places, page=ENDPOINT if page else None),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    pages.router.redirect_slashes = False  # a redirect would be made from the client's own Host header

    middleware = [Middleware(RequestIdMiddleware)]
    if observer is not None or tracing is not None:
        middleware.append(Middleware(ObservationMiddleware, observer, tracing.begin if tracing else None))
    middleware.append(Middleware(SecurityHeadersMiddleware))
    if settings.allowed_hosts:
        middleware.append(Middleware(AllowedHostsMiddleware, settings.allowed_hosts))
    if cache and settings.cache_purge_secret:
        secret = settings.cache_purge_secret.get_secret_value()
        middleware.append(Middleware(PurgeMiddleware, cache, current, secret))
    if settings.cors_origins:
        middleware.append(_cors(settings.cors_origins))
    middleware.append(Middleware(RequestHeadersMiddleware))
    middleware.append(Middleware(SessionMiddleware, sessions, cookie, (ENDPOINT, CSRF_TOKEN)))
    if verifier is not None:
        middleware.append(Middleware(AuthenticationMiddleware, verifier))
    if settings.rate_limit != "off":
        windows = parse_windows("requests", settings.rate_limit)
        middleware.append(Middleware(RateLimitMiddleware, limiter, windows, clients))
    if verifier is not None:
        middleware.append(Middleware(ChallengeMiddleware))
    app: ASGIApp = _ShortWay(graphql, pages)
    for wrap, arguments, options in reversed(middleware):
        app = wrap(app, *arguments, **options)
    return app


class _ShortWay:
    """Hands requests to the endpoint over to it at once, and leaves all else to Starlette.

    The endpoint raises nothing; the router and the layers that catch exceptions would cost a tenth of what
    a simple request does.
    """

    def __init__(self, graphql: ASGIApp, pages: Starlette) -> None:
        self._graphql = graphql
        self._pages = pages

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_endpoint = scope["type"] == "http" and scope["path"] == ENDPOINT
        return (self._graphql if is_endpoint else self._pages)(scope, receive, send)


def _opens_sessions(gateway: Gateway) -> bool:
    """Say whether a session may begin: by a mutation of the gateway's own."""
    local = gateway.supergraph.subgraphs.get(LOCAL_SUBGRAPH)
    return local is not None and "Mutation" in local.types


def _verifier(settings: Settings, pool: HttpPool) -> TokenVerifier | None:
    if settings.verified_by is None:
        return None
    from stitcher.server.auth.verification import assemble_verifier  # cryptography takes long to import

    return assemble_verifier(settings, pool)


def _metrics(settings: Settings) -> Metrics | None:
    if not (settings.metrics or settings.metrics_port):
        return None
    from stitcher.server.ops.metrics import Metrics  # what is off takes no memory

    return Metrics()


def _observer(metrics: Metrics | None, request_log: RequestLog | None) -> Observer | None:
    observers = [each for each in (metrics, request_log) if each is not None]
    return observers[0] if len(observers) == 1 else Observers(observers) if observers else None


def _request_log(settings: Settings) -> RequestLog | None:
    if not (settings.log_requests or settings.log_slow_seconds):
        return None
    is_json = not is_pretty(settings.log_format)
    return RequestLog(settings.log_requests, settings.log_slow_seconds, is_json=is_json)


def _tracing(settings: Settings) -> Tracing | None:
    if not settings.traces:
        return None
    try:
        from stitcher.server.ops.tracing import Tracing
    except ImportError as error:
        message = "TRACES: OpenTelemetry isn't installed; install stitcher-gateway[traces]."
        raise SettingsError(message) from error
    return Tracing()


def _reading(
    settings: Settings, metrics: Metrics, sampled: Iterable[Sampled], resources: list[Resource]
) -> Sequence[Route]:
    """Return the route at which metrics are read, if it isn't a port of their own."""
    from stitcher.server.ops.metrics import Reading

    reading = Reading(metrics, sampled)
    resources.append(reading)
    if settings.metrics_port is None:
        return (reading.route,)
    from stitcher.server.ops.metrics_port import MetricsPort

    resources.append(MetricsPort(settings.host, settings.metrics_port, reading.text))
    return ()


def _redis(settings: Settings) -> RedisClient | None:
    if settings.redis_url is None:
        return None
    from stitcher.redis.client import RedisClient  # redis-py takes long to import

    return RedisClient(settings.redis_url.get_secret_value())


def _cache(settings: Settings) -> ResponseCache | None:
    if not settings.response_cache:
        return None
    if settings.redis_url is None:
        return ResponseCache(settings.response_cache)
    from stitcher.redis.cache_store import RedisCacheStore
    from stitcher.redis.client import RedisClient

    # A connection of its own: large values hold up no counting, and what is slow is soon done without.
    redis = RedisClient(settings.redis_url.get_secret_value(), timeout=CACHE_TIMEOUT)
    return ResponseCache(settings.response_cache, RedisCacheStore(redis, "stitcher:cache:"))


def _limiter(redis: RedisClient | None) -> Limiter:
    if redis is None:
        return MemoryLimiter()
    from stitcher.server.limits.redis_limiter import RedisLimiter

    return RedisLimiter(redis)


def _session_store(redis: RedisClient | None) -> Store:
    if redis is None:
        return MemoryStore()
    from stitcher.redis.store import RedisStore

    return RedisStore(redis, "stitcher:session:")


def _cors(origins: Sequence[str]) -> Middleware:
    """Let pages of these origins send what the gateway's own pages may send, and read the answers."""
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_credentials=True,
        allow_methods=("GET", "POST"),
        allow_headers=("*",),
        expose_headers=EXPOSED_HEADERS,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses, such as an unknown path, in GraphQL's error shape."""
    refused = cast(HTTPException, error)
    code = refused.detail.upper().replace(" ", "_")
    return error_response(
        request.scope, refused.status_code, code, f"{refused.detail}.", headers=refused.headers
    )
