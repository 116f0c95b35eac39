"""From settings to what verifies tokens."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from yarl import URL

from stitcher.errors import SettingsError
from stitcher.server.auth.jwks import RemoteKeys
from stitcher.server.auth.keys import (
    SYMMETRIC,
    Keys,
    OneKey,
    UnusableKeyError,
    key_of_pem,
    key_of_secret,
)
from stitcher.server.auth.tokens import ClaimRules, TokenVerifier
from stitcher.settings.load import Settings
from stitcher.transport.exchange import HttpPool

__all__ = ["assemble_verifier"]


def assemble_verifier(settings: Settings, pool: HttpPool) -> TokenVerifier:
    """Return what verifies tokens as the settings say that they are to be.

    Args:
        settings: Those that begin with ``jwt_`` count, and one of them gives keys.
        pool: The connections by which keys are fetched.

    Raises:
        SettingsError: the key can't be used; without its value, which may be a secret.
    """
    try:
        keys = _keys(settings, pool)
    except UnusableKeyError as error:
        raise SettingsError(f"{settings.verified_by}: its value can't be used; expected {error}.") from None
    rules = ClaimRules(settings.jwt_issuer, settings.jwt_audience, settings.jwt_leeway)
    return TokenVerifier(keys, rules)


def _keys(settings: Settings, pool: HttpPool) -> Keys:
    if settings.jwt_secret is not None:
        algorithm = (settings.jwt_algorithms or SYMMETRIC)[0]
        return OneKey(key_of_secret(settings.jwt_secret.get_secret_value(), algorithm))
    allowed = settings.jwt_algorithms
    if settings.jwt_public_key is not None:
        return OneKey(key_of_pem(_pem(settings.jwt_public_key), allowed))
    address = _safe(settings.jwt_jwks_url or "", settings.jwt_jwks_plain_http)
    return RemoteKeys(address, allowed, pool)


def _pem(text_or_path: str) -> str:
    if "-----BEGIN" in text_or_path:
        return text_or_path.replace("\\n", "\n")
    try:
        return Path(text_or_path).read_text(encoding="ascii")
    except (OSError, ValueError):
        raise UnusableKeyError("a public key in PEM, or the path of a file with one") from None


def _safe(address: str, plain_http: bool) -> str:
    """Return the address if nobody on the way can put other keys in the place of the issuer's."""
    url = URL(address)
    if url.scheme == "https" or plain_http or _is_here(url.host or ""):
        return address
    raise UnusableKeyError("https://…; http:// elsewhere than on this machine needs JWT_JWKS_PLAIN_HTTP=on")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
