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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from random import random
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import (
    ASTValidationRule,
    GraphQLSchema,
)

from stitcher.authorization import Asker, Clauses
from stitcher.errors import RequestError
from stitcher.execution.executor import Call, execute_plan
from stitcher.field_limits import FieldLimits
from stitcher.gateway.embedding import make_gateway_schema
from stitcher.gateway.introspection import Introspection
from stitcher.gateway.preparation import Preparation, PreparedOperation
from stitcher.gateway.problems import coerce
from stitcher.planning.counting import Counted
from stitcher.planning.limits import Limits, check_variables
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport

__all__ = ["Admit", "Gateway", "GatewayResponse", "Policy", "PreparedOperation"]

NO_HEADERS: Mapping[str, str] = {}

_NOTHING: tuple[Mapping[str, Any], int] = ({}, 0)

Admit: TypeAlias = Callable[[tuple[Counted, ...], Mapping[str, Any]], Awaitable[None]]
"""Decides whether an operation with limited fields and these variables is run; raises where it isn't."""

SYNTAX = "GRAPHQL_PARSE_FAILED"
"""The one refusal that tells nothing of the schema, which is nothing for those who have to log in first."""

Policy: TypeAlias = Callable[[Any], bool | Awaitable[bool]]
"""Decides on one request, given its context, whether a policy that the schema names lets it pass."""


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What the client is answered; ``errors`` are formatted.

    ``executed`` is False where the request was refused before anything ran (syntax, validation, variables):
    then the response has no ``data`` entry at all. ``size`` is about how many bytes went into it.
    """

    data: dict[str, Any] | None
    errors: tuple[dict[str, Any], ...] = ()
    executed: bool = True
    size: int = field(default=0, compare=False)


class Gateway:
    """One supergraph, with a transport a subgraph.

    Args:
        supergraph: what to serve.
        transports: how each subgraph is reached, by name. The gateway closes them when it is closed.
        operation_cache_size: how many prepared operations are kept; the least recently used goes first.
        validation_rules: rules for operations beside those of the GraphQL specification.
        debug: whether errors keep traces and what else is for developers only.
        field_limits: the fields whose uses are counted, where a caller of ``execute`` wants to know.
        limits: how large an operation may be; None for no limits.
        suggestions: whether messages may suggest names that the client didn't write.
        login_required: whether anonymous clients may ask for public root fields only.
        policies: what decides on each policy of the schema; one without is never met.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        transports: Mapping[str, Transport],
        *,
        operation_cache_size: int = 1000,
        validation_rules: Sequence[type[ASTValidationRule]] = (),
        debug: bool = False,
        field_limits: FieldLimits = MappingProxyType({}),
        limits: Limits | None = None,
        suggestions: bool = True,
        login_required: bool = False,
        policies: Mapping[str, Policy] | None = None,
    ) -> None:
        self.supergraph = supergraph
        self.transports = transports
        self.field_limits = field_limits
        self.schema: GraphQLSchema = make_gateway_schema(supergraph.schema, self._execute_part)
        self._debug = debug
        self._preparation = Preparation(
            supergraph,
            cache_size=operation_cache_size,
            validation_rules=validation_rules,
            limits=limits,
            suggestions=suggestions,
            field_limits=field_limits,
        )
        self.prepare = self._preparation.prepare
        self._prepare = self._preparation.prepare_aside
        self.prepared = self._preparation.prepared
        self._limits = limits
        self._suggestions = suggestions
        self._login_required = login_required
        self._policies = policies or {}
        self._introspection = Introspection(supergraph.schema, limited=limits is not None)
        self._shares = {label: _share(label) for label in supergraph.labels}

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        context: Any = None,
        headers: Mapping[str, str] = NO_HEADERS,
        asker: Asker | None = None,
        queries_only: RequestError | None = None,
        admit: Admit | None = None,
    ) -> GatewayResponse:
        """Answer one request.

        Args:
            query: the document.
            variables: as the client sent them, not yet coerced.
            operation_name: which operation of the document to run.
            context: for the resolvers of the local subgraph, and for policies.
            headers: the client's headers that subgraphs are sent.
            asker: who asks, for what the schema doesn't show to everybody; None is nobody in particular.
            queries_only: what the client is told if it is a mutation; None where it may be one.
            admit: is awaited before anything is run of an operation that uses limited fields. What it raises
                is passed on.
        """
        try:
            if variables and self._limits:
                check_variables(variables, self._limits)
            labels = self._draw_labels()
            if self._login_required and not (asker and asker.is_authenticated):
                prepared = await self._prepare_public(query, operation_name, labels)
            else:
                prepared = await self._prepare(query, operation_name, labels)
            if queries_only is not None and prepared.is_mutation:
                raise queries_only
            if prepared.plan.clauses:
                refused = await self._refused(prepared.plan.clauses, asker, context)
                if refused:
                    prepared = await self._prepare(query, operation_name, labels, refused)
            values = self._coerce(prepared, variables or {})
            if prepared.cost:
                self._preparation.check_cost(prepared.cost, values)
            data, size = (
                await self._introspection.answer(prepared.introspection, values)
                if prepared.introspection
                else _NOTHING
            )
        except RequestError as error:
            return GatewayResponse(None, error.errors, executed=False)
        if prepared.counted and admit is not None:
            await admit(prepared.counted, values)
        call = Call(values, headers, context, data, size, debug=self._debug)
        outcome = await execute_plan(prepared.plan, self.transports, call)
        return GatewayResponse(outcome.data, outcome.errors, size=outcome.size)

    async def is_shareable(self, query: str, operation_name: str | None = None) -> bool:
        """Whether equal requests may share one execution of this operation.

        A mutation is done as often as it is sent. Resolvers of the local subgraph and policies see the
        whole request of one client, so what they answer is that client's. Limited fields are counted for each
        who asks. What can't be prepared isn't shared either.
        """
        try:
            prepared = await self._prepare(query, operation_name)  # as `execute` asks for it
        except RequestError:
            return False
        by_policy = any(clause.policies for clause in prepared.plan.clauses)
        return not (prepared.is_mutation or prepared.is_local or prepared.counted or by_policy)

    async def close(self) -> None:
        """Close every transport."""
        self._introspection.close()
        self._preparation.close()
        for transport in self.transports.values():
            await transport.close()

    def _draw_labels(self) -> frozenset[str]:
        """Return the labels of rollouts that one request has on."""
        if not self._shares:
            return frozenset()
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
            decision = self._policies[name](context) if name in self._policies else False
            if isawaitable(decision):
                decision = await decision
            if decision:
                granted.add(name)
        return frozenset(clause for clause in clauses if not clause.is_met(asker, frozenset(granted)))

    def _coerce(self, prepared: PreparedOperation, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        if not prepared.variables:
            return {}
        return coerce(self.supergraph.schema, prepared.variables, variables, suggestions=self._suggestions)

    async def _execute_part(self, query: str, variables: Mapping[str, Any], context: Any) -> GatewayResponse:
        headers = getattr(context, "headers", NO_HEADERS)
        asker = getattr(context, "identity", None)
        return await self.execute(query, variables, context=context, headers=headers, asker=asker)


def _log_in_first() -> RequestError:
    return RequestError("UNAUTHENTICATED", {"message": "Log in first."})


def _share(label: str) -> float:
    """Return how many of a hundred requests have a label on: ``percent(25)``; of other labels none."""
    found = re.fullmatch(r"percent\((\d+(?:\.\d+)?)\)", label)
    return float(found[1]) if found else 0.0
