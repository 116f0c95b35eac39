"""Types of settings' values: each checks what was written, and returns it in one form.

A ValueError's own text is shown to nobody: the message says what the setting's description expects.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from stitcher.headers import BODY_HEADERS, CONNECTION_HEADERS
from stitcher.windows import parse_windows

__all__ = [
    "SHORTEST_SECRET",
    "Algorithm",
    "HeaderName",
    "Host",
    "Listed",
    "Name",
    "Origin",
    "Proxies",
    "RateLimit",
    "RedisUrl",
    "SessionSecret",
    "WebAddress",
    "a_header_name",
    "a_header_value",
    "split",
]

T = TypeVar("T")

SHORTEST_SECRET = 32

DEFAULT_PORTS = {"http": 80, "https": 443}

OWN_HEADERS = CONNECTION_HEADERS | BODY_HEADERS | {"host"}
"""Headers of one connection or one body: they can't be passed on to another."""


def split(value: str) -> tuple[str, ...]:
    """Return what commas separate, without blanks and without what is empty."""
    return tuple(filter(None, map(str.strip, value.split(","))))


def _listed(value: object) -> object:
    return split(value) if isinstance(value, str) else value


def _rate_limit(value: str) -> str:
    if value.lower() == "off":
        return "off"
    parse_windows("requests", value)
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("another scheme")
    return value


def _session_secret(value: SecretStr) -> SecretStr:
    if any(len(secret) < SHORTEST_SECRET for secret in split(value.get_secret_value())):
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


def a_header_name(value: str) -> str:
    """Return the name of a header that can be passed on, in lower case (RFC 9110, 5.1); raise ValueError."""
    if value.lower() in OWN_HEADERS or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", value):
        raise ValueError(f"not {value}")
    return value.lower()


def a_header_value(value: str) -> str:
    """Return a header's value as it is, if it can be one (RFC 9110, 5.5); raise ValueError."""
    if value != value.strip() or not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value):
        raise ValueError("no value")
    return value


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^/?#\s]+", value):
        raise ValueError("no address")
    return value


Listed = Annotated[tuple[T, ...], NoDecode, BeforeValidator(_listed)]
"""Several values, separated by commas."""

Algorithm = Literal["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
HeaderName = Annotated[str, AfterValidator(a_header_name)]
Host = Annotated[str, AfterValidator(_host)]
Name = Annotated[str, Field(pattern=r"^[_A-Za-z][_0-9A-Za-z]*$")]
Origin = Annotated[str, AfterValidator(_origin)]
Proxies = Annotated[IPv4Network | IPv6Network, AfterValidator(_proxies)]
RateLimit = Annotated[str, AfterValidator(_rate_limit)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
SessionSecret = Annotated[SecretStr, AfterValidator(_session_secret)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
