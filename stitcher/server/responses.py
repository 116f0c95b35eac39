"""Responses that carry a single error, in GraphQL's shape whatever went wrong."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from stitcher.server.negotiation import JSON

__all__ = ["error_response", "graphql_error"]


def graphql_error(code: str, message: str, **extensions: object) -> dict[str, object]:
    """Return one GraphQL error with ``extensions.code``."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def error_response(
    status: int, code: str, message: str, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """Return ``{"errors": [{"message", "extensions": {"code"}}]}`` with this status."""
    body = orjson.dumps({"errors": [graphql_error(code, message)]})
    return Response(body, status, headers, f"{media_type}; charset=utf-8")
