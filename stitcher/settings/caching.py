"""Settings of what is kept of answers."""

from __future__ import annotations

from pydantic import BaseModel, ByteSize, Field, SecretStr, field_validator

__all__ = ["CachingSettings"]

SHORTEST = 16


class CachingSettings(BaseModel):
    """How much is kept, and who may end it."""

    response_cache: ByteSize = Field(
        ByteSize(0), ge=0, description="a number of bytes, or a size such as 64MiB; 0 for no cache"
    )
    cache_purge_secret: SecretStr | None = Field(
        None, description=f"a random secret of at least {SHORTEST} characters"
    )
    cache_debug: bool = Field(False, description="on or off")

    @field_validator("cache_purge_secret")
    @classmethod
    def _check_length(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SHORTEST:
            raise ValueError("it is too short")
        return secret
