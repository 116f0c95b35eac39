"""What resolvers of the local subgraph get as ``info.context``."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from stitcher.server.auth.identity import Identity, identity_of
from stitcher.server.sessions.request_session import session_of
from stitcher.transport.base import SubgraphRequest, SubgraphResponse, Transport

__all__ = ["Context"]


@dataclass(frozen=True, slots=True)
class Context:
    """One client's request.

    ``headers`` are those that microservices are sent; ``transports`` the ways to each subgraph. With
    both it is a :class:`stitcher.local.delegation.DelegationContext`. ``passes_token_on`` says whether access
    tokens are among what microservices are sent.
    """

    request: Request
    headers: MutableMapping[str, str]
    transports: Mapping[str, Transport]
    passes_token_on: bool = True

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

    async def start_session(self, token: str, expires_at: datetime) -> None:
        """Keep an access token for a browser, which gets a cookie for it; a session that it has had ends.

        What is left of the operation is sent to microservices with the token already.

        Args:
            token: What later requests are sent on with, as ``Authorization: Bearer …``.
            expires_at: When the token expires, and the session with it.

        Raises:
            ValueError: the token has expired, or can't be sent in a header.
            SessionsUnavailableError: the store of sessions doesn't answer.
        """
        await session_of(self.request.scope).start(token, expires_at)
        if self.passes_token_on:
            self.headers["authorization"] = f"Bearer {token}"

    async def end_session(self) -> bool:
        """End the browser's session at once, for all gateways; say whether there was one.

        Raises:
            SessionsUnavailableError: the store of sessions doesn't answer.
        """
        session = session_of(self.request.scope)
        if session.id is not None:  # so that the token is the session's, not the client's own
            self.headers.pop("authorization", None)
        return await session.end()
