"""A client that leaves takes its queries along, unless others wait for the same; never a mutation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.waiting import until


@dataclass
class Service:
    """Answers when it is told to, and counts who has left before."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    done: int = 0
    left: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:  # this server, too, ends what nobody waits for
            self.left += 1
            raise
        self.done += 1
        response = Response(b'{"data":{"a":1}}', media_type="application/json")
        await response(scope, receive, send)


@asynccontextmanager
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Service]]:
    service = Service()
    (tmp_path / "thing.graphql").write_text("type Query { a: Int } type Mutation { a: Int }")
    monkeypatch.chdir(tmp_path)
    async with serving(service) as url:
        monkeypatch.setenv("THING_MICROSERVICE_URL", url)
        async with serving(create_app(load_settings(schemas=tmp_path, rate_limit="off"))) as url:
            yield f"{url}/graphql", service


async def ask(url: str, query: str) -> object:
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as response:
        return await response.json()


async def test_its_query_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        asking = asyncio.create_task(ask(url, "{ a }"))
        await until(lambda: service.begun)
        asking.cancel()
        await until(lambda: service.left == 1)
        service.go.set()
        assert await ask(url, "{ a }") == {"data": {"a": 1}}
        assert service.done == 1


async def test_others_who_wait_for_the_same_get_their_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        first = asyncio.create_task(ask(url, "{ a }"))
        await until(lambda: service.begun)
        second = asyncio.create_task(ask(url, "{ a }"))
        await asyncio.sleep(0.1)
        first.cancel()
        await asyncio.sleep(0.1)
        service.go.set()
        assert await second == {"data": {"a": 1}}
        assert (service.begun, service.left) == (1, 0)


async def test_when_all_have_left_it_is_ended_and_the_next_one_asks_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        asking = [asyncio.create_task(ask(url, "{ a }")) for _ in range(3)]
        await until(lambda: service.begun)
        await asyncio.sleep(0.1)
        for client in asking:
            client.cancel()
        await until(lambda: service.left == 1)
        service.go.set()
        assert await ask(url, "{ a }") == {"data": {"a": 1}}
        assert service.begun == 2


async def test_its_mutation_is_done_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path, monkeypatch) as (url, service):
        asking = asyncio.create_task(ask(url, "mutation { a }"))
        await until(lambda: service.begun)
        asking.cancel()
        await asyncio.sleep(0.2)
        service.go.set()
        await until(lambda: service.done == 1)
        assert service.left == 0
