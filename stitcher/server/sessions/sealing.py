"""Tokens at rest: encrypted with a key that only the session's id leads to (AES-GCM, RFC 5116)."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["seal", "unseal"]

NONCE_BYTES = 12


def seal(token: str, session_id: str) -> bytes:
    """Return a token as it may be stored."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(session_id).encrypt(nonce, token.encode(), None)


def unseal(sealed: bytes, session_id: str) -> str | None:
    """Return the token that was sealed, or None where it isn't what :func:`seal` made for this session."""
    try:
        return _cipher(session_id).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError):
        return None


def _cipher(session_id: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"encrypted with:" + session_id.encode()).digest())
