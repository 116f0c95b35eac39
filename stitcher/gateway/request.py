"""What a gateway is asked, what it answers, and what it is told once for all requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from graphql import ASTValidationRule

from stitcher.authorization import Asker
from stitcher.cache_policies import CachePolicies
from stitcher.caching.cache import ResponseCache
from stitcher.errors import RequestError
from stitcher.events import Observer, Trail
from stitcher.execution.call import GatewayResponse
from stitcher.field_limits import FieldLimits
from stitcher.headers import ClientHeaders, RequestHeaders
from stitcher.planning.counting import Counted
from stitcher.planning.limits import Limits

__all__ = ["NO_HEADERS", "Admit", "ClientRequest", "GatewayOptions", "GatewayResponse", "Policy"]

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

Admit: TypeAlias = Callable[[tuple[Counted, ...], Mapping[str, Any]], Awaitable[None]]
"""Decides whether an operation with limited fields and these variables is run; raises where it isn't."""

Policy: TypeAlias = Callable[[Any], bool | Awaitable[bool]]
"""Decides on one request, given its context, whether a policy that the schema names lets it pass."""


def nobody() -> None:
    """Say that it isn't known who asks."""


class ClientRequest(NamedTuple):
    """One request of a client's.

    ``variables`` are as the client sent them, not yet coerced. ``operation_name`` says which operation of the
    document is run. ``context`` is for the resolvers of the local subgraph, and for policies. ``headers`` are
    what subgraphs are sent of the client's; they are read for each fetch. ``asker`` is who asks, for what the
    schema doesn't show to everybody; None is nobody in particular.

    ``queries_only`` is what the client is told if it is a mutation; None where it may be one. ``admit`` is
    awaited before anything is run of an operation that uses limited fields. What it raises is passed on.
    ``deadline`` is when the client's time is over, by ``time.monotonic``; None is never.

    ``who`` says whose answers those are that are for one client alone: equal for those who may have each
    other's; None for nobody's. ``takes_kept`` and ``lets_keep`` say whether it may be answered by what is
    kept, and its answers may be. With ``tells_kept``, the answer says what was. ``trail`` takes what services
    are asked, where somebody wants to know.
    """

    query: str
    variables: Mapping[str, Any] | None = None
    operation_name: str | None = None
    context: Any = None
    headers: Mapping[str, str] = NO_HEADERS
    asker: Asker | None = None
    queries_only: RequestError | None = None
    admit: Admit | None = None
    deadline: float | None = None
    who: Callable[[], bytes | None] = nobody
    takes_kept: bool = True
    lets_keep: bool = True
    tells_kept: bool = False
    trail: Trail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What a gateway does with every request.

    ``operation_cache_size`` is how many prepared operations are kept; the least recently used goes first.
    ``validation_rules`` are rules for operations beside those of the GraphQL specification. ``limits`` say
    how large an operation may be; None is for no limits. ``field_limits`` are the fields whose uses are
    counted, where a request wants to know.

    With ``debug``, errors keep traces and what else is for developers only. ``suggestions`` says whether
    messages may suggest names that the client didn't write. With ``login_required``, anonymous clients may
    ask for public root fields only. ``policies`` decide on the policies of the schema by name; one that isn't
    among them is never met.

    ``client_headers`` says what is taken of a client's headers for services. ``unshared`` are the services of
    whose answers clients get cookies, so that each gets its own. ``cache_policies`` say how long answers may
    be kept. ``cache`` is where what subgraphs answer is kept, ``request_headers`` what each is sent of a
    client's headers, by which answers are told apart. ``observer`` is told what happens; None where nobody
    wants to know.
    """

    operation_cache_size: int = 1000
    validation_rules: Sequence[type[ASTValidationRule]] = ()
    limits: Limits | None = None
    field_limits: FieldLimits = field(default_factory=dict)
    debug: bool = False
    suggestions: bool = True
    login_required: bool = False
    policies: Mapping[str, Policy] = field(default_factory=dict)
    client_headers: ClientHeaders = field(default_factory=ClientHeaders)
    unshared: frozenset[str] = frozenset()
    cache_policies: CachePolicies | None = None
    cache: ResponseCache | None = None
    request_headers: Mapping[str, RequestHeaders] = field(default_factory=dict)
    observer: Observer | None = None
