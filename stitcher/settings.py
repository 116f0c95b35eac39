"""Settings: read from the environment and ``.env``, typed, and checked before anything starts.

Each field's description says what is expected of its value; it completes "expected …" in messages.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stitcher.errors import SettingsError

__all__ = ["Settings", "load_settings", "read_environment"]

ENV_FILE = ".env"

SECRETS = frozenset({"redis_url"})
"""Settings whose value is never shown: it may hold a password."""

OWN_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "content-encoding", "content-length", "content-type", "host"),
        *("connection", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers of one connection or one body: they can't be passed on to another."""


def _rate_limit(value: str) -> str:
    if value.lower() == "off":
        return "off"
    if any(limit.amount < 1 for limit in parse_many(value)):
        raise ValueError("a limit of nothing")
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("another scheme")
    return value


def _header_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    if refused := OWN_HEADERS.intersection(names):
        raise ValueError(f"not {', '.join(sorted(refused))}")
    return names


HeaderName = Annotated[str, Field(pattern=r"^[a-z0-9!#$%&'*+.^_`|~-]+$")]


class Settings(BaseSettings):
    """Everything that can be set; the variable's name is the field's in upper case."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="an address or a host name to listen on")
    port: int = Field(3000, ge=0, le=65535, description="a port number, 0 to 65535")
    schemas: Path = Field(Path("schemas"), description="a directory of .graphql files")
    supergraph: Path | None = Field(None, description="a supergraph file, as a composition tool writes it")
    resolvers: str = Field(
        "resolvers", pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", description="the name of a Python package"
    )
    subgraph_timeout: float = Field(
        10.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        None, description="redis://host:port/number, rediss://… or unix://…"
    )
    rate_limit: Annotated[str, AfterValidator(_rate_limit)] = Field(
        "100/minute", description="a limit such as 100/minute or 10/second;1000/hour, or off"
    )
    inflight_dedupe: bool = Field(True, description="1 or 0")
    introspection: bool = Field(True, description="on or off")
    explorer: Literal["playground", "graphiql", "builtin", "off"] = Field(
        "playground", description="playground, graphiql, builtin or off"
    )
    operation_cache_size: int = Field(1000, ge=1, description="a number of operations, 1 or more")
    body_limit: ByteSize = Field(
        ByteSize(1024 * 1024), ge=1, description="a number of bytes, or a size such as 1MiB"
    )
    forward_headers: Annotated[tuple[HeaderName, ...], NoDecode, BeforeValidator(_header_names)] = Field(
        ("authorization", "traceparent", "tracestate", "x-request-id"),
        description="names of request headers separated by commas, none of which belongs to the "
        "connection or the body (such as host or content-length)",
    )
    log_format: Literal["auto", "pretty", "json"] = Field("auto", description="auto, pretty or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )

    @property
    def sdl_directory(self) -> Path | None:
        """The directory of SDL files; beside a supergraph file, only one that was asked for."""
        return self.schemas if self.supergraph is None or "schemas" in self.model_fields_set else None


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of the environment and ``.env``; overrides that aren't None come first.

    Raises:
        SettingsError: names every variable with a value that it can't have, and what is expected.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{ENV_FILE} isn't UTF-8 text.") from error
    except ValidationError as error:
        wrong = {str(detail["loc"][0]): detail["input"] for detail in error.errors()}
        complaints = [_complaint(name, value) for name, value in wrong.items()]
        # Without the cause, which quotes every value, a secret's too.
        raise SettingsError("\n".join(complaints)) from None


def read_environment() -> Mapping[str, str]:
    """Return the environment with ``.env`` beneath it: where microservices' addresses are looked up."""
    file = {name: value for name, value in dotenv_values(ENV_FILE).items() if value is not None}
    return {**file, **os.environ}


def _complaint(name: str, value: object) -> str:
    field = Settings.model_fields[name]
    shown = "its value" if name in SECRETS else repr(str(value))
    return f"{name.upper()}: {shown} can't be used; expected {field.description}."
