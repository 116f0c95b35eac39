"""What resolvers of the local subgraph get as ``info.context``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from stitcher.server.identity import Identity, identity_of
from stitcher.transport.base import SubgraphRequest, SubgraphResponse, Transport

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """One client's request.

    ``headers`` are those that microservices are sent; ``transports`` the ways to each subgraph. With
    both it is a :class:`stitcher.delegation.DelegationContext`.
    """

    request: Request
    headers: Mapping[str, str]
    transports: Mapping[str, Transport]

    @property
    def identity(self) -> Identity:
        """Who asks; without a verified token, nobody in particular."""
        return identity_of(self.request.scope)

    async def send(self, subgraph: str, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request to a subgraph.

        Raises:
            LookupError: there is no such subgraph.
            SubgraphError: no usable GraphQL response came back.
        """
        if subgraph not in self.transports:
            raise LookupError(f"there is no subgraph '{subgraph}'; there are: {', '.join(self.transports)}")
        return await self.transports[subgraph].send(request)
