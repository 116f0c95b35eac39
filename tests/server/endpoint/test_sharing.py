"""Equal queries in flight are executed once; nothing else is."""

import asyncio
from typing import Any

import aiohttp
import orjson

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from tests.subgraph_server import SubgraphServer

QUERY = {"query": "{ things { id name } }"}


async def ask(http: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> Any:
    sent = {"content-type": "application/json", **headers}
    async with http.post(url, data=orjson.dumps(body), headers=sent) as response:
        return await response.json()


async def test_equal_queries_are_executed_once(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    services.delays["thing"] = 0.2
    answers = await asyncio.gather(*(ask(http, url, QUERY) for _ in range(5)))
    assert services.asked() == ["thing"]
    assert all(answer == answers[0] and len(answer["data"]["things"]) == 2 for answer in answers)


async def test_one_client_never_gets_what_another_asked_for(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    services.delays["auth"] = 0.2
    query = {"query": "{ me { name } }"}
    good, bad = await asyncio.gather(
        ask(http, url, query, authorization="Bearer good"), ask(http, url, query, authorization="Bearer bad")
    )
    assert services.asked() == ["auth", "auth"]
    assert good == {"data": {"me": {"name": "Ada"}}}
    assert bad["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_mutation_is_done_as_often_as_it_is_sent(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    services.delays["thing"] = 0.2
    mutation = {"query": 'mutation { rename(id: "1", name: "x") { id } }'}
    await asyncio.gather(*(ask(http, url, mutation) for _ in range(3)))
    assert services.asked() == ["thing"] * 3


async def test_what_resolvers_of_this_process_answer_is_one_clients() -> None:
    sdls = {
        "gateway": "type Query { mine: Int }",
        "thing": "type Query { all: Int } type Mutation { do: Int }",
    }
    urls = {"gateway": (), "thing": ("http://127.0.0.1/",)}
    supergraph = compose([Source(name, sdl, name, urls[name]) for name, sdl in sdls.items()])
    gateway = Gateway(supergraph, {})
    assert (await gateway.accept(ClientRequest("{ all }"))).is_shareable
    assert not (await gateway.accept(ClientRequest("{ all mine }"))).is_shareable
    assert not (await gateway.accept(ClientRequest("mutation { do }"))).is_shareable


async def test_a_joiner_is_answered_when_the_first_goes_away(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    services.delays["thing"] = 0.3
    first = asyncio.create_task(ask(http, url, QUERY))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(ask(http, url, QUERY))
    await asyncio.sleep(0.05)
    first.cancel()
    assert len((await second)["data"]["things"]) == 2
    assert services.asked() == ["thing"]
