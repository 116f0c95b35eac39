"""A Lua script that Redis runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError

from stitcher.redis.client import RedisClient

__all__ = ["RedisScript"]


class RedisScript:
    """A script that Redis keeps once it has run it, and is called by its digest."""

    def __init__(self, redis: RedisClient, text: str) -> None:
        self._redis = redis
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def call(self, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        """Return what the script returns.

        Raises:
            RedisUnavailableError: Redis is down, or refuses.
        """
        try:
            return await self._redis.call("EVALSHA", self._digest, len(keys), *keys, *arguments)
        except NoScriptError:  # the first time, and after Redis was started again
            return await self._redis.call("EVAL", self._text, len(keys), *keys, *arguments)
