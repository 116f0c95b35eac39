import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.subgraph_server import SubgraphServer

RENAME = 'mutation { a: rename(id: "1", name: "Pump") { id } }'
LIMITED = {"login_rate_limit": "5/minute", "login_account_rate_limit": "off", "login_fields": "rename"}


async def ask(http: aiohttp.ClientSession, url: str, query: str, **more: Any) -> tuple[int, Any]:
    async with http.post(url, json={"query": query, **more}) as response:
        return response.status, await response.json()


async def statuses(http: aiohttp.ClientSession, url: str, queries: list[str]) -> list[int]:
    return [(await ask(http, url, query))[0] for query in queries]


def renames(count: int, alias: str = "a") -> str:
    return (
        "mutation { "
        + " ".join(f'{alias}{n}: rename(id: "1", name: "Pump") {{ id }}' for n in range(count))
        + " }"
    )


async def test_a_refusal_comes_before_anything_is_fetched(
    http: aiohttp.ClientSession, open_gateway: Any, services: SubgraphServer
) -> None:
    async with open_gateway(**LIMITED, rate_limit="100/minute") as url:
        assert await statuses(http, url, [RENAME] * 5) == [200] * 5
        asked = len(services.requests)
        async with http.post(url, json={"query": RENAME}) as response:
            assert response.status == 429
            wait = response.headers["retry-after"]
            assert 59 <= int(wait) <= 60
            assert response.headers.getall("ratelimit") == [
                f'"login/minute";r=0;t={wait}',
                '"requests/minute";r=94;t=60',
            ]
            assert response.headers.getall("ratelimit-policy")[0] == '"login/minute";q=5;w=60'
            body = await response.json()
        assert list(body) == ["errors"]
        assert body["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert (
            body["errors"][0]["message"] == f"Over the limit login/minute: 5 in 60 s; try again in {wait} s."
        )
        assert len(services.requests) == asked
        assert await statuses(http, url, ["{ things { id } }"] * 3) == [200] * 3


async def test_each_alias_counts_and_a_refused_operation_counts_nothing(
    http: aiohttp.ClientSession, open_gateway: Any
) -> None:
    async with open_gateway(**LIMITED) as url:
        assert await statuses(http, url, [renames(6), renames(3), renames(3), renames(2), renames(1)]) == [
            *(429, 200, 429, 200, 429)
        ]


async def test_the_media_type_that_was_asked_for(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(**LIMITED) as url:
        accept = {"accept": "application/graphql-response+json"}
        async with http.post(url, json={"query": renames(6)}, headers=accept) as response:
            assert (response.status, response.content_type) == (429, "application/graphql-response+json")


async def test_what_cannot_be_run_is_not_counted(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(**{**LIMITED, "login_rate_limit": "1/minute"}) as url:
        async with http.get(url, params={"query": RENAME}) as response:
            assert response.status == 405
        text = "mutation ($id: ID!) { rename(id: $id, name: null) { id } }"
        assert (await ask(http, url, text))[0] == 200
        assert (await ask(http, url, RENAME, operationName="other"))[1]["errors"]
        assert await statuses(http, url, [RENAME, RENAME]) == [200, 429]


SAME_ACCOUNT = (
    "phone: 4912",
    'phone: "4912"',
    "by: {phone: 4912}",
    'by: {phone: " 4912"}',
    "by: [{phone: [4912.0]}]",
    "by: {login: {number: 4912}}",
)


async def test_an_account_counts_wherever_it_is_named(
    http: aiohttp.ClientSession, open_gateway: Any, schemas: Path
) -> None:
    sdl = schemas / "thing.graphql"
    sdl.write_text(
        "scalar Any input Credentials { email: String password: String all: [Credentials] }\n"
        + sdl.read_text("utf-8").replace(
            "rename(id",
            "login(email: String, input: Credentials): Thing signUp(username: String!): Thing "
            "sign(phone: ID, by: Any): Thing rename(id",
        ),
        "utf-8",
    )
    settings = {
        "login_rate_limit": "off",
        "login_account_rate_limit": "3/minute",
        "login_fields": "login, signUp, sign",
    }
    async with open_gateway(**settings) as url:

        async def admitted(query: str, **variables: Any) -> bool:
            status, _ = await ask(http, url, query, variables=variables)
            return status != 429

        assert await admitted('mutation { login(email: "ada@example.org") { id } }')
        by_variable = "mutation ($e: String) { login(email: $e) { id } }"
        assert await admitted(by_variable, e=" ADA@example.org ")
        assert await admitted(
            "mutation ($e: String) { login(input: {email: $e}) { id } }", e="ada@example.org"
        )
        for refused in ("ada@example.org", "Ada@Example.Org", "\uff41da@example.org"):
            assert not await admitted(by_variable, e=refused)
        by_input = "mutation ($i: Credentials) { login(input: $i) { id } }"
        assert not await admitted(by_input, i={"email": "ada@example.org", "password": "x"})
        other = 'signUp(username: "ada@example.org") { id }'
        both = f"mutation ($e: String) {{ login(email: $e) {{ id }} {other} }}"
        assert not await admitted(both, e="bob@example.org")
        assert [await admitted(by_variable, e="bob@example.org") for _ in range(4)] == [True] * 3 + [False]
        nested = {"all": [{"email": "eve@example.org"}]}
        assert [await admitted(by_input, i=nested) for _ in range(4)] == [True] * 3 + [False]
        assert [await admitted("mutation { login { id } }") for _ in range(5)] == [True] * 5
        assert [await admitted(f"mutation {{ sign({way}) {{ id }} }}") for way in SAME_ACCOUNT] == [
            *[True] * 3,
            *[False] * (len(SAME_ACCOUNT) - 3),
        ]
        by_number = "mutation ($n: ID, $a: Any) { sign(phone: $n, by: $a) { id } }"
        assert not await admitted(by_number, n=4912)
        assert not await admitted(by_number, a={"phone": 4912})
        assert not await admitted(by_number, a=[{"phone": [4912.0]}])
        assert await admitted(by_number, n=4913)
        assert [await admitted(by_variable, e=None) for _ in range(5)] == [True] * 5


@pytest.fixture
def limited_things(schemas: Path) -> None:
    sdl = schemas / "thing.graphql"
    text = sdl.read_text("utf-8").replace(
        "things: [Thing!]", 'things: [Thing!] @rateLimit(limit: "3/minute")'
    )
    sdl.write_text(text.replace("name: String }", 'name: String @rateLimit(limit: "4/minute") }'), "utf-8")


@pytest.mark.usefixtures("limited_things")
async def test_fields_that_an_sdl_limits(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway() as url:
        two = "{ a: things { id } b: things { id } }"
        assert await statuses(http, url, [two, two, "{ things { id } }", "{ things { id } }"]) == [
            200,
            429,
            200,
            429,
        ]
        named = '{ thing(id: "1") { name again: name } }'
        assert await statuses(http, url, [named, named, named, '{ thing(id: "1") { id } }']) == [
            200,
            200,
            429,
            200,
        ]


@pytest.mark.usefixtures("limited_things")
async def test_equal_queries_in_flight_are_counted_for_each(
    http: aiohttp.ClientSession, open_gateway: Any
) -> None:
    async with open_gateway(inflight_dedupe=True) as url:
        answers = await asyncio.gather(*(ask(http, url, "{ things { id } }") for _ in range(8)))
        assert sorted(status for status, _ in answers) == [200] * 3 + [429] * 5
