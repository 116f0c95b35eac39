"""Browsers' sessions: an opaque id outside, an access token inside.

A session's id is 256 random bits, and only the browser has it. Two things follow from it that don't lead
back: the key that the session is stored under, and the key that its token is encrypted with. Whoever reads
the store finds neither a cookie nor a token that could be sent.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from stitcher.errors import StitcherError
from stitcher.events import Observer, SessionMoved
from stitcher.stores import Store, StoreUnavailableError

__all__ = ["Sessions", "SessionsUnavailableError", "stored_as"]

ID_BYTES = 32


class SessionsUnavailableError(StitcherError):
    """The store of sessions doesn't answer; the message is for the client."""

    code = "SESSIONS_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("Sessions can't be looked up or changed at the moment; try again soon.")


class Sessions:
    """Starts sessions, finds their tokens, ends them; any method may raise SessionsUnavailableError."""

    def __init__(self, store: Store, observer: Observer | None = None) -> None:
        self._store = store
        self._observer = observer

    async def start(self, token: str, seconds: int) -> str:
        """Keep a token for so many seconds, and return the new session's id."""
        from stitcher.server.sessions.sealing import (
            seal,  # cryptography takes long to import, and much memory
        )

        session_id = secrets.token_urlsafe(ID_BYTES)
        with _available():
            await self._store.write(stored_as(session_id), seal(token, session_id), seconds)
        if self._observer is not None:
            self._observer.notice(SessionMoved(has_begun=True))
        return session_id

    async def find(self, session_id: str) -> str | None:
        """Return the token of a session, or None where there is no such session, or no longer."""
        with _available():
            sealed = await self._store.read(stored_as(session_id))
        if sealed is None:
            return None
        from stitcher.server.sessions.sealing import unseal

        return unseal(sealed, session_id)

    async def end(self, session_id: str) -> bool:
        """End a session at once; say whether there was one."""
        with _available():
            was_there = await self._store.delete(stored_as(session_id))
        if was_there and self._observer is not None:
            self._observer.notice(SessionMoved(has_begun=False))
        return was_there


@contextmanager
def _available() -> Iterator[None]:
    """Refuse sessions while their store doesn't answer: nobody is taken for anonymous who isn't."""
    try:
        yield
    except StoreUnavailableError as error:
        raise SessionsUnavailableError from error


def stored_as(session_id: str) -> str:
    """Return the name of a session that may be shown: it doesn't lead to the id."""
    return hashlib.sha256(b"stored as:" + session_id.encode()).hexdigest()
