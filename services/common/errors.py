"""Errors that a client is meant to see, and the rule that it sees no others."""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError

__all__ = ["Unexpected", "bad_input", "failure", "format_error", "unauthenticated"]


def failure(code: str, message: str, **extensions: Any) -> GraphQLError:
    """Return an error for the client, with ``extensions.code`` and whatever else is given."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def bad_input(message: str, **extensions: Any) -> GraphQLError:
    """Return the error for an argument that is well-typed and still can't be accepted."""
    return failure("BAD_USER_INPUT", message, **extensions)


LOG_IN = (
    "A valid access token is needed. The mutation login(email:, password:) returns one; "
    "send it as `Authorization: Bearer TOKEN`."
)


def unauthenticated(message: str = LOG_IN) -> GraphQLError:
    """Return the error for a caller who isn't known."""
    return failure("UNAUTHENTICATED", message)


def format_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    """Return the error as JSON. One that nobody foresaw keeps its path and says nothing else."""
    formatted: dict[str, Any] = dict(error.formatted)
    if _unforeseen(error):
        formatted["message"] = "Internal error."
        formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR"}
    return formatted


class Unexpected(logging.Filter):
    """Lets through the errors that nobody foresaw: a client's mistakes are not the operator's news."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record belongs into the log."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, GraphQLError) or _unforeseen(error)


def _unforeseen(error: GraphQLError) -> bool:
    return error.original_error is not None and not isinstance(error.original_error, GraphQLError)
