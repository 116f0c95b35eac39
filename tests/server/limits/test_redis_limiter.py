import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from redis.asyncio import Redis
from starlette.applications import Starlette
from structlog.testing import capture_logs

from stitcher.redis.client import RedisClient
from stitcher.server.limits.limiter import Hit
from stitcher.server.limits.redis_limiter import RedisLimiter
from stitcher.server.ops.metrics import Metrics, Reading
from stitcher.server.ops.sampled import of_limiter
from stitcher.windows import parse_windows
from tests.asgi_server import serving
from tests.redis_server import RedisServer


@asynccontextmanager
async def opened(url: str, retry_after: float = 1.0) -> AsyncIterator[RedisLimiter]:
    client = RedisClient(url, timeout=0.3, retry_after=retry_after)
    try:
        yield RedisLimiter(client)
    finally:
        await client.close()


def hits(limits: str, client: str = "a", cost: int = 1) -> list[Hit]:
    return [Hit(f"{window.name}:{client}", window, cost) for window in parse_windows("a", limits)]


async def admitted(limiter: RedisLimiter, limits: str, times: int) -> list[bool]:
    return [(await limiter.hit(hits(limits))).is_admitted for _ in range(times)]


async def test_gateways_count_together(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        limiters = [await stack.enter_async_context(opened(redis.url)) for _ in range(3)]
        verdicts = await asyncio.gather(
            *(limiters[number % 3].hit(hits("30/minute")) for number in range(150))
        )
        assert [verdict.is_admitted for verdict in verdicts].count(True) == 30
        assert {verdict.states[0].remaining for verdict in verdicts} == set(range(30))
        assert all(59 <= verdict.retry_after <= 60 for verdict in verdicts)
        assert (await limiters[0].hit(hits("30/minute", "b"))).is_admitted


async def test_the_window_ends(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter:
        assert await admitted(limiter, "1/second", 2) == [True, False]
        await asyncio.sleep(1.1)
        assert await admitted(limiter, "1/second", 2) == [True, False]


async def test_what_one_window_refuses_counts_in_none(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter:
        assert await admitted(limiter, "2/second;3/hour", 5) == [True] * 2 + [False] * 3
        refused = await limiter.hit(hits("2/second;3/hour"))
        assert [state.window.name for state in refused.states] == ["a/second"]
        await asyncio.sleep(1.1)
        assert await admitted(limiter, "2/second;3/hour", 2) == [True, False]
        refused = await limiter.hit(hits("2/second;3/hour"))
        assert [state.window.name for state in refused.states] == ["a/hour"]
        assert 3590 < refused.retry_after <= 3600


async def test_a_cost_is_admitted_as_a_whole(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter:
        costs = (6, 3, 3, 2, 1)
        verdicts = [await limiter.hit(hits("5/minute", cost=cost)) for cost in costs]
        assert [verdict.is_admitted for verdict in verdicts] == [False, True, False, True, False]
        assert [verdict.states[0].remaining for verdict in verdicts] == [5, 2, 2, 0, 0]
        assert verdicts[0].retry_after == 60


async def test_one_round_trip_and_nothing_left_behind(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter, Redis.from_url(redis.url) as client:
        await limiter.hit(hits("10/second;1000/hour"))  # which loads the script
        before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
        total = (await client.info("stats"))["total_commands_processed"]
        for _ in range(10):
            await limiter.hit(hits("10/second;1000/hour", "b"))
        assert (await client.info("commandstats"))["cmdstat_evalsha"]["calls"] == before + 10
        inside = 2 * 3 * 10  # the script's own GET, PTTL and SET or INCRBY, for each window
        assert (await client.info("stats"))["total_commands_processed"] - total - inside <= 10 + 2
        assert [await client.pttl(key) > 0 for key in await client.keys("*")] == [True] * 4


async def test_redis_ends_and_comes_back(redis: RedisServer) -> None:
    async with opened(redis.url, retry_after=0.2) as limiter:
        assert await admitted(limiter, "3/minute", 1) == [True]
        await redis.stop()
        with capture_logs() as logs:
            # Nobody is refused for want of Redis, and nobody gets more than the limit from one gateway.
            start = time.monotonic()
            assert await admitted(limiter, "3/minute", 5) == [True] * 3 + [False] * 2
            assert time.monotonic() - start < 0.2
            await asyncio.sleep(0.25)
            assert limiter.redis.is_down
            assert (limiter.redis.outages, limiter.counted_here) == (1, 5)
            assert [entry["log_level"] for entry in logs] == ["warning"]
            await redis.start()
            await asyncio.sleep(0.3)
            assert not limiter.redis.is_down
            assert await admitted(limiter, "3/minute", 4) == [True] * 3 + [False]
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]
        assert limiter.counted_here == 5


async def test_a_restart_between_two_requests_goes_unnoticed(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter:
        assert await admitted(limiter, "9/minute", 1) == [True]
        await redis.stop()
        await redis.start()
        with capture_logs() as logs:
            assert await admitted(limiter, "9/minute", 1) == [True]
        assert logs == []


async def test_a_redis_that_answers_but_does_not_count_is_down(redis: RedisServer) -> None:
    async with opened(redis.url, retry_after=0.05) as limiter, Redis.from_url(redis.url) as client:
        await client.replicaof("127.0.0.1", "1")
        assert await client.ping()
        with capture_logs() as logs:
            assert await admitted(limiter, "1/minute", 2) == [True, False]
            await asyncio.sleep(0.3)
            assert limiter.redis.is_down
            await client.replicaof("NO", "ONE")
            await asyncio.sleep(0.2)
            assert await admitted(limiter, "1/minute", 2) == [True, False]
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]


async def test_only_the_first_waits_for_a_redis_that_hangs() -> None:
    writers = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with opened(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", retry_after=0.01) as limiter:
        with capture_logs() as logs:
            start = time.monotonic()
            assert await admitted(limiter, "1/minute", 1) == [True]
            assert time.monotonic() - start < 0.5
            start = time.monotonic()
            for _ in range(30):
                assert await admitted(limiter, "1/minute", 1) == [False]
                await asyncio.sleep(0.01)
            assert time.monotonic() - start < 0.3 + 0.3
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


async def test_metrics_tell_of_outages(redis: RedisServer) -> None:
    async with opened(redis.url) as limiter:
        app = Starlette(routes=[Reading(Metrics(), of_limiter(limiter)).route])
        async with serving(app) as url, aiohttp.ClientSession() as http:

            async def metrics() -> str:
                async with http.get(f"{url}/metrics") as response:
                    return await response.text()

            await admitted(limiter, "5/minute", 1)
            text = await metrics()
            assert "stitcher_limiter_redis_up 1.0" in text
            assert "stitcher_limiter_counted_here_total 0.0" in text
            redis.freeze()
            await admitted(limiter, "5/minute", 3)
            text = await metrics()
            redis.thaw()
            assert "stitcher_limiter_redis_up 0.0" in text
            assert "stitcher_limiter_redis_outages_total 1.0" in text
            assert "stitcher_limiter_counted_here_total 3.0" in text
