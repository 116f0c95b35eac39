"""The planner: an operation → the plan that answers it.

A. *Normalize* the operation: fragments dissolved, equal fields merged (``normalize``), response keys that a
   subgraph would refuse replaced (``conflicts``). What is denied to the client is marked as such, and nobody
   is asked for it (``restriction``).
B. *Route*: walk the operation once, from the roots down, with the nodes that each object may be read at
   (``walk``, ``routing``). Each leaf ends with a few candidates, cheapest first.
C. *Choose* one candidate a leaf, so that the whole takes the fewest sequential fetches, then the fewest
   fetches, then the fewest fields (``choose``); in a mutation, also who does what (``turns``).
D. *Build* steps from the chosen routes (``steps``), and *merge* them (``optimize``).
E. *Fetches*: print each one's document, compile the response's shape (``fetches``, ``documents``,
   ``projection``).
"""

from __future__ import annotations

from dataclasses import replace

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from stitcher.authorization import Clauses
from stitcher.errors import RequestError
from stitcher.planning.budget import Budget
from stitcher.planning.choose import choose
from stitcher.planning.conflicts import separate_conflicts
from stitcher.planning.fetches import make_fetches
from stitcher.planning.introspection import find_introspection
from stitcher.planning.normalize import Operation, normalize, too_deep
from stitcher.planning.optimize import optimize
from stitcher.planning.plan import Plan
from stitcher.planning.projection import compile_projection
from stitcher.planning.restriction import Restriction, permitted
from stitcher.planning.routing import Router
from stitcher.planning.steps import build_steps
from stitcher.planning.turns import choose_turns
from stitcher.planning.walk import find_leaves, find_turns
from stitcher.selections import size_of
from stitcher.supergraph import Supergraph

__all__ = ["plan_normalized", "plan_operation", "plan_rollouts", "select_operation"]


def plan_operation(
    supergraph: Supergraph,
    document: DocumentNode,
    operation_name: str | None = None,
    *,
    labels: frozenset[str] = frozenset(),
    restriction: Restriction | None = None,
    budget: Budget | None = None,
) -> Plan:
    """Plan one operation of a document that is valid against ``supergraph.schema``.

    Args:
        supergraph: what to plan over.
        document: the operation, and its fragments.
        operation_name: which operation of the document to plan.
        labels: those that the request has on: fields on their way to another subgraph go by them.
        restriction: what is denied to the client.
        budget: how many steps it may take.

    Raises:
        RequestError: the document has no such operation, or several and no name was given; or planning takes
            more than the budget.
        PlanningError: no route through the subgraphs answers a field, or the operation is nested too deeply.
    """
    node, fragments = select_operation(document, operation_name)
    operation = normalize(supergraph.schema, node, fragments)
    return plan_normalized(supergraph, operation, labels=labels, restriction=restriction, budget=budget)


def plan_normalized(
    supergraph: Supergraph,
    operation: Operation,
    *,
    labels: frozenset[str] = frozenset(),
    restriction: Restriction | None = None,
    budget: Budget | None = None,
) -> Plan:
    """Plan an operation that has been normalized, as ``plan_operation`` does.

    Raises:
        RequestError: planning takes more than the budget.
        PlanningError: no route through the subgraphs answers a field, or the operation is nested too deeply.
    """
    try:
        return _plan(supergraph, operation, labels, restriction, budget or Budget())
    except RecursionError as error:
        raise too_deep() from error


def plan_rollouts(
    supergraph: Supergraph, document: DocumentNode, operation_name: str | None = None
) -> tuple[Plan, dict[str, Plan]]:
    """Plan one operation for requests without a label, and for those with each that makes a difference.

    Raises:
        RequestError, PlanningError: as ``plan_operation`` does.
    """
    plain = plan_operation(supergraph, document, operation_name)
    with_label = {
        label: plan_operation(supergraph, document, operation_name, labels=frozenset({label}))
        for label in sorted(supergraph.labels)
    }
    return plain, {label: plan for label, plan in with_label.items() if plan.fetches != plain.fetches}


def _plan(
    supergraph: Supergraph,
    operation: Operation,
    labels: frozenset[str],
    restriction: Restriction | None,
    budget: Budget,
) -> Plan:
    type_name, selections = operation.type_name, operation.selections
    denied: frozenset[str] = frozenset()
    clauses: Clauses = frozenset()
    if restriction:
        clauses = restriction.authorization.touched(type_name, selections)
        selections = restriction.apply(type_name, selections)
        budget.spend(size_of(selections))
        denied = restriction.types
    selections = separate_conflicts(supergraph, type_name, selections)  # A
    operation = replace(operation, selections=permitted(selections) if restriction else selections)
    router = Router(supergraph, labels, budget)
    if operation.is_mutation:  # B, C
        chosen = choose_turns(supergraph, find_turns(router, operation))
    else:
        chosen = choose(find_leaves(router, operation))
    steps = optimize(build_steps(router, chosen, is_mutation=operation.is_mutation))  # D
    introspection, described = find_introspection(supergraph.schema, operation)
    return Plan(  # E
        fetches=make_fetches(supergraph, operation, steps, restriction),
        shape=compile_projection(
            supergraph.schema,
            type_name,
            selections,
            denied,
            budget,
            hidden_types=supergraph.hidden_types,
            hidden_values=supergraph.hidden_values,
        ),
        introspection=introspection,
        described=described,
        clauses=clauses,
    )


def select_operation(
    document: DocumentNode, operation_name: str | None
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """Return the operation to run and the document's fragments (GraphQL specification, GetOperation).

    Raises:
        RequestError: the document has no such operation, or several and no name was given.
    """
    operations: dict[str | None, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations[definition.name.value if definition.name else None] = definition
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    if operation_name is not None:
        if operation_name not in operations:
            raise _unknown_operation(f"The document has no operation named {operation_name!r}.")
        return operations[operation_name], fragments
    if len(operations) != 1:
        raise _unknown_operation(
            "The document has several operations: say which to run with operationName."
            if operations
            else "The document has no operation to run."
        )
    return next(iter(operations.values())), fragments


def _unknown_operation(message: str) -> RequestError:
    return RequestError("OPERATION_RESOLUTION_FAILURE", {"message": message})
