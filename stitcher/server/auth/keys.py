"""Keys that tokens are verified with: each public or secret, long enough, and for known algorithms only.

A key is for one algorithm (RFC 8725, section 3.1), or for several of its own kind that the settings name: an
RSA key for RS256 and RS512. So no public key is ever taken for the secret of an HMAC (section 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jose import JOSEError, jwk  # type: ignore[import-untyped]

__all__ = [
    "ASYMMETRIC",
    "SYMMETRIC",
    "Keys",
    "OneKey",
    "TokenKey",
    "UnusableKeyError",
    "key_of_jwk",
    "key_of_pem",
    "key_of_secret",
]

SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""What python-jose can verify; where neither a key nor the settings say, the first that fits."""

RSA_BITS = 2048
"""The least size of an RSA key (RFC 7518, section 3.3)."""

CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class UnusableKeyError(ValueError):
    """The key can't be used; the message completes "expected …"."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """``materials`` is the key in python-jose's form, for each algorithm that it is for, and no other."""

    materials: Mapping[str, Any]


class Keys(Protocol):
    """Where the key of a token is found."""

    version: int
    """Another number whenever a key may have been withdrawn: what was verified before may not be good now."""

    async def open(self) -> None:
        """Begin to keep keys at hand. Called once, when the gateway begins."""
        ...

    async def close(self) -> None:
        """Release what was opened. Called once, when the gateway ends."""
        ...

    async def find(self, kid: str | None) -> TokenKey | None:
        """Return the key for tokens whose header has this ``kid``, or none, or None if it isn't known.

        Raises:
            KeysUnavailableError: no key is known at all, so far.
        """
        ...


class OneKey:
    """A key that was given with the settings: that of all tokens, whatever they call it."""

    version = 0

    def __init__(self, key: TokenKey) -> None:
        self._key = key

    async def open(self) -> None:
        """Do nothing: the key is there."""

    async def close(self) -> None:
        """Do nothing: nothing was opened."""

    async def find(self, kid: str | None) -> TokenKey:
        """Return the key."""
        return self._key


def key_of_secret(secret: str, algorithm: str) -> TokenKey:
    """Return the key that a shared secret is, as long as the algorithm's hash (RFC 7518, section 3.2).

    Raises:
        UnusableKeyError: it is shorter, or a public key or certificate as text.
    """
    least, length = int(algorithm.removeprefix("HS")) // 8, len(secret.encode())
    if length < least:
        raise UnusableKeyError(f"a random secret of at least {least} bytes for {algorithm}, not {length}")
    try:
        return TokenKey({algorithm: jwk.construct(secret, algorithm)})
    except JOSEError:
        raise UnusableKeyError("a random secret, not a public key or certificate") from None


def key_of_pem(pem: str, allowed: Sequence[str] = ()) -> TokenKey:
    """Return the public key of a PEM text, for those of the allowed algorithms that fit.

    Without any, it is for the first that fits.

    Raises:
        UnusableKeyError: it is none, too short, or for no algorithm that is allowed.
    """
    if "PRIVATE KEY-----" in pem:
        raise UnusableKeyError("a public key, not a private one, which only the issuer may have")
    try:
        public = load_pem_public_key(pem.encode())
    except Exception:  # noqa: BLE001 - cryptography's errors are of many kinds
        raise UnusableKeyError("a public key in PEM (-----BEGIN PUBLIC KEY-----)") from None
    return _key_of_public(public, allowed)


def key_of_jwk(data: Mapping[str, Any], allowed: Sequence[str] = ()) -> TokenKey:
    """Return the public key of a JWK that is meant for signatures (RFC 7517, section 4).

    It is for the algorithm that it names; else for those of the allowed ones that fit, and without any for
    the first that fits.

    Raises:
        UnusableKeyError: it is none, secret, too short, or for no algorithm that is allowed.
    """
    if data.get("kty") not in ("RSA", "EC"):
        raise UnusableKeyError("a key of type RSA or EC")
    if "d" in data:
        raise UnusableKeyError("a public key, not a private one")
    if data.get("use", "sig") != "sig" or "verify" not in data.get("key_ops", ("verify",)):
        raise UnusableKeyError("a key for signatures")
    named = data.get("alg")
    if named is not None and named not in (allowed or ASYMMETRIC):
        raise UnusableKeyError(f"a key for {', '.join(allowed or ASYMMETRIC)}")
    try:
        public = jwk.construct(dict(data), "RS256" if data["kty"] == "RSA" else "ES256").prepared_key
    except Exception:  # noqa: BLE001 - python-jose lets pass whatever a field of a wrong type leads to
        raise UnusableKeyError("a well-formed JWK") from None
    return _key_of_public(public, allowed if named is None else (named,))


def _key_of_public(public: object, allowed: Sequence[str]) -> TokenKey:
    """Return the key with the algorithms that it is for."""
    known = allowed or ASYMMETRIC
    if isinstance(public, RSAPublicKey):
        if public.key_size < RSA_BITS:
            raise UnusableKeyError(f"an RSA key of at least {RSA_BITS} bits, not {public.key_size}")
        fits = [name for name in known if name.startswith("RS")]
    elif isinstance(public, EllipticCurvePublicKey):
        fits = [name for name in known if name == CURVES.get(public.curve.name)]
    else:
        raise UnusableKeyError("an RSA key, or one on the curve P-256, P-384 or P-521")
    if not fits:
        raise UnusableKeyError(f"a key for {', '.join(known)}")
    return TokenKey(
        {algorithm: jwk.construct(public, algorithm) for algorithm in (fits if allowed else fits[:1])}
    )
