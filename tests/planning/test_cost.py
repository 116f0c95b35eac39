"""What operations cost: by weights, and by how many are asked for."""

from typing import Any

import pytest
from graphql import build_schema, parse

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions
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


MORE = build_schema(
    """
    type Query {
      items(first: Int, last: Int): [Item]
      sized(first: Int = 1000): [Item] @listSize(slicingArguments: ["first"])
      assumed(first: Int): [Item] @listSize(slicingArguments: ["first"], assumedSize: 30)
      plain(first: Int = 20): [Item]
      floats(limit: Float): [Item]
      texts(limit: String): [Item]
      any(limit: Any): [Item]
      paged(page: Page): [Item] @listSize(slicingArguments: ["page.first", "page.last"])
      deep(by: By = {page: {last: 40}}): [Item] @listSize(slicingArguments: ["by.page.last"])
      connection(first: Int): Connection @listSize(slicingArguments: ["first"], sizedFields: ["page.edges"])
      parents: [Parent]
      both: Both
    }
    scalar Any
    input Page { first: Int = 25 last: Int }
    input By { page: Page }
    type Connection { page: Inner }
    type Inner { edges: [Item] other: Item }
    interface Parent { children: [Item] dear(first: Int): Item kids(first: Int): Connection }
    type A implements Parent {
      children: [Item] @listSize(assumedSize: 100000)
      dear(first: Int): Item @cost(weight: 50)
      kids(first: Int): Connection @listSize(slicingArguments: ["first"], sizedFields: ["page"])
    }
    type B implements Parent {
      children: [Item] @listSize(assumedSize: 7)
      dear(first: Int): Item
      kids(first: Int): Connection
    }
    union Both = A | B
    type Item { id: ID items(first: Int, last: Int): [Item] }
    """,
    assume_valid_sdl=True,
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("items(first: 1, last: 60000) { id }", 60000),
        ("items(first: 60000, last: 1) { id }", 60000),
        ("items(first: null, last: 6) { id }", 6),
        ("sized { id }", 1000),
        ("sized(first: null) { id }", 1),
        ("assumed { id }", 30),
        ("assumed(first: 3) { id }", 3),
        ("plain { id }", 20),
        ("floats(limit: 6e4) { id }", 60000),
        ("floats(limit: 2.5) { id }", 3),
        ("floats(limit: 1e400) { id }", 10**12),
        ('texts(limit: "60000") { id }', 60000),
        ('texts(limit: "6e4") { id }', 60000),
        (f'texts(limit: "{"9" * 5000}") {{ id }}', 10**12),
        ('texts(limit: "all") { id }', 1),
        ("any(limit: [1, 60000]) { id }", 60000),
        ("any(limit: {a: 1}) { id }", 1),
        ("paged { id }", 25),
        ("paged(page: {}) { id }", 25),
        ("paged(page: {first: 2, last: 60000}) { id }", 60000),
        ("deep { id }", 40),
        ("deep(by: {page: {last: 9}}) { id }", 9),
        ("connection(first: 10) { page { other { id } edges { id } } }", 1 + 1 + 1 + 10),
        ("parents { children { id } }", 1 + 100000),
        ("parents { ... on B { children { id } } }", 1 + 7),
        ("parents { dear { id } }", 1 + 50),
        ("parents { kids(first: 10) { page { other { id } } } }", 1 + 10 + 100 + 100),
        ("both { ... on Parent { children { id } } }", 1 + 100000),
    ],
)
def test_what_is_asked_for_in_whatever_way(fields: str, expected: int) -> None:
    found = operation_cost(MORE, *select_operation(parse(f"{{ {fields} }}"), None))
    assert found == Cost({(): found.of({})})
    assert found.of({}) == expected


@pytest.mark.parametrize(
    ("declared", "fields", "given", "expected"),
    [
        ("$n: Int", "items(first: $n, last: 60000) { id }", {}, 60000),
        ("$n: Int", "items(first: 5, last: $n) { id }", {"n": 60000}, 60000),
        ("$n: Int", "sized(first: $n) { items(last: $n) { id } }", {}, 1000 + 1000),
        ("$n: Int", "sized(first: $n) { id }", {"n": 3}, 3),
        ("$n: Int", "sized(first: $n) { id }", {"n": None}, 1),
        ("$n: Int", "assumed(first: $n) { id }", {"n": None}, 30),
        ("$n: Float", "floats(limit: $n) { id }", {"n": 60000.0}, 60000),
        ("$n: Any", "any(limit: $n) { id }", {"n": "60000"}, 60000),
        ("$n: Any", "any(limit: $n) { id }", {"n": [3, 60000]}, 60000),
        ("$n: Any", "any(limit: $n) { id }", {"n": float("inf")}, 10**12),
        ("$n: Any", "any(limit: [1, $n]) { id }", {"n": 8}, 8),
        ("$n: Page", "paged(page: $n) { id }", {"n": {"first": 2, "last": 60000}}, 60000),
        ("$n: Page", "paged(page: $n) { id }", {}, 25),
        ("$n: Int", "paged(page: {first: 4, last: $n}) { id }", {"n": 60000}, 60000),
        ("$n: Int", "parents { kids(first: $n) { page { other { id } } } }", {"n": 10}, 1 + 10 + 100 + 100),
    ],
)
def test_what_variables_ask_for(declared: str, fields: str, given: Any, expected: int) -> None:
    found = operation_cost(MORE, *select_operation(parse(f"query({declared}) {{ {fields} }}"), None))
    assert not found.is_fixed
    assert found.of(given) == expected


async def test_a_variable_that_costs_too_much_is_refused_before_anybody_is_asked() -> None:
    supergraph = composed(one="type Query { page(first: Int! = 7): [Item] } type Item { id: ID }")
    async with stitched(supergraph, {"one": lambda _: {"data": {"page": []}}}) as world:
        gateway = Gateway(supergraph, world.gateway.transports, GatewayOptions(limits=limits(cost_limit=9)))
        query = "query($n: Int! = 10) { page(first: $n) { id } }"
        for variables in ({"n": 10}, {}):
            response = await gateway.execute(ClientRequest(query, variables))
            (error,) = response.errors
            assert error["message"] == "The operation costs 10; it may cost 9."
        assert world.services.asked() == []
        assert (await gateway.execute(ClientRequest(query, {"n": 9}))).data == {"page": []}


INHERITED = build_schema(
    """
    type Query { kept: Kept own: Own }
    interface Base { kids(n: Int): [Item] @listSize(assumedSize: 5000) page: Page }
    interface Middle implements Base {
      kids(n: Int): [Item]
      page: Page @listSize(assumedSize: 300, sizedFields: ["edges"])
    }
    type Kept implements Middle & Base { kids(n: Int): [Item] page: Page }
    type Own implements Middle & Base { kids(n: Int): [Item] @listSize(slicingArguments: ["n"]) page: Page }
    type Page { edges: [Item] }
    type Item { id: ID }
    """,
    assume_valid_sdl=True,
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ kept { kids { id } } }", 1 + 5000),
        ("{ kept { ... on Base { kids { id } } } }", 1 + 5000),
        ("{ own { kids(n: 3) { id } } }", 1 + 3),
        ("{ own { ... on Middle { kids(n: 3) { id } } } }", 1 + 5000),
        ("{ kept { page { edges { id } } } }", 1 + 1 + 300),
        ("{ own { ... on Base { page { edges { id } } } } }", 1 + 1 + 300),
    ],
)
def test_what_interfaces_say_of_a_list_holds_where_a_type_says_nothing(query: str, expected: int) -> None:
    found = operation_cost(INHERITED, *select_operation(parse(query), None))
    assert found.of({}) == expected
