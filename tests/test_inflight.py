"""Sharing in flight: among operations at the gateway, and among fetches to one service."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from stitcher.errors import SubgraphError
from stitcher.inflight import Inflight
from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import SubgraphServer


async def test_equal_calls_share_one_run_and_different_ones_do_not() -> None:
    inflight: Inflight[int] = Inflight()
    runs = []

    async def run(number: int) -> int:
        runs.append(number)
        await asyncio.sleep(0)
        return number

    results = await asyncio.gather(*(inflight.join(key, partial(run, key)) for key in (1, 2, 1, 1)))
    assert results == [1, 2, 1, 1]
    assert runs == [1, 2]
    assert await inflight.join(1, partial(run, 3)) == 3  # nothing is kept


async def test_joiners_survive_the_one_who_asked_first() -> None:
    inflight: Inflight[str] = Inflight()

    async def run() -> str:
        await asyncio.sleep(0.05)
        return "done"

    first = asyncio.create_task(inflight.join("key", run))
    await asyncio.sleep(0)
    second = asyncio.create_task(inflight.join("key", run))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == "done"
    assert first.cancelled()


async def test_an_error_reaches_its_own_flight_and_no_further() -> None:
    inflight: Inflight[str] = Inflight()
    attempts = 0

    async def run() -> str:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0.01)
        if attempts == 1:
            raise SubgraphError("SUBGRAPH_TIMEOUT", "late")
        return "done"

    results = await asyncio.gather(*(inflight.join(0, run) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, SubgraphError) for result in results)
    assert await inflight.join(0, run) == "done"


@pytest.fixture
async def transport(subgraphs: SubgraphServer) -> AsyncIterator[HttpTransport]:
    async with HttpPool() as pool:
        yield HttpTransport("catalog", Upstream.at(subgraphs.url("catalog")), pool, share=True)


async def test_equal_fetches_are_sent_once_for_one_identity(
    transport: HttpTransport, subgraphs: SubgraphServer
) -> None:
    subgraphs.delays["catalog"] = 0.1
    query = Document("{ books { id } }")

    def send(token: str, **variables: Any) -> Any:
        return transport.send(SubgraphRequest(query, variables, {"authorization": token}))

    one, other, *_ = await asyncio.gather(send("a"), send("a"), send("b"), send("a", x=1))
    assert len(subgraphs.requests) == 3
    assert one.data == other.data
    assert one.data is not other.data  # each may change its own


async def test_mutations_are_sent_as_often_as_they_are_asked_for(
    transport: HttpTransport, subgraphs: SubgraphServer
) -> None:
    subgraphs.delays["catalog"] = 0.1
    document = Document('mutation { setPrice(id: "b1", price: 1) { id } }', is_mutation=True)
    request = SubgraphRequest(document, {}, {})
    await asyncio.gather(transport.send(request), transport.send(request))
    assert len(subgraphs.requests) == 2
