"""What explorers open with: the operations that a team keeps in files, each with its variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson
from graphql import GraphQLError, parse

from stitcher.errors import SettingsError

__all__ = ["DIRECTORY", "Tab", "read_tabs"]

DIRECTORY = Path("explorer")
"""Where the files are, from where the gateway is started."""


@dataclass(frozen=True, slots=True)
class Tab:
    """An operation, the name of its file, and its variables as they are written: JSON, or nothing."""

    name: str
    query: str
    variables: str


def read_tabs(directory: Path = DIRECTORY) -> tuple[Tab, ...]:
    """Return a tab for each ``NAME.graphql`` of a directory, in the order of names; none without one.

    Variables are in ``NAME.json`` beside it, if there are any. Whether an operation fits the schema isn't
    looked at: explorers show that.

    Raises:
        SettingsError: a file isn't text, GraphQL or a JSON object.
    """
    return tuple(map(_read, sorted(directory.glob("*.graphql"))))


def _read(file: Path) -> Tab:
    query, beside = _text(file), file.with_suffix(".json")
    variables = _text(beside) if beside.exists() else ""
    try:
        parse(query)
    except GraphQLError as error:
        raise SettingsError(f"{file} can't be opened in the explorer: {error.message}") from error
    try:
        fits = not variables or isinstance(orjson.loads(variables), dict)
    except orjson.JSONDecodeError:
        fits = False
    if not fits:
        raise SettingsError(f"{beside}: expected a JSON object with the variables of {file}.")
    return Tab(file.stem, query, variables)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} can't be opened in the explorer: {error}.") from error
