"""Notices that a service's live schema lacks what its SDL says: the service refuses a document as invalid.

The gateway validates what clients send, and asks only for what the SDLs have. So a service that doesn't know
a field has another schema than the gateway was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

__all__ = ["Drift"]

log = structlog.get_logger(__name__)

MOST = 100
"""How much is told of one service; each thing is told once."""

NAME = r"[\"'`]([\w.]+)[\"'`]"

REFUSALS = [
    # The words of graphql-js and what follows it (graphql-core, gqlgen, graphql-ruby, async-graphql) …
    re.compile(rf"(?:Cannot query|Unknown) field {NAME} on type {NAME}"),
    # … of Hot Chocolate, of graphql-java, and of graphql-php.
    re.compile(rf"[Ff]ield {NAME} (?:does not|doesn't) exist on (?:the )?type {NAME}"),
    re.compile(rf"Field {NAME} in type {NAME} is undefined"),
]
MISSING_ARGUMENT = re.compile(rf"Unknown argument {NAME} on field {NAME}")
MISSING_TYPE = re.compile(rf"Unknown type {NAME}")


class Drift:
    """Tells, once each, what one service doesn't know that its SDL has."""

    def __init__(self, subgraph: str) -> None:
        self._subgraph = subgraph
        self._told: set[str] = set()

    def notice(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Look at the errors of an answer without data."""
        for error in errors:
            what = _what_is_missing(error["message"])
            if what is not None and what not in self._told and len(self._told) < MOST:
                self._told.add(what)
                log.warning(
                    "drift: the service lacks what its SDL has; bring the two together",
                    subgraph=self._subgraph,
                    missing=what,
                )


def _what_is_missing(message: str) -> str | None:
    for refusal in REFUSALS:
        if found := refusal.search(message):
            return f"{found[2]}.{found[1]}"
    if found := MISSING_ARGUMENT.search(message):
        return f"{found[2]}({found[1]}:)"
    if found := MISSING_TYPE.search(message):
        return found[1]
    return None
