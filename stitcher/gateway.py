"""The gateway: a supergraph in use. It parses, validates and plans each operation once, and executes it.

There are two ways in, which answer alike:

- :meth:`Gateway.execute`, the short way that the server takes: plan, fetch, shape.
- :attr:`Gateway.schema`, an executable Ariadne schema whose root resolvers delegate to the short way, for
  whoever runs ``ariadne.graphql`` or embeds the schema in an app of their own.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import random
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    execute_sync,
    get_variable_values,
    parse,
    validate,
)
from graphql.validation import specified_rules

from stitcher.errors import PlanningError, RequestError
from stitcher.executable import make_gateway_schema
from stitcher.execution.executor import Call, execute_plan
from stitcher.field_limits import FieldLimits
from stitcher.planning.counting import Counted, count_fields
from stitcher.planning.normalize import normalize
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation, select_operation
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport

__all__ = ["Admit", "Gateway", "GatewayResponse", "PreparedOperation"]

NO_HEADERS: Mapping[str, str] = {}

Admit: TypeAlias = Callable[[tuple[Counted, ...], Mapping[str, Any]], Awaitable[None]]
"""Decides whether an operation with limited fields and these variables is run; raises where it isn't."""


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


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that is known of an operation before it is run.

    ``is_local`` says that resolvers in this process take part in it; ``counted`` are its limited fields.
    """

    plan: Plan
    is_mutation: bool
    is_local: bool
    variables: tuple[VariableDefinitionNode, ...]
    introspection: DocumentNode | None
    counted: tuple[Counted, ...]


class Gateway:
    """One supergraph, with a transport a subgraph.

    Args:
        supergraph: what to serve.
        transports: how each subgraph is reached, by name. The gateway closes them when it is closed.
        operation_cache_size: how many prepared operations are kept; the least recently used goes first.
        validation_rules: rules for operations beside those of the GraphQL specification.
        debug: whether errors keep traces and what else is for developers only.
        field_limits: the fields whose uses are counted, where a caller of ``execute`` wants to know.
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
    ) -> None:
        self.supergraph = supergraph
        self.transports = transports
        self.field_limits = field_limits
        self.schema: GraphQLSchema = make_gateway_schema(supergraph.schema, self._execute_part)
        self._debug = debug
        self._rules = (*specified_rules, *validation_rules)
        self._shares = {label: _share(label) for label in supergraph.labels}
        self.prepare = lru_cache(operation_cache_size)(self._prepare)

    async def execute(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        context: Any = None,
        headers: Mapping[str, str] = NO_HEADERS,
        queries_only: RequestError | None = None,
        admit: Admit | None = None,
    ) -> GatewayResponse:
        """Answer one request.

        Args:
            query: the document.
            variables: as the client sent them, not yet coerced.
            operation_name: which operation of the document to run.
            context: for the resolvers of the local subgraph.
            headers: the client's headers that subgraphs are sent.
            queries_only: what the client is told if it is a mutation; None where it may be one.
            admit: is awaited before anything is run of an operation that uses limited fields. What it raises
                is passed on.
        """
        try:
            prepared = self.prepare(query, operation_name, self._draw_labels())
            if queries_only is not None and prepared.is_mutation:
                raise queries_only
            values = self._coerce(prepared, variables or {})
        except RequestError as error:
            return GatewayResponse(None, error.errors, executed=False)
        if prepared.counted and admit is not None:
            await admit(prepared.counted, values)
        data = self._introspect(prepared.introspection, values) if prepared.introspection else {}
        call = Call(values, headers, context, data, debug=self._debug)
        outcome = await execute_plan(prepared.plan, self.transports, call)
        return GatewayResponse(outcome.data, outcome.errors, size=outcome.size)

    def is_shareable(self, query: str, operation_name: str | None = None) -> bool:
        """Whether equal requests may share one execution of this operation.

        A mutation is done as often as it is sent. Resolvers of the local subgraph see the whole request of
        one client, so what they answer is that client's. Limited fields are counted for each who asks. What
        can't be prepared isn't shared either.
        """
        try:
            prepared = self.prepare(query, operation_name)
        except RequestError:
            return False
        return not (prepared.is_mutation or prepared.is_local or prepared.counted)

    async def close(self) -> None:
        """Close every transport."""
        for transport in self.transports.values():
            await transport.close()

    def _draw_labels(self) -> frozenset[str]:
        """Return the labels of rollouts that one request has on."""
        if not self._shares:
            return frozenset()
        drawn = ((label, random() * 100) for label in self._shares)  # noqa: S311 - nothing is kept secret by it
        return frozenset(label for label, number in drawn if number < self._shares[label])

    def _prepare(
        self, query: str, operation_name: str | None = None, labels: frozenset[str] = frozenset()
    ) -> PreparedOperation:
        """Parse, validate and plan; raise RequestError. ``prepare`` is this, cached where it succeeds."""
        try:
            document = parse(query)
        except GraphQLSyntaxError as error:
            raise RequestError("GRAPHQL_PARSE_FAILED", _formatted(error)) from error
        problems = validate(self.supergraph.schema, document, self._rules)
        if problems:
            raise RequestError("GRAPHQL_VALIDATION_FAILED", *map(_formatted, problems))
        node, fragments = select_operation(document, operation_name)
        if node.operation is OperationType.SUBSCRIPTION:
            message = "This gateway doesn't serve subscriptions."
            raise RequestError("SUBSCRIPTIONS_NOT_SUPPORTED", {"message": message})
        try:
            plan = plan_operation(self.supergraph, document, operation_name, labels=labels)
            counted = self._count(node, fragments)
        except PlanningError as error:
            raise RequestError(error.code, {"message": str(error)}) from error
        return PreparedOperation(
            plan=plan,
            is_mutation=node.operation is OperationType.MUTATION,
            is_local=any(self.supergraph.subgraphs[each.subgraph].is_local for each in plan.fetches),
            variables=tuple(node.variable_definitions or ()),
            introspection=parse(plan.introspection.text) if plan.introspection else None,
            counted=counted,
        )

    def _count(
        self, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> tuple[Counted, ...]:
        if not self.field_limits:
            return ()
        schema = self.supergraph.schema
        return count_fields(schema, normalize(schema, node, fragments), self.field_limits)

    def _coerce(self, prepared: PreparedOperation, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        if not prepared.variables:
            return {}
        result = get_variable_values(self.supergraph.schema, prepared.variables, dict(variables))
        if isinstance(result, list):
            raise RequestError("BAD_USER_INPUT", *map(_formatted, result))
        return result.coerced

    def _introspect(self, document: DocumentNode, variables: Mapping[str, Any]) -> dict[str, Any]:
        result = execute_sync(self.supergraph.schema, document, variable_values=dict(variables))
        return result.data or {}

    async def _execute_part(self, query: str, variables: Mapping[str, Any], context: Any) -> GatewayResponse:
        headers = getattr(context, "headers", NO_HEADERS)
        return await self.execute(query, variables, context=context, headers=headers)


def _share(label: str) -> float:
    """Return how many of a hundred requests have a label on: ``percent(25)``; of other labels none."""
    found = re.fullmatch(r"percent\((\d+(?:\.\d+)?)\)", label)
    return float(found[1]) if found else 0.0


def _formatted(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    return formatted
