"""The ASGI application of a microservice: ``/graphql``, ``/health``, and who may ask what."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from ariadne import load_schema_from_path
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from graphql import GraphQLResolveInfo, GraphQLSchema, default_field_resolver
from sqlalchemy import MetaData
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.common.database import Database, Rows, open_database
from services.common.errors import Unexpected, failure, format_error, unauthenticated
from services.common.keys import RemoteKeys
from services.common.loading import Loader
from services.common.settings import Settings
from services.common.tokens import Claims, Keys, verify

__all__ = ["Context", "Info", "Service", "create_app", "load_sdl", "require_role"]

K = TypeVar("K", bound=Keys)


@dataclass(frozen=True, slots=True)
class Service(Generic[K]):
    """What makes one microservice different from the others.

    ``public`` are the root fields that are answered without an access token; no other is. ``seed`` returns
    the rows of an empty database, ``keys`` opens the keys that tokens are verified with.
    """

    name: str
    schema: GraphQLSchema
    tables: MetaData
    seed: Callable[[], Rows]
    keys: Callable[[Settings], AbstractAsyncContextManager[K]]
    public: frozenset[str] = frozenset()
    routes: Sequence[Route] = ()

    def __post_init__(self) -> None:
        for root in (self.schema.query_type, self.schema.mutation_type):
            for name, field in root.fields.items() if root else ():
                if name not in self.public:
                    field.resolve = _for_known_callers(field.resolve or default_field_resolver)


@dataclass(frozen=True, slots=True)
class Context(Generic[K]):
    """What resolvers get with a request; ``claims`` is None for a caller who isn't known."""

    claims: Claims | None
    database: Database
    keys: K
    loader: Loader
    settings: Settings


Info: TypeAlias = GraphQLResolveInfo[Context[RemoteKeys]]


def create_app(service: Service[K], settings: Settings | None = None) -> Starlette:
    """Make the application of a service. Without settings, they are read from the environment at startup."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        read = settings or Settings()
        async with service.keys(read) as keys, open_database(service.name, read) as database:
            await database.prepare(service.tables, service.seed)
            app.state.keys, app.state.database, app.state.settings = keys, database, read
            yield

    async def health(request: Request) -> JSONResponse:
        # Without keys no caller can be told from another, and nothing is answered.
        ready = request.app.state.keys.known
        status = "ok" if ready else "waiting for the keys of auth"
        return JSONResponse({"service": service.name, "status": status}, 200 if ready else 503)

    logger = logging.getLogger(f"services.{service.name}")
    logger.addFilter(Unexpected())
    graphql = GraphQL(
        service.schema,
        context_value=_context,
        error_formatter=format_error,
        http_handler=_HTTPHandler(),
        logger=logger,
    )
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", graphql.handle_request, methods=["POST"]),
            Route("/health", health),
            *service.routes,
        ],
    )


def load_sdl(app_file: str) -> str:
    """Return the text of the ``schema.graphql`` beside a service's module."""
    return load_schema_from_path(str(Path(app_file).with_name("schema.graphql")))


def require_role(info: GraphQLResolveInfo[Context[Any]], *roles: str) -> None:
    """Let only callers with one of these roles go on.

    Raises:
        GraphQLError: the caller has none of them.
    """
    claims = info.context.claims or {}
    if not set(roles) & set(claims.get("roles", ())):
        raise failure("FORBIDDEN", f"Only {' or '.join(roles)} may do this.")


class _HTTPHandler(GraphQLHTTPHandler):
    async def create_json_response(self, request: Request, result: dict[str, Any], success: bool) -> Response:
        """Answer 200 when an operation ran, also if an error has left none of its data."""
        return JSONResponse(result, 200 if "data" in result else 400)


async def _context(request: Request, _data: Any) -> Context[Any]:
    state = request.app.state
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    claims = None
    if scheme.lower() == "bearer":
        claims = await verify(token.strip(), state.keys, state.settings.jwt_issuer)
    return Context(claims, state.database, state.keys, Loader(state.database), state.settings)


def _for_known_callers(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def checked(source: Any, info: GraphQLResolveInfo[Context[Any]], **arguments: Any) -> Any:
        if info.context.claims is None:
            raise unauthenticated()
        return resolve(source, info, **arguments)

    return checked
