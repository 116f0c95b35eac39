"""What operations cost: by weights, and by how many are asked for."""

from typing import Any

import pytest
from graphql import build_schema, parse

from stitcher.gateway import Gateway
from stitcher.planning.cost import Cost, operation_cost
from stitcher.planning.planner import select_operation
from tests.limits import limits
from tests.stitched import composed, stitched

SCHEMA = build_schema(
    """
    type Query {
      a: Int
      item: Item
      items(first: Int): [Item]
      rows(limit: Int, last: Int): [Item!]!
      dear: Item @cost(weight: "7")
      free: Free
      leaf: Int @cost(weight: 3)
      some(size: Int = 20): [Item] @listSize(slicingArguments: ["size"])
      few: [Item] @listSize(assumedSize: 5)
      most(n: Int): [Item] @listSize(slicingArguments: ["n"], assumedSize: 4)
      connection(first: Int): Connection
        @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])
      named: Named
      odd: Int @cost(weight: "much")
    }
    type Mutation { write: Item set: Int }
    type Connection { edges: [Edge] nodes: [Item] total: Item }
    type Edge { node: Item }
    type Item { id: ID item: Item items(first: Int): [Item] }
    type Free @cost(weight: "0") { item: Item }
    interface Named { item: Item }
    """,
    assume_valid_sdl=True,
)


def cost(query: str, **variables: Any) -> int:
    found = operation_cost(SCHEMA, *select_operation(parse(query), None))
    assert found.is_fixed is not bool(variables)
    return found.of(variables)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ a __typename }", 0),
        ("{ item { id item { id } } }", 2),
        ("{ ...F ... { item { id } } } fragment F on Query { item { id } }", 2),
        ("{ items { item { id } } }", 2),
        ("{ items(first: 10) { item { id } } }", 20),
        ("{ items(first: 10) { items(first: 10) { id } item { id } } }", 10 + 100 + 10),
        ("{ items(first: 0) { id } rows(limit: -5) { id } }", 2),
        ("{ rows(last: 3) { id } }", 3),
        ("{ dear { id } free { item { id } } leaf }", 7 + 1 + 3),
        ("{ odd }", 1),
        ("{ some { id } }", 20),
        ("{ some(size: 2) { item { id } } }", 4),
        ("{ few { item { id } } }", 10),
        ("{ most { id } again: most(n: 3) { id } }", 7),
        ("{ connection(first: 10) { total { id } edges { node { id } } nodes { id } } }", 1 + 1 + 20 + 10),
        ("{ named { ... on Named { item { id } } } }", 2),
        ("mutation { write { item { id } } set }", 11 + 1 + 10),
        ("{ __schema { types { name } } }", 0),
    ],
)
def test_costs(query: str, expected: int) -> None:
    assert cost(query) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"n": 5}, 5 + 25 + 2), ({"n": None}, 1 + 1 + 2), ({}, 1 + 1 + 2), ({"n": -1}, 1 + 1 + 2)],
)
def test_costs_that_depend_on_variables(given: Any, expected: int) -> None:
    query = "query($n: Int) { items(first: $n) { items(first: $n) { id } } few: items(first: 2) { id } }"
    found = operation_cost(SCHEMA, *select_operation(parse(query), None))
    assert not found.is_fixed
    assert found.of(given) == expected


def test_terms_are_added_up() -> None:
    found = operation_cost(SCHEMA, *select_operation(parse("{ item { id } items(first: 4) { id } }"), None))
    assert found == Cost({(): 5})


def test_an_operation_of_a_kind_that_the_schema_does_not_have() -> None:
    with pytest.raises(ValueError, match="no subscription type"):
        operation_cost(SCHEMA, *select_operation(parse("subscription { a }"), None))


async def test_a_variable_that_costs_too_much_is_refused_before_anybody_is_asked() -> None:
    supergraph = composed(one="type Query { page(first: Int! = 7): [Item] } type Item { id: ID }")
    async with stitched(supergraph, {"one": lambda _: {"data": {"page": []}}}) as world:
        gateway = Gateway(supergraph, world.gateway.transports, limits=limits(cost_limit=9))
        query = "query($n: Int! = 10) { page(first: $n) { id } }"
        for variables in ({"n": 10}, {}):
            response = await gateway.execute(query, variables)
            (error,) = response.errors
            assert error["message"] == "The operation costs 10; it may cost 9."
        assert world.services.asked() == []
        assert (await gateway.execute(query, {"n": 9})).data == {"page": []}
