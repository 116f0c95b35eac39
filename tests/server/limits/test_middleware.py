import asyncio
from typing import Any

import aiohttp

QUERY = {"query": "{ __typename }"}


async def statuses(http: aiohttp.ClientSession, url: str, count: int) -> list[int]:
    async def one() -> int:
        async with http.post(url, json=QUERY) as response:
            return response.status

    return sorted(await asyncio.gather(*(one() for _ in range(count))))


async def test_over_the_limit(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(rate_limit="3/minute") as url:
        assert await statuses(http, url, 5) == [200, 200, 200, 429, 429]
        async with http.post(url, json=QUERY) as response:
            assert response.status == 429
            assert response.content_type == "application/json"
            wait = int(response.headers["retry-after"])
            assert 59 <= wait <= 60
            assert response.headers["ratelimit"] == f'"requests/minute";r=0;t={wait}'
            assert response.headers["ratelimit-policy"] == '"requests/minute";q=3;w=60'
            assert response.headers["x-request-id"]
            body = await response.json()
        assert body["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert list(body) == ["errors"]
        async with http.get(url.replace("/graphql", "/health")) as response:
            assert response.status == 200
            assert "ratelimit" not in response.headers


async def test_what_is_left_is_told(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(rate_limit="10/minute;1000/hour") as url:
        for left in (9, 8):
            async with http.post(url, json=QUERY) as response:
                assert response.headers["ratelimit"].split(", ") == [
                    f'"requests/minute";r={left};t=60',
                    f'"requests/hour";r={left + 990};t=3600',
                ]
                policy = '"requests/minute";q=10;w=60, "requests/hour";q=1000;w=3600'
                assert response.headers["ratelimit-policy"] == policy
                assert "retry-after" not in response.headers


async def test_off_is_no_limit(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(rate_limit="off") as url:
        assert set(await statuses(http, url, 150)) == {200}
        async with http.post(url, json=QUERY) as response:
            assert not [name for name in response.headers if name.lower().startswith("ratelimit")]


async def test_who_shares_an_answer_counts_too(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(rate_limit="30/minute", inflight_dedupe=True) as url:

        async def left() -> int:
            async with http.post(url, json={"query": "{ things { id name } }"}) as response:
                assert len(response.headers.getall("ratelimit")) == 1
                return int(response.headers["ratelimit"].partition("r=")[2].partition(";")[0])

        assert sorted(await asyncio.gather(*(left() for _ in range(30)))) == list(range(30))


async def test_behind_a_trusted_proxy_clients_are_told_apart(
    http: aiohttp.ClientSession, open_gateway: Any
) -> None:
    async def ask(url: str, forwarded: str) -> int:
        async with http.post(url, json=QUERY, headers={"x-forwarded-for": forwarded}) as response:
            return response.status

    async with open_gateway(rate_limit="1/minute", trusted_proxies="127.0.0.1,10.0.0.0/8") as url:
        assert [await ask(url, each) for each in ("192.0.2.1", "192.0.2.2", "192.0.2.1")] == [200, 200, 429]
        assert await ask(url, "192.0.2.9, 192.0.2.1") == 429
    async with open_gateway(rate_limit="1/minute") as url:
        assert [await ask(url, each) for each in ("192.0.2.1", "192.0.2.2")] == [200, 429]
