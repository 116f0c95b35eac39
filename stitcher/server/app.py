"""The ASGI application: Ariadne's GraphQL app with the gateway behind it, routes and middleware."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import structlog
from ariadne.asgi import GraphQL
from ariadne.explorer import Explorer, ExplorerHttp405
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stitcher.server.assembly import assemble
from stitcher.server.explorer import BuiltinExplorer
from stitcher.server.handler import GatewayHandler
from stitcher.server.limiter import Limiter, MemoryLimiter
from stitcher.server.middleware.rate_limit import RateLimitMiddleware
from stitcher.server.middleware.request_id import RequestIdMiddleware
from stitcher.server.responses import error_response
from stitcher.settings import Settings
from stitcher.transport.http import HttpPool

__all__ = ["create_app"]

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> Starlette:
    """Compose the schemas and return the application that serves them.

    Connections open with the application's lifespan and close with it.

    Raises:
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    pool = HttpPool()
    gateway = assemble(settings, pool)
    limiter = _limiter(settings)
    handler = GatewayHandler(
        gateway,
        body_limit=settings.body_limit,
        forward_headers=settings.forward_headers,
        share=settings.inflight_dedupe,
    )
    graphql = GraphQL(gateway.schema, http_handler=handler, explorer=_explorer(settings))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with pool:
            log.info("gateway is open", subgraphs=sorted(gateway.transports))
            yield
            await gateway.close()
        if limiter is not None:
            await limiter.close()

    middleware = [Middleware(RequestIdMiddleware)]
    if limiter is not None:
        middleware.append(Middleware(RateLimitMiddleware, limiter))
    app = Starlette(
        routes=[Route("/graphql", graphql), Route("/health", _health)],
        middleware=middleware,
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would be made from the client's own Host header
    return app


def _limiter(settings: Settings) -> Limiter | None:
    if settings.rate_limit == "off":
        return None
    if settings.redis_url is None:
        return MemoryLimiter(settings.rate_limit)
    from stitcher.server.redis_limiter import RedisLimiter  # Redis' client takes long to import

    return RedisLimiter(settings.rate_limit, settings.redis_url.get_secret_value())


def _explorer(settings: Settings) -> Explorer:
    return BuiltinExplorer() if settings.explorer == "builtin" else ExplorerHttp405()


async def _health(request: Request) -> Response:
    """Tell that this process answers; it says nothing about the microservices."""
    return JSONResponse({"status": "ok"})


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses, such as an unknown path, in GraphQL's error shape."""
    refused = cast(HTTPException, error)
    code = refused.detail.upper().replace(" ", "_")
    return error_response(refused.status_code, code, f"{refused.detail}.", headers=refused.headers)
