"""Redis hangs, is killed and comes back while clients ask: answers stay right, and hardly come later."""

import asyncio
import time

from stitcher.stores import StoreUnavailableError
from tests.caching.world import World, world
from tests.redis_server import RedisServer

QUERY = "{ things { id serial note owner { name } } }"
SLOWEST = 1.5
"""Seconds; Redis has 0.1 to answer, and this machine may be busy."""


async def test_answers_stay_right_and_hardly_come_later(redis: RedisServer) -> None:
    async with world(redis.url, gateways=2) as made:
        taken: list[float] = []
        purged = 1  # the version that nobody may be given less than
        is_over = False

        async def client(number: int) -> None:
            while not is_over:
                allowed = purged
                began = time.monotonic()
                data = await made.data(QUERY, at=number % 2)
                taken.append(time.monotonic() - began)
                version = int(data["things"][0]["serial"].split(":")[3])
                assert version >= allowed, "older than what was purged before it was asked"
                await asyncio.sleep(0.02)

        clients = [asyncio.create_task(client(number)) for number in range(10)]
        for step in (redis.freeze, redis.thaw, redis.stop, redis.start, redis.freeze, redis.thaw):
            purged = await changed(made) or purged
            await asyncio.sleep(0.3)
            result = step()
            if result is not None:
                await result
            await asyncio.sleep(0.3)
        purged = await changed(made) or purged
        is_over = True
        await asyncio.gather(*clients)
        assert len(taken) > 100
        assert max(taken) < SLOWEST
        for cache in made.caches:
            assert sum(tally.hits for tally in cache.tallies.values()) > 100


async def changed(made: World) -> int | None:
    """Change something; return its version once what was kept of it is purged, None if it can't be."""
    made.change("thing:1:serial")
    tagging = made.gateways[0].tagging
    assert tagging is not None
    try:
        await made.caches[0].purge(tagging.entity("Thing", "1"))
    except StoreUnavailableError:
        return None
    return len(made.versions["thing:1:serial"])
