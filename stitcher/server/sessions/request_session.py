"""The session of one request: what came with its cookie, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.types import Scope

from stitcher.server.sessions.cookie import SessionCookie
from stitcher.server.sessions.sessions import Sessions, SessionsUnavailableError

__all__ = ["RequestSession", "reject_session", "session_of"]

KEY = "stitcher.session"

AUTHORIZATION = b"authorization"


class RequestSession:
    """Resumes, starts and ends the session of one request, and knows which cookie its answer sets.

    Attributes:
        has_cookie: There was a session's cookie.
        id: The session that the request is a part of, None where it is a part of none.
        has_ended: The cookie's session is over, or never was, or its token isn't accepted.
        is_unavailable: Whether there is a session can't be said, since their store doesn't answer.
        set_cookie: A header for the answer, None where the browser's cookie is as it should be.
    """

    __slots__ = (
        *("_cookie", "_named", "_scope", "_sessions"),
        *("has_cookie", "has_ended", "id", "is_unavailable", "set_cookie"),
    )

    def __init__(self, scope: Scope, sessions: Sessions, cookie: SessionCookie) -> None:
        self._scope = scope
        self._sessions = sessions
        self._cookie = cookie
        self._named: str | None = None  # by the cookie
        self.has_cookie = False
        self.id: str | None = None
        self.has_ended = False
        self.is_unavailable = False
        self.set_cookie: bytes | None = None
        scope[KEY] = self

    async def resume(self) -> None:
        """Go on with the session that the cookie names: its token is the request's from here on.

        Where the client sends ``Authorization`` itself, that counts, and the session isn't looked up.
        """
        cookie = self._cookie.read(self._scope)
        if cookie is None:
            return
        self.has_cookie = True
        self._named = cookie.session_id
        self._scope["headers"] = headers = cookie.others
        if any(name == AUTHORIZATION for name, _ in headers):
            return
        token = None
        if self._named is not None:
            try:
                token = await self._sessions.find(self._named)
            except SessionsUnavailableError:
                self.is_unavailable = True
                return
        if self._named is None or token is None:
            self.has_ended = True
            self.set_cookie = self._cookie.clear(self._scope)
            return
        self.id = self._named
        headers.append((AUTHORIZATION, b"Bearer " + token.encode()))

    def reject(self) -> bool:
        """Go on without the session, whose token isn't accepted; say whether there was one.

        Whoever is logged in by a cookie can't help it, and has to be able to log in again. The cookie stays:
        it may be that the token only can't be verified for a while.
        """
        if self.id is None:
            return False
        self.id = None
        self.has_ended = True
        self._scope["headers"] = [header for header in self._scope["headers"] if header[0] != AUTHORIZATION]
        return True

    async def start(self, token: str, expires_at: datetime) -> None:
        """Start a session with a token, for as long as the token lasts; the one before is ended.

        Raises:
            ValueError: the token has expired, or can't be sent in a header.
            SessionsUnavailableError: the store doesn't answer; nothing has changed.
        """
        seconds = int((expires_at - datetime.now(UTC)).total_seconds())
        if seconds < 1:
            raise ValueError(f"the token has expired at {expires_at}")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token can't be sent in a header")
        started = await self._sessions.start(token, seconds)
        if self._named is not None:
            await self._sessions.end(self._named)
        self.id = self._named = started
        self.has_ended = False
        self.set_cookie = self._cookie.write(self._scope, started, seconds)

    async def end(self) -> bool:
        """End the session that the cookie names, at once and for all gateways; say whether there was one.

        Raises:
            SessionsUnavailableError: the store doesn't answer; nothing has changed.
        """
        there = self._named is not None and await self._sessions.end(self._named)
        self.id = self._named = None
        self.has_ended = False
        self.set_cookie = self._cookie.clear(self._scope)
        return there

    def leave(self) -> None:
        """Take the session out of the scope: what points at each other is kept until the collector comes."""
        del self._scope[KEY]


def session_of(scope: Scope) -> RequestSession:
    """Return the session of a request that the middleware has seen."""
    session: RequestSession = scope[KEY]
    return session


def reject_session(scope: Scope) -> bool:
    """Go on without the request's session, whose token isn't accepted; say whether there was one."""
    session: RequestSession | None = scope.get(KEY)
    return session is not None and session.reject()
