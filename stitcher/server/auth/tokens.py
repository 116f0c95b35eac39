"""Bearer tokens: who is asking, by a JWT with a signature that holds (RFC 7519, RFC 8725).

python-jose checks signatures, and nothing else is left to it: what it takes by default is wider than
what a gateway may take. A token goes this way, and ends at the first rule that it breaks:

A. Its form: three parts of base64url, not too long. Nothing is decoded before that.
B. Tokens that were verified are remembered until they expire, as long as no key is withdrawn.
C. Its header: a type that is a JWT's, no extension that has to be understood.
D. Its key, by name; the key says which algorithms it is for, and the header has to name one of them.
E. Its signature.
F. Its claims: when, by whom, for whom.
"""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from jose import JWSError, jws  # type: ignore[import-untyped]
from jose.utils import base64url_decode  # type: ignore[import-untyped]

from stitcher.server.auth.identity import Identity, TokenError
from stitcher.server.auth.keys import Keys

__all__ = ["ClaimRules", "TokenVerifier"]

log = structlog.get_logger(__name__)

LONGEST = 8 * 1024
"""The most bytes of a token; proxies and servers take no longer headers either."""

REMEMBERED = 4096
"""The most verified tokens that are kept; the least recently used goes first."""

JWT = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
"""Of a token (RFC 7519, section 5.1) and an access token (RFC 9068, section 2.1), in lower case."""


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What the claims have to be, beside ``exp``, which every token needs.

    ``issuer`` is the only ``iss`` that is taken, None takes any. One of ``audiences`` has to be in ``aud``;
    without any, a token for a particular audience isn't for us (RFC 7519, section 4.1.3). ``leeway`` are
    the seconds that clocks may differ.
    """

    issuer: str | None = None
    audiences: tuple[str, ...] = ()
    leeway: int = 0


@dataclass(frozen=True, slots=True)
class _Verified:
    identity: Identity
    until: float


class TokenVerifier:
    """Turns tokens into identities.

    Args:
        keys: Where their keys are found.
        rules: What their claims have to be.
        remembered: The most verified tokens that are kept.
    """

    def __init__(self, keys: Keys, rules: ClaimRules, *, remembered: int = REMEMBERED) -> None:
        self.keys = keys
        self._rules = rules
        self._remembered = remembered
        # By digest: of equal length whatever the token's, and of no use to whoever reads our memory.
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._version = keys.version

    async def verify(self, token: bytes) -> Identity:
        """Return who holds the token.

        Raises:
            TokenError: says what is wrong with it; whatever goes wrong ends so.
        """
        if len(token) > LONGEST:  # A
            raise TokenError(f"The token is longer than {LONGEST} bytes.")
        if self._version != self.keys.version:  # B
            self._verified.clear()
            self._version = self.keys.version
        digest = sha256(token).digest()
        known = self._verified.get(digest)
        if known is not None and time.time() < known.until:
            self._verified.move_to_end(digest)
            return known.identity
        try:
            claims = await self._claims(token)
        except TokenError:
            self._verified.pop(digest, None)
            raise
        except Exception as error:
            log.warning("verifying a token failed", cause=type(error).__name__)
            raise TokenError("The token can't be verified.") from error
        identity = Identity(MappingProxyType(claims))
        self._verified[digest] = _Verified(identity, claims["exp"] + self._rules.leeway)
        if len(self._verified) > self._remembered:
            self._verified.popitem(last=False)
        return identity

    async def _claims(self, token: bytes) -> dict[str, Any]:
        if not JWT.fullmatch(token):  # A
            raise TokenError("The token is no signed JWT.")
        header = _header(token)  # C
        key = await self.keys.find(header.get("kid"))  # D
        if key is None:
            raise TokenError("The token names a key that is not known here.")
        material = key.materials.get(header["alg"])
        if material is None:
            raise TokenError("The token is signed by an algorithm that is not accepted.")
        claims = _parsed(_payload(token, material, header["alg"]), "payload")
        _check_claims(claims, self._rules, time.time())  # F
        return claims


def _parsed(text: bytes, part: str) -> dict[str, Any]:
    """Return a JSON object; orjson takes no Infinity, no bad UTF-8 and no bottomless nesting."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise TokenError(f"The token's {part} is no JSON object.")
    return value


def _header(token: bytes) -> dict[str, Any]:
    """C. Return the header, checked before it is believed in anything."""
    try:
        text = base64url_decode(token.partition(b".")[0])
    except ValueError:
        text = b""
    header = _parsed(text, "header")
    if not isinstance(header.get("alg"), str):
        raise TokenError("The token names no algorithm.")
    if "crit" in header:
        raise TokenError("The token has an extension that is not known here (crit).")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TokenError("The token is of another type than JWT.")
    if not isinstance(header.get("kid", ""), str):
        raise TokenError("The name of the token's key is no text.")
    return header


def _payload(token: bytes, material: Any, algorithm: str) -> bytes:
    """E. Return what is signed, if the signature holds."""
    try:
        payload: bytes = jws.verify(token, material, [algorithm])
    except JWSError:
        raise TokenError("The token's signature does not match.") from None
    return payload


# F. Claims


def _check_claims(claims: Mapping[str, Any], rules: ClaimRules, now: float) -> None:
    if "exp" not in claims:
        raise TokenError("The token never expires; it needs an exp.")
    if now >= _time(claims, "exp") + rules.leeway:
        raise TokenError("The token has expired.")
    if "nbf" in claims and now < _time(claims, "nbf") - rules.leeway:
        raise TokenError("The token is not valid yet.")
    if "iat" in claims and now < _time(claims, "iat") - rules.leeway:
        raise TokenError("The token was issued in the future.")
    if rules.issuer is not None and claims.get("iss") != rules.issuer:
        raise TokenError("The token is of another issuer.")
    if not _is_for_us(claims, rules.audiences):
        raise TokenError("The token is for another audience.")
    subject = claims.get("sub")
    if isinstance(subject, bool) or not isinstance(subject, str | int | None):
        raise TokenError("The token's subject is neither text nor a whole number.")


def _time(claims: Mapping[str, Any], name: str) -> float:
    """Return a NumericDate (RFC 7519, section 2)."""
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenError(f"The token's {name} is no time.")
    return value


def _is_for_us(claims: Mapping[str, Any], audiences: tuple[str, ...]) -> bool:
    if "aud" not in claims:
        return not audiences
    value = claims["aud"]
    meant = value if isinstance(value, list) else [value]
    return any(audience in meant for audience in audiences)
