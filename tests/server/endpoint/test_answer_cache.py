"""Answers that the gateway keeps: never somebody else's, never older than they may be."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stitcher.caching.cache import ResponseCache
from stitcher.execution.cached.run import Ending
from stitcher.server.app import create_app
from stitcher.server.endpoint import answer_cache
from stitcher.server.endpoint.answer_cache import AnswerCache
from stitcher.server.endpoint.answers import Answer
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.searching import examples
from tests.waiting import until

SDL = """
type Query {
  mine: String @cacheControl(maxAge: 60, scope: PRIVATE)
  kept(of: Int): String @cacheControl(maxAge: 60)
  short: String @cacheControl(maxAge: 1)
  plain: String
}
type Mutation { kept: String @cacheControl(maxAge: 60) }
"""


@dataclass
class Service:
    """Answers each field with who asks, what is asked, and how many requests there were before."""

    seen: int = 0
    errors: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = json.loads(await request.body())
        self.seen += 1
        who = request.headers.get("authorization", "nobody")
        told = f"{who} {request.headers.get('x-tenant')} {asked.get('variables')} {self.seen}"
        data = {name: told for name in ("mine", "kept", "short", "plain") if name in asked["query"]}
        answer = {"data": data, **({"errors": self.errors} if self.errors else {})}
        response = Response(json.dumps(answer), media_type="application/json", headers=self.headers)
        await response(scope, receive, send)


@asynccontextmanager
async def gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[tuple[str, Service]]:
    service = Service()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    (tmp_path / "gateway.toml").write_text('request_headers = [{pass = "x-tenant"}]')
    monkeypatch.setenv("RESPONSE_CACHE", "1MiB")
    async with serving(service) as url:
        monkeypatch.setenv("THING_MICROSERVICE_URL", url)
        app = create_app(load_settings(rate_limit="off", **options), lambda: load_settings(rate_limit="off"))
        async with serving(app) as url:
            yield f"{url}/graphql", service


async def ask(url: str, query: str = "{ kept }", variables: Any = None, **headers: str) -> tuple[Any, Any]:
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"query": query, **({"variables": variables} if variables else {})}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=own) as response:
        return (await response.json())["data"], response.headers.get("Age")


async def test_the_same_request_gets_the_same_answer_with_its_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        first, age = await ask(url)
        assert age is None
        assert await ask(url) == (first, "0")
        assert service.seen == 1
        await asyncio.sleep(1.1)
        assert await ask(url) == (first, "1")


async def test_who_asks_what_with_which_headers_makes_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        answers = [
            await ask(url, "{ mine }", authorization="Bearer a"),
            await ask(url, "{ mine }", authorization="Bearer b"),
            await ask(url, "{ mine }"),
            await ask(url, "{ mine }", x_tenant="1"),
            await ask(url, "query ($of: Int) { kept(of: $of) }", {"of": 1}),
            await ask(url, "query ($of: Int) { kept(of: $of) }", {"of": 2}),
            await ask(url, "{ mine }", accept="application/graphql-response+json"),
        ]
        assert service.seen == len(answers)
        assert [age for _, age in answers] == [None] * len(answers)
        again, _ = await ask(url, "{ mine }", authorization="Bearer a")
        assert again["mine"].startswith("Bearer a")
        assert service.seen == len(answers)


async def test_what_may_not_be_kept_is_asked_for_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        for query in ("{ plain }", "{ kept plain }", "mutation { kept }"):
            assert await ask(url, query) != await ask(url, query)
        service.errors = [{"message": "late"}]
        assert await ask(url, "{ kept(of: 1) }") != await ask(url, "{ kept(of: 1) }")
        service.errors = []
        service.headers = {"Cache-Control": "no-store"}
        assert await ask(url, "{ kept(of: 1) }") != await ask(url, "{ kept(of: 1) }")


async def test_it_ends_when_it_may_be_kept_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        first, _ = await ask(url, "{ short }")
        assert (await ask(url, "{ short }"))[0] == first
        await asyncio.sleep(1.1)
        assert (await ask(url, "{ short }"))[0] != first
        service.headers = {"Cache-Control": "max-age=60", "Age": "59"}
        second, _ = await ask(url)
        await asyncio.sleep(1.1)
        assert (await ask(url))[0] != second


async def test_a_changed_schema_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        await ask(url)
        (tmp_path / "schemas" / "thing.graphql").write_text(SDL.replace("plain: String", "plain: Int"))
        ends = asyncio.get_running_loop().time() + 5
        while service.seen == 1:
            assert asyncio.get_running_loop().time() < ends
            await ask(url)
            await asyncio.sleep(0.05)


async def test_it_needs_no_sharing_in_flight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch, inflight_dedupe=False) as (url, service):
        first, _ = await ask(url)
        assert await ask(url) == (first, "0")
        assert service.seen == 1


async def test_by_default_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch, response_cache=0) as (url, service):
        await ask(url)
        await ask(url)
        await until(lambda: service.seen == 2)


@pytest.mark.search
@settings(max_examples=examples(200), deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(1, 5), st.integers(0, 20_000)),
        max_size=60,
    )
)
def test_an_answer_is_never_older_than_it_may_be(steps: list[tuple[str, int, int, int]]) -> None:
    """Against an oracle that knows when each answer was made."""
    time = 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer_cache, "monotonic", lambda: time)
        cache = AnswerCache(ResponseCache(64 * 8_000))
        made: dict[str, Answer] = {}
        for key, passes, seconds, size in steps:
            time += passes
            found = asyncio.run(cache.get(key))
            if found is not None:
                assert found.body == made[key].body
                assert time - made[key].since < made[key].seconds
                assert found.headers[-1] == (b"age", b"%d" % (time - made[key].since))
                continue
            made[key] = Answer(200, (), b"%f" % time + b"x" * size, seconds, time)
            cache.put(key, made[key], Ending(0, ()))
            kept = asyncio.run(cache.get(key))
            assert (kept is not None) == (size < 6_900) or abs(size - 6_950) < 60


async def test_metrics_tell_how_many_requests_it_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch, metrics=True) as (url, _):
        for query in ("{ kept }", "{ kept }", "{ kept }", "{ plain }"):
            await ask(url, query)
        async with aiohttp.ClientSession() as http, http.get(url.replace("graphql", "metrics")) as response:
            lines = (await response.text()).splitlines()
        assert "stitcher_answer_cache_hits_total 2.0" in lines
        assert "stitcher_answer_cache_misses_total 2.0" in lines
        assert 'stitcher_schema_reloads_total{result="served"} 0.0' in lines
