"""Settings of who asks: how tokens are verified, and how sessions' cookies are signed."""

from __future__ import annotations

from typing import Self, get_args

from pydantic import BaseModel, Field, SecretStr, model_validator

from stitcher.settings.values import (
    SHORTEST_SECRET,
    Algorithm,
    Listed,
    SessionSecret,
    WebAddress,
    split,
)

__all__ = ["AuthSettings"]

KEYS = ("jwt_secret", "jwt_public_key", "jwt_jwks_url")
"""The settings that tokens can be verified by, one of which may be set."""


class AuthSettings(BaseModel):
    """How the gateway knows who asks."""

    jwt_secret: SecretStr | None = Field(None, description="a random secret of at least 32 bytes")
    jwt_public_key: str | None = Field(
        None, description="a public key in PEM, or the path of a file with one"
    )
    jwt_jwks_url: WebAddress | None = Field(None, description="the https://… address of a JWKS")
    jwt_jwks_plain_http: bool = Field(False, description="on or off")
    jwt_algorithms: Listed[Algorithm] = Field(
        (), description=f"one or several of {', '.join(get_args(Algorithm))}, separated by commas"
    )
    jwt_issuer: str | None = Field(None, description="the iss that tokens have")
    jwt_audience: Listed[str] = Field(
        (), description="one or several aud, separated by commas, of which tokens have one"
    )
    jwt_leeway: int = Field(0, ge=0, le=300, description="a number of seconds, 0 to 300")
    auth_required: bool = Field(False, description="1 or 0")
    session_secret: SessionSecret | None = Field(
        None,
        description=f"a random secret of at least {SHORTEST_SECRET} characters, "
        "or several separated by commas",
    )

    @model_validator(mode="after")
    def _check_how_tokens_are_verified(self) -> Self:
        keys = self._given(*KEYS)
        rules = self._given("jwt_algorithms", "jwt_issuer", "jwt_audience", "auth_required")
        if len(keys) > 1:
            raise ValueError(f"{' and '.join(keys)}: only one of them can be set; tokens have one issuer.")
        if rules and not keys:
            known = ", ".join(map(str.upper, KEYS))
            raise ValueError(f"{' and '.join(rules)}: no token is verified; set one of {known}, too.")
        fitting = {name for name in get_args(Algorithm) if name.startswith("HS") == bool(self.jwt_secret)}
        several = self.jwt_secret is None
        if not fitting.issuperset(self.jwt_algorithms) or (len(self.jwt_algorithms) > 1 and not several):
            raise ValueError(
                f"JWT_ALGORITHMS: {','.join(self.jwt_algorithms)!r} can't be used; expected "
                f"{'some' if several else 'one'} of {', '.join(sorted(fitting))} for {keys[0]}."
            )
        return self

    def _given(self, *names: str) -> list[str]:
        return [name.upper() for name in names if getattr(self, name) not in (None, (), False)]

    @property
    def verified_by(self) -> str | None:
        """The setting that has what tokens are verified by: ``JWT_SECRET`` or another; None for no token."""
        return next(iter(self._given(*KEYS)), None)

    @property
    def session_secrets(self) -> tuple[str, ...]:
        """What sessions' cookies are signed with: the first signs, and all are accepted."""
        return split(self.session_secret.get_secret_value()) if self.session_secret else ()
