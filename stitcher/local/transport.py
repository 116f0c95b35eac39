"""The local subgraph: an Ariadne schema that runs in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import lru_cache, partial
from inspect import isawaitable
from time import monotonic
from typing import Any, TypeVar, cast

import structlog
from graphql import GraphQLError, GraphQLSchema, execute, parse

from stitcher.errors import StitcherError, SubgraphError, trace_of
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from stitcher.values import ValuePath, plain

__all__ = ["LocalTransport"]

log = structlog.get_logger(__name__)

T = TypeVar("T")


class LocalTransport:
    """Answers from a schema in this process; resolvers see the request's ``context`` as ``info.context``.

    Documents are trusted, since the planner wrote them from a validated operation: they are parsed once
    and not validated again.

    Args:
        schema: Executable, with resolvers.
        cache_size: The most parsed documents that are kept.
        debug: Whether a failure that is hidden comes with its trace.
    """

    def __init__(self, schema: GraphQLSchema, *, cache_size: int = 1000, debug: bool = False) -> None:
        self._schema = schema
        self._debug = debug
        self._parse = lru_cache(cache_size)(partial(parse, no_location=True))

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Run one request. A resolver's own failure is logged and hidden; a GraphQLError is passed on.

        The data is a copy, as JSON would hold it: what a resolver returned may be its own to keep. A value
        that JSON doesn't have is null, and an error.

        Raises:
            SubgraphError: DEADLINE_EXCEEDED.
        """
        result = execute(
            self._schema,
            self._parse(request.document.text),
            context_value=request.context,
            variable_values=dict(request.variables),
        )
        if isawaitable(result):
            result = await self._in_time(result, request.deadline)
        errors = [self._formatted(error) for error in result.errors or ()]

        def lost(path: ValuePath, _: Any, what: str) -> None:
            log.error("resolver returned what can't be sent", path=path, what=what)
            message = f"A resolver returned {what}."
            extensions = {"code": "INTERNAL_SERVER_ERROR"}
            errors.append({"message": message, "path": list(path), "extensions": extensions})

        data = plain(result.data, lost)
        return SubgraphResponse(data, tuple(errors))

    async def _in_time(self, result: Awaitable[T], deadline: float | None) -> T:
        """Wait for a result until the client's time is over."""
        try:
            async with asyncio.timeout(None if deadline is None else deadline - monotonic()) as limit:
                return await result
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise SubgraphError("DEADLINE_EXCEEDED", "The gateway's own fields took too long.") from error

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _formatted(self, error: GraphQLError) -> dict[str, Any]:
        formatted = cast(dict[str, Any], error.formatted)
        cause = error.original_error
        if isinstance(cause, StitcherError):
            formatted["extensions"] = {**formatted.get("extensions", {}), "code": cause.code}
        elif cause is not None and not isinstance(cause, GraphQLError):
            log.error("resolver failed", path=error.path, exc_info=cause)
            formatted["message"] = "Internal server error."
            trace = trace_of(cause) if self._debug else {}
            formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR", **trace}
        return formatted
