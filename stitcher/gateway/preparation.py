"""All that is done to an operation before it is run, in two levels.

A. *Check* it, once for all (``checking``).
B. *Plan* it, for the rollouts that a request has on, and for those who don't meet some of the clauses that
   concern it as well as for those who meet all.

What comes of it is kept for the operations asked for last: plans, and, where there may be several of one
operation, what they are made of. Apart from these, what was refused is kept too.

It may take a quarter of a second, in which others' requests have to go on. So an operation that isn't known
is prepared beside the event loop, in one thread, unless it turns out to be small. Caches belong to the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from math import inf
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from graphql import VariableDefinitionNode

from stitcher.authorization import Authorization, Clauses
from stitcher.cache_policies import CachePolicy, agreed
from stitcher.caching.invalidation import Invalidation
from stitcher.caching.parts import CachedFetch, Caching
from stitcher.errors import PlanningError, RequestError
from stitcher.events import OperationPrepared, Seen
from stitcher.gateway.checking import CheckedOperation, Checking
from stitcher.gateway.request import GatewayOptions, GatewayResponse
from stitcher.inflight import Inflight
from stitcher.planning.budget import STEPS, Budget
from stitcher.planning.cost import Cost
from stitcher.planning.counting import Counted
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_normalized
from stitcher.planning.restriction import Restriction
from stitcher.recent import Recent, footprint
from stitcher.supergraph import Supergraph

__all__ = ["Preparation", "PreparedOperation"]

CACHED_BYTES = 64 * 1024 * 1024
"""What all plans that are kept may take, and what they are made of; one may take a 64th of it."""

REFUSALS = 100
"""How many refused operations are remembered, so that sending one again and again costs nothing."""

REFUSED_LENGTH = 20_000
"""The most characters of a refused operation, its name included, that is worth remembering."""

SMALL = 300
"""The most characters of an operation that is prepared at once, if it takes few steps."""

SMALL_STEPS = 300
"""Steps that take a few milliseconds: no more than the rest of preparing so few characters."""

_Key: TypeAlias = tuple[str, str | None, frozenset[str], Clauses]
"""A document, the operation's name, labels and what is refused."""


UNSEEN = Seen(None, "query", "")


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that is known of an operation before it is run.

    ``is_shareable`` says that equal requests may share one execution, ``is_public`` that anybody may ask for
    all root fields of its document; ``counted`` are its limited fields. ``cost`` is None unless it depends
    on variables. ``cache`` says how long its answer may be kept, as far as the schema does; with
    ``is_personal``, by the client alone who asked. ``fetches`` are those of which something may be kept by
    itself. ``invalidations`` are what it ends of that, for a mutation.

    ``seen`` is what those who observe are told of it.

    A mutation isn't shareable: it is done as often as it is sent. Resolvers of the local subgraph and
    policies see the whole request of one client, so what they answer is that client's. Limited fields are
    counted for each who asks.
    """

    plan: Plan
    is_mutation: bool
    is_shareable: bool
    is_public: bool
    variables: tuple[VariableDefinitionNode, ...]
    introspection: str | None
    counted: tuple[Counted, ...]
    cost: Cost | None = None
    seen: Seen = UNSEEN
    cache: CachePolicy | None = None
    is_personal: bool = False
    fetches: Mapping[int, CachedFetch] = field(default_factory=dict)
    invalidations: tuple[Invalidation, ...] = ()

    def policy_of(self, response: GatewayResponse) -> CachePolicy | None:
        """Return how long a response may be kept as a whole; None for not at all."""
        said = response.cache if self.cache is not None or response.is_said_by_all else None
        policy = agreed(self.cache, said)
        if policy is None or policy.max_age <= 0 or self.is_mutation:
            return None
        return replace(policy, is_private=True) if self.is_personal else policy


class _Outcome(NamedTuple):
    """An operation with what it is made of, and the bytes that either takes: 0 for what isn't to be kept."""

    prepared: PreparedOperation
    size: int
    checked: CheckedOperation
    checked_size: int


class Preparation:
    """Prepares operations over one supergraph; ``options`` are the gateway's."""

    def __init__(self, supergraph: Supergraph, options: GatewayOptions) -> None:
        self.supergraph = supergraph
        self.authorization = Authorization(supergraph.schema, supergraph.whole)
        self.prepared: Recent[_Key, PreparedOperation] = Recent(options.operation_cache_size, CACHED_BYTES)
        self._checked: Recent[tuple[str, str | None], CheckedOperation] = Recent(
            options.operation_cache_size, CACHED_BYTES
        )
        self._checking = Checking(supergraph, self.authorization, options)
        self.caching = (
            Caching(
                supergraph,
                options.cache_policies,
                self.authorization,
                options.request_headers,
                options.unshared,
            )
            if options.cache and options.cache_policies
            else None
        )
        self._observer = options.observer
        self._steps = STEPS if options.limits else inf
        self._login_required = options.login_required
        self._refusals: dict[_Key, RequestError] = {}
        self._inflight: Inflight[PreparedOperation] = Inflight()
        self._aside = ThreadPoolExecutor(1, "preparation")  # one, so that it takes no more than its turn

    def prepare(
        self,
        query: str,
        operation_name: str | None = None,
        labels: frozenset[str] = frozenset(),
        refused: Clauses = frozenset(),
    ) -> PreparedOperation:
        """Prepare an operation, for a client that doesn't meet ``refused``; raise RequestError.

        ``labels`` are those of the rollouts that the request has on.
        """
        key = (query, operation_name, labels, refused)
        if prepared := self.prepared.get(key):
            return prepared
        self._refuse_again(key)
        return self._keep(key, self._outcome(key, self._checked.get(key[:2])))

    async def prepare_aside(
        self,
        query: str,
        operation_name: str | None = None,
        labels: frozenset[str] = frozenset(),
        refused: Clauses = frozenset(),
    ) -> PreparedOperation:
        """Prepare an operation as ``prepare`` does, while the event loop goes on if it takes long.

        Equal ones under way are prepared once.
        """
        key = (query, operation_name, labels, refused)
        if prepared := self.prepared.get(key):
            return prepared
        self._refuse_again(key)
        checked = self._checked.get(key[:2])
        began = monotonic() if self._observer is not None else 0.0
        if len(query) <= SMALL:
            budget = Budget(SMALL_STEPS)
            outcome = self._outcome(key, checked, budget)
            if not budget.is_spent:
                return self._keep(key, outcome, began)
        return await self._inflight.join(key, partial(self._prepare_in_thread, key, checked, began))

    def close(self) -> None:
        """Let the thread end."""
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _refuse_again(self, key: _Key) -> None:
        if known := self._refusals.get(key):
            raise RequestError(known.code, *known.errors)

    def check_cost(self, cost: Cost, variables: Mapping[str, Any]) -> None:
        """Refuse what costs too much, for the coerced values of an operation's variables.

        Raises:
            RequestError: it does.
        """
        self._checking.check_cost(cost.of(variables))

    async def _prepare_in_thread(
        self, key: _Key, checked: CheckedOperation | None, began: float
    ) -> PreparedOperation:
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._aside, self._outcome, key, checked)
        return self._keep(key, outcome, began)

    def _outcome(
        self, key: _Key, checked: CheckedOperation | None, budget: Budget | None = None
    ) -> _Outcome | RequestError:
        """Prepare an operation within a budget, by default that of the limits; no cache is touched."""
        query, operation_name, labels, refused = key
        try:
            known = checked or self._checking.check(query, operation_name)  # A
            plan = self._plan(known, labels, refused, budget or Budget(self._steps))  # B
        except RequestError as error:
            return error
        prepared = self._prepared(known, plan, query)
        has_variants = bool(self.supergraph.labels or plan.clauses) and checked is None
        return _Outcome(
            prepared, footprint((key, prepared)), known, footprint((key[:2], known)) if has_variants else 0
        )

    def _keep(self, key: _Key, outcome: _Outcome | RequestError, began: float = 0.0) -> PreparedOperation:
        if self._observer is not None and began:
            code = outcome.code if isinstance(outcome, RequestError) else None
            self._observer.notice(OperationPrepared(monotonic() - began, code))
        if not isinstance(outcome, RequestError):
            self.prepared.put(key, outcome.prepared, outcome.size)
            if outcome.checked_size:
                self._checked.put(key[:2], outcome.checked, outcome.checked_size)
            return outcome.prepared
        query, operation_name, *_ = key
        if len(query) + len(operation_name or "") <= REFUSED_LENGTH:
            self._refusals[key] = RequestError(outcome.code, *outcome.errors)
            if len(self._refusals) > REFUSALS:
                del self._refusals[next(iter(self._refusals))]
        raise outcome

    def _plan(
        self, checked: CheckedOperation, labels: frozenset[str], refused: Clauses, budget: Budget
    ) -> Plan:
        restriction = Restriction(self.authorization, refused) if self.authorization else None
        try:
            return plan_normalized(
                self.supergraph, checked.operation, labels=labels, restriction=restriction, budget=budget
            )
        except PlanningError as error:
            raise RequestError(error.code, {"message": str(error)}) from error

    def _prepared(self, checked: CheckedOperation, plan: Plan, query: str) -> PreparedOperation:
        is_mutation = checked.operation.is_mutation
        is_local = any(self.supergraph.subgraphs[fetch.subgraph].is_local for fetch in plan.fetches)
        by_policy = any(clause.policies for clause in plan.clauses)
        # What one may see is no other's.
        is_personal = is_local or bool(plan.clauses) or (self._login_required and not checked.is_public)
        return PreparedOperation(
            plan=plan,
            is_mutation=is_mutation,
            is_shareable=not (is_mutation or is_local or checked.counted or by_policy),
            is_public=checked.is_public,
            variables=checked.variables,
            introspection=plan.introspection.text if plan.introspection else None,
            counted=checked.counted,
            cost=checked.cost,
            seen=Seen(checked.name, "mutation" if is_mutation else "query", _digest(query)),
            cache=checked.cache,
            is_personal=is_personal,
            fetches=self.caching.of(plan) if self.caching else {},
            invalidations=self.caching.invalidations(checked.operation) if self.caching else (),
        )


def _digest(query: str) -> str:
    """Return a word for a document, by which its requests can be found."""
    return sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
