"""Delegation: a resolver of the local subgraph asks a microservice itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLResolveInfo, OperationType, get_operation_ast, parse

from stitcher.errors import SubgraphError
from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest, SubgraphResponse

__all__ = ["DelegationContext", "delegate"]


class DelegationContext(Protocol):
    """What ``info.context`` must offer: the client's headers to pass on, and a way to each subgraph."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The client's headers that microservices are sent."""
        ...

    async def send(self, subgraph: str, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request to a subgraph.

        Raises:
            LookupError: there is no such subgraph.
            SubgraphError: no usable GraphQL response came back.
        """
        ...


async def delegate(
    info: GraphQLResolveInfo[Any], subgraph: str, query: str, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Ask one microservice, passing on the client's headers, and return the ``data`` it answers.

    Args:
        info: The resolver's own.
        subgraph: The microservice's name: that of its file in ``schemas/``.
        query: A document with one operation. It is parsed once, so keep it constant and put values
            into ``variables``.
        variables: The operation's variables, ready for JSON.

    Raises:
        GraphQLError: the microservice answered with errors, or not at all. The message is that of its
            first error; ``extensions`` are its own too, with the service's name beside the code.
        LookupError: there is no such subgraph.
    """
    context: DelegationContext = info.context
    request = SubgraphRequest(
        _document(query),
        variables or {},
        context.headers,
        context,
        is_shareable=info.operation.operation is OperationType.QUERY,
    )
    try:
        response = await context.send(subgraph, request)
    except SubgraphError as error:
        raise GraphQLError(str(error), extensions={"code": error.code, "service": subgraph}) from error
    if response.errors:
        first = response.errors[0]
        given = first.get("extensions")
        extensions = given if isinstance(given, Mapping) else {}
        raise GraphQLError(first["message"], extensions={**extensions, "service": subgraph})
    return response.data or {}


@lru_cache(maxsize=1000)
def _document(query: str) -> Document:
    operation = get_operation_ast(parse(query))
    if operation is None:
        raise ValueError("delegate() needs a document with exactly one operation")
    return Document(query, is_mutation=operation.operation is OperationType.MUTATION)
