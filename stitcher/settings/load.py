"""Reads the settings from the environment and ``.env``, and tells everything that is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from stitcher.errors import SettingsError
from stitcher.settings.auth import AuthSettings
from stitcher.settings.limits import LimitSettings
from stitcher.settings.names import ENCODING, misspelt_names, read_env_file, unread_names
from stitcher.settings.network import NetworkSettings
from stitcher.settings.operation import OperationSettings
from stitcher.settings.upstream import UpstreamSettings

__all__ = ["Settings", "load_settings", "read_environment", "warn_of_unread_names"]

log = structlog.get_logger(__name__)

ENV_FILE = ".env"

SECRETS = frozenset({"redis_url", "session_secret", "jwt_secret", "jwt_public_key", "jwt_jwks_url"})
"""Settings whose value is never shown: it is a secret, or may hold one."""


class Settings(
    # Fields are those of the last base first: the order in which complaints are told.
    OperationSettings,
    LimitSettings,
    AuthSettings,
    UpstreamSettings,
    NetworkSettings,
    BaseSettings,
):
    """Everything that can be set; the variable's name is the field's in upper case."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding=ENCODING, env_ignore_empty=True, extra="ignore", frozen=True
    )


NAMES = frozenset(name.upper() for name in Settings.model_fields)
"""The settings' variables."""


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment and ``.env``; overrides that aren't None come first.

    Raises:
        SettingsError: names every variable with a value that it can't have, and what is expected; every name
            that is nearly a setting's; and every line of ``.env`` that sets nothing.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    settings: Settings | None = None
    try:
        complaints = _misspelt()
        settings = Settings(**given)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{ENV_FILE} isn't UTF-8 text.") from error
    except ValidationError as error:
        complaints += {detail["loc"][:1]: _complaint(detail) for detail in error.errors()}.values()
    if settings is None or complaints:
        # Without the cause, which quotes every value, a secret's too.
        raise SettingsError("\n".join(complaints)) from None
    return settings


def warn_of_unread_names() -> None:
    """Tell which names in ``.env`` nobody reads."""
    if names := unread_names(NAMES, ENV_FILE):
        log.warning(f"names in {ENV_FILE} that nobody reads", names=names)


def read_environment() -> Mapping[str, str]:
    """Return the environment with ``.env`` beneath it: where microservices' addresses are looked up."""
    return {**read_env_file(ENV_FILE)[0], **os.environ}


def _misspelt() -> list[str]:
    file, complaints = read_env_file(ENV_FILE)
    complaints += misspelt_names(NAMES, file)
    others = {name: value for name, value in os.environ.items() if name not in file}
    known = {name for name, value in os.environ.items() if value}
    return [*complaints, *misspelt_names(NAMES, others, known)]


def _complaint(detail: ErrorDetails) -> str:
    if not detail["loc"]:  # what is wrong is how settings go together
        return str(detail["ctx"]["error"])
    name = str(detail["loc"][0])
    shown = "its value" if name in SECRETS else repr(str(detail["input"]))
    return f"{name.upper()}: {shown} can't be used; expected {Settings.model_fields[name].description}."
