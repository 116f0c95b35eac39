"""Hostile requests, over HTTP: each is answered by an error, at once, and no service is asked."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from stitcher.server.app import create_app
from stitcher.settings import load_settings
from tests.asgi_server import serving
from tests.bookshop import SDL, fresh_data, subgraph_schemas
from tests.security.hostile import Attack, attacks
from tests.subgraph_server import SubgraphServer, serve

AT_MOST = 0.1
"""Seconds of CPU for the answer, the client's own included."""

TRIES = 3
"""What is measured may be disturbed; three times in a row it isn't."""

ATTACKS = attacks()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[URL, SubgraphServer]]:
    """A gateway in front of the bookshop's services, with the settings it has by default."""
    directory: Path = tmp_path_factory.mktemp("schemas")
    for name, sdl in SDL.items():
        (directory / f"{name}.graphql").write_text(sdl)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        async with serve(subgraph_schemas(fresh_data())) as services:
            for name in SDL:
                patch.setenv(f"{name.upper()}_MICROSERVICE_URL", services.url(name))
            app = create_app(load_settings(schemas=directory, rate_limit="off"))
            async with serving(app) as address:
                yield URL(f"{address}/graphql"), services


async def send(url: URL, attack: Attack, number: int) -> tuple[int, bytes, float]:
    """Send an attack; return status, body, and the CPU time that it took."""
    body = io.BytesIO(attack.body(number)) if attack.method == "POST" else None
    target = URL(f"{url}?{attack.query_string}", encoded=True) if attack.query_string else url
    async with aiohttp.ClientSession(max_line_size=2**20) as session:
        before = time.process_time()
        async with session.request(attack.method, target, data=body, headers=attack.headers) as response:
            answer = await response.read()
        return response.status, answer, time.process_time() - before


def test_there_are_two_hundred() -> None:
    assert len(ATTACKS) >= 200
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_it_is_refused_at_once(shop: tuple[URL, SubgraphServer], attack: Attack) -> None:
    url, services = shop
    spent = []
    for number in range(TRIES):
        async with asyncio.timeout(10):
            status, answer, seconds = await send(url, attack, number)
        assert 400 <= status < 500 or (status == 200 and json.loads(answer)["errors"]), answer[:300]
        spent.append(seconds)
        if seconds < AT_MOST:
            break
    assert min(spent) < AT_MOST
    assert services.asked() == []


@pytest.mark.asyncio(loop_scope="module")
async def test_the_gateway_goes_on(shop: tuple[URL, SubgraphServer]) -> None:
    url, _ = shop
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"query": "{ warehouse }"}) as response,
    ):
        assert await response.json() == {"data": {"warehouse": "North"}}
