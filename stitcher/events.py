"""What happens, as one event per stage of a request, and who is told: logs and metrics hang on nothing else.

Nothing is built where nobody observes. What belongs to one request is collected on its *trail*, and told with
it when it ends; what services' instances do is told when it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

__all__ = [
    "AttemptEnded",
    "BreakerMoved",
    "Event",
    "FetchEnded",
    "FetchSpan",
    "Observer",
    "Observers",
    "OperationPrepared",
    "RequestEnded",
    "RequestSpan",
    "Seen",
    "SessionMoved",
    "Trail",
]


class FetchEnded(NamedTuple):
    """A service was asked for a part of an operation: seconds, bytes of its answer, a code if it failed."""

    subgraph: str
    seconds: float
    size: int
    code: str | None


class AttemptEnded(NamedTuple):
    """One instance was sent a request: first, as a retry, a hedge or a probe; and a code if it failed."""

    subgraph: str
    instance: str
    kind: str
    seconds: float
    code: str | None


class BreakerMoved(NamedTuple):
    """An instance went out of use, or came back."""

    subgraph: str
    instance: str
    is_out: bool


class OperationPrepared(NamedTuple):
    """An operation that wasn't known was prepared, or refused with a code."""

    seconds: float
    code: str | None


class SessionMoved(NamedTuple):
    """A browser's session began or ended."""

    has_begun: bool


class Seen(NamedTuple):
    """An operation: its name if it has one, its kind, a digest of its document, and its answer's codes."""

    name: str | None
    kind: str
    digest: str
    codes: tuple[str, ...] = ()


class FetchSpan(Protocol):
    """The span of one request to a service, in a trace."""

    def headers(self) -> Mapping[str, str]:
        """Return what the service is sent, so that its own spans are below this one."""
        ...

    def end(self, size: int, code: str | None) -> None:
        """End it, with the bytes of the answer, and a code if it failed."""
        ...


class RequestSpan(Protocol):
    """The span of one request, in a trace."""

    def fetch(self, subgraph: str) -> FetchSpan:
        """Begin the span of a request to a service."""
        ...

    def end(self, event: RequestEnded) -> None:
        """End it with what became of the request."""
        ...


class Trail:
    """What one request leaves behind, filled in by whoever comes by.

    Attributes:
        seen: The operation; None if it isn't known.
        codes: Of why it was refused before it was an operation.
        user: Who asked.
        fetches: What services were asked for it.
        came_by: ``shared`` for one that got another's answer in flight, ``kept`` for one that was kept.
        span: Its span, where there are traces.
    """

    __slots__ = ("came_by", "codes", "fetches", "seen", "span", "user")

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self.codes: list[str] = []
        self.user: str | None = None
        self.fetches: list[FetchEnded] = []
        self.came_by: str | None = None
        self.span: RequestSpan | None = None


class RequestEnded(NamedTuple):
    """A client was answered. ``client`` is the name and version that it gave itself."""

    request_id: str
    method: str
    path: str
    status: int
    seconds: float
    size: int
    client: tuple[str | None, str | None]
    trail: Trail


Event: TypeAlias = FetchEnded | AttemptEnded | BreakerMoved | OperationPrepared | SessionMoved | RequestEnded


class Observer(Protocol):
    """Is told what happens. It must be quick, and never raises."""

    def notice(self, event: Event) -> None:
        """Take one event."""
        ...


class Observers:
    """Several observers as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._notice: list[Callable[[Event], None]] = [observer.notice for observer in observers]

    def notice(self, event: Event) -> None:
        """Tell each of them."""
        for notice in self._notice:
            notice(event)
