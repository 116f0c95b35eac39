"""Responses that carry a single error, in GraphQL's shape whatever went wrong."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Scope

from stitcher.server.http.negotiation import JSON, negotiate
from stitcher.server.http.trails import trail_of

__all__ = ["error_response", "graphql_error"]


def graphql_error(code: str, message: str, **extensions: object) -> dict[str, object]:
    """Return one GraphQL error with ``extensions.code``."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def error_response(
    scope: Scope, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``{"errors": [{"message", "extensions": {"code"}}]}`` with this status.

    Its media type is the one that the request's ``Accept`` asks for, and JSON's where it takes neither: there
    are clients that only show the message if it is ``application/graphql-response+json``.
    """
    if (trail := trail_of(scope)) is not None:
        trail.codes.append(code)
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    media_type = negotiate(accept.decode("latin-1")) or JSON
    body = orjson.dumps({"errors": [graphql_error(code, message)]})
    return Response(body, status, headers, f"{media_type}; charset=utf-8")
