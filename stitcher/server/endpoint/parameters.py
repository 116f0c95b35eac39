"""The parameters of a GraphQL request, from a JSON body or a URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from stitcher.values import loads

__all__ = ["Parameters", "RefusalError", "checked", "of_url", "parsed"]


class RefusalError(Exception):
    """The request can't be executed as it stands; the message is for the client."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is to be executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def parsed(text: str | bytes, what: str) -> Any:
    """Return what a JSON text says; ``what`` it is, for messages.

    Raises:
        RefusalError: it is empty, or no JSON.
    """
    if not text:
        raise RefusalError(400, "BAD_REQUEST", f"{what} is empty; send a JSON object with a 'query'.")
    try:
        return loads(text.encode() if isinstance(text, str) else text)
    except orjson.JSONDecodeError as error:
        raise RefusalError(400, "MALFORMED_JSON", f"{what} isn't JSON: {error}.") from error


def checked(raw: Any) -> Parameters:
    """Return the parameters, each of the right type.

    Raises:
        RefusalError: says which isn't, or what is missing.
    """
    if isinstance(raw, list):
        message = "Several operations in one request are not supported; send each in its own."
        raise RefusalError(400, "BATCHING_NOT_SUPPORTED", message)
    if not isinstance(raw, dict):
        raise RefusalError(400, "BAD_REQUEST", "The body must be a JSON object.")
    extensions = raw.get("extensions")
    if not raw.get("query") and isinstance(extensions, dict) and "persistedQuery" in extensions:
        # As Apollo Server says it: Apollo Client's link sends the whole query then, and asks so no more.
        raise RefusalError(200, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
    if raw.get("query") is None:
        raise RefusalError(400, "BAD_REQUEST", "There is no 'query'.")
    for name, kind, words in _TYPES:
        if raw.get(name) is not None and not isinstance(raw[name], kind):
            raise RefusalError(400, "BAD_REQUEST", f"'{name}' must be {words}.")
    return Parameters(raw["query"], raw.get("variables"), raw.get("operationName") or None)


_TYPES: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("variables", dict, "an object"),
    ("operationName", str, "a string"),
    ("extensions", dict, "an object"),
)


def of_url(query_string: bytes) -> dict[str, Any]:
    """Return the parameters in a URL, not checked yet.

    Raises:
        RefusalError: what is encoded isn't UTF-8, or a parameter comes twice, so that what is in front of the
            gateway may have seen the other one.
    """
    try:
        pairs = parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise RefusalError(400, "BAD_REQUEST", "The URL's parameters aren't UTF-8.") from error
    given: dict[str, Any] = dict(pairs)
    if len(given) < len(pairs):
        times = Counter(name for name, _ in pairs)
        for name, _, _ in _TYPES:
            if times[name] > 1:
                raise RefusalError(400, "BAD_REQUEST", f"The URL has the parameter '{name}' more than once.")
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = parsed(given[name] or "null", f"The parameter '{name}'")
    return given
