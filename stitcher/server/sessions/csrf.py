"""Requests that a browser sends for somebody else's page are refused (cross-site request forgery).

What a page of another origin can have sent without asking is a GET, or a POST of a form's content types.
The endpoint takes no POST but JSON's, so a POST is always asked for beforehand (the CORS preflight), and a
GET never changes anything. On top of that:

A. *Bearer*: who sends ``Authorization: Bearer`` is no victim, for no browser adds that by itself. All else
   that authenticates, a cookie or ``Authorization: Basic``, a browser does add.
B. *Foreign*: what comes from a page of an origin that isn't this one's, nor listed in ``CORS_ORIGINS``, is
   refused, a login too, which has no session yet. The browser says so itself: by ``Sec-Fetch-Site`` (Fetch
   Metadata, 2.3), or else by ``Origin``, compared with ``Host``. Other clients send neither.
C. *Header*: a GET of which neither says anything may be an old browser's, or any browser's over plain HTTP,
   for which there is no ``Sec-Fetch-Site``. Where it has a cookie or credentials, it needs one more header,
   which a foreign page can't add without a preflight. ``strict`` asks for it in every GET, as Apollo Server.
D. *Token*: in a cookie's session, anything but a query needs its token: an HMAC of the session's id, which
   a foreign page can't read. It holds even where the others fail, as behind a proxy that allows all origins.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence

from stitcher.errors import RequestError
from stitcher.server.sessions.request_session import RequestSession

__all__ = ["FOREIGN", "CsrfGuard", "CsrfTokens"]

TOKEN_HEADER = b"x-csrf-token"

HEADERS = frozenset(
    {
        *(b"graphql-require-preflight", b"apollo-require-preflight", b"x-apollo-operation-name"),
        *(b"x-graphql-yoga-csrf", b"x-requested-with", TOKEN_HEADER),
    }
)
"""Headers that no form, link or image can add: those that GraphQL clients and frameworks send for it."""

FOREIGN = (
    "The request comes from a page of another origin. Add that origin to CORS_ORIGINS if its pages are to "
    "use this endpoint."
)
UNCLEAR = (
    "The request may come from a page of another origin. Send the header GraphQL-Require-Preflight: 1 with "
    "it, or send a POST."
)

DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}
"""What browsers leave out of an origin, and clients may write into ``Host`` (RFC 9110, 4.2.3)."""

OWN_SITES = (b"same-origin", b"none")
"""``none`` is what a person does in the browser itself, such as opening a bookmark."""


class CsrfGuard:
    """Finds out which requests may have been sent by a foreign page.

    Args:
        origins: Those that are trusted beside this one's own, such as ``https://app.example``.
        strict: Whether every GET needs a header that asks for a preflight.
    """

    def __init__(self, origins: Collection[str] = (), *, strict: bool = False) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self._strict = strict

    def refuse(self, method: str, headers: Mapping[bytes, bytes], session: RequestSession) -> str | None:
        """Return why a request is refused, for the client, or None where it may go on.

        Args:
            method: GET, HEAD or POST.
            headers: By name, in lower case.
            session: What the request's cookie said; in a session, ``authorization`` isn't the client's own.
        """
        authorization = headers.get(b"authorization", b"")
        if session.id is None and authorization[:7].lower() == b"bearer ":  # A
            return None
        is_own = self._is_own(headers)
        if is_own is False:  # B
            return FOREIGN
        if method == "POST" or not HEADERS.isdisjoint(headers):
            return None
        has_credentials = session.has_cookie or b"cookie" in headers or authorization
        if self._strict or (is_own is None and has_credentials):  # C
            return UNCLEAR
        return None

    def is_foreign(self, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether a request was sent by a page of an origin that isn't trusted."""
        return self._is_own(headers) is False

    def _is_own(self, headers: Mapping[bytes, bytes]) -> bool | None:
        """Say whether a trusted page has sent the request; None where nobody can tell."""
        site = headers.get(b"sec-fetch-site")
        if site in OWN_SITES:
            return True
        origin = headers.get(b"origin")
        if origin is not None:
            if origin in self._origins:
                return True
            # Without the scheme, which a proxy in front may have changed, and without its own port.
            scheme, _, own = origin.partition(b"://")
            host = headers.get(b"host", b"").lower().removesuffix(DEFAULT_PORTS.get(scheme, b""))
            return site is None and scheme in DEFAULT_PORTS and host != b"" and own == host
        return None if site is None else False


class CsrfTokens:
    """Makes and checks the tokens of sessions. Nothing is kept: a token follows from its session.

    Args:
        secrets: What tokens are made with; the first makes them, and all are accepted.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]

    def issue(self, session_id: str) -> str:
        """Return a session's token."""
        return _token(self._secrets[0], session_id)

    def refuse(self, session: RequestSession, headers: Mapping[bytes, bytes]) -> RequestError | None:
        """Return what a mutation in this session is refused with, or None where it isn't.

        Args:
            session: Where there is none, no token is needed.
            headers: By name, in lower case.
        """
        if session.id is None or self._accepts(session.id, headers.get(TOKEN_HEADER, b"")):
            return None
        message = "In a session, a mutation needs the header X-CSRF-Token, with what GET /csrf-token answers."
        return RequestError("CSRF_TOKEN_INVALID", {"message": message})

    def _accepts(self, session_id: str, token: bytes) -> bool:
        """Compare in a time that tells nothing about the token."""
        return token != b"" and any(
            hmac.compare_digest(_token(secret, session_id).encode(), token) for secret in self._secrets
        )


def _token(secret: bytes, session_id: str) -> str:
    digest = hmac.digest(secret, b"stitcher.csrf:" + session_id.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
