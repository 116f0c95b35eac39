"""Settings: read from the environment and ``.env``, typed, and checked before anything starts.

Each field's description says what is expected of its value; it completes "expected …" in messages.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import structlog
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stitcher.errors import SettingsError
from stitcher.setting_names import ENCODING, misspelt_names, read_env_file, unread_names
from stitcher.windows import parse_windows

__all__ = ["Settings", "load_settings", "read_environment", "warn_of_unread_names"]

log = structlog.get_logger(__name__)

ENV_FILE = ".env"

SECRETS = frozenset({"redis_url", "session_secret", "jwt_secret", "jwt_public_key", "jwt_jwks_url"})
"""Settings whose value is never shown: it is a secret, or may hold one."""

SHORTEST_SECRET = 32

DEFAULT_PORTS = {"http": 80, "https": 443}

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
    parse_windows("requests", value)
    return value


RateLimit = Annotated[str, AfterValidator(_rate_limit)]
RATE_LIMIT = "a limit such as 100/minute or 10/second;1000/hour, or off"


def _redis_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("another scheme")
    return value


def _session_secret(value: SecretStr) -> SecretStr:
    if any(len(secret) < SHORTEST_SECRET for secret in _split(value.get_secret_value())):
        raise ValueError("a short secret")
    return value


def _origin(value: str) -> str:
    """Return an origin as browsers write it (RFC 6454, 6.2).

    The scheme is in lower case, and HTTP's host too; a scheme's own port is left out. Web views and
    extensions have schemes of their own; what they call a host may be in upper case.
    """
    found = re.fullmatch(
        r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?/?",
        value,
        re.ASCII | re.IGNORECASE,
    )
    scheme = found[1].lower() if found else ""
    if found is None or scheme == "file":  # whose origin is null
        raise ValueError("no origin")
    host, port = found[2].lower() if scheme in DEFAULT_PORTS else found[2], found[3]
    return f"{scheme}://{host}" + (f":{port}" if port and int(port) != DEFAULT_PORTS.get(scheme) else "")


def _host(value: str) -> str:
    if not re.fullmatch(r"(\*\.)?[a-z0-9._-]+(:\d{1,5})?|\[[0-9a-f:]+\](:\d{1,5})?", value.lower(), re.ASCII):
        raise ValueError("no host")
    return value.lower()


def _proxies(value: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if value.prefixlen == 0:  # then each client says itself who it is
        raise ValueError("everybody")
    return value


def _listed(value: object) -> object:
    return _split(value) if isinstance(value, str) else value


def _split(value: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, value.split(","))))


def _header_name(value: str) -> str:
    if value.lower() in OWN_HEADERS:
        raise ValueError(f"not {value}")
    return value.lower()


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^/?#\s]+", value):
        raise ValueError("no address")
    return value


Name = Annotated[str, Field(pattern=r"^[_A-Za-z][_0-9A-Za-z]*$")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"), AfterValidator(_header_name)]
Proxies = Annotated[IPv4Network | IPv6Network, AfterValidator(_proxies)]
Algorithm = Literal["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]

KEYS = ("jwt_secret", "jwt_public_key", "jwt_jwks_url")
"""The settings that tokens can be verified by, one of which may be set."""


class Settings(BaseSettings):
    """Everything that can be set; the variable's name is the field's in upper case."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding=ENCODING, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="an address or a host name to listen on")
    port: int = Field(3000, ge=0, le=65535, description="a port number, 0 to 65535")
    workers: int = Field(1, ge=1, le=256, description="a number of processes, 1 to 256")
    keep_alive_timeout: int = Field(65, ge=1, le=3600, description="a number of seconds, 1 to 3600")
    schemas: Path = Field(Path("schemas"), description="a directory of .graphql, .graphqls or .gql files")
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
    rate_limit: RateLimit = Field("100/minute", description=RATE_LIMIT)
    login_rate_limit: RateLimit = Field("5/minute", description=RATE_LIMIT)
    login_account_rate_limit: RateLimit = Field("20/minute", description=RATE_LIMIT)
    login_fields: Annotated[tuple[Name, ...], NoDecode, BeforeValidator(_listed)] = Field(
        ("login", "register"), description="names of fields of Mutation, separated by commas"
    )
    trusted_proxies: Annotated[tuple[Proxies, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description="addresses or networks such as 10.0.0.0/8, separated by commas, but not everybody's"
    )
    jwt_secret: SecretStr | None = Field(None, description="a random secret of at least 32 bytes")
    jwt_public_key: str | None = Field(
        None, description="a public key in PEM, or the path of a file with one"
    )
    jwt_jwks_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, description="the https://… address of a JWKS"
    )
    jwt_jwks_plain_http: bool = Field(False, description="on or off")
    jwt_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description=f"one or several of {', '.join(get_args(Algorithm))}, separated by commas"
    )
    jwt_issuer: str | None = Field(None, description="the iss that tokens have")
    jwt_audience: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (), description="one or several aud, separated by commas, of which tokens have one"
    )
    jwt_leeway: int = Field(0, ge=0, le=300, description="a number of seconds, 0 to 300")
    session_secret: Annotated[SecretStr, AfterValidator(_session_secret)] | None = Field(
        None,
        description=f"a random secret of at least {SHORTEST_SECRET} characters, "
        "or several separated by commas",
    )
    cors_origins: Annotated[
        tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)
    ] = Field(
        (),
        description="origins such as https://app.example or capacitor://localhost, separated by commas; "
        "not *, since their pages may use sessions",
    )
    allowed_hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_host)], ...], NoDecode, BeforeValidator(_listed)
    ] = Field((), description="host names such as api.example, or *.example, separated by commas")
    csrf_prevention: Literal["browsers", "strict"] = Field("browsers", description="browsers or strict")
    inflight_dedupe: bool = Field(True, description="1 or 0")
    introspection: bool = Field(True, description="on or off")
    suggestions: bool | None = Field(None, description="on or off")
    auth_required: bool = Field(False, description="1 or 0")
    explorer: Literal["playground", "graphiql", "builtin", "off"] = Field(
        "playground", description="playground, graphiql, builtin or off"
    )
    metrics: bool = Field(False, description="on or off")
    debug: bool = Field(False, description="on or off")
    operation_cache_size: int = Field(1000, ge=1, description="a number of operations, 1 or more")
    body_limit: ByteSize = Field(
        ByteSize(1024 * 1024), ge=1, description="a number of bytes, or a size such as 1MiB"
    )
    character_limit: int = Field(15_000, ge=1, description="a number of characters, 1 or more")
    token_limit: int = Field(2_000, ge=1, description="a number of tokens, 1 or more")
    depth_limit: int = Field(15, ge=1, description="a number of levels, 1 or more")
    root_field_limit: int = Field(100, ge=1, description="a number of fields, 1 or more")
    field_limit: int = Field(500, ge=1, description="a number of fields, 1 or more")
    alias_limit: int = Field(30, ge=0, description="a number of aliases, 0 or more")
    directive_limit: int = Field(50, ge=0, description="a number of directives, 0 or more")
    cost_limit: int = Field(50_000, ge=1, description="a cost, 1 or more")
    variable_limit: ByteSize = Field(
        ByteSize(256 * 1024), ge=1, description="a number of bytes, or a size such as 256KiB"
    )
    variable_item_limit: int = Field(5_000, ge=1, description="a number of values, 1 or more")
    variable_depth_limit: int = Field(20, ge=1, description="a number of levels, 1 or more")
    forward_headers: Annotated[tuple[HeaderName, ...], NoDecode, BeforeValidator(_listed)] = Field(
        ("authorization", "traceparent", "tracestate", "x-request-id"),
        description="names of request headers separated by commas, none of which belongs to the "
        "connection or the body (such as host or content-length)",
    )
    log_format: Literal["auto", "pretty", "json"] = Field("auto", description="auto, pretty or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )

    @model_validator(mode="after")
    def _check_how_tokens_are_verified(self) -> Self:
        ways = self._given(*KEYS)
        rules = self._given("jwt_algorithms", "jwt_issuer", "jwt_audience", "auth_required")
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)}: only one of them can be set; tokens have one issuer.")
        if rules and not ways:
            known = ", ".join(map(str.upper, KEYS))
            raise ValueError(f"{' and '.join(rules)}: no token is verified; set one of {known}, too.")
        fitting = {each for each in get_args(Algorithm) if each.startswith("HS") == bool(self.jwt_secret)}
        several = self.jwt_secret is None
        if not fitting.issuperset(self.jwt_algorithms) or (len(self.jwt_algorithms) > 1 and not several):
            raise ValueError(
                f"JWT_ALGORITHMS: {','.join(self.jwt_algorithms)!r} can't be used; expected "
                f"{'some' if several else 'one'} of {', '.join(sorted(fitting))} for {ways[0]}."
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
        return _split(self.session_secret.get_secret_value()) if self.session_secret else ()

    @property
    def sdl_directory(self) -> Path | None:
        """The directory of SDL files; beside a supergraph file, only one that was asked for."""
        return self.schemas if self.supergraph is None or "schemas" in self.model_fields_set else None


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
    if names := unread_names(_NAMES, ENV_FILE):
        log.warning(f"names in {ENV_FILE} that nobody reads", names=names)


def _misspelt() -> list[str]:
    file, complaints = read_env_file(ENV_FILE)
    complaints += misspelt_names(_NAMES, file)
    others = {name: value for name, value in os.environ.items() if name not in file}
    known = {name for name, value in os.environ.items() if value}
    return [*complaints, *misspelt_names(_NAMES, others, known)]


_NAMES = frozenset(name.upper() for name in Settings.model_fields)


def read_environment() -> Mapping[str, str]:
    """Return the environment with ``.env`` beneath it: where microservices' addresses are looked up."""
    return {**read_env_file(ENV_FILE)[0], **os.environ}


def _complaint(detail: ErrorDetails) -> str:
    if not detail["loc"]:  # what is wrong is how settings go together
        return str(detail["ctx"]["error"])
    name = str(detail["loc"][0])
    shown = "its value" if name in SECRETS else repr(str(detail["input"]))
    return f"{name.upper()}: {shown} can't be used; expected {Settings.model_fields[name].description}."
