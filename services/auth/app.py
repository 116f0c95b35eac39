"""The auth service: ``uvicorn services.auth.app:app --port 4001``."""

from __future__ import annotations

from ariadne import make_executable_schema
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.auth.models import Base
from services.auth.resolvers import bindables
from services.auth.seed import seed
from services.auth.signing import own_key
from services.common.app import Service, create_app, load_sdl

__all__ = ["app", "service"]


async def jwks(request: Request) -> JSONResponse:
    """Publish the public key that tokens are verified with (RFC 7517)."""
    return JSONResponse(request.app.state.keys.jwks, headers={"Cache-Control": "public, max-age=300"})


service = Service(
    name="auth",
    schema=make_executable_schema(load_sdl(__file__), *bindables, convert_names_case=True),
    tables=Base.metadata,
    seed=seed,
    keys=own_key,
    public=frozenset({"login", "register"}),
    routes=(Route("/.well-known/jwks.json", jwks),),
)

app = create_app(service)
