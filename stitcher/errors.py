"""Every error that Stitcher raises, and the shape of a problem found in a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from traceback import format_exception
from typing import Any

__all__ = [
    "CompositionError",
    "Place",
    "PlanningError",
    "Problem",
    "RequestError",
    "SettingsError",
    "StitcherError",
    "SubgraphError",
    "did_you_mean",
    "trace_of",
]


def did_you_mean(written: str, names: Iterable[str], cutoff: float) -> str:
    """Return a sentence that suggests the name that is nearest, with a space before it; nothing, if none is.

    Args:
        written: What somebody has written.
        names: What it could have been meant for.
        cutoff: How near it has to be, from 0 to 1.
    """
    near = get_close_matches(written, list(names), 1, cutoff)
    return f" Did you mean {near[0]}?" if near else ""


class StitcherError(Exception):
    """The base of all errors of Stitcher; ``code`` is stable and may be relied on."""

    code = "STITCHER_ERROR"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a schema a problem is: the file as the user named it, and a line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the schemas: a stable code, what, where, and how to fix it."""

    code: str
    message: str
    places: tuple[Place, ...] = ()
    fix: str = ""

    def __str__(self) -> str:
        where = ", ".join(map(str, self.places))
        lines = [f"{self.code} at {where}" if where else self.code, f"  {self.message}"]
        if self.fix:
            lines.append(f"  Fix: {self.fix}")
        return "\n".join(lines)


class CompositionError(StitcherError):
    """The schemas can't be merged; carries every problem that was found, not only the first."""

    code = "COMPOSITION_FAILED"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n\n".join(map(str, self.problems)))


class SettingsError(StitcherError):
    """A setting is missing, unknown or has a value that it can't have."""

    code = "BAD_SETTING"


class PlanningError(StitcherError):
    """An operation is valid but can't be planned: for want of a route, unless ``code`` says otherwise."""

    def __init__(self, message: str, code: str = "NO_ROUTE") -> None:
        self.code = code
        super().__init__(message)


class RequestError(StitcherError):
    """A request can't be executed as it stands. ``errors`` are what the client is told, formatted."""

    def __init__(self, code: str, *errors: Mapping[str, Any]) -> None:
        self.code = code
        self.errors = tuple(
            {**error, "extensions": {**error.get("extensions", {}), "code": code}} for error in errors
        )
        super().__init__("\n".join(error["message"] for error in self.errors))


class SubgraphError(StitcherError):
    """A subgraph gave no usable answer. The message names the subgraph and never its address."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def trace_of(error: BaseException) -> dict[str, Any]:
    """Return an error's trace as the entry of ``extensions`` that Ariadne and Apollo Server have it in."""
    return {"exception": {"stacktrace": "".join(format_exception(error)).splitlines()}}
