import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from stitcher.redis.client import RedisClient
from stitcher.redis.store import RedisStore
from stitcher.server.sessions.sessions import Sessions, SessionsUnavailableError, stored_as
from stitcher.stores import MemoryStore, Store
from tests.redis_server import RedisServer
from tests.waiting import until

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisStore]:
    client = RedisClient(url, timeout=0.4, retry_after=0.05)
    try:
        yield RedisStore(client, "sessions:")
    finally:
        await client.close()


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, redis: RedisServer) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with opened(redis.url) as store:
        yield store


async def test_a_session_from_start_to_end(store: Store) -> None:
    sessions = Sessions(store)
    first, second = await sessions.start(TOKEN, 60), await sessions.start("another", 60)
    assert (await sessions.find(first), await sessions.find(second)) == (TOKEN, "another")
    assert await sessions.end(first)
    assert not await sessions.end(first)
    assert (await sessions.find(first), await sessions.find(second)) == (None, "another")
    assert await sessions.find("invented") is None
    assert await sessions.find("") is None


async def test_ids_are_long_and_never_the_same(store: Store) -> None:
    sessions = Sessions(store)
    ids = [await sessions.start(TOKEN, 60) for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(id_) >= 43 for id_ in ids)  # 256 bits in base64


async def test_a_session_lasts_as_long_as_it_is_told(store: Store) -> None:
    sessions = Sessions(store)
    short, long = await sessions.start(TOKEN, 1), await sessions.start(TOKEN, 60)
    assert await sessions.find(short) == TOKEN
    await asyncio.sleep(1.1)
    assert await sessions.find(short) is None
    assert not await sessions.end(short)
    assert await sessions.find(long) == TOKEN


async def test_whoever_reads_the_store_can_do_nothing_with_it(redis: RedisServer) -> None:
    async with opened(redis.url) as store, Redis.from_url(redis.url) as reader:
        sessions = Sessions(store)
        session_id = await sessions.start(TOKEN, 60)
        (key,) = await reader.keys("*")
        dump = await reader.get(key)
        assert isinstance(dump, bytes)
        assert 0 < await reader.ttl(key) <= 60

        # Nor is a value good under another key, or for another session.
        other = await sessions.start("another", 60)
        value = await store.read(stored_as(session_id))
        assert value
        await store.write(stored_as(other), value, 60)
        assert await sessions.find(other) is None
        await store.write(stored_as(other), b"", 60)
        assert await sessions.find(other) is None
    for secret in (session_id, session_id[:16], TOKEN, *TOKEN.split(".")):
        assert secret.encode() not in dump
        assert secret.encode() not in key


async def test_many_are_looked_up_together_and_none_too_early(redis: RedisServer) -> None:
    async with opened(redis.url) as store:
        sessions = Sessions(store)
        ids = [await sessions.start(f"token-{number}", 60) for number in range(50)]
        tokens = await asyncio.gather(*(sessions.find(session_id) for session_id in [*ids, "none", ids[0]]))
        assert tokens == [*(f"token-{number}" for number in range(50)), None, "token-0"]

        # A request that is broken off takes nothing from the others.
        finding = [asyncio.create_task(sessions.find(session_id)) for session_id in ids[:3]]
        await asyncio.sleep(0)
        finding[0].cancel()
        assert await asyncio.gather(*finding[1:]) == ["token-1", "token-2"]

        # Whoever asks after the end isn't told what was there before, even if that is still on its way.
        early = asyncio.create_task(sessions.find(ids[5]))
        await asyncio.sleep(0)
        await sessions.end(ids[5])
        assert await sessions.find(ids[5]) is None
        await early


async def test_redis_goes_away_and_comes_back(redis: RedisServer) -> None:
    async with opened(redis.url) as store:
        sessions = Sessions(store)
        session_id = await sessions.start(TOKEN, 60)
        await redis.stop()
        with capture_logs() as logs:
            for attempt in (sessions.find(session_id), sessions.start(TOKEN, 60), sessions.end(session_id)):
                with pytest.raises(SessionsUnavailableError):
                    await attempt
            await redis.start()
            await until(lambda: len(logs) == 2)
            assert await sessions.find(session_id) is None  # it was in memory there
            assert await sessions.find(await sessions.start(TOKEN, 60)) == TOKEN
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]
        assert TOKEN not in str(logs)
