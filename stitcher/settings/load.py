"""Reads the settings, and tells everything that is wrong with them.

The environment comes first, then ``.env``, then files that hold a secret each, then ``gateway.toml``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import structlog
from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from stitcher.errors import SettingsError
from stitcher.settings.auth import AuthSettings
from stitcher.settings.caching import CachingSettings
from stitcher.settings.file import TABLES, complaint, gateway_file, read_gateway_file, unknown_keys
from stitcher.settings.headers import RequestHeaderSettings, ResponseHeaderSettings
from stitcher.settings.limits import LimitSettings
from stitcher.settings.names import ENCODING, misspelt_names, read_env_file, unread_names
from stitcher.settings.network import NetworkSettings
from stitcher.settings.observation import ObservationSettings
from stitcher.settings.operation import OperationSettings
from stitcher.settings.secret_files import SECRET_FILES, SECRETS, read_secret_files
from stitcher.settings.services import ServiceSettings
from stitcher.settings.upstream import UpstreamSettings

__all__ = [
    "ENV_FILE",
    "NAMES",
    "Settings",
    "load_settings",
    "origin",
    "read_environment",
    "warn_of_unread_names",
]

log = structlog.get_logger(__name__)

ENV_FILE = ".env"


class _NoTables(EnvSettingsSource):
    """The environment, which can't hold tables: a variable SERVICES is another program's."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field_name in TABLES:
            return None, field_name, False
        return super().get_field_value(field, field_name)


class _Environment(_NoTables):
    pass


class _EnvFile(_NoTables, DotEnvSettingsSource):
    pass


class Settings(
    # Fields are those of the last base first: the order in which complaints are told.
    ObservationSettings,
    CachingSettings,
    OperationSettings,
    LimitSettings,
    AuthSettings,
    UpstreamSettings,
    NetworkSettings,
    BaseSettings,
):
    """Everything that can be set. A variable's name is the field's in upper case; in the file, as it is."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding=ENCODING, env_ignore_empty=True, extra="ignore", frozen=True
    )

    services: Mapping[str, ServiceSettings] = Field(
        {}, description="a table for each service, such as [services.thing]"
    )
    request_headers: tuple[RequestHeaderSettings, ...] = Field((), description="a list of rules")
    response_headers: tuple[ResponseHeaderSettings, ...] = Field((), description="a list of rules")

    @model_validator(mode="after")
    def _check_that_processes_share_what_is_kept(self) -> Self:
        if self.response_cache and self.workers > 1 and self.redis_url is None:
            raise ValueError(
                "RESPONSE_CACHE: with several WORKERS, none could end what another keeps; set REDIS_URL, too."
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values are looked for, in order."""
        given = dict(read_gateway_file(ENV_FILE))
        secrets, _ = read_secret_files(read_environment())
        return (
            init_settings,
            _Environment(settings_cls),
            _EnvFile(settings_cls),
            InitSettingsSource(settings_cls, secrets),
            InitSettingsSource(settings_cls, given),
        )


NAMES = frozenset(name.upper() for name in Settings.model_fields.keys() - TABLES)
"""The settings' variables."""

_READ = NAMES.union(SECRET_FILES.values())


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
        complaints += {_group(detail): _complaint(detail) for detail in error.errors()}.values()
    if settings is None or complaints:
        # Without the cause, which quotes every value, a secret's too.
        raise SettingsError("\n".join(complaints)) from None
    return settings


def warn_of_unread_names() -> None:
    """Tell which names in ``.env`` nobody reads."""
    if names := unread_names(_READ, ENV_FILE):
        log.warning(f"names in {ENV_FILE} that nobody reads", names=names)


def read_environment() -> Mapping[str, str]:
    """Return the environment with ``.env`` beneath it: where microservices' addresses are looked up."""
    return {**read_env_file(ENV_FILE)[0], **os.environ}


def origin(name: str) -> str:
    """Return where the value of a setting comes from, given the field's name; options aren't known here."""
    variable = name.upper()
    if name not in TABLES:
        if os.environ.get(variable):
            return "environment"
        if read_env_file(ENV_FILE)[0].get(variable):
            return ENV_FILE
        if name in SECRET_FILES and read_environment().get(SECRET_FILES[name]):
            return SECRET_FILES[name]
    return str(gateway_file(ENV_FILE)[0]) if name in read_gateway_file(ENV_FILE) else "default"


def _misspelt() -> list[str]:
    file, complaints = read_env_file(ENV_FILE)
    complaints += misspelt_names(_READ, file)
    complaints += read_secret_files(read_environment())[1]
    others = {name: value for name, value in os.environ.items() if name not in file}
    known = {name for name, value in os.environ.items() if value}
    table = read_gateway_file(ENV_FILE)
    return [
        *complaints,
        *misspelt_names(_READ, others, known),
        *unknown_keys(gateway_file(ENV_FILE)[0], table, Settings.model_fields),
    ]


def _group(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return what one complaint is about: a setting, or a place within a table."""
    return detail["loc"] if detail["loc"][:1] and detail["loc"][0] in TABLES else detail["loc"][:1]


def _complaint(detail: ErrorDetails) -> str:
    if not detail["loc"]:  # what is wrong is how settings go together
        return str(detail["ctx"]["error"])
    name = str(detail["loc"][0])
    where = origin(name)
    if name in TABLES:
        return complaint(Path(where), detail)
    if where in SECRET_FILES.values():
        place = where
    else:
        place = name.upper() if where in ("environment", ENV_FILE, "default") else f"{where}: {name}"
    shown = "its value" if name in SECRETS else repr(str(detail["input"]))
    return f"{place}: {shown} can't be used; expected {Settings.model_fields[name].description}."
