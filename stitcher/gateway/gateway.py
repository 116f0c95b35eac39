"""The gateway: a supergraph in use. It parses, validates and plans each operation once, and executes it.

There are two ways in, which answer alike:

- :meth:`Gateway.execute`, the short way that the server takes: plan, fetch, shape.
- :attr:`Gateway.schema`, an executable Ariadne schema whose root resolvers delegate to the short way, for
  whoever runs ``ariadne.graphql`` or embeds the schema in an app of their own.

Where a request's CPU time goes, in hundredths, once its operation has been prepared: a heavy operation (six
fetches, an answer of 56 KB) and a simple one (a field of one service), 50 connections, by py-spy.

=======================================  =====  ======  ================================
step                                     heavy  simple  where
=======================================  =====  ======  ================================
read the request, headers, negotiation       4      17  ``server``
start fetches, wait for them                 5       4  ``execution.executor``
collect, represent and group entities       12          ``execution.entities``
encode requests, time limit, headers         5       7  ``transport.http``
HTTP to the services                        33      40  aiohttp
decode their answers                         5       2  ``transport.http``, orjson
merge                                        4          ``execution.entities``
shape                                       19       1  ``execution.shaper``
encode the answer                            2          ``server.handler``, orjson
send it                                      9      19  uvicorn
the event loop                               3       9  uvloop
=======================================  =====  ======  ================================

What is ours is about a third. ``tests/test_costs.py`` counts it, so that it stays so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from inspect import isawaitable
from itertools import count
from random import random
from typing import Any

from graphql import GraphQLSchema

from stitcher.authorization import Asker, Clauses
from stitcher.caching.cache import ResponseCache
from stitcher.caching.tags import Tagging
from stitcher.errors import RequestError
from stitcher.execution.cached.run import Keeping
from stitcher.execution.call import Call
from stitcher.execution.executor import execute_plan
from stitcher.gateway.embedding import make_gateway_schema
from stitcher.gateway.introspection import Introspection
from stitcher.gateway.preparation import Preparation, PreparedOperation
from stitcher.gateway.problems import coerce
from stitcher.gateway.request import NO_HEADERS, ClientRequest, GatewayOptions, GatewayResponse
from stitcher.planning.limits import check_variables
from stitcher.planning.plan import Plan
from stitcher.stores import StoreUnavailableError
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport

__all__ = ["Gateway"]

NUMBERS = count(1)

NO_LABELS: frozenset[str] = frozenset()

NO_VALUES: Mapping[str, Any] = {}

_NOTHING: tuple[Mapping[str, Any], int] = (NO_VALUES, 0)

SYNTAX = "GRAPHQL_PARSE_FAILED"
"""The one refusal that tells nothing of the schema, which is nothing for those who have to log in first."""


class Gateway:
    """One supergraph, with one transport per subgraph.

    Args:
        supergraph: what to serve.
        transports: how each subgraph is reached, by name. The gateway closes them when it is closed.
        options: what it does with every request.

    Attributes:
        number: Its own in this process; a gateway that takes its place has another.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        transports: Mapping[str, Transport],
        options: GatewayOptions = GatewayOptions(),  # noqa: B008 - it is frozen
    ) -> None:
        self.number = next(NUMBERS)
        self.supergraph = supergraph
        self.transports = transports
        self.options = options
        self.schema: GraphQLSchema = make_gateway_schema(supergraph.schema, self._execute_part)
        self._preparation = Preparation(supergraph, options)
        self.prepare = self._preparation.prepare
        self._prepare = self._preparation.prepare_aside
        self.prepared = self._preparation.prepared
        caching = self._preparation.caching
        self.tagging: Tagging | None = caching.tagging if caching else None
        self._introspection = Introspection(supergraph.schema, limited=options.limits is not None)
        self._shares = {label: _share(label) for label in supergraph.labels}

    async def execute(self, request: ClientRequest) -> GatewayResponse:
        """Answer one request."""
        try:
            operation = await self.accept(request)
        except RequestError as error:
            return GatewayResponse(None, error.errors, executed=False)
        return await self.run(operation, request)

    async def accept(self, request: ClientRequest) -> PreparedOperation:
        """Return a request's operation as it is run for the client who asks.

        Raises:
            RequestError: it is refused.
        """
        query, name, asker = request.query, request.operation_name, request.asker
        if request.variables and self.options.limits:
            check_variables(request.variables, self.options.limits)
        labels = self._draw_labels() if self._shares else NO_LABELS
        if self.options.login_required and not (asker and asker.is_authenticated):
            operation = await self._prepare_public(query, name, labels)
        else:
            operation = await self._prepare(query, name, labels)
        if request.queries_only is not None and operation.is_mutation:
            raise request.queries_only
        if operation.plan.clauses:
            refused = await self._refused(operation.plan.clauses, asker, request.context)
            if refused:
                operation = await self._prepare(query, name, labels, refused)
        return operation

    async def run(self, operation: PreparedOperation, request: ClientRequest) -> GatewayResponse:
        """Answer a request with its operation, which ``accept`` has returned."""
        try:
            values = self._coerce(operation, request.variables or {}) if operation.variables else NO_VALUES
            if operation.cost:
                self._preparation.check_cost(operation.cost, values)
            data, size = (
                await self._introspection.answer(operation.introspection, values)
                if operation.introspection
                else _NOTHING
            )
        except RequestError as error:
            return GatewayResponse(None, error.errors, executed=False)
        if operation.counted and request.admit is not None:
            await request.admit(operation.counted, values)
        cache = self.options.cache
        keeping = self._keeping(cache, operation, request) if cache and operation.fetches else None
        call = Call(
            values,
            request.headers,
            request.context,
            data,
            size,
            self.options.debug,
            request.deadline,
            keeping,
            request.trail,
        )
        response = await execute_plan(operation.plan, self.transports, call)
        if cache and operation.invalidations:
            await self._invalidate(cache, operation, values)
        return response

    def _keeping(self, cache: ResponseCache, operation: PreparedOperation, request: ClientRequest) -> Keeping:
        return Keeping(
            cache,
            operation.fetches,
            request.who,
            operation.cache,
            request.asker is not None and request.asker.is_authenticated,
            request.takes_kept,
            request.lets_keep,
            [] if request.tells_kept else None,
        )

    async def _invalidate(
        self, cache: ResponseCache, operation: PreparedOperation, values: Mapping[str, Any]
    ) -> None:
        """End what a mutation may have changed, whatever has become of it."""
        tags = [word for found in operation.invalidations for word in found.words(values)]
        with suppress(StoreUnavailableError):  # it was logged, and is tried again
            await cache.purge(tags)

    def may_share(self, plan: Plan) -> bool:
        """Say whether clients who ask the same meanwhile may all have one answer, cookies and all."""
        unshared = self.options.unshared
        return not unshared or all(fetch.subgraph not in unshared for fetch in plan.fetches)

    async def close(self) -> None:
        """Close every transport."""
        self._introspection.close()
        self._preparation.close()
        for transport in self.transports.values():
            await transport.close()

    def _draw_labels(self) -> frozenset[str]:
        """Return the labels of rollouts that one request has on."""
        drawn = ((label, random() * 100) for label in self._shares)  # noqa: S311 - nothing is kept secret by it
        return frozenset(label for label, number in drawn if number < self._shares[label])

    async def _prepare_public(
        self, query: str, operation_name: str | None, labels: frozenset[str]
    ) -> PreparedOperation:
        """Prepare an operation that anybody may ask for; raise RequestError."""
        try:
            prepared = await self._prepare(query, operation_name, labels)
        except RequestError as error:
            if error.code == SYNTAX:
                raise
            raise _log_in_first() from error
        if not prepared.is_public:
            raise _log_in_first()
        return prepared

    async def _refused(self, clauses: Clauses, asker: Asker | None, context: Any) -> Clauses:
        """Return the clauses that the client doesn't meet. Each policy is asked once."""
        granted: set[str] = set()
        for name in sorted({name for clause in clauses for name in clause.policies}):
            decision = self.options.policies[name](context) if name in self.options.policies else False
            if isawaitable(decision):
                decision = await decision
            if decision:
                granted.add(name)
        return frozenset(clause for clause in clauses if not clause.is_met(asker, frozenset(granted)))

    def _coerce(self, operation: PreparedOperation, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        return coerce(
            self.supergraph.schema, operation.variables, variables, suggestions=self.options.suggestions
        )

    async def _execute_part(self, query: str, variables: Mapping[str, Any], context: Any) -> GatewayResponse:
        headers = getattr(context, "headers", NO_HEADERS)
        asker = getattr(context, "identity", None)
        return await self.execute(
            ClientRequest(query, variables, context=context, headers=headers, asker=asker)
        )


def _log_in_first() -> RequestError:
    return RequestError("UNAUTHENTICATED", {"message": "Log in first."})


def _share(label: str) -> float:
    """Return how many of a hundred requests have a label on: ``percent(25)``; of other labels none."""
    found = re.fullmatch(r"percent\((\d+(?:\.\d+)?)\)", label)
    return float(found[1]) if found else 0.0
