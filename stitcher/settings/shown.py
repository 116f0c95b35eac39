"""What the settings are, for people and for editors: what is in force and where from, and a JSON Schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ByteSize
from yarl import URL

from stitcher.composition.sources import is_address
from stitcher.settings.file import TABLES
from stitcher.settings.headers import RequestHeaderSettings
from stitcher.settings.load import ENV_FILE, Settings, origin, read_environment
from stitcher.settings.secret_files import SECRETS
from stitcher.settings.values import split

__all__ = ["Shown", "json_schema", "shown"]

MASK = "(set, not shown)"

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Shown(NamedTuple):
    """One setting in force: its name in the environment or the file, its value as JSON, where it is from."""

    name: str
    value: Any
    origin: str


def shown(settings: Settings) -> Iterator[Shown]:
    """Yield each setting in force, secrets masked, in alphabetical order; then addresses, and tables."""
    for name in sorted(Settings.model_fields.keys() - TABLES):
        value = settings.model_dump(mode="json", include={name})[name]
        if name in SECRETS and value is not None:
            value = MASK
        yield Shown(name.upper(), value, origin(name))
    for name, value in sorted(read_environment().items()):
        if is_address(name) and value:
            where = "environment" if os.environ.get(name) else ENV_FILE
            yield Shown(name, ",".join(map(_without_secrets, split(value))), where)
    for name in sorted(TABLES):
        yield Shown(name, _masked(getattr(settings, name)), origin(name))


def json_schema() -> dict[str, Any]:
    """Return what the file may have, as a JSON Schema for editors."""
    schema = Settings.model_json_schema(by_alias=True)
    del schema["properties"]["config_file"]  # says where the file is
    for name, described in schema["properties"].items():
        if described.get("default") is None:
            described.pop("default", None)
        if Settings.model_fields[name].annotation is ByteSize:
            described["type"] = ["integer", "string"]
        elif described.get("type") == "array" and name not in TABLES:  # or separated by commas
            described["type"] = ["array", "string"]
    return {"$schema": DRAFT, **schema, "title": "gateway.toml", "additionalProperties": False}


def _masked(value: Any) -> Any:
    """Return a table as JSON, without what may be secret: values that are sent, passwords in addresses."""
    if isinstance(value, BaseModel):
        secrets = {"value"} if isinstance(value, RequestHeaderSettings) else set()
        return {
            field.alias or name: MASK if name in secrets else _masked(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if name in value.model_fields_set
        }
    if isinstance(value, dict):
        return {key: _masked(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_masked(part) for part in value]
    return _without_secrets(value) if isinstance(value, str) and "://" in value else value


def _without_secrets(address: str) -> str:
    """Return an address without user, password and query; what is no address, as it is."""
    try:
        return str(URL(address).with_user(None).with_query(None))
    except ValueError:
        return address
