import asyncio
from typing import Any

import aiohttp

from stitcher.server.limiter import MemoryLimiter

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
            assert 1 <= int(response.headers["retry-after"]) <= 60
            assert response.headers["x-request-id"]
            body = await response.json()
        assert body["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert list(body) == ["errors"]
        async with http.get(url.replace("/graphql", "/health")) as response:
            assert response.status == 200


async def test_off_is_no_limit(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(rate_limit="off") as url:
        assert set(await statuses(http, url, 150)) == {200}


async def test_clients_are_counted_apart() -> None:
    limiter = MemoryLimiter("1/minute")
    assert await limiter.refuse("a") is None
    assert await limiter.refuse("b") is None
    assert await limiter.refuse("a") is not None


async def test_a_window_ends() -> None:
    limiter = MemoryLimiter("2/second")
    assert [await limiter.refuse("a") for _ in range(3)] == [None, None, 1]
    await asyncio.sleep(1.05)
    assert await limiter.refuse("a") is None


async def test_each_of_several_limits_counts() -> None:
    limiter = MemoryLimiter("2/second;3/hour")
    assert [await limiter.refuse("a") for _ in range(3)] == [None, None, 1]
    await asyncio.sleep(1.05)
    assert await limiter.refuse("a") is None
    wait = await limiter.refuse("a")
    assert wait is not None
    assert wait > 3000
