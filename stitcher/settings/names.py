"""Names that were meant to be settings: a misspelt setting would be ignored, and a gateway verify nothing.

In the environment there are other programs' names, too, and those that Kubernetes makes of services
(``THING_PORT``). So a name there is only taken for ours where it is nearly a setting's, or begins as only
settings do. In ``.env``, what nobody reads is told besides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from graphql.pyutils.suggestion_list import LexicalDistance

__all__ = ["ENCODING", "OPEN_TELEMETRY", "misspelt_names", "read_env_file", "unread_names"]

ENCODING = "utf-8-sig"
"""Of ``.env``: editors of Windows put a byte order mark before its first line."""

FAMILIES = ("JWT_", "RATE_LIMIT", "CORS_", "CSRF_", "SESSION_")
"""How names begin that are settings or nothing."""

OWN_PREFIX = "STITCHER_"

OPEN_TELEMETRY = "OTEL_"
"""How the names begin of variables that its SDK reads."""

FOREIGN = frozenset(
    {"SESSION_MANAGER", "SESSION_ID", "SESSION_NAME", "SESSION_TYPE", "SESSION_DESKTOP", "SESSION_PATH"}
)
"""What desktops and terminals set, though it begins as a setting."""

SERVICE_LINK = re.compile(r".+_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_[A-Z]+(_(PROTO|PORT|ADDR))?)?)")
"""What Kubernetes and Docker make of a service's name, be it ``jwt`` or ``session``."""

ADDRESS = "MICROSERVICE_URL"


def read_env_file(path: str) -> tuple[Mapping[str, str], list[str]]:
    """Return what a ``.env`` file sets, and a complaint about each line that sets nothing.

    Raises:
        UnicodeDecodeError: it is no text.
    """
    if not Path(path).is_file():
        return {}, []
    with open(path, encoding=ENCODING) as file:
        wrong = [
            f"{path}:{line.original.line + _blank_lines(line.original.string)}: expected NAME=value."
            for line in parse_stream(file)
            if line.error or (line.key is not None and line.value is None)
        ]
    values = dotenv_values(path, encoding=ENCODING)
    return {name: value for name, value in values.items() if value is not None}, wrong


def _blank_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def misspelt_names(
    settings: Collection[str], given: Mapping[str, str], known: Collection[str] = ()
) -> Iterator[str]:
    """Yield a complaint about each name that is taken for a setting's.

    Args:
        settings: Their names, in upper case.
        given: The environment, or what ``.env`` sets.
        known: Those that aren't missing, so that a name beside them is another program's.
    """
    for name in sorted(given):
        written = name.upper()
        if written in settings or written.endswith(f"_{ADDRESS}") or not given[name]:
            continue
        likely = _address(written) or _likely(written, settings, known)
        if likely is not None:
            yield f"{name}: there is no such setting. Did you mean {likely}?"
        elif _is_ours(written):
            begin = sorted(setting for setting in settings if setting[:4] == written[:4])
            yield f"{name}: there is no such setting; there are {', '.join(begin)}."


def unread_names(settings: Collection[str], path: str) -> list[str]:
    """Return the names that a ``.env`` file sets and nobody reads.

    What ``.env.example`` beside it has, is read by somebody: the project's other programs.
    """
    given, _ = read_env_file(path)
    others, _ = read_env_file(f"{path}.example")
    return [
        name
        for name in given
        if name.upper() not in settings
        and name not in others
        and not name.endswith(f"_{ADDRESS}")
        and not name.startswith(OPEN_TELEMETRY)
    ]


def _is_ours(name: str) -> bool:
    return name.startswith(FAMILIES) and name not in FOREIGN and not SERVICE_LINK.fullmatch(name)


def _likely(name: str, settings: Iterable[str], known: Collection[str]) -> str | None:
    """Return the setting that a name is likely to stand for, unless that one is set as well."""
    if SERVICE_LINK.fullmatch(name):
        return None
    name = name.removeprefix(OWN_PREFIX)
    if name in settings:
        return name
    distance = LexicalDistance(name)
    near = [
        (far, setting)
        for setting in settings
        if setting not in known and (far := distance.measure(setting, _tolerance(setting))) is not None
    ]
    if near:
        return min(near)[1]
    if _is_ours(name):
        return next(iter(get_close_matches(name, settings, 1, 0.7)), None)
    return None


def _address(name: str) -> str | None:
    """Return the name of a microservice's address that is nearly this one."""
    parts = name.rsplit("_", 2)
    if len(parts) < 3:
        return None
    far = LexicalDistance(f"{parts[1]}_{parts[2]}").measure(ADDRESS, 3)
    return None if far is None else f"{parts[0]}_{ADDRESS}"


def _tolerance(setting: str) -> int:
    """Return how many letters may differ: none of a short name, which is near to many words."""
    return 0 if len(setting) < 6 else 1 if len(setting) < 9 else 2 if len(setting) < 13 else 3
