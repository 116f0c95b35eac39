"""The whole way: services, the gateway with its cache, clients, and whoever purges."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from stitcher.cli.purge import PurgeError, purge
from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.caching.world import CLIENT, THING, World
from tests.redis_server import RedisServer
from tests.waiting import until

SECRET = "a secret of purgers"
REPOSITORY = Path(__file__).parents[3]
QUERY = '{ thing(id: "1") { id serial note } }'


@dataclass
class Served:
    url: str
    world: World
    http: aiohttp.ClientSession

    async def ask(self, query: str = QUERY, **headers: str) -> dict[str, Any]:
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post(f"{self.url}/graphql", json={"query": query}, headers=own) as response:
            body: dict[str, Any] = await response.json()
            assert "errors" not in body, body
            return body

    async def purge(self, body: Any, secret: str = f"Bearer {SECRET}", **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": secret}
        async with self.http.post(
            f"{self.url}/cache/purge", json=body, headers=headers, **options
        ) as response:
            return response.status, await response.json()


@pytest.fixture
async def served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Served]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(THING)
    (tmp_path / "schemas" / "client.graphql").write_text(CLIENT)
    options = {"response_cache": 2**20, "cache_purge_secret": SECRET, "rate_limit": "off"}
    options |= getattr(request, "param", {})
    world = World()
    async with serving(world) as address:
        for name in ("thing", "client"):
            monkeypatch.setenv(f"{name.upper()}_MICROSERVICE_URL", f"{address}/{name}")
        async with serving(create_app(load_settings(**options))) as url, aiohttp.ClientSession() as http:
            yield Served(url, world, http)


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "subgraph", "subgraph": "thing"},
        {"kind": "type", "subgraph": "thing", "type": "Thing"},
        {"kind": "type", "type": "Thing"},
        {"kind": "entity", "type": "Thing", "key": "1"},
        {"kind": "entity", "type": "Thing", "key": 1},
        {"kind": "cache_tag", "subgraphs": ["thing"], "cache_tag": "thing-1"},
        {"kind": "cache_tag", "cache_tag": "thing-1"},
    ],
)
async def test_what_is_purged_is_asked_for_anew(served: Served, item: dict[str, Any]) -> None:
    first = await served.ask()
    served.world.change("thing:1:serial")
    assert await served.ask() == first
    assert await served.purge([item]) == (202, {"count": 1})
    assert (await served.ask())["data"]["thing"]["serial"] == "thing:1:serial:2:all"


async def test_a_mutation_ends_whole_answers_too(served: Served) -> None:
    first = await served.ask()
    assert await served.ask() == first
    await served.ask('mutation { change(id: "1") }')
    assert (await served.ask())["data"]["thing"]["serial"] != first["data"]["thing"]["serial"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The body has to be a list of 1 to 1000 objects."),
        ([], "The body has to be a list of 1 to 1000 objects."),
        ([{}] * 1001, "The body has to be a list of 1 to 1000 objects."),
        (
            [{"kind": "subgraph", "subgraph": "thing"}, 7],
            "Item 2: kind has to be subgraph, type, entity or cache_tag.",
        ),
        (
            [{"kind": "subgraph", "subgraph": "things"}],
            "Item 1: there is no subgraph 'things'. Did you mean thing?",
        ),
        ([{"kind": "type", "type": "Think"}], "Item 1: there is no object type 'Think'. Did you mean Thing?"),
        ([{"kind": "entity", "type": "Thing"}], "Item 1: key has to be a text, a number or an object."),
        (
            [{"kind": "cache_tag", "cache_tag": 1}],
            "Item 1: cache_tag has to be a text, and subgraphs a list, if any.",
        ),
    ],
)
async def test_what_cannot_be_purged_is_told(served: Served, body: Any, message: str) -> None:
    status, answer = await served.purge(body)
    assert status == 400
    assert answer["errors"][0]["message"] == message


async def test_nobody_purges_without_the_secret(served: Served) -> None:
    for secret in ("", "Bearer", "Bearer wrong", f"Basic {SECRET}", f"Bearer {SECRET} "):
        status, answer = await served.purge([{"kind": "type", "type": "Thing"}], secret)
        assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert (await served.purge([{"kind": "type", "type": "Thing"}], SECRET))[
        0
    ] == 202  # as Apollo Router has it
    async with served.http.get(f"{served.url}/cache/purge") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
    headers = {"Authorization": SECRET}
    async with served.http.post(f"{served.url}/cache/purge", data=b"[", headers=headers) as response:
        assert response.status == 400
    async with served.http.post(
        f"{served.url}/cache/purge", data=BytesIO(b" " * 2_000_000), headers=headers
    ) as response:
        assert response.status == 413


@pytest.mark.parametrize("served", [{"cache_purge_secret": None}, {"response_cache": 0}], indirect=True)
async def test_it_is_there_only_where_it_can_do_something(served: Served) -> None:
    async with served.http.post(f"{served.url}/cache/purge", json=[]) as response:
        assert response.status == 404


@pytest.mark.parametrize("served", [{"jwt_secret": "s" * 32}], indirect=True)
async def test_the_secret_is_not_taken_for_a_token(served: Served) -> None:
    assert (await served.purge([{"kind": "type", "type": "Thing"}]))[0] == 202


@pytest.mark.parametrize("served", [{"cache_debug": True}], indirect=True)
async def test_an_answer_says_what_was_kept(served: Served) -> None:
    first = await served.ask()
    assert [fetch["misses"] for fetch in first["extensions"]["cache"]] == [1, 1]
    second = await served.ask()
    assert [(fetch["subgraph"], fetch["type"], fetch["hits"]) for fetch in second["extensions"]["cache"]] == [
        ("thing", "Query", 1),
        ("client", "Thing", 1),
    ]
    assert second["data"] == first["data"]


async def test_a_client_may_want_it_anew(served: Served) -> None:
    first = await served.ask()
    served.world.change("thing:1:serial")
    assert (await served.ask(cache_control="no-cache")) != first
    served.world.change("thing:1:serial")
    kept = await served.ask()
    assert kept["data"]["thing"]["serial"] == "thing:1:serial:2:all"
    assert (await served.ask(cache_control="no-store"))["data"] == kept["data"]


async def test_equal_requests_in_flight_after_a_purge_ask_anew(served: Served) -> None:
    served.world.headers = {"Cache-Control": "no-store"}
    asking = [asyncio.create_task(served.ask("{ said }")) for _ in range(3)]
    await until(lambda: served.world.asked)
    served.world.change("query:0:said")
    await served.purge([{"kind": "subgraph", "subgraph": "thing"}])
    assert (await served.ask("{ said }"))["data"]["said"] == "query:0:said:2:all"
    await asyncio.gather(*asking)


@pytest.mark.parametrize("served", [{"metrics": True}], indirect=True)
async def test_metrics(served: Served) -> None:
    for query in (QUERY, QUERY, '{ a: thing(id: "1") { serial id note } }'):
        await served.ask(query)
    await served.purge([{"kind": "type", "type": "Client"}])
    async with served.http.get(f"{served.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    assert 'stitcher_cache_lookups_total{result="hit",subgraph="client",type="Thing"} 1.0' in lines
    assert 'stitcher_cache_lookups_total{result="miss",subgraph="thing",type="Query"} 1.0' in lines
    assert "stitcher_answer_cache_hits_total 1.0" in lines
    assert "stitcher_cache_purges_total 1.0" in lines


async def run(*arguments: str, **variables: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stitcher", "purge", *arguments),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def test_the_command(served: Served) -> None:
    secret = {"CACHE_PURGE_SECRET": SECRET}
    await served.ask()
    served.world.change("thing:1:serial")
    status, printed = await run("Thing:1", "--url", served.url, **secret)
    assert (status, printed) == (0, f"purged at {served.url}: 1\n")
    assert (await served.ask())["data"]["thing"]["serial"] == "thing:1:serial:2:all"
    port = served.url.rpartition(":")[2]
    more = ("--tag", "thing-1", "--type", "Client", "--subgraph", "thing", 'Thing:{"id": "1"}')
    assert (await run(*more, PORT=port, **secret))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        ((), {"CACHE_PURGE_SECRET": SECRET}, "Say what to purge: Thing:42, --tag, --type or --subgraph."),
        (("Thing:1",), {}, "CACHE_PURGE_SECRET isn't set. Set it to what the gateway has."),
        (
            ("Thing",),
            {"CACHE_PURGE_SECRET": SECRET},
            "'Thing' is no entity; expected a type and a key, such as Thing:42.",
        ),
        (("Thing:{",), {"CACHE_PURGE_SECRET": SECRET}, "isn't JSON"),
        (("Thing:1", "--url", "ftp://x"), {"CACHE_PURGE_SECRET": SECRET}, "'ftp://x' is no http(s) address."),
        (("Thing:1", "--url", "http://127.0.0.1:1"), {"CACHE_PURGE_SECRET": SECRET}, "can't be reached"),
        (("Thing:1",), {"CACHE_PURGE_SECRET": "a wrong secret of purgers"}, "needs the header Authorization"),
        (
            ("Think:1",),
            {"CACHE_PURGE_SECRET": SECRET},
            "there is no object type 'Think'. Did you mean Thing?",
        ),
    ],
)
async def test_what_the_command_cannot_do_it_tells(
    served: Served,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"PORT": served.url.rpartition(":")[2], **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PurgeError, match=re.escape(told)):
        await asyncio.to_thread(purge_now, arguments)


def purge_now(arguments: tuple[str, ...]) -> None:
    """Do as the command does, in this process."""
    url = arguments[2] if "--url" in arguments else None
    purge(list(arguments[:1]), None, None, None, url)


@pytest.mark.parametrize("served", [{"cache_purge_secret": None}], indirect=True)
async def test_the_command_tells_that_a_gateway_does_not_purge(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_PURGE_SECRET", SECRET)
    with pytest.raises(PurgeError, match="it has no /cache/purge: set RESPONSE_CACHE and CACHE_PURGE_SECRET"):
        await asyncio.to_thread(purge, ["Thing:1"], ["a"], ["Thing"], ["thing"], served.url)


async def test_several_gateways_on_one_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis: RedisServer
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(THING)
    (tmp_path / "schemas" / "client.graphql").write_text(CLIENT)
    world = World()
    async with serving(world) as address, aiohttp.ClientSession() as http:
        for name in ("thing", "client"):
            monkeypatch.setenv(f"{name.upper()}_MICROSERVICE_URL", f"{address}/{name}")
        options = {"response_cache": 2**20, "cache_purge_secret": SECRET, "rate_limit": "off"}
        apps = [create_app(load_settings(redis_url=redis.url, **options)) for _ in range(2)]
        async with serving(apps[0]) as one, serving(apps[1]) as other:
            gateways = [Served(url, world, http) for url in (one, other)]
            for each in gateways:
                await each.ask()
            world.change("thing:1:serial")
            await gateways[0].purge([{"kind": "entity", "type": "Thing", "key": "1"}])
            for each in gateways:
                assert (await each.ask())["data"]["thing"]["serial"] == "thing:1:serial:2:all"
            redis.freeze()
            status, answer = await gateways[0].purge([{"kind": "type", "type": "Thing"}])
            assert (status, answer["errors"][0]["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            redis.thaw()
