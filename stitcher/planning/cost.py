"""What an operation costs, by the schema and by how much the client asks for.

A. A field that returns an object costs 1, a leaf nothing, a field of Mutation 10 more; ``@cost(weight:)`` on
   a field, or on the type that it returns, says otherwise.
B. A list, and what is below it, counts as often as the list may be long: as many times as the client asks
   for, by an argument that ``@listSize(slicingArguments:)`` names, or the schema's default for it, else
   ``assumedSize``. With ``sizedFields``, the lists are these fields one level below. Without ``@listSize``,
   ``first``, ``last`` and ``limit`` are taken for such arguments where the client gives them; other lists
   count once.
C. Where a variable says how much, the cost is known with the request: a cost is a sum of terms, each a number
   and the variables that multiply it.

Source: the draft "GraphQL Cost Directives" (IBM), for the directives; the weights are those of Apollo's
demand control.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)
from graphql.type import is_composite_type

__all__ = ["Cost", "operation_cost"]

MUTATION_COST = 10
SLICING_ARGUMENTS = ("first", "last", "limit")

Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Factor:
    """How often something counts: a number, times the values of variables."""

    number: int = 1
    variables: Names = ()

    def times(self, other: _Factor) -> _Factor:
        return _Factor(self.number * other.number, tuple(sorted(self.variables + other.variables)))


ONCE = _Factor()


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of terms: ``terms`` maps the variables that multiply a term to its number."""

    terms: Mapping[Names, int]

    @property
    def is_fixed(self) -> bool:
        """Whether the cost is the same for all values of variables."""
        return not any(self.terms)

    def of(self, variables: Mapping[str, Any]) -> int:
        """Return the cost for the coerced values of the operation's variables."""
        return sum(
            number * prod(_size(variables.get(name)) for name in names)
            for names, number in self.terms.items()
        )


def operation_cost(
    schema: GraphQLSchema, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Cost:
    """Return the cost of a valid operation, in a walk of all its fields, fragments spread."""
    root = schema.get_root_type(node.operation)
    if root is None:
        raise ValueError(f"The schema has no {node.operation.value} type.")
    terms: dict[Names, int] = {}
    extra = MUTATION_COST if node.operation is OperationType.MUTATION else 0
    for weight, factor in _Costing(schema, fragments).selections(node.selection_set, root, ONCE, {}, extra):
        terms[factor.variables] = terms.get(factor.variables, 0) + weight * factor.number
    return Cost(terms)


@dataclass(frozen=True, slots=True)
class _Costing:
    """Costs one operation."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def selections(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType,
        factor: _Factor,
        sized: Mapping[str, _Factor],
        extra: int = 0,
    ) -> Iterator[tuple[int, _Factor]]:
        """Yield weights and how often each counts; ``sized`` are fields whose size is said above them."""
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                field = (
                    self.schema.get_field(parent, selection.name.value) if is_composite_type(parent) else None
                )
                if field is not None and not selection.name.value.startswith("__"):
                    yield from self.field(selection, field, factor, sized, extra)
                continue
            inner: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                inner = self.fragments[selection.name.value]
            condition = (
                self.schema.get_type(inner.type_condition.name.value) if inner.type_condition else None
            )
            yield from self.selections(inner.selection_set, condition or parent, factor, sized, extra)

    def field(
        self,
        node: FieldNode,
        field: GraphQLField,
        factor: _Factor,
        sized: Mapping[str, _Factor],
        extra: int,
    ) -> Iterator[tuple[int, _Factor]]:
        returned = get_named_type(field.type)
        size = _said(field, "listSize")
        own = _length(node, field, size)
        names = (size or {}).get("sizedFields") or ()
        factor = factor.times(sized.get(node.name.value, ONCE))
        if not names:  # A
            factor = factor.times(own)
        yield _weight(field, returned) + extra, factor
        if node.selection_set:
            below = dict.fromkeys(names, own)
            yield from self.selections(node.selection_set, returned, factor, below)


def _weight(field: GraphQLField, returned: GraphQLNamedType) -> int:
    said = _said(field, "cost") or _said(returned, "cost")
    if said is not None:
        return _number(said.get("weight"), least=0)
    return 1 if is_composite_type(returned) else 0


def _length(node: FieldNode, field: GraphQLField, size: Mapping[str, Any] | None) -> _Factor:  # B
    given = {each.name.value: each.value for each in node.arguments or ()}
    for name in SLICING_ARGUMENTS if size is None else size.get("slicingArguments") or ():
        value = given.get(name)
        if isinstance(value, IntValueNode):
            return _Factor(_size(value.value))
        if isinstance(value, VariableNode):  # C
            return _Factor(1, (value.name.value,))
        if size is not None and value is None and name in field.args:
            default = field.args[name].ast_node
            if default is not None and isinstance(default.default_value, IntValueNode):
                return _Factor(_size(default.default_value.value))
    return _Factor(_size((size or {}).get("assumedSize", 1)))


def _size(value: object) -> int:
    """Return a length: what is none counts once, and so does less, whatever a service makes of it."""
    return _number(value, least=1)


def _number(value: object, *, least: int) -> int:
    try:
        return max(int(value), least) if isinstance(value, int | str) else 1
    except ValueError:
        return 1


def _said(element: GraphQLField | GraphQLNamedType, directive: str) -> dict[str, Any] | None:
    """Return the arguments of a directive in the schema, None where it isn't applied."""
    for node in getattr(element.ast_node, "directives", None) or ():
        if node.name.value == directive:
            return {each.name.value: value_from_ast_untyped(each.value) for each in node.arguments or ()}
    return None
