"""Access tokens: who is calling, by a JWT that auth has signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from jose import JOSEError, jwt  # type: ignore[import-untyped]

__all__ = ["ALGORITHM", "Claims", "Keys", "verify"]

ALGORITHM = "RS256"
"""The one algorithm that tokens are signed with. A token's own header has no say in it."""

Claims = Mapping[str, Any]

_MAX_LENGTH = 8 * 1024
_REQUIRED = {f"require_{claim}": True for claim in ("exp", "iat", "iss", "sub")}


class Keys(Protocol):
    """The public keys that tokens may be signed with."""

    @property
    def known(self) -> bool:
        """Say whether any key is there."""
        ...

    async def find(self, kid: str) -> Any:
        """Return the key of this name in python-jose's form, or None."""
        ...


async def verify(token: str, keys: Keys, issuer: str) -> Claims | None:
    """Return the claims of a token that auth has signed and that is still good; None for any other."""
    if len(token) > _MAX_LENGTH:
        return None
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = await keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            return None
        claims: Claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=issuer, options=_REQUIRED)
    except (JOSEError, ArithmeticError, TypeError, ValueError):
        # What python-jose documents, and what claims of a wrong type make it raise.
        return None
    return claims
