"""Browsers' sessions: an opaque id outside, an access token inside.

A session's id is 256 random bits, and only the browser has it. Two things follow from it that don't lead
back: the key that the session is stored under, and the key that its token is encrypted with. Whoever reads
the store finds neither a cookie nor a token that could be sent.
"""

from __future__ import annotations

import hashlib
import heapq
import secrets
import time
from typing import Protocol

from stitcher.errors import StitcherError

__all__ = ["MemorySessionStore", "SessionStore", "Sessions", "SessionsUnavailableError", "stored_as"]

ID_BYTES = 32


class SessionsUnavailableError(StitcherError):
    """The store of sessions doesn't answer; the message is for the client."""

    code = "SESSIONS_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("Sessions can't be looked up or changed at the moment; try again soon.")


class SessionStore(Protocol):
    """Keeps values for a time, for all who share it; any method may raise SessionsUnavailableError."""

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        ...

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        ...

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        ...

    async def close(self) -> None:
        """Release connections. Called once, when the gateway ends."""
        ...


class MemorySessionStore:
    """Keeps sessions in this process, for this gateway alone; they end with it."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, bytes]] = {}
        self._ends: list[tuple[float, str]] = []

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        end, value = self._values.get(key, (0.0, None))
        return value if end > time.monotonic() else None

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds; what has ended meanwhile is thrown away."""
        now = time.monotonic()
        while self._ends and self._ends[0][0] <= now:
            self._values.pop(heapq.heappop(self._ends)[1], None)
        self._values[key] = (now + seconds, value)
        heapq.heappush(self._ends, (now + seconds, key))

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        there = await self.read(key) is not None
        self._values.pop(key, None)
        return there

    async def close(self) -> None:
        """Do nothing: there are no connections."""


class Sessions:
    """Starts sessions, finds their tokens, ends them; any method may raise SessionsUnavailableError."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def start(self, token: str, seconds: int) -> str:
        """Keep a token for so many seconds, and return the new session's id."""
        from stitcher.server.sessions.sealing import (
            seal,  # cryptography takes long to import, and much memory
        )

        session_id = secrets.token_urlsafe(ID_BYTES)
        await self._store.write(stored_as(session_id), seal(token, session_id), seconds)
        return session_id

    async def find(self, session_id: str) -> str | None:
        """Return the token of a session, or None where there is no such session, or no longer."""
        sealed = await self._store.read(stored_as(session_id))
        if sealed is None:
            return None
        from stitcher.server.sessions.sealing import unseal

        return unseal(sealed, session_id)

    async def end(self, session_id: str) -> bool:
        """End a session at once; say whether there was one."""
        return await self._store.delete(stored_as(session_id))

    async def close(self) -> None:
        """Release the store's connections."""
        await self._store.close()


def stored_as(session_id: str) -> str:
    """Return the name of a session that may be shown: it doesn't lead to the id."""
    return hashlib.sha256(b"stored as:" + session_id.encode()).hexdigest()
