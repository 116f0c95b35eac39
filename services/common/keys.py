"""auth's public keys, fetched from its JWKS and kept in memory (RFC 7517)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import orjson
from jose import JOSEError, jwk  # type: ignore[import-untyped]

from services.common.settings import Settings
from services.common.tokens import ALGORITHM

__all__ = ["RemoteKeys", "remote_keys"]

_MAX_BYTES = 64 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=3)
_RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)


class RemoteKeys:
    """The keys at a JWKS address.

    They are asked for until there are some, and again when a token names one that isn't known: then not
    more often than every ``pause`` seconds, so that invented names can't make this service knock all day.
    """

    def __init__(self, url: str, pause: float = 30) -> None:
        self._url = url
        self._pause = pause
        self._keys: dict[str, Any] = {}
        self._again_at = 0.0
        self._lock = asyncio.Lock()

    @property
    def known(self) -> bool:
        """Say whether any key is there."""
        return bool(self._keys)

    async def find(self, kid: str) -> Any:
        """Return the key of this name, or None."""
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys and time.monotonic() >= self._again_at:
                    self._again_at = time.monotonic() + self._pause
                    await self._refresh()
        return self._keys.get(kid)

    async def ask_until_known(self) -> None:
        """Fetch the keys as soon as auth is there to give them."""
        while not self.known:
            await self._refresh()
            if not self.known:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _refresh(self) -> None:
        """Replace the keys by those at the address; keep what is there if it can't be had."""
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as client,
                client.get(self._url, allow_redirects=False, raise_for_status=True) as response,
            ):
                body = await response.content.read(_MAX_BYTES)
            self._keys = _public_keys(body) or self._keys
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, JOSEError) as error:
            logger.info("No keys from auth yet: %s", type(error).__name__)


def _public_keys(body: bytes) -> dict[str, Any]:
    """Return the RS256 keys of a JWKS by name.

    Raises:
        ValueError, JOSEError: it isn't a JWKS.
    """
    try:
        return {
            key["kid"]: jwk.construct(key, ALGORITHM)
            for key in orjson.loads(body)["keys"]
            if key.get("alg") == ALGORITHM
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a JWKS") from error


@asynccontextmanager
async def remote_keys(settings: Settings) -> AsyncIterator[RemoteKeys]:
    """Keep auth's keys at hand while a service runs; auth may come up later than the service."""
    keys = RemoteKeys(settings.jwt_jwks_url)
    asking = asyncio.create_task(keys.ask_until_known())
    try:
        yield keys
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
