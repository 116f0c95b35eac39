"""What a client is told of failures: the services' messages, and never an address, a trace or a secret."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ariadne import make_executable_schema
from starlette.responses import JSONResponse, RedirectResponse, Response
from structlog.testing import capture_logs

from stitcher.gateway.gateway import Gateway
from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.stack import free_ports
from tests.subgraph_server import SubgraphServer, serve

OpenGateway = Callable[..., AbstractAsyncContextManager[str]]

SECRET = "hunter2"

LEAKS = re.compile(
    rf"{SECRET}|127\.0\.0\.1|localhost|http://|Traceback|File \"|\.py\b|aiohttp|orjson|object at 0x|Errno"
)
"""Nothing of this may be in an answer: addresses, traces, libraries, secrets."""

THING = "type Query { thing: Thing } type Mutation { rename: Thing } type Thing { id: ID! name: String! }"

GATEWAY = "type Query { broken: String unreached: String later: [String!] }"

RESOLVERS = f"""
from ariadne import QueryType
from stitcher import delegate

query = QueryType()


@query.field("broken")
def broken(*_):
    raise RuntimeError("postgresql://admin:{SECRET}@127.0.0.1/users")


@query.field("unreached")
async def unreached(_, info):
    return (await delegate(info, "thing", "{{ thing {{ id }} }}"))["thing"]["id"]


@query.field("later")
async def later(*_):
    return {{"{SECRET}": open("/127.0.0.1/{SECRET}")}}


bindables = [query]
"""


@pytest.fixture
async def thing() -> AsyncIterator[SubgraphServer]:
    """A service that answers what a test says."""
    async with serve({"thing": make_executable_schema(THING)}) as server:
        yield server


@pytest.fixture
def open_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thing: SubgraphServer) -> OpenGateway:
    """Start a gateway in front of that service, with resolvers of its own that fail."""
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    (schemas / "thing.graphql").write_text(THING)
    (schemas / "gateway.graphql").write_text(GATEWAY)
    (tmp_path / "failing_resolvers.py").write_text(RESOLVERS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    @asynccontextmanager
    async def opened(address: str = thing.url("thing"), **settings: Any) -> AsyncIterator[str]:
        monkeypatch.setenv("THING_MICROSERVICE_URL", address)
        given = {"schemas": schemas, "resolvers": "failing_resolvers", "rate_limit": "off", **settings}
        with capture_logs():
            async with serving(create_app(load_settings(**given))) as url:
                yield f"{url}/graphql"

    return opened


async def post(url: str, query: str) -> tuple[str, dict[str, Any]]:
    """Return everything that a client gets to see, headers too, and the JSON of it."""
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as response:
        text = await response.text()
        headers = [f"{name}: {value}" for name, value in response.headers.items()]
        return "\n".join([*headers, text]), await response.json()


def the_error(answer: dict[str, Any]) -> dict[str, Any]:
    (error,) = answer["errors"]
    assert isinstance(error, dict)
    return error


@asynccontextmanager
async def hanging_up(data: bytes) -> AsyncIterator[str]:
    """Serve nothing but some bytes, then close the connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://user:{SECRET}@127.0.0.1:{server.sockets[0].getsockname()[1]}/{SECRET}"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "SUBGRAPH_UNREACHABLE"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "SUBGRAPH_BAD_RESPONSE"),
        (b"hunter2 127.0.0.1\r\n\r\n", "SUBGRAPH_BAD_RESPONSE"),
    ],
    ids=["closed", "broken off", "no HTTP"],
)
async def test_a_service_that_breaks_the_connection(
    open_gateway: OpenGateway, data: bytes, code: str
) -> None:
    async with hanging_up(data) as address, open_gateway(address) as url:
        text, answer = await post(url, "{ thing { id } }")
    assert not LEAKS.search(text)
    assert the_error(answer)["extensions"] == {"code": code, "service": "thing"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "no-such-host.invalid"])
async def test_a_service_that_is_down(open_gateway: OpenGateway, host: str) -> None:
    (port,) = free_ports(1)
    async with open_gateway(f"http://user:{SECRET}@{host}:{port}/graphql") as url:
        for query in ("{ thing { id } }", "{ unreached }"):
            text, answer = await post(url, query)
            assert not LEAKS.search(text)
            assert str(port) not in text
            assert host not in text
            assert the_error(answer)["extensions"]["code"] == "SUBGRAPH_UNREACHABLE"


async def test_a_service_that_never_answers(open_gateway: OpenGateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/{SECRET}"
        async with open_gateway(address, subgraph_timeout=0.2) as url:
            text, answer = await post(url, "{ thing { id } }")
    assert not LEAKS.search(text)
    assert the_error(answer)["message"] == "The service 'thing' didn't answer within 0.2 s."


@pytest.mark.parametrize(
    "response",
    [
        Response(f"<h1>nginx at http://127.0.0.1/{SECRET}</h1>", 502, media_type="text/html"),
        Response('{"data": {"thing": ' + SECRET, media_type="application/json"),
        Response(b'{"data": "\xff' + SECRET.encode() + b'"}', media_type="application/json"),
        Response("", 204),
        JSONResponse([SECRET]),
        JSONResponse({"error": f"Traceback: {SECRET}"}, 500),
        JSONResponse({"data": [SECRET]}),
        JSONResponse({"errors": [SECRET]}),
        RedirectResponse(f"http://127.0.0.1/{SECRET}"),
    ],
    ids=["page", "broken", "no UTF-8", "empty", "list", "error", "data", "errors", "redirect"],
)
async def test_a_service_that_gives_no_graphql_response(
    open_gateway: OpenGateway, thing: SubgraphServer, response: Response
) -> None:
    thing.instead["thing"] = lambda _: response
    async with open_gateway() as url:
        text, answer = await post(url, "{ thing { id } }")
    assert not LEAKS.search(text)
    assert the_error(answer)["extensions"] == {"code": "SUBGRAPH_BAD_RESPONSE", "service": "thing"}


TRACED = {
    "code": "OUT_OF_STOCK",
    "shelf": 4,
    "exception": {"stacktrace": [f'File "{SECRET}.py"']},
    "stacktrace": [SECRET],
    "stackTrace": SECRET,
    "traceback": SECRET,
    "trace": [{"file": SECRET}],
    "originalError": {"message": SECRET, "stack": SECRET},
    "debug": SECRET,
    "debugMessage": SECRET,
}
"""Where Ariadne, Apollo Server, Yoga, Hot Chocolate, graphql-php and others put traces."""


def traced(_: object) -> Response:
    error = {"message": "There is none left.", "path": ["thing"], "extensions": TRACED}
    return JSONResponse(
        {"data": {"thing": None}, "errors": [error], "extensions": {"tracing": {"resolvers": [SECRET]}}}
    )


async def test_a_services_message_and_extensions_pass_and_its_traces_do_not(
    open_gateway: OpenGateway, thing: SubgraphServer
) -> None:
    thing.instead["thing"] = traced
    async with open_gateway() as url:
        for query in ("{ thing { id } }", "mutation { thing: rename { id } }"):
            text, answer = await post(url, query)
            assert not LEAKS.search(text)
            assert the_error(answer) == {
                "message": "There is none left.",
                "path": ["thing"],
                "extensions": {"code": "OUT_OF_STOCK", "shelf": 4, "service": "thing"},
            }
            assert set(answer) == {"data", "errors"}


async def test_resolvers_of_the_gateway_that_fail(open_gateway: OpenGateway) -> None:
    async with open_gateway() as url:
        for field in ("broken", "later"):
            text, answer = await post(url, f"{{ {field} }}")
            assert not LEAKS.search(text)
            assert the_error(answer) == {
                "message": "Internal server error.",
                "path": [field],
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "service": "gateway"},
            }


async def test_a_fault_of_the_gateway_itself(
    open_gateway: OpenGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty(*_: object, **__: object) -> None:
        raise RuntimeError(f"{SECRET} at 127.0.0.1")

    monkeypatch.setattr(Gateway, "run", faulty)
    async with open_gateway() as url:
        text, answer = await post(url, "{ thing { id } }")
    assert not LEAKS.search(text)
    assert list(the_error(answer)["extensions"]) == ["code", "requestId"]


async def test_debug_shows_the_traces(
    open_gateway: OpenGateway, thing: SubgraphServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing.instead["thing"] = traced
    async with open_gateway(debug=True) as url:
        _, answer = await post(url, "{ thing { id } }")
        assert the_error(answer)["extensions"] == {**TRACED, "service": "thing"}
        _, answer = await post(url, "{ broken }")
        assert SECRET in the_error(answer)["extensions"]["exception"]["stacktrace"][-1]

        async def faulty(*_: object, **__: object) -> None:
            raise RuntimeError(SECRET)

        monkeypatch.setattr(Gateway, "run", faulty)
        _, answer = await post(url, "{ thing { id } }")
        assert the_error(answer)["extensions"]["exception"]["stacktrace"][-1] == f"RuntimeError: {SECRET}"
