"""The settings of a microservice, read from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings of one microservice; each name in upper case is the variable that sets it."""

    model_config = SettingsConfigDict(frozen=True)

    data_dir: Path = Path(".stitcher")
    """Where SQLite files and auth's private key are kept."""

    database_url: str = ""
    """A PostgreSQL server, which the services may share; empty: a SQLite file each, in ``data_dir``."""

    jwt_jwks_url: str = "http://127.0.0.1:4001/.well-known/jwks.json"
    """Where auth publishes the keys that access tokens are verified with."""

    jwt_issuer: str = "https://auth.stitcher.example"
    """The ``iss`` that auth writes into tokens and that the others insist on."""

    auth_private_key: SecretStr = SecretStr("")
    """auth only: an RSA private key as PEM (``\\n`` may stand for a line end); empty: one in ``data_dir``."""

    auth_token_seconds: PositiveInt = 8 * 60 * 60
    """auth only: how long a token is good for."""
