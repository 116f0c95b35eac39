"""The Transport protocol: all that execution knows of how a subgraph is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from stitcher.cache_policies import CachePolicy
from stitcher.selections import Document

__all__ = ["SubgraphRequest", "SubgraphResponse", "Transport"]


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """What is sent: a document, JSON-ready variables, headers to pass on, and the client's context.

    ``context`` is for subgraphs that run in this process; it never leaves it. With ``is_shareable``, an equal
    request that is under way may answer for this one; a query that follows a mutation has to see what it did.
    ``deadline`` is when the client's time is over, by ``time.monotonic``; None is never. ``place`` is where
    the log of purges was: what was asked before a purge doesn't answer what is asked after it.
    """

    document: Document
    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    context: Any = None
    is_shareable: bool = True
    deadline: float | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What came back: ``data`` as parsed JSON (may be None) and GraphQL errors as they were sent.

    Each error has a ``message``, which may be empty; anything else of it may be of any kind or missing.
    ``size`` is how many bytes that took; 0 where it never was bytes. ``headers`` are what clients get of the
    answer's: names, values, and how they are combined with others' (``stitcher.headers``). ``cache`` is how
    long the subgraph says that it may be kept; None if it says nothing. ``tags`` are its own words by which
    it can be ended, ``entity_tags`` those of each entity, in the order in which they were asked for. ``raw``
    is the answer as it came, if it came as bytes that can be read again.
    """

    data: dict[str, Any] | None
    errors: tuple[Mapping[str, Any], ...] = ()
    size: int = field(default=0, compare=False)
    headers: Sequence[tuple[str, str, str]] = ()
    cache: CachePolicy | None = None
    tags: Sequence[str] = ()
    entity_tags: Sequence[Sequence[str]] = ()
    raw: bytes = field(default=b"", repr=False, compare=False)


class Transport(Protocol):
    """Reaches one subgraph."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request.

        Raises:
            SubgraphError: no usable GraphQL response came back (unreachable, late, not GraphQL).
        """
        ...

    async def close(self) -> None:
        """Release connections. Called once, when the gateway ends."""
        ...
