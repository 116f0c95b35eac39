"""An issuer's public keys, fetched from its JWKS and kept (RFC 7517, section 5).

A. When the gateway begins, in the background: again and again until there are keys. An issuer that is
   down keeps no gateway from starting; a token that can't be judged until then is no bad one.
B. From time to time, so that a key that the issuer has withdrawn isn't taken for long.
C. When a token names a key that isn't known, as after a rotation; not more often than every 30 s, so that
   invented names can't make the gateway knock all day.

Only one request is under way at a time, and whoever needs a key waits for that one. Where it fails, the
keys stay that were there.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import orjson
import structlog

from stitcher.server.auth.identity import KeysUnavailableError
from stitcher.server.auth.keys import TokenKey, UnusableKeyError, key_of_jwk
from stitcher.transport.exchange import HttpPool

__all__ = ["RemoteKeys"]

log = structlog.get_logger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=3)
LIMIT = 256 * 1024
"""The most bytes of a JWKS."""

FIRST_PAUSE = 1.0
"""Seconds between two attempts while there are no keys at all (A)."""

RENEWAL = 300.0
"""Seconds after which keys are fetched anew (B)."""

PAUSE = 30.0
"""Seconds between two requests that tokens with unknown keys cause (C), or after one that failed (B)."""


class RemoteKeys:
    """The keys at an address.

    Args:
        url: Where the issuer publishes them.
        allowed: The algorithms that a key may be for.
        pool: Connections, open by the time of :meth:`open`.
        pause: Seconds between two requests that unknown keys cause, or after one that failed.
        renewal: Seconds after which keys are fetched anew.
    """

    def __init__(
        self,
        url: str,
        allowed: Sequence[str],
        pool: HttpPool,
        *,
        pause: float = PAUSE,
        renewal: float = RENEWAL,
    ) -> None:
        self.version = 0
        self._url = url
        self._allowed = allowed
        self._pool = pool
        self._pause = pause
        self._renewal = renewal
        self._keys: dict[str | None, TokenKey] = {}
        self._published: list[Any] | None = None
        self._is_down = False
        self._knock_at = -math.inf
        self._fetching: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to fetch the keys, and to renew them."""
        self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """End that."""
        for task in (self._keeping, self._fetching):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def find(self, kid: str | None) -> TokenKey | None:
        """Return the key of this name; without a name, the only one that there is.

        One that isn't known is asked for, if that may be done again.

        Raises:
            KeysUnavailableError: the issuer has given none yet.
        """
        key = self._known(kid)
        if key is not None:
            return key
        if self._fetching is not None or time.monotonic() >= self._knock_at:  # C
            if self._fetching is None:
                self._knock_at = time.monotonic() + self._pause
            await asyncio.shield(self._start())  # who stops waiting stops nobody else
        if not self._keys:
            raise KeysUnavailableError("Tokens can't be verified yet: their issuer gives no keys.")
        return self._known(kid)

    def _known(self, kid: str | None) -> TokenKey | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _keep(self) -> None:
        while True:
            await asyncio.shield(self._start())
            pause = self._pause if self._is_down else self._renewal  # B
            await asyncio.sleep(pause if self._keys else FIRST_PAUSE)  # A

    def _start(self) -> asyncio.Task[None]:
        """Return the request that is under way, a new one if there is none."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            self._take(_published(await self._get()))
        except Exception as error:  # noqa: BLE001 - whatever an issuer does, keys stay and are renewed
            if not self._is_down:
                kept = "the keys that are known stay" if self._keys else "no token can be verified until then"
                log.warning(f"the issuer gives no keys; {kept}", cause=f"{type(error).__name__}: {error}")
            self._is_down = True
        finally:
            self._fetching = None

    async def _get(self) -> bytes:
        body = bytearray()
        async with self._pool.session.get(
            self._url,
            timeout=TIMEOUT,
            allow_redirects=False,
            headers={"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"},
        ) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")  # not aiohttp's error, which tells the address
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > LIMIT:
                    raise ValueError(f"more than {LIMIT} bytes")
        return bytes(body)

    def _take(self, published: list[Any]) -> None:
        """Use these keys from now on, and no others.

        Raises:
            ValueError: none of them can be used.
        """
        if published != self._published:
            keys, refused = _usable(published, self._allowed)
            if not keys:
                raise ValueError(f"no usable key: {'; '.join(refused) or 'there is none'}")
            self._keys, self._published = keys, published
            self.version += 1
            names = [kid for kid in keys if kid is not None]
            log.info("the issuer's keys are known", keys=names, not_used=refused)
        elif self._is_down:
            log.info("the issuer answers again; its keys are the same")
        self._is_down = False


def _published(body: bytes) -> list[Any]:
    """Return the members of a JWKS.

    Raises:
        ValueError: it is none.
    """
    document = orjson.loads(body)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no JWKS")
    return keys


def _usable(published: list[Any], allowed: Sequence[str]) -> tuple[dict[str | None, TokenKey], list[str]]:
    """Return the keys by name, and what is wrong with each other one. Of equal names, the first counts."""
    keys: dict[str | None, TokenKey] = {}
    refused = []
    for position, data in enumerate(published):
        kid = data.get("kid") if isinstance(data, Mapping) else None
        try:
            if not isinstance(data, Mapping) or not isinstance(kid, str | None):
                raise UnusableKeyError("a JWK")
            keys.setdefault(kid, key_of_jwk(data, allowed))
        except UnusableKeyError as error:
            refused.append(f"key {position + 1}: expected {error}")
    return keys, refused
