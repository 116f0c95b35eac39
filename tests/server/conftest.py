"""A real gateway over two real services, for the tests of the server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ariadne import MutationType, QueryType, make_executable_schema
from graphql import GraphQLError, GraphQLSchema

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.logins import AuthService, Browser, browsing, make_gateway
from tests.subgraph_server import SubgraphServer, serve

AUTH = """
type Query { me: Me }
type Me { id: ID! email: String name: String role: String }
"""

THING = """
type Query { thing(id: ID!): Thing things: [Thing!] }
type Mutation { rename(id: ID!, name: String!): Thing }
type Thing { id: ID! name: String }
"""

SECRET = "a secret of tests that is long enough"

REPOSITORY = Path(__file__).parents[2]

OpenGateway = Callable[..., AbstractAsyncContextManager[str]]


def auth_schema() -> GraphQLSchema:
    query = QueryType()

    @query.field("me")
    def me(_: object, info: Any) -> dict[str, str]:
        if info.context["request"].headers.get("authorization") != "Bearer good":
            raise GraphQLError("Log in first.", extensions={"code": "UNAUTHENTICATED"})
        return {"id": "1", "email": "ada@example.org", "name": "Ada", "role": "ADMIN"}

    return make_executable_schema(AUTH, query)


def thing_schema() -> GraphQLSchema:
    query, mutation = QueryType(), MutationType()
    things = {"1": {"id": "1", "name": "Pump"}, "2": {"id": "2", "name": "Motör"}}
    query.set_field("thing", lambda *_, id: things.get(id))
    query.set_field("things", lambda *_: list(things.values()))

    @mutation.field("rename")
    def rename(*_: object, id: str, name: str) -> dict[str, str]:
        things[id]["name"] = name
        return things[id]

    return make_executable_schema(THING, query, mutation)


@pytest.fixture
async def services() -> AsyncIterator[SubgraphServer]:
    async with serve({"auth": auth_schema(), "thing": thing_schema()}) as server:
        yield server


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the services' schemas, in an empty working directory."""
    directory = tmp_path / "schemas"
    directory.mkdir()
    (directory / "auth.graphql").write_text(AUTH)
    (directory / "thing.graphql").write_text(THING, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return directory


@pytest.fixture
def open_gateway(schemas: Path, services: SubgraphServer, monkeypatch: pytest.MonkeyPatch) -> OpenGateway:
    """Start a gateway with these settings; gives its endpoint."""
    for name in services.schemas:
        monkeypatch.setenv(f"{name.upper()}_MICROSERVICE_URL", services.url(name))

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[str]:
        defaults = {
            "schemas": schemas,
            "rate_limit": "off",
            "login_rate_limit": "off",
            "session_secret": SECRET,
            "explorer": "builtin",
        }
        app = create_app(load_settings(**{**defaults, **settings}))
        async with serving(app) as url:
            yield f"{url}/graphql"

    return opened


@pytest.fixture
async def url(open_gateway: OpenGateway) -> AsyncIterator[str]:
    async with open_gateway() as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


OpenBrowser = Callable[..., AbstractAsyncContextManager[Browser]]


@pytest.fixture
def auth() -> AuthService:
    return AuthService()


@pytest.fixture
async def auth_server(auth: AuthService, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SubgraphServer]:
    async with serve({"auth": auth.schema()}) as server:
        monkeypatch.setenv("AUTH_MICROSERVICE_URL", server.url("auth"))
        yield server


@pytest.fixture
def open_browser(tmp_path: Path, auth_server: SubgraphServer, monkeypatch: pytest.MonkeyPatch) -> OpenBrowser:
    """Start a gateway that logs in, with these settings, and open a browser at it."""
    monkeypatch.chdir(tmp_path)

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Browser]:
        async with serving(make_gateway(tmp_path, **settings)) as base, browsing(base) as browser:
            yield browser

    return opened


@pytest.fixture
async def browser(open_browser: OpenBrowser) -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser
