"""Who asks: what authentication found out about one request, for everything that follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from starlette.types import Scope

__all__ = ["ANONYMOUS", "Identity", "KeysUnavailableError", "TokenError", "identify", "identity_of"]

KEY = "stitcher.identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """The holder of a verified token, or nobody in particular.

    ``claims`` are the token's; without a token there are none.
    """

    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_authenticated(self) -> bool:
        """Whether there is a verified token."""
        return bool(self.claims)

    @property
    def subject(self) -> str | None:
        """The claim ``sub``: the user's id (RFC 7519, section 4.1.2), as text where it is a number."""
        subject = self.claims.get("sub")
        return None if subject is None else str(subject)

    @property
    def scopes(self) -> frozenset[str]:
        """The claim ``scope``, words with spaces between them (RFC 6749, section 3.3), or a list of them."""
        scope = self.claims.get("scope")
        words = scope.split(" ") if isinstance(scope, str) else scope if isinstance(scope, list) else ()
        return frozenset(word for word in words if isinstance(word, str) and word)


class TokenError(Exception):
    """The token isn't accepted; the message is for the client, in ASCII without quotes or backslashes."""


class KeysUnavailableError(TokenError):
    """Nobody can tell whether the token is good: there are no keys yet. It may be in a moment."""


ANONYMOUS = Identity()


def identify(scope: Scope, identity: Identity) -> None:
    """Put down in an ASGI scope who asks."""
    scope[KEY] = identity


def identity_of(scope: Scope) -> Identity:
    """Return who asks, as far as the middleware before has found out."""
    identity: Identity = scope.get(KEY, ANONYMOUS)
    return identity
