"""What clients and proxies are told of keeping an answer: real HTTP on loopback."""

import json
import sys
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

from stitcher.assembly.gateway import assemble
from stitcher.cache_policies import CachePolicy
from stitcher.execution.call import GatewayResponse
from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from stitcher.transport.exchange import HttpPool
from stitcher.transport.upstreams import Upstreams
from tests.asgi_server import serving

DEFINITIONS = """
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }
"""

SDL = """
type Query {
  kept: Int @cacheControl(maxAge: 60)
  mine: Int @cacheControl(maxAge: 60, scope: PRIVATE)
  plain: Int
  guarded: Int @cacheControl(maxAge: 60) @authenticated
  open: Int @cacheControl(maxAge: 60) @public
}
type Mutation { kept: Int @cacheControl(maxAge: 60) }
"""


@dataclass
class Service:
    answer: dict[str, Any] = field(default_factory=lambda: {"data": {"kept": 1, "mine": 2, "plain": 3}})
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        body = json.dumps(self.answer).encode()
        await Response(body, media_type="application/json", headers=self.headers)(scope, receive, send)


@asynccontextmanager
async def gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str = ""
) -> AsyncIterator[tuple[str, Service]]:
    service = Service()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    (tmp_path / "gateway.toml").write_text(toml)
    async with serving(service) as url:
        monkeypatch.setenv("THING_MICROSERVICE_URL", url)
        async with serving(create_app(load_settings(rate_limit="off"))) as url:
            yield f"{url}/graphql", service


async def get(url: str, query: str, **headers: str) -> aiohttp.ClientResponse:
    own = {"accept": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with aiohttp.ClientSession() as http, http.get(url, params={"query": query}, headers=own) as got:
        await got.read()
        return got


def said(response: aiohttp.ClientResponse) -> str:
    (value,) = response.headers.getall("Cache-Control")
    return value


async def test_the_directive_may_be_defined_by_the_sdl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SDL", DEFINITIONS + SDL)
    async with gateway(tmp_path, monkeypatch) as (url, _):
        assert said(await get(url, "{ mine }")) == "max-age=60, private"


async def test_what_a_mark_decides_on_is_the_clients_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thing.graphql").write_text(SDL)
    monkeypatch.setenv("THING_MICROSERVICE_URL", "http://127.0.0.1:1/")
    made = assemble(load_settings(schemas=tmp_path), Upstreams(HttpPool()))
    answered = GatewayResponse({})
    assert made.prepare("{ guarded }").policy_of(answered) == CachePolicy(60, is_private=True)
    assert made.prepare("{ kept }").policy_of(answered) == CachePolicy(60)
    assert made.prepare("{ plain }").policy_of(answered) is None
    logged_in = load_settings(schemas=tmp_path, auth_required=True, jwt_secret="s" * 32)
    strict = assemble(logged_in, Upstreams(HttpPool()))
    assert strict.prepare("{ kept }").policy_of(answered) == CachePolicy(60, is_private=True)
    assert strict.prepare("{ open }").policy_of(answered) == CachePolicy(60)


async def test_what_is_said_of_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        kept = await get(url, "{ kept }")
        assert said(kept) == "max-age=60, public"
        assert kept.headers.getall("Vary") == ["accept, cookie, authorization"]
        assert said(await get(url, "{ mine kept }")) == "max-age=60, private"
        plain = await get(url, "{ kept plain }")
        assert said(plain) == "no-store"
        assert "ETag" not in plain.headers
        service.headers["Cache-Control"] = "max-age=20"
        service.headers["Age"] = "5"
        assert said(await get(url, "{ kept }")) == "max-age=15, public"
        service.headers["Cache-Control"] = "no-store"
        assert said(await get(url, "{ kept }")) == "no-store"


async def test_what_has_errors_or_is_in_part_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        service.answer = {"data": {"kept": None}, "errors": [{"message": "late"}]}
        assert said(await get(url, "{ kept }")) == "no-store"
        assert said(await get(url, "{ nothing }")) == "no-store"
        async with aiohttp.ClientSession() as http:
            service.answer = {"data": {"kept": 1}}
            async with http.post(url, json={"query": "mutation { kept }"}) as response:
                assert said(response) == "no-store"
            async with http.post(url, json={"query": "{ kept }"}) as response:
                assert said(response) == "max-age=60, public"


async def test_a_client_that_has_it_already_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        first = await get(url, "{ kept }")
        tag = first.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await get(url, "{ kept }", if_none_match=known)
            assert again.status == 304
            assert again.headers["ETag"] == tag
            assert said(again) == "max-age=60, public"
            assert "Content-Type" not in again.headers
        service.answer = {"data": {"kept": 9}}
        changed = await get(url, "{ kept }", if_none_match=tag)
        assert changed.status == 200
        assert changed.headers["ETag"] != tag
        assert (await get(url, "{ plain }", if_none_match="*")).status == 200


async def test_where_headers_cannot_be_named_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch, 'request_headers = [{pass = "x-*"}]') as (url, _):
        assert said(await get(url, "{ kept }")) == "no-store"


async def test_named_headers_that_matter_make_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = 'request_headers = [{pass = "x-tenant"}, {pass = "x-trace", matters = false}]'
    async with gateway(tmp_path, monkeypatch, rules) as (url, _):
        kept = await get(url, "{ kept }")
        assert kept.headers["Vary"] == "accept, cookie, authorization, x-tenant"


async def test_an_answer_with_a_cookie_is_nobodys_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = 'response_headers = [{pass = "set-cookie"}]'
    async with gateway(tmp_path, monkeypatch, rules) as (url, service):
        assert said(await get(url, "{ kept }")) == "max-age=60, public"
        service.headers["Set-Cookie"] = "a=1"
        answer = await get(url, "{ kept }")
        assert said(answer) == "no-store"
        assert answer.headers["Set-Cookie"] == "a=1"
        assert "ETag" not in answer.headers


async def test_what_a_service_says_is_passed_on_where_a_rule_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = 'response_headers = [{pass = "cache-control"}]'
    async with gateway(tmp_path, monkeypatch, rules) as (url, service):
        service.headers["Cache-Control"] = "max-age=7"
        assert said(await get(url, "{ kept }")) == "max-age=7"
