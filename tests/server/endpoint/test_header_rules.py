"""Rules about headers, from a client to two services and back: real HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving


@dataclass
class Service:
    """Answers one field, with some headers, after a moment."""

    name: str
    headers: list[tuple[str, str]]
    seen: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.seen.append(dict(request.headers))
        number = str(len(self.seen))
        await asyncio.sleep(0.1)
        response = Response(b'{"data":{"%s":1}}' % self.name.encode(), media_type="application/json")
        for name, value in self.headers:
            response.headers.append(name, value.replace("#", number))
        await response(scope, receive, send)


@asynccontextmanager
async def gateway(directory: Path, toml: str, *services: Service) -> AsyncIterator[str]:
    async with serving(services[0]) as one, serving(services[1]) as other:
        (directory / "schemas").mkdir()
        for name, service, url in (("a", services[0], one), ("b", services[1], other)):
            (directory / "schemas" / f"{name}.graphql").write_text(f"type Query {{ {service.name}: Int }}")
            toml += f'\n[services.{name}]\nurl = "{url}"\n'
        (directory / "gateway.toml").write_text(toml)
        async with serving(create_app(load_settings(rate_limit="off"))) as url:
            yield f"{url}/graphql"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def ask(url: str, query: str = "{ one two }", **headers: str) -> Any:
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"query": query}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=own) as response:
        assert "errors" not in await response.json()
        return response.headers


async def test_services_are_sent_what_rules_say(tmp_path: Path) -> None:
    one, two = Service("one", []), Service("two", [])
    rules = 'request_headers = [{pass = "x-t*"}, {set = "x-g", value = "é"}, {remove = "x-team"}]'
    async with gateway(tmp_path, rules, one, two) as url:
        await ask(url, x_tenant="7", x_team="8", x_other="9", authorization="Bearer a")
    for service in (one, two):
        (seen,) = service.seen
        assert {name: seen[name] for name in seen if name.startswith("x-")}.keys() == {
            "x-tenant",
            "x-g",
            "x-request-id",
            "x-request-timeout-ms",
        }
        assert (seen["x-tenant"], seen["x-g"], seen["authorization"]) == ("7", "é", "Bearer a")


async def test_clients_get_what_rules_say(tmp_path: Path) -> None:
    hop = [("Connection", "x-secret"), ("X-Secret", "s"), ("Keep-Alive", "timeout=9")]
    one = Service("one", [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"), ("X-Cost", "1"), *hop])
    two = Service("two", [("Set-Cookie", "c=3"), ("X-Cost", "2"), ("Vary", "X-T"), ("X-Not", "n")])
    rules = (
        'response_headers = [{pass = "set-cookie", from = ["a"]}, {pass = "x-cost", combine = "append"}, '
        '{pass = "vary"}, {pass = "x-secret"}]'
    )
    async with gateway(tmp_path, rules, one, two) as url:
        headers = await ask(url)
    assert headers.getall("Set-Cookie") == ["a=1; Path=/", "b=2"]
    assert headers.getall("X-Cost") == ["1, 2"]
    assert headers.getall("Vary") == ["X-T"]
    assert not {"x-not", "x-secret"} & {name.lower() for name in headers}
    assert headers.get("Keep-Alive") is None


async def test_an_answer_with_cookies_is_not_shared_but_others_are(tmp_path: Path) -> None:
    one, two = Service("one", [("Set-Cookie", "session=#")]), Service("two", [])
    async with gateway(tmp_path, 'response_headers = [{pass = "set-cookie", from = ["a"]}]', one, two) as url:
        answers = await asyncio.gather(*(ask(url, "{ one }") for _ in range(3)))
        assert len({headers["Set-Cookie"] for headers in answers}) == 3
        await asyncio.gather(*(ask(url, "{ two }") for _ in range(3)))
        assert len(two.seen) == 1


async def test_what_does_not_matter_does_not_end_sharing(tmp_path: Path) -> None:
    one, two = Service("one", []), Service("two", [])
    rules = 'request_headers = [{pass = "x-trace", matters = false}, {pass = "x-tenant"}]'
    async with gateway(tmp_path, rules, one, two) as url:
        await asyncio.gather(*(ask(url, "{ one }", x_trace=str(number)) for number in range(3)))
        assert len(one.seen) == 1
        await asyncio.gather(*(ask(url, "{ two }", x_tenant=str(number)) for number in range(3)))
        assert sorted(seen["x-tenant"] for seen in two.seen) == ["0", "1", "2"]


async def test_a_client_may_have_less_time_but_not_more(tmp_path: Path) -> None:
    one, two = Service("one", []), Service("two", [])
    async with gateway(tmp_path, "request_timeout = 2", one, two) as url:
        await ask(url, x_request_timeout_ms="900")
        await ask(url, x_request_timeout_ms="99000")
        await ask(url, x_request_timeout_ms="soon")
        times = [int(seen["x-request-timeout-ms"]) for seen in one.seen]
        assert times[0] <= 900
        assert all(1000 < left <= 2000 for left in times[1:])
        async with aiohttp.ClientSession() as http:
            short = {"x-request-timeout-ms": "20"}
            async with http.post(url, json={"query": "{ one }"}, headers=short) as response:
                answer = await response.json()
        assert answer["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
