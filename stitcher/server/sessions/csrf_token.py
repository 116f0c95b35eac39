"""``GET /csrf-token``: what a session's mutations need, for pages that may read the answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stitcher.server.http.request_headers import by_name
from stitcher.server.http.responses import error_response
from stitcher.server.sessions.csrf import FOREIGN, CsrfGuard, CsrfTokens
from stitcher.server.sessions.request_session import session_of
from stitcher.server.sessions.sessions import SessionsUnavailableError

__all__ = ["CsrfTokenPage"]


class CsrfTokenPage:
    """Answers ``{"csrfToken": …}``; null where the request has no session, and so needs no token."""

    def __init__(self, guard: CsrfGuard, tokens: CsrfTokens) -> None:
        self._guard = guard
        self._tokens = tokens

    async def answer(self, request: Request) -> Response:
        """Return the response."""
        if self._guard.is_foreign(by_name(request.scope["headers"])):
            return error_response(request.scope, 403, "CSRF_REFUSED", FOREIGN)
        session = session_of(request.scope)
        if session.is_unavailable:
            unavailable = SessionsUnavailableError()
            return error_response(request.scope, 503, unavailable.code, str(unavailable))
        token = None if session.id is None else self._tokens.issue(session.id)
        return JSONResponse({"csrfToken": token})
