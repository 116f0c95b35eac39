"""Who logs in by a cookie: the session's token takes the place of the ``Authorization`` header."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stitcher.server.http.scopes import REQUESTS, STARTS
from stitcher.server.sessions.cookie import SessionCookie
from stitcher.server.sessions.request_session import RequestSession
from stitcher.server.sessions.sessions import Sessions

__all__ = ["SessionMiddleware"]


KEEPING = frozenset({b"cache-control", b"etag"})
"""What lets proxies keep an answer: none with a cookie, which is one client's."""


class SessionMiddleware:
    """Turns a session's cookie into ``Authorization: Bearer …``, and answers with the cookie's successor.

    - A client that sends ``Authorization`` itself gets what it asks for: its cookie isn't looked up.
    - A cookie without a session is taken back, and the request goes on as nobody's.
    - While nobody can tell, the request goes on too, for a limiter to count; :class:`RequestSession` says so.

    What follows doesn't see the cookie.

    Args:
        app: What follows.
        sessions: Where tokens are kept.
        cookie: How ids travel.
        paths: Where sessions count; elsewhere nothing is looked up.
    """

    def __init__(
        self, app: ASGIApp, sessions: Sessions, cookie: SessionCookie, paths: Collection[str]
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._cookie = cookie
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app with the session in the scope."""
        if scope["type"] not in REQUESTS or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        session = RequestSession(scope, self._sessions, self._cookie)
        await session.resume()

        async def send_with_cookie(message: Message) -> None:
            if session.set_cookie is not None and message["type"] in STARTS:
                own = [header for header in message.get("headers", ()) if header[0] not in KEEPING]
                message["headers"] = [*own, (b"set-cookie", session.set_cookie)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_cookie)
        finally:
            session.leave()
