import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from stitcher.server.sessions import redis_sessions
from stitcher.server.sessions.redis_sessions import RedisSessionStore
from stitcher.server.sessions.sessions import (
    MemorySessionStore,
    Sessions,
    SessionStore,
    SessionsUnavailableError,
    stored_as,
)
from tests.redis_server import RedisServer

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, redis: RedisServer) -> AsyncIterator[SessionStore]:
    in_memory = request.param == "memory"
    store: SessionStore = MemorySessionStore() if in_memory else RedisSessionStore(redis.url)
    yield store
    await store.close()


async def test_a_session_from_start_to_end(store: SessionStore) -> None:
    sessions = Sessions(store)
    first, second = await sessions.start(TOKEN, 60), await sessions.start("another", 60)
    assert (await sessions.find(first), await sessions.find(second)) == (TOKEN, "another")
    assert await sessions.end(first)
    assert not await sessions.end(first)
    assert (await sessions.find(first), await sessions.find(second)) == (None, "another")
    assert await sessions.find("invented") is None
    assert await sessions.find("") is None


async def test_ids_are_long_and_never_the_same(store: SessionStore) -> None:
    sessions = Sessions(store)
    ids = [await sessions.start(TOKEN, 60) for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(each) >= 43 for each in ids)  # 256 bits in base64


async def test_a_session_lasts_as_long_as_it_is_told(store: SessionStore) -> None:
    sessions = Sessions(store)
    short, long = await sessions.start(TOKEN, 1), await sessions.start(TOKEN, 60)
    assert await sessions.find(short) == TOKEN
    await asyncio.sleep(1.1)
    assert await sessions.find(short) is None
    assert not await sessions.end(short)
    assert await sessions.find(long) == TOKEN


async def test_memory_is_given_back() -> None:
    store = MemorySessionStore()
    sessions = Sessions(store)
    for _ in range(50):
        await sessions.start(TOKEN, 1)
    await asyncio.sleep(1.1)
    kept = await sessions.start(TOKEN, 60)
    assert list(store._values) == [stored_as(kept)]
    assert len(store._ends) == 1


async def test_whoever_reads_the_store_can_do_nothing_with_it(redis: RedisServer) -> None:
    store = RedisSessionStore(redis.url)
    sessions = Sessions(store)
    session_id = await sessions.start(TOKEN, 60)

    async with Redis.from_url(redis.url) as reader:
        (key,) = await reader.keys("*")
        dump = await reader.get(key)
        assert isinstance(dump, bytes)
        assert 0 < await reader.ttl(key) <= 60
    for secret in (session_id, session_id[:16], TOKEN, *TOKEN.split(".")):
        assert secret.encode() not in dump
        assert secret.encode() not in key
    # Nor is a value good under another key, or for another session.
    other = await sessions.start("another", 60)
    value = await store.read(stored_as(session_id))
    assert value
    await store.write(stored_as(other), value, 60)
    assert await sessions.find(other) is None
    await store.write(stored_as(other), b"", 60)
    assert await sessions.find(other) is None
    await store.close()


async def test_many_are_looked_up_together_and_none_too_early(redis: RedisServer) -> None:
    store = RedisSessionStore(redis.url)
    sessions = Sessions(store)
    ids = [await sessions.start(f"token-{number}", 60) for number in range(50)]
    async with Redis.from_url(redis.url) as client:
        before = (await client.info("commandstats")).get("cmdstat_mget", {"calls": 0})["calls"]
        tokens = await asyncio.gather(*(sessions.find(each) for each in [*ids, "none", ids[0]]))
        asked = (await client.info("commandstats"))["cmdstat_mget"]["calls"] - before
    assert tokens == [*(f"token-{number}" for number in range(50)), None, "token-0"]
    assert asked <= 2

    # A request that is broken off takes nothing from the others.
    finding = [asyncio.create_task(sessions.find(each)) for each in ids[:3]]
    await asyncio.sleep(0)
    finding[0].cancel()
    assert await asyncio.gather(*finding[1:]) == ["token-1", "token-2"]

    # Whoever asks after the end isn't told what was there before, even if that is still on its way.
    early = asyncio.create_task(sessions.find(ids[5]))
    await asyncio.sleep(0)
    await sessions.end(ids[5])
    assert await sessions.find(ids[5]) is None
    await early
    await store.close()


async def test_redis_goes_away_and_comes_back(redis: RedisServer) -> None:
    store = RedisSessionStore(redis.url)
    sessions = Sessions(store)
    session_id = await sessions.start(TOKEN, 60)
    await redis.stop()
    with capture_logs() as logs:
        for attempt in (sessions.find(session_id), sessions.start(TOKEN, 60), sessions.end(session_id)):
            with pytest.raises(SessionsUnavailableError):
                await attempt
        await redis.start()
        assert await sessions.find(session_id) is None  # it was in memory there
        assert await sessions.find(await sessions.start(TOKEN, 60)) == TOKEN
    assert [entry["log_level"] for entry in logs] == ["warning", "info"]
    assert TOKEN not in str(logs)
    await store.close()


async def test_a_redis_that_begins_to_hang_is_asked_once(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_sessions, "TIMEOUT", 0.4)
    store = RedisSessionStore(redis.url)
    assert await store.read("any") is None
    redis.freeze()
    began = time.monotonic()
    answers = await asyncio.gather(*(store.read("any") for _ in range(20)), return_exceptions=True)
    assert time.monotonic() - began < 0.7
    assert {type(each) for each in answers} == {SessionsUnavailableError}
    redis.thaw()
    assert await store.read("any") is None
    await store.close()


async def test_a_redis_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_sessions, "TIMEOUT", 0.1)
    writers = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    store = RedisSessionStore(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with asyncio.timeout(1):
        with pytest.raises(SessionsUnavailableError):
            await Sessions(store).find("any")
    await store.close()
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()
