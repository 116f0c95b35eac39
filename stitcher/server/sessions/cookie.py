"""The session's cookie: its name, its signature, its attributes (RFC 6265bis).

Over TLS the cookie is named ``__Host-…``, which browsers accept from this very host only (4.1.3.2): no
neighbour in the domain can put another session in its place. A cookie of the other name isn't looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from secrets import token_urlsafe
from typing import NamedTuple

from itsdangerous import BadSignature, Signer
from starlette.types import Scope

__all__ = ["CookieReading", "SessionCookie", "new_secret"]

NAME = b"stitcher_session"
TLS_NAME = b"__Host-" + NAME
NAMES = (NAME, TLS_NAME)

SECRET_BYTES = 32

LONGEST = 128
"""More than any cookie of ours has in characters: what is longer isn't looked at, nor remembered."""

REMEMBERED = 4096
"""The most cookies whose signature isn't checked again; the least recently used goes first."""


def new_secret() -> str:
    """Make up what cookies are signed with."""
    return token_urlsafe(SECRET_BYTES)


class CookieReading(NamedTuple):
    """What a request's cookies say.

    ``session_id`` is the one that the cookie was signed for, None for a cookie that isn't ours. ``others``
    are the request's headers without the session's cookie.
    """

    session_id: str | None
    others: list[tuple[bytes, bytes]]


class SessionCookie:
    """Writes and reads cookies.

    Args:
        secrets: What cookies are signed with; the first signs, and all are accepted.
        is_tls: Tells whether a request came by TLS.
    """

    def __init__(self, secrets: Sequence[str], is_tls: Callable[[Scope], bool]) -> None:
        self._is_tls = is_tls
        self._signer = Signer(
            list(reversed(secrets)),  # itsdangerous signs with the last
            salt="stitcher.session",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._verified = lru_cache(REMEMBERED)(self._verify)

    def read(self, scope: Scope) -> CookieReading | None:
        """Return what the request's cookies say of a session; None where they say nothing."""
        if not [value for name, value in scope["headers"] if name == b"cookie" and NAME in value]:
            return None
        given: list[bytes] = []
        others: list[tuple[bytes, bytes]] = []
        own_name = TLS_NAME if self._is_tls(scope) else NAME
        for header in scope["headers"]:
            if header[0] != b"cookie":
                others.append(header)
                continue
            left = []
            for pair in header[1].split(b";"):
                name, _, value = pair.strip().partition(b"=")
                if name not in NAMES:
                    left.append(pair.strip())
                elif name == own_name:
                    given.append(value)
            if left:
                others.append((b"cookie", b"; ".join(left)))
        if not given and len(others) == len(scope["headers"]):
            return None
        # Of several, as when a neighbour in the domain has set one too, none can be trusted.
        is_one = len(given) == 1 and len(given[0]) <= LONGEST
        return CookieReading(self._verified(given[0]) if is_one else None, others)

    def write(self, scope: Scope, session_id: str, seconds: int) -> bytes:
        """Return the ``Set-Cookie`` that makes a browser send this session, for so many seconds."""
        return self._set_cookie(scope, self._signer.sign(session_id), seconds)

    def clear(self, scope: Scope) -> bytes:
        """Return the ``Set-Cookie`` that makes a browser forget the cookie."""
        return self._set_cookie(scope, b"", 0)

    def _verify(self, value: bytes) -> str | None:
        try:
            return self._signer.unsign(value).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None

    def _set_cookie(self, scope: Scope, value: bytes, seconds: int) -> bytes:
        name, secure = (TLS_NAME, b"; Secure") if self._is_tls(scope) else (NAME, b"")
        return b"%b=%b; Path=/; Max-Age=%d%b; HttpOnly; SameSite=Lax" % (name, value, seconds, secure)
