import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from stitcher.server import redis_limiter
from stitcher.server.redis_limiter import RedisLimiter
from tests.redis_server import RedisServer, redis_binary


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    binary = redis_binary()
    if binary is None:
        pytest.skip("there is no redis-server")
    server = RedisServer(binary, tmp_path)
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def opened(limits: str, url: str) -> AsyncIterator[RedisLimiter]:
    limiter = RedisLimiter(limits, url)
    yield limiter
    await limiter.close()


async def test_gateways_count_together(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        limiters = [await stack.enter_async_context(opened("30/minute", redis.url)) for _ in range(3)]
        waits = await asyncio.gather(*(limiters[number % 3].refuse("a") for number in range(150)))
        assert waits.count(None) == 30
        assert all(wait is None or 1 <= wait <= 60 for wait in waits)
        assert await limiters[0].refuse("b") is None


async def test_the_window_ends(redis: RedisServer) -> None:
    async with opened("1/second", redis.url) as limiter:
        assert [await limiter.refuse("a") for _ in range(2)] == [None, 1]
        await asyncio.sleep(1.1)
        assert await limiter.refuse("a") is None


async def test_redis_ends_and_comes_back(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_limiter, "RETRY_AFTER", 0.2)
    async with opened("3/minute", redis.url) as limiter:
        assert await limiter.refuse("a") is None
        await redis.stop()
        with capture_logs() as logs:
            # Nobody is refused for want of Redis, and nobody gets more than the limit from one gateway.
            start = time.monotonic()
            assert [await limiter.refuse("a") is None for _ in range(5)] == [True] * 3 + [False] * 2
            assert time.monotonic() - start < 1
            await asyncio.sleep(0.25)
            assert await limiter.refuse("b") is None
            assert [entry["log_level"] for entry in logs] == ["warning"]
            await redis.start()
            await asyncio.sleep(0.25)
            assert [await limiter.refuse("a") is None for _ in range(4)] == [True] * 3 + [False]
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]


async def test_a_restart_between_two_requests_goes_unnoticed(redis: RedisServer) -> None:
    async with opened("10/minute", redis.url) as limiter:
        assert await limiter.refuse("a") is None
        await redis.stop()
        await redis.start()
        with capture_logs() as logs:
            assert await limiter.refuse("a") is None
        assert logs == []


async def test_a_redis_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_limiter, "TIMEOUT", 0.1)
    writers = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with opened("1/minute", url) as limiter:
        with capture_logs() as logs:
            start = time.monotonic()
            assert [await limiter.refuse("a") is None for _ in range(2)] == [True, False]
            assert time.monotonic() - start < 0.5
        assert len(logs) == 1
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_a_gateway_with_redis(
    http: aiohttp.ClientSession, open_gateway: Any, redis: RedisServer
) -> None:
    async with open_gateway(rate_limit="2/minute", redis_url=redis.url) as url:
        seen = []
        for _ in range(3):
            async with http.post(url, json={"query": "{ __typename }"}) as response:
                seen.append(response.status)
        assert seen == [200, 200, 429]
        await redis.stop()
        with capture_logs() as logs:
            async with http.post(url, json={"query": "{ __typename }"}) as response:
                assert response.status == 200
        assert [entry["log_level"] for entry in logs] == ["warning"]
