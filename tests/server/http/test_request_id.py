import re
from typing import Any

import aiohttp
import pytest
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse

from stitcher.server.http.request_id import RequestIdMiddleware
from tests.asgi_server import serving
from tests.subgraph_server import SubgraphServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the request ids that an application sees."""
    seen = {
        "headers": Request(scope).headers.getlist("x-request-id"),
        "log": structlog.contextvars.get_contextvars(),
    }
    await JSONResponse(seen)(scope, receive, send)


async def ask(http: aiohttp.ClientSession, *ids: str) -> tuple[str, Any]:
    async with (
        serving(RequestIdMiddleware(app)) as url,
        http.get(url, headers=[("x-request-id", value) for value in ids]) as response,
    ):
        return response.headers["x-request-id"], await response.json()


async def test_a_well_formed_id_is_kept(http: aiohttp.ClientSession) -> None:
    for given in ("7f3c-A_b.c:d/e+f=", "x" * 128):
        answered, seen = await ask(http, given)
        assert (answered, seen) == (given, {"headers": [given], "log": {"request_id": given}})


@pytest.mark.parametrize("given", [(), ("",), ("x" * 129,), ("a b",), ('a"b',), ("é",), ("one", "two")])
async def test_otherwise_one_is_made(http: aiohttp.ClientSession, given: tuple[str, ...]) -> None:
    answered, seen = await ask(http, *given)
    assert re.fullmatch("[0-9a-f]{32}", answered)
    assert seen == {"headers": [answered], "log": {"request_id": answered}}


async def test_microservices_get_it(http: aiohttp.ClientSession, url: str, services: SubgraphServer) -> None:
    async with http.post(url, json={"query": "{ things { id } }"}) as response:
        assert services.headers[-1]["x-request-id"] == response.headers["x-request-id"]
