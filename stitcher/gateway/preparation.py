"""All that is done to an operation before it is run, once an operation.

A. *Limit* the document's text, *parse* it, and *measure* what it amounts to (``limits``).
B. *Validate* it; what can't be executed is refused, with every problem.
C. *Cost* it (``cost``).
D. *Plan* it, for those who don't meet some of the clauses that concern it as well as for those who meet all.

What comes of it is kept for the operations asked for last, and, apart from these, so is what was refused.

It may take a quarter of a second, in which others' requests have to go on. So an operation that isn't known
is prepared beside the event loop, in one thread, unless it turns out to be small. Caches belong to the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLSyntaxError,
    OperationType,
    VariableDefinitionNode,
    parse,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule, specified_rules

from stitcher.authorization import Authorization, Clauses, is_public
from stitcher.composition.reader import release_tokens
from stitcher.errors import PlanningError, RequestError
from stitcher.gateway.problems import check, formatted
from stitcher.gateway.request import GatewayOptions
from stitcher.inflight import Inflight
from stitcher.planning.budget import STEPS, Budget
from stitcher.planning.cost import Cost, operation_cost
from stitcher.planning.counting import Counted, count_fields
from stitcher.planning.limits import FieldMergingRule, check_document, too_large
from stitcher.planning.normalize import normalize
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation, select_operation
from stitcher.planning.restriction import Restriction
from stitcher.recent import Recent, footprint
from stitcher.supergraph import Supergraph

__all__ = ["Preparation", "PreparedOperation"]

CACHED_BYTES = 64 * 1024 * 1024
"""What all operations that are kept may take; one may take a 64th of it."""

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

_Outcome: TypeAlias = "tuple[PreparedOperation, int] | RequestError"
"""An operation with the bytes that it takes, or why it is refused."""

_RULES = tuple(
    FieldMergingRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that is known of an operation before it is run.

    ``is_shareable`` says that equal requests may share one execution, ``is_public`` that anybody may ask for
    all root fields of its document; ``counted`` are its limited fields. ``cost`` is None unless it depends
    on variables.

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


class Preparation:
    """Prepares operations over one supergraph; ``options`` are the gateway's."""

    def __init__(self, supergraph: Supergraph, options: GatewayOptions) -> None:
        self.supergraph = supergraph
        self.authorization = Authorization(supergraph.schema, supergraph.whole)
        self.prepared: Recent[_Key, PreparedOperation] = Recent(options.operation_cache_size, CACHED_BYTES)
        self._rules = (*_RULES, *options.validation_rules)
        self._limits = options.limits
        self._suggestions = options.suggestions
        self._field_limits = options.field_limits
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
        return self._keep(key, self._outcome(key))

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
        if len(query) <= SMALL:
            budget = Budget(SMALL_STEPS)
            outcome = self._outcome(key, budget)
            if not budget.is_spent:
                return self._keep(key, outcome)
        return await self._inflight.join(key, partial(self._prepare_in_thread, key))

    def close(self) -> None:
        """Let the thread end."""
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _refuse_again(self, key: _Key) -> None:
        if known := self._refusals.get(key):
            raise RequestError(known.code, *known.errors)

    async def _prepare_in_thread(self, key: _Key) -> PreparedOperation:
        loop = asyncio.get_running_loop()
        return self._keep(key, await loop.run_in_executor(self._aside, self._outcome, key))

    def _outcome(self, key: _Key, budget: Budget | None = None) -> _Outcome:
        """Prepare an operation within a budget, by default that of the limits; no cache is touched."""
        try:
            prepared = self._prepare_anew(*key, budget or Budget(STEPS if self._limits else inf))
        except RequestError as error:
            return error
        return prepared, footprint((key, prepared))

    def _keep(self, key: _Key, outcome: _Outcome) -> PreparedOperation:
        if not isinstance(outcome, RequestError):
            self.prepared.put(key, *outcome)
            return outcome[0]
        query, operation_name, *_ = key
        if len(query) + len(operation_name or "") <= REFUSED_LENGTH:
            self._refusals[key] = RequestError(outcome.code, *outcome.errors)
            if len(self._refusals) > REFUSALS:
                del self._refusals[next(iter(self._refusals))]
        raise outcome

    def _prepare_anew(
        self,
        query: str,
        operation_name: str | None,
        labels: frozenset[str],
        refused: Clauses,
        budget: Budget,
    ) -> PreparedOperation:
        document = self._parsed(query, operation_name or "")  # A
        check(self.supergraph.schema, document, self._rules, suggestions=self._suggestions)  # B
        node, fragments = select_operation(document, operation_name)
        if node.operation is OperationType.SUBSCRIPTION:
            message = "This gateway doesn't serve subscriptions."
            raise RequestError("SUBSCRIPTIONS_NOT_SUPPORTED", {"message": message})
        cost = None
        if self._limits:  # C
            cost = operation_cost(self.supergraph.schema, node, fragments)
            if cost.is_fixed:
                self.check_cost(cost, {})
        plan = self._planned(document, operation_name, labels, refused, budget)  # D
        normal = normalize(self.supergraph.schema, node, fragments) if self._field_limits else None
        counted = count_fields(self.supergraph.schema, normal, self._field_limits) if normal else ()
        is_mutation = node.operation is OperationType.MUTATION
        is_local = any(self.supergraph.subgraphs[each.subgraph].is_local for each in plan.fetches)
        by_policy = any(clause.policies for clause in plan.clauses)
        return PreparedOperation(
            plan=plan,
            is_mutation=is_mutation,
            is_shareable=not (is_mutation or is_local or counted or by_policy),
            is_public=is_public(document, self.supergraph.schema, self.authorization.public),
            variables=tuple(node.variable_definitions or ()),
            introspection=plan.introspection.text if plan.introspection else None,
            counted=counted,
            cost=None if cost is None or cost.is_fixed else cost,
        )

    def check_cost(self, cost: Cost, variables: Mapping[str, Any]) -> None:
        """Refuse what costs too much, for the coerced values of an operation's variables.

        Raises:
            RequestError: it does.
        """
        if self._limits and (total := cost.of(variables)) > self._limits.cost:
            raise too_large(f"The operation costs {total}; it may cost {self._limits.cost}.")

    # A

    def _parsed(self, query: str, operation_name: str) -> DocumentNode:
        limits = self._limits
        if limits and max(len(query), len(operation_name)) > limits.characters:
            what = "document" if len(query) > limits.characters else "operation's name"
            raise too_large(f"The {what} is over {limits.characters} characters long.")
        try:
            document = parse(query, max_lexical_tokens=limits.tokens if limits else None)
            release_tokens(document)  # what is kept of it for variables would keep them all
            if limits:
                check_document(document, limits)
        except GraphQLSyntaxError as error:
            raise RequestError("GRAPHQL_PARSE_FAILED", formatted(error)) from error
        except RecursionError as error:
            raise too_large("The operation is nested too deeply.") from error
        return document

    # D

    def _planned(
        self,
        document: DocumentNode,
        operation_name: str | None,
        labels: frozenset[str],
        refused: Clauses,
        budget: Budget,
    ) -> Plan:
        restriction = Restriction(self.authorization, refused) if self.authorization else None
        try:
            return plan_operation(
                self.supergraph,
                document,
                operation_name,
                labels=labels,
                restriction=restriction,
                budget=budget,
            )
        except PlanningError as error:
            raise RequestError(error.code, {"message": str(error)}) from error
