"""Does a program answer yet?"""

import aiohttp
import redis.asyncio
from redis.exceptions import RedisError

__all__ = ["answers"]

_PATIENCE = 1.0


async def answers(url: str) -> bool:
    """Ask a server: whether an ``http`` URL gives status 200, or the Redis at a ``redis`` URL a PONG."""
    if url.startswith("redis:"):
        return await _pong(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_PATIENCE)) as client,
            client.get(url) as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _pong(url: str) -> bool:
    try:
        async with redis.asyncio.Redis.from_url(url, socket_timeout=_PATIENCE) as client:
            return bool(await client.ping())
    except RedisError:
        return False
