"""All that is done to an operation before it is run, once an operation.

A. *Limit* the document's text, *parse* it, and *measure* what it amounts to (``limits``).
B. *Validate* it; what can't be executed is refused, with every problem.
C. *Cost* it (``cost``).
D. *Plan* it, for those who don't meet some of the clauses that concern it as well as for those who meet all.

What comes of it is kept for the operations asked for last, and, apart from these, so is what was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLSyntaxError,
    OperationType,
    VariableDefinitionNode,
    parse,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule, specified_rules

from stitcher.composition.reader import release_tokens
from stitcher.errors import PlanningError, RequestError
from stitcher.field_limits import FieldLimits
from stitcher.planning.authorization import Authorization, Clauses, is_public
from stitcher.planning.budget import STEPS, Budget
from stitcher.planning.cost import Cost, operation_cost
from stitcher.planning.counting import Counted, count_fields
from stitcher.planning.limits import FieldMergingRule, Limits, check_document, too_large
from stitcher.planning.normalize import normalize
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation, select_operation
from stitcher.planning.restriction import Restriction
from stitcher.problems import check, formatted
from stitcher.recent import Recent, footprint
from stitcher.supergraph import Supergraph

__all__ = ["Preparation", "PreparedOperation"]

CACHED_BYTES = 64 * 1024 * 1024
"""What all operations that are kept may take; one may take a 64th of it."""

REFUSALS = 100
"""How many refused operations are remembered, so that sending one again and again costs nothing."""

REFUSED_LENGTH = 20_000
"""The most characters of a refused operation, its name included, that is worth remembering."""

_Key: TypeAlias = tuple[str, str | None, frozenset[str], Clauses]
"""A document, the operation's name, labels and what is refused."""

_RULES = tuple(
    FieldMergingRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """All that is known of an operation before it is run.

    ``is_local`` says that resolvers in this process take part in it, ``is_public`` that anybody may ask for
    all root fields of its document; ``counted`` are its limited fields. ``cost`` is None unless it depends
    on variables.
    """

    plan: Plan
    is_mutation: bool
    is_local: bool
    is_public: bool
    variables: tuple[VariableDefinitionNode, ...]
    introspection: str | None
    counted: tuple[Counted, ...]
    cost: Cost | None = None


class Preparation:
    """Prepares operations over one supergraph.

    Args:
        supergraph: what to plan over.
        cache_size: how many prepared operations are kept; the least recently used goes first.
        validation_rules: rules for operations beside those of the GraphQL specification.
        limits: how large an operation may be; None for no limits.
        suggestions: whether messages may suggest names that the client didn't write.
        field_limits: the fields whose uses are counted.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        *,
        cache_size: int,
        validation_rules: Sequence[type[ASTValidationRule]],
        limits: Limits | None,
        suggestions: bool,
        field_limits: FieldLimits,
    ) -> None:
        self.supergraph = supergraph
        self.authorization = Authorization(supergraph.schema, supergraph.whole)
        self.prepared: Recent[_Key, PreparedOperation] = Recent(cache_size, CACHED_BYTES)
        self._rules = (*_RULES, *validation_rules)
        self._limits = limits
        self._suggestions = suggestions
        self._field_limits = field_limits
        self._refusals: dict[_Key, RequestError] = {}

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
        if known := self._refusals.get(key):
            raise RequestError(known.code, *known.errors)
        try:
            prepared = self._prepare_anew(query, operation_name, labels, refused)
        except RequestError as error:
            if len(query) + len(operation_name or "") <= REFUSED_LENGTH:
                self._refusals[key] = RequestError(error.code, *error.errors)
                if len(self._refusals) > REFUSALS:
                    del self._refusals[next(iter(self._refusals))]
            raise
        self.prepared.put(key, prepared, footprint((key, prepared)))
        return prepared

    def _prepare_anew(
        self, query: str, operation_name: str | None, labels: frozenset[str], refused: Clauses
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
        plan = self._planned(document, operation_name, labels, refused)  # D
        normal = normalize(self.supergraph.schema, node, fragments) if self._field_limits else None
        return PreparedOperation(
            plan=plan,
            is_mutation=node.operation is OperationType.MUTATION,
            is_local=any(self.supergraph.subgraphs[each.subgraph].is_local for each in plan.fetches),
            is_public=is_public(document, self.supergraph.schema, self.authorization.public),
            variables=tuple(node.variable_definitions or ()),
            introspection=plan.introspection.text if plan.introspection else None,
            counted=count_fields(self.supergraph.schema, normal, self._field_limits) if normal else (),
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
        self, document: DocumentNode, operation_name: str | None, labels: frozenset[str], refused: Clauses
    ) -> Plan:
        restriction = Restriction(self.authorization, refused) if self.authorization else None
        try:
            return plan_operation(
                self.supergraph,
                document,
                operation_name,
                labels=labels,
                restriction=restriction,
                budget=Budget(STEPS) if self._limits else None,
            )
        except PlanningError as error:
            raise RequestError(error.code, {"message": str(error)}) from error
