"""``gateway.toml``: every setting has its place in it, and what differs by service has its only one there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stitcher.errors import SettingsError, did_you_mean
from stitcher.settings.headers import RequestHeaderSettings, ResponseHeaderSettings
from stitcher.settings.names import read_env_file
from stitcher.settings.services import ServiceSettings

__all__ = ["TABLES", "complaint", "gateway_file", "read_gateway_file", "unknown_keys"]

GATEWAY_FILE = "gateway.toml"

TABLES = frozenset({"services", "request_headers", "response_headers"})
"""Settings that only the file can have: they are no single values."""

SECRET_KEYS = frozenset({"url", "value"})
"""Keys in tables whose values aren't shown: an address may have a password in it, a header may be one."""

_DESCRIPTIONS = {
    field.alias or name: field.description or ""
    for model in (ServiceSettings, RequestHeaderSettings, ResponseHeaderSettings)
    for name, field in model.model_fields.items()
}


def gateway_file(env_file: str) -> tuple[Path, bool]:
    """Return where the file is, and whether that was said by CONFIG_FILE."""
    named = os.environ.get("CONFIG_FILE") or read_env_file(env_file)[0].get("CONFIG_FILE")
    return Path(named or GATEWAY_FILE), named not in (None, "", GATEWAY_FILE)


def read_gateway_file(env_file: str) -> Mapping[str, Any]:
    """Return what the file sets; nothing, if there is none.

    Raises:
        SettingsError: it was named and can't be read, or it is no TOML.
    """
    path, is_named = gateway_file(env_file)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if is_named:
            raise SettingsError(f"CONFIG_FILE: there is no file {path}.") from error
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from error


def unknown_keys(path: Path, given: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Yield a complaint about each key at the top of the file that is no setting."""
    for key in given:
        if key not in known or key == "config_file":
            yield f"{path}: {key}: there is no such setting.{did_you_mean(key.lower(), known, 0.7)}"


def complaint(path: Path, detail: Mapping[str, Any]) -> str:
    """Return what is wrong with a value in the file."""
    location = [part for part in detail["loc"] if isinstance(part, int | str)]
    place = f"{path}: {'.'.join(map(str, location))}"
    if detail["type"] == "extra_forbidden":
        return f"{place}: there is no such setting.{did_you_mean(str(location[-1]), _DESCRIPTIONS, 0.7)}"
    if detail["type"] == "value_error" and isinstance(detail["input"], Mapping):  # how keys go together
        return f"{place}: {detail['ctx']['error']}"
    shown = "its value" if SECRET_KEYS.intersection(location) else repr(str(detail["input"]))
    return f"{place}: {shown} can't be used; expected {_expected(location)}."


def _expected(location: list[int | str]) -> str:
    named = (_DESCRIPTIONS[str(part)] for part in reversed(location) if part in _DESCRIPTIONS)
    return next(named, "a table of settings")
