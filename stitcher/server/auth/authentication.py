"""Who asks, by the token of the ``Authorization`` header (RFC 6750).

A bad token is refused in two steps, so that what stands between them, such as a limiter, counts whoever
tries one after the other: authentication puts the refusal down, and :class:`ChallengeMiddleware` sends it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.server.auth.identity import KeysUnavailableError, TokenError, identify
from stitcher.server.http.responses import error_response
from stitcher.server.http.scopes import REQUESTS
from stitcher.server.sessions.request_session import reject_session

if TYPE_CHECKING:  # what verifies takes long to import, and is only there where it is used
    from stitcher.server.auth.tokens import TokenVerifier

__all__ = ["AuthenticationMiddleware", "ChallengeMiddleware"]

log = structlog.get_logger(__name__)

KEY = "stitcher.refusal"

BEARER = re.compile(rb"bearer +([^ ].*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    headers: Mapping[str, str]
    status: int = 401
    code: str = "UNAUTHENTICATED"


class AuthenticationMiddleware:
    """Puts down in the scope whose token a request has.

    A request without a token is anonymous. One with a token that isn't accepted, or with credentials of
    another kind, is anonymous too, and refused by :class:`ChallengeMiddleware`; unless the token is that of
    a browser's session, which ends for this request instead. While no token can be judged, those who send
    one are told to come back.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app."""
        if scope["type"] in REQUESTS:
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if given:
                await self._authenticate(scope, given)
        await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope, given: list[bytes]) -> None:
        if len(given) > 1:
            # Which of them a service would believe isn't ours to guess.
            scope[KEY] = _invalid("There is more than one Authorization header.")
            return
        bearer = BEARER.fullmatch(given[0])
        if bearer is None:
            # No error code for those who use another scheme (RFC 6750, section 3.1).
            scope[KEY] = _refusal("The Authorization header has no Bearer token.", 'Bearer realm="graphql"')
            return
        try:
            identify(scope, await self._verifier.verify(bearer[1]))
        except KeysUnavailableError as error:
            scope[KEY] = _Refusal(str(error), {"Retry-After": "1"}, 503, "AUTHENTICATION_UNAVAILABLE")
        except TokenError as error:
            if reject_session(scope):
                log.info("token of a session refused", reason=str(error))
            else:
                scope[KEY] = _invalid(str(error))


class ChallengeMiddleware:
    """Answers a request whose token authentication has refused: 401, and ``WWW-Authenticate`` says why.

    Where the token can't be judged, it is 503.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, unless the request was refused."""
        refusal: _Refusal | None = scope.get(KEY)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        log.info("token refused", reason=refusal.reason)
        response = error_response(
            scope, refusal.status, refusal.code, refusal.reason, headers=refusal.headers
        )
        await response(scope, receive, send)


def _invalid(reason: str) -> _Refusal:
    return _refusal(reason, f'Bearer error="invalid_token", error_description="{reason}"')


def _refusal(reason: str, challenge: str) -> _Refusal:
    return _Refusal(reason, {"WWW-Authenticate": challenge})
