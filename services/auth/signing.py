"""The key that auth signs access tokens with, and the JWKS that it publishes of it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk, jwt  # type: ignore[import-untyped]

from services.common.settings import Settings
from services.common.tokens import ALGORITHM

__all__ = ["SigningKey", "own_key"]

_FILE = "auth-key.pem"
_BITS = 2048


class SigningKey:
    """An RSA key pair. To those who verify it is the only key there is."""

    known = True

    def __init__(self, pem: str) -> None:
        self._private = jwk.construct(pem, ALGORITHM)
        self._public = self._private.public_key()
        numbers = self._public.to_dict()
        self._kid = _thumbprint(numbers)
        self.jwks = {"keys": [{**numbers, "kid": self._kid, "use": "sig"}]}

    async def find(self, kid: str) -> Any:
        """Return the public key if this is its name, or None."""
        return self._public if kid == self._kid else None

    def sign(self, subject: str, roles: Sequence[str], settings: Settings) -> tuple[str, datetime]:
        """Return an access token for a user, and when it ends."""
        now = int(time.time())
        ends = now + settings.auth_token_seconds
        claims = {"iss": settings.jwt_issuer, "sub": subject, "iat": now, "exp": ends, "roles": list(roles)}
        token = jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._kid})
        return token, datetime.fromtimestamp(ends, UTC)


@asynccontextmanager
async def own_key(settings: Settings) -> AsyncIterator[SigningKey]:
    """Open the key that the settings give, or else the one in the data directory, made if it isn't there."""
    given = settings.auth_private_key.get_secret_value().replace("\\n", "\n")
    yield SigningKey(given or _kept(settings.data_dir / _FILE))


def _kept(path: Path) -> str:
    """Return the key in this file. Of several that make it at once, one wins, and all get the winner's."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(_generate())
            with suppress(FileExistsError):
                os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    return path.read_text()


def _generate() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _thumbprint(numbers: dict[str, str]) -> str:
    """Return a name for the key that follows from the key (RFC 7638)."""
    members = {name: numbers[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
