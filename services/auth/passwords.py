"""Passwords: argon2id, in threads of their own, since a hash takes tens of milliseconds."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["LONGEST", "hash_password", "hash_password_now", "is_password"]

LONGEST = 128
"""Characters. Nobody's password is longer, and hashing a megabyte would be work for nothing."""

_hasher = PasswordHasher()
_NOBODYS_HASH = _hasher.hash(secrets.token_hex())
# Each hash takes 64 MiB while it is made: two at once, the others wait their turn.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


def hash_password_now(password: str) -> str:
    """Return the hash to keep of a password, in this thread."""
    return _hasher.hash(password)


async def hash_password(password: str) -> str:
    """Return the hash to keep of a password."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_password_now, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Say whether this is the password that was kept. With none kept, it takes as long and is False."""
    if len(password) > LONGEST:
        return False
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, kept, password)


def _verify(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _NOBODYS_HASH, password) and kept is not None
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
