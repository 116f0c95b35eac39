import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from stitcher.redis.client import RedisClient, RedisUnavailableError
from stitcher.redis.script import RedisScript
from stitcher.redis.store import RedisStore
from tests.redis_server import RedisServer
from tests.waiting import until

COUNT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


@asynccontextmanager
async def connected(url: str, retry_after: float = 0.05) -> AsyncIterator[RedisClient]:
    client = RedisClient(url, timeout=0.3, retry_after=retry_after)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisScript]:
    async with connected(url) as client:
        yield RedisScript(client, COUNT)


async def test_callers_get_their_own_replies(redis: RedisServer) -> None:
    async with opened(redis.url) as script, Redis.from_url(redis.url) as client:
        assert await script.call(["key0"], [0]) == 0
        replies = await asyncio.gather(*(script.call([f"key{number % 7}"], [number]) for number in range(70)))
        assert replies[:8] == [*range(7), 7]
        assert replies[63:] == [sum(range(rest, 70, 7)) for rest in range(7)]
        assert len([one for one in await client.client_list() if one["cmd"] == "evalsha"]) == 1


async def test_all_who_ask_share_one_connection(redis: RedisServer) -> None:
    async with connected(redis.url) as client, Redis.from_url(redis.url) as reader:
        script, store = RedisScript(client, COUNT), RedisStore(client, "values:")
        await asyncio.gather(*(store.write(str(number), bytes([number]), 60) for number in range(50)))
        values = asyncio.gather(*(store.read(str(number)) for number in range(51)))
        counts = asyncio.gather(*(script.call(["a"], [1]) for _ in range(50)))
        assert await values == [*(bytes([number]) for number in range(50)), None]
        assert await counts == [*range(1, 51)]
        assert (await store.delete("1"), await store.delete("1"), await store.read("1")) == (
            True,
            False,
            None,
        )
        assert len(await reader.client_list()) == 2


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
        replies = await asyncio.gather(*(script.call(["a"], [1]) for _ in range(3)))
        assert sorted(replies) == [2, 3, 4]


async def test_a_refused_command_fails_alone_and_is_logged_once(redis: RedisServer) -> None:
    async with connected(redis.url) as client:
        script = RedisScript(client, COUNT)
        with capture_logs() as logs:
            for _ in range(3):
                calls = [script.call(["a"], [1]), script.call(["b"], [10**30]), script.call(["c"], [1])]
                first, refused, last = await asyncio.gather(*calls, return_exceptions=True)
                assert first == last
                assert isinstance(refused, RedisUnavailableError)
        assert [entry["event"] for entry in logs] == ["redis refuses a command"] * len(logs)
        assert 1 <= len(logs) <= 2  # by EVAL, and by EVALSHA
        assert (first, client.is_down, client.outages) == (3, False, 0)


async def test_nobody_waits_twice_for_a_redis_that_hangs(redis: RedisServer) -> None:
    async with connected(redis.url) as client, Redis.from_url(redis.url) as reader:
        script = RedisScript(client, COUNT)
        assert await script.call(["a"], [1]) == 1
        await reader.client_pause(2000)
        start = time.monotonic()
        first = asyncio.create_task(script.call(["a"], [1]))
        await asyncio.sleep(0.1)
        for call in (script.call(["a"], [1]), first):
            with pytest.raises(RedisUnavailableError):
                await call
        assert 0.25 < time.monotonic() - start < 1
        start = time.monotonic()
        for _ in range(100):  # nor for one that is known to hang
            with pytest.raises(RedisUnavailableError):
                await script.call(["a"], [1])
        assert time.monotonic() - start < 0.2
        await reader.client_unpause()
        await until(lambda: not client.is_down)
        assert await script.call(["a"], [1]) >= 2


async def test_redis_ends_and_comes_back(redis: RedisServer) -> None:
    async with connected(redis.url) as client:
        store = RedisStore(client, "values:")
        await store.write("key", b"value", 60)
        await redis.stop()
        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(RedisUnavailableError):
                    await store.read("key")
            assert (client.is_down, client.outages) == (True, 1)
            await redis.start()
            await until(lambda: not client.is_down)
            assert await store.read("key") is None  # it was in memory there
        assert [(entry["log_level"], entry["event"]) for entry in logs] == [
            ("warning", "redis doesn't answer"),
            ("info", "redis answers again"),
        ]


async def test_a_redis_that_cannot_be_written_to_is_down(redis: RedisServer) -> None:
    async with connected(redis.url) as client, Redis.from_url(redis.url) as admin:
        script = RedisScript(client, COUNT)
        assert await script.call(["a"], [1]) == 1
        await admin.replicaof("127.0.0.1", "1")
        with pytest.raises(RedisUnavailableError):
            await script.call(["a"], [1])
        await asyncio.sleep(0.2)
        assert client.is_down
        await admin.replicaof("NO", "ONE")
        await until(lambda: not client.is_down)
        assert await script.call(["a"], [1]) == 2


async def test_what_answers_and_is_no_redis_is_down() -> None:
    ended = []

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"*x\r\n:y\r\nHTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        ended.append(writer)

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connected(url, retry_after=60) as client:
        for _ in range(3):
            with pytest.raises(RedisUnavailableError):
                await client.call("GET", "a")
        assert (client.is_down, client.outages) == (True, 1)
        await until(lambda: len(ended) == 2)  # the first question, and the first probe


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
        assert await script.call(["a"], [0]) == 0
        calls = [asyncio.create_task(script.call(["a"], [1])) for _ in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.wait(calls)
        assert calls[1].cancelled()
        assert [calls[0].result(), calls[2].result()] == [1, 3]


async def test_nobody_waits_for_what_is_closed() -> None:
    accepted, ended = asyncio.Event(), asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await ended.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        client = RedisClient(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=10)
        call = asyncio.create_task(client.call("GET", "a"))
        await accepted.wait()
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await call
        ended.set()
