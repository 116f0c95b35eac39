"""What one request brings along, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stitcher.cache_policies import CachePolicy
from stitcher.events import Trail
from stitcher.execution.cached.run import Ending, Keeping
from stitcher.execution.entities import Data

__all__ = ["Call", "GatewayResponse"]


@dataclass(frozen=True, slots=True)
class Call:
    """What one request brings along: coerced variables, headers to pass on, the client's context.

    ``data`` is what is known before the first fetch: the answers to introspection fields, of about ``size``
    bytes. With ``debug``, errors keep what is for developers only. ``deadline`` is when the client's time is
    over, by ``time.monotonic``; None is never. ``keeping`` is what it brings along of the cache; None for
    none. ``trail`` takes what services are asked; None where nobody wants to know.
    """

    variables: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    context: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    debug: bool = False
    deadline: float | None = None
    keeping: Keeping | None = None
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What the client is answered: ``data`` in its shape, and formatted errors.

    ``executed`` is False where the request was refused before anything ran (syntax, validation, variables):
    then the response has no ``data`` entry at all. ``size`` is about how many bytes of JSON went into it.
    ``headers`` are what the client gets of subgraphs' headers, in the order of the plan's fetches. ``cache``
    is how long subgraphs say that it may be kept; None if none says anything; ``is_said_by_all`` whether
    every one does. ``kept`` is what would end it, if it were kept as a whole; None if that can't be said.
    ``extensions`` is what else the client is told.
    """

    data: Data | None
    errors: tuple[Data, ...] = ()
    executed: bool = True
    size: int = field(default=0, compare=False)
    headers: Sequence[tuple[str, str, str]] = field(default=(), compare=False)
    cache: CachePolicy | None = field(default=None, compare=False)
    is_said_by_all: bool = field(default=False, compare=False)
    kept: Ending | None = field(default=None, compare=False)
    extensions: Data | None = field(default=None, compare=False)
