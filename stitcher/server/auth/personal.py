"""Whose answers those are that are for one client alone."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from stitcher.server.auth.identity import Identity

__all__ = ["personal_key"]

FLEETING = frozenset({"exp", "iat", "nbf", "jti", "auth_time"})
"""Claims that differ from one token of a user to the next, and say nothing of what it may see."""


def personal_key(identity: Identity, headers: Mapping[str, str]) -> bytes | None:
    """Return a word that is the same for requests that may have each other's answers; None for nobody's.

    Args:
        identity: Who asks. Tokens with the same claims are the same user's, and see the same.
        headers: What services are sent. A token that the gateway doesn't verify counts as it stands, and so
            does a cookie.
    """
    cookie = headers.get("cookie", "")
    if identity.claims:
        claims = sorted(
            (name, repr(value)) for name, value in identity.claims.items() if name not in FLEETING
        )
        said = repr(claims)
    else:
        said = headers.get("authorization", "")
        if not said and not cookie:
            return None
    return blake2b(f"{said}\0{cookie}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
