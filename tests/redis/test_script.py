import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from stitcher.redis.script import RedisScript
from tests.redis_server import RedisServer

COUNT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisScript]:
    script = RedisScript(url, COUNT, 0.3)
    yield script
    await script.close()


async def test_each_caller_gets_its_reply(redis: RedisServer) -> None:
    async with opened(redis.url) as script, Redis.from_url(redis.url) as client:
        replies = await asyncio.gather(*(script.call([f"key{number % 7}"], [number]) for number in range(70)))
        assert replies[:8] == [*range(7), 7]
        assert replies[63:] == [sum(range(rest, 70, 7)) for rest in range(7)]
        assert len([each for each in await client.client_list() if each["cmd"] == "evalsha"]) == 1


async def test_a_key_that_is_no_text(redis: RedisServer) -> None:
    async with opened(redis.url) as script:
        assert list(await asyncio.gather(script.call(["\ud800"], [1]), script.call(["a"], [1]))) == [1, 1]


async def test_a_connection_that_was_closed_is_replaced(redis: RedisServer) -> None:
    async with opened(redis.url) as script, Redis.from_url(redis.url) as client:
        assert await script.call(["a"], [1]) == 1
        await client.client_kill_filter(_type="normal", skipme=True)
        assert await script.call(["a"], [1]) == 2


async def test_a_script_that_redis_has_forgotten_is_loaded_again(redis: RedisServer) -> None:
    async with opened(redis.url) as script, Redis.from_url(redis.url) as client:
        assert await script.call(["a"], [1]) == 1
        await client.script_flush()
        assert await asyncio.gather(*(script.call(["a"], [1]) for _ in range(3))) == [2, 3, 4]


async def test_what_redis_refuses_is_told_to_all_of_a_turn(redis: RedisServer) -> None:
    async with opened(redis.url) as script:
        calls = [script.call(["a"], [1]), script.call(["b"], [10**30]), script.call(["c"], [1])]
        replies = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(reply, RedisError) for reply in replies] == [True] * 3
        assert await script.call(["c"], [0]) > 0


async def test_nobody_waits_twice_for_a_redis_that_hangs(redis: RedisServer) -> None:
    async with opened(redis.url) as script, Redis.from_url(redis.url) as client:
        assert await script.call(["a"], [1]) == 1
        await client.client_pause(2000)
        start = time.monotonic()
        first = asyncio.create_task(script.call(["a"], [1]))
        await asyncio.sleep(0.1)
        assert isinstance(
            (await asyncio.gather(script.call(["a"], [1]), return_exceptions=True))[0], TimeoutError
        )
        with pytest.raises(TimeoutError):
            await first
        assert 0.25 < time.monotonic() - start < 0.5
        await client.client_unpause()
        assert await script.call(["a"], [1]) >= 2


async def test_a_process_that_is_held_up_itself_does_not_blame_redis(redis: RedisServer) -> None:
    async with opened(redis.url) as script:
        await script.call(["a"], [1])
        for _ in range(5):
            call = asyncio.create_task(script.call(["a"], [1]))
            await asyncio.sleep(0)
            time.sleep(0.4)  # noqa: ASYNC251 - as a large operation would
            assert await call > 1


async def test_who_goes_away_disturbs_nobody(redis: RedisServer) -> None:
    async with opened(redis.url) as script:
        calls = [asyncio.create_task(script.call(["a"], [1])) for _ in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.wait(calls)
        assert calls[1].cancelled()
        assert [calls[0].result(), calls[2].result()] == [1, 3]


async def test_nobody_waits_for_what_is_closed() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    ended = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        script = RedisScript(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", COUNT, 10)
        call = asyncio.create_task(script.call(["a"], [1]))
        await asyncio.sleep(0.05)
        await script.close()
        with pytest.raises(asyncio.CancelledError):
            await call
        ended.set()
