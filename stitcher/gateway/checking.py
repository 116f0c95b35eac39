"""The first level of preparing an operation: what is the same whoever asks, and whatever is rolled out.

A. *Limit* the document's text, *parse* it, and *measure* what it amounts to (``limits``).
B. *Validate* it; what can't be executed is refused, with every problem.
C. *Cost* it (``cost``).
D. *Normalize* it, and count its limited fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import DocumentNode, GraphQLSyntaxError, OperationType, VariableDefinitionNode, parse
from graphql.validation import OverlappingFieldsCanBeMergedRule, specified_rules

from stitcher.authorization import Authorization, is_public
from stitcher.cache_policies import NOT_KEPT, CachePolicy
from stitcher.composition.reader import release_tokens
from stitcher.errors import PlanningError, RequestError
from stitcher.gateway.problems import check, formatted
from stitcher.gateway.request import GatewayOptions
from stitcher.planning.cost import Cost, operation_cost
from stitcher.planning.counting import Counted, count_fields
from stitcher.planning.limits import FieldMergingRule, check_document, too_large
from stitcher.planning.normalize import Operation, normalize
from stitcher.planning.planner import select_operation
from stitcher.supergraph import Supergraph

__all__ = ["CheckedOperation", "Checking"]

_RULES = tuple(
    FieldMergingRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules
)


@dataclass(frozen=True, slots=True)
class CheckedOperation:
    """An operation that may be planned.

    ``is_public`` says that anybody may ask for all root fields of its document; ``counted`` are its limited
    fields. ``cost`` is None unless it depends on variables. ``cache`` says how long its answer may be kept;
    None where the schema says nothing, so that it is for the services to say.
    """

    operation: Operation
    name: str | None
    is_public: bool
    variables: tuple[VariableDefinitionNode, ...]
    counted: tuple[Counted, ...]
    cost: Cost | None
    cache: CachePolicy | None


class Checking:
    """Checks operations over one supergraph; ``options`` are the gateway's."""

    def __init__(self, supergraph: Supergraph, authorization: Authorization, options: GatewayOptions) -> None:
        self._schema = supergraph.schema
        self._authorization = authorization
        self._rules = (*_RULES, *options.validation_rules)
        self._options = options

    def check(self, query: str, operation_name: str | None) -> CheckedOperation:
        """Check one operation of a document.

        Raises:
            RequestError: it can't be executed, or is too large.
        """
        document = self._parsed(query, operation_name or "")  # A
        check(self._schema, document, self._rules, suggestions=self._options.suggestions)  # B
        node, fragments = select_operation(document, operation_name)
        if node.operation is OperationType.SUBSCRIPTION:
            message = "This gateway doesn't serve subscriptions."
            raise RequestError("SUBSCRIPTIONS_NOT_SUPPORTED", {"message": message})
        cost = operation_cost(self._schema, node, fragments) if self._options.limits else None  # C
        if cost and cost.is_fixed:
            self.check_cost(cost.of({}))
        try:
            operation = normalize(self._schema, node, fragments)  # D
        except PlanningError as error:
            raise RequestError(error.code, {"message": str(error)}) from error
        field_limits = self._options.field_limits
        return CheckedOperation(
            operation=operation,
            name=node.name.value if node.name else None,
            is_public=is_public(document, self._schema, self._authorization.public),
            variables=tuple(node.variable_definitions or ()),
            counted=count_fields(self._schema, operation, field_limits) if field_limits else (),
            cost=None if cost is None or cost.is_fixed else cost,
            cache=self._cache_policy(operation),
        )

    def _cache_policy(self, operation: Operation) -> CachePolicy | None:
        policies = self._options.cache_policies
        if policies is None or operation.is_mutation:
            return NOT_KEPT
        return policies.of(operation.type_name, operation.selections)

    def check_cost(self, total: float) -> None:
        """Refuse what costs too much.

        Raises:
            RequestError: it does.
        """
        limits = self._options.limits
        if limits and total > limits.cost:
            raise too_large(f"The operation costs {total}; it may cost {limits.cost}.")

    def _parsed(self, query: str, operation_name: str) -> DocumentNode:
        limits = self._options.limits
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
