"""An issuer of tokens for tests: it signs what it is told to, and publishes its keys on this machine."""

import asyncio
import base64
import hmac
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jose import jwk, jws  # type: ignore[import-untyped]

SECRET = "a-secret-of-at-least-thirty-two-bytes"


@dataclass(frozen=True)
class KeyPair:
    """A private key, what is published of it, and the one algorithm it is for."""

    private: Any
    algorithm: str
    kid: str

    @property
    def private_pem(self) -> str:
        pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return str(pem.decode())

    @property
    def public_pem(self) -> str:
        return self.public(Encoding.PEM).decode()

    def public(self, encoding: Encoding) -> bytes:
        raw: bytes = self.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        return raw

    @property
    def jwk(self) -> dict[str, Any]:
        numbers = jwk.construct(self.public_pem, self.algorithm).to_dict()
        return {**numbers, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """Return a token of this key; see :func:`claims`."""
        named = {"kid": self.kid, **(header or {})}
        return str(jws.sign(claims(**changed), self.private_pem, named, self.algorithm))


def rsa_pair(kid: str = "rsa", algorithm: str = "RS256", bits: int = 2048) -> KeyPair:
    return KeyPair(rsa.generate_private_key(public_exponent=65537, key_size=bits), algorithm, kid)


def ec_pair(kid: str = "ec", algorithm: str = "ES256") -> KeyPair:
    curve = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}[algorithm]
    return KeyPair(ec.generate_private_key(curve), algorithm, kid)


def claims(**changed: Any) -> dict[str, Any]:
    """Claims of a good token, but for those that are given; one that is given as None is left out."""
    now = int(time.time())
    good = {"sub": "user-1", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def encoded(raw: bytes | dict[str, Any]) -> str:
    text = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def hmac_token(
    secret: bytes | str = SECRET,
    header: dict[str, Any] | None = None,
    payload: bytes | None = None,
    **changed: Any,
) -> str:
    """Return a token with an HMAC, made by hand: python-jose refuses to make the worst ones."""
    head = {"alg": "HS256", "typ": "JWT", **(header or {})}
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(str(head["alg"]), "sha256")
    kept = {name: value for name, value in head.items() if value is not None}
    signed = f"{encoded(kept)}.{encoded(payload if payload is not None else claims(**changed))}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{signed}.{encoded(hmac.digest(key, signed.encode(), digest))}"


@dataclass
class Issuer:
    """Publishes a JWKS, always on one port; goes away, comes back, and answers what ``instead`` says."""

    keys: list[Any]
    requests: int = 0
    delay: float = 0.0
    instead: Callable[[web.Request], web.StreamResponse] | None = None
    _runner: web.AppRunner | None = None
    _port: int = field(default_factory=lambda: _free_port())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/jwks.json"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/jwks.json", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        await asyncio.sleep(self.delay)
        return self.instead(request) if self.instead else web.json_response({"keys": self.keys})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
