"""The gateway: what it refuses before it asks anybody, what it remembers, and what it passes on."""

from typing import Any

import pytest
from graphql import (
    ASTValidationRule,
    FieldNode,
    GraphQLError,
    get_introspection_query,
    graphql_sync,
)

from stitcher.errors import RequestError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions, GatewayResponse
from tests.stitched import FEDERATION, Stitched, composed, stitched
from tests.subgraph_server import SubgraphServer


def refused(response: GatewayResponse) -> tuple[str, str]:
    """Return code and message of the one reason for which a request was refused."""
    assert not response.executed
    assert response.data is None
    (error,) = response.errors
    return error["extensions"]["code"], error["message"]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ books {", "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        ("", "GRAPHQL_PARSE_FAILED", "Syntax Error: Unexpected <EOF>."),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nothing' on type 'Query'."),
        (
            "{ _entities { x } }",
            "GRAPHQL_VALIDATION_FAILED",
            "Cannot query field '_entities' on type 'Query'.",
        ),
        (
            "query A { warehouse } query B { warehouse }",
            "OPERATION_RESOLUTION_FAILURE",
            "The document has several operations: say which to run with operationName.",
        ),
    ],
)
async def test_what_is_refused_before_anybody_is_asked(
    gateway: Gateway, subgraphs: SubgraphServer, query: str, code: str, message: str
) -> None:
    assert refused(await gateway.execute(ClientRequest(query))) == (code, message)
    assert subgraphs.asked() == []


async def test_a_problem_says_where_it_is(gateway: Gateway) -> None:
    response = await gateway.execute(ClientRequest("{\n  books { nothing }\n}"))
    assert response.errors[0]["locations"] == [{"line": 2, "column": 11}]


async def test_every_problem_is_told_at_once(gateway: Gateway) -> None:
    response = await gateway.execute(ClientRequest("{ one two }"))
    assert [error["message"][:24] for error in response.errors] == [
        "Cannot query field 'one'",
        "Cannot query field 'two'",
    ]


async def test_one_of_several_operations(gateway: Gateway) -> None:
    query = "query A { warehouse } query B { books(genre: CRIME) { id } } fragment F on Book { id }"
    query = query.replace("{ id } }", "{ ...F } }", 1)
    assert (await gateway.execute(ClientRequest(query, operation_name="A"))).data == {"warehouse": "North"}
    assert (await gateway.execute(ClientRequest(query, operation_name="B"))).data == {
        "books": [{"id": "b3"}, {"id": "b6"}]
    }
    code, message = refused(await gateway.execute(ClientRequest(query, operation_name="C")))
    assert (code, message) == ("OPERATION_RESOLUTION_FAILURE", "The document has no operation named 'C'.")


async def test_a_document_without_an_operation(gateway: Gateway) -> None:
    code, _ = refused(await gateway.execute(ClientRequest("fragment F on Book { id }")))
    assert code == "GRAPHQL_VALIDATION_FAILED"  # the fragment is used by nobody


async def test_where_only_queries_may_be_asked_a_mutation_is_refused(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    mutation = 'mutation { setPrice(id: "b1", price: 1) { id } }'
    reason = RequestError("WHATEVER", {"message": "Why."})
    assert refused(await gateway.execute(ClientRequest(mutation, queries_only=reason))) == (
        "WHATEVER",
        "Why.",
    )
    assert subgraphs.asked() == []
    assert (await gateway.execute(ClientRequest("{ warehouse }", queries_only=reason))).data == {
        "warehouse": "North"
    }


async def test_subscriptions_are_refused() -> None:
    supergraph = composed(a="type Query { a: Int } type Subscription { ticks: Int }")
    async with stitched(supergraph, {}) as world:
        code, _ = refused(await world.gateway.execute(ClientRequest("subscription { ticks }")))
    assert code == "SUBSCRIPTIONS_NOT_SUPPORTED"


async def test_rules_of_the_gateways_own(gateway: Gateway) -> None:
    class NoBooks(ASTValidationRule):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value == "books":
                self.report_error(GraphQLError("Closed.", node))

    strict = Gateway(gateway.supergraph, gateway.transports, GatewayOptions(validation_rules=[NoBooks]))
    assert refused(await strict.execute(ClientRequest("{ books { id } }"))) == (
        "GRAPHQL_VALIDATION_FAILED",
        "Closed.",
    )


async def test_an_operation_is_prepared_once_and_only_so_many_are_kept(gateway: Gateway) -> None:
    small = Gateway(gateway.supergraph, gateway.transports, GatewayOptions(operation_cache_size=2))
    first = small.prepare("{ warehouse }", None)
    assert small.prepare("{ warehouse }", None) is first
    for alias in "ab":
        small.prepare(f"{{ {alias}: warehouse }}", None)
    assert small.prepare("{ warehouse }", None) is not first
    assert len(small.prepared) == 2


async def test_asking_whether_an_operation_is_shared_prepares_it(gateway: Gateway) -> None:
    fresh = Gateway(gateway.supergraph, gateway.transports)
    assert (await fresh.accept(ClientRequest("{ __typename }"))).is_shareable
    assert len(fresh.prepared) == 1
    await fresh.execute(ClientRequest("{ __typename }"))
    assert len(fresh.prepared) == 1


# Variables

TYPES = """
  enum Size { SMALL LARGE }
  input Range { from: Int! = 1 to: Int sizes: [Size!] }
  scalar Json
"""


def echoing() -> Any:
    """Two services, each with a field that answers the variables that came with it."""

    def echo(body: dict[str, Any]) -> Any:
        return {
            "data": {
                name: {"query": body["query"], "variables": body.get("variables")} for name in ("one", "two")
            }
        }

    supergraph = composed(
        a=FEDERATION
        + "type Query { one(range: Range, size: Size = SMALL, json: Json, id: ID, ids: [ID!]): Json }"
        + TYPES,
        b=FEDERATION + "type Query { two(range: Range, size: Size, json: Json, id: ID): Json }" + TYPES,
    )
    return stitched(supergraph, {"a": echo, "b": echo})


def received(world: Stitched) -> dict[str, Any]:
    """Return the variables that each service was sent."""
    return {name: body.get("variables") for name, body in world.services.requests}


@pytest.mark.parametrize(
    ("query", "given", "sent"),
    [
        ("query($s: Size) { one(size: $s) }", {"s": "LARGE"}, {"a": {"s": "LARGE"}}),
        ("query($s: Size) { one(size: $s) }", {}, {"a": None}),
        ("query($s: Size) { one(size: $s) }", {"s": None}, {"a": {"s": None}}),
        ("query($s: Size = LARGE) { one(size: $s) }", {}, {"a": {"s": "LARGE"}}),
        (
            "query($r: Range) { one(range: $r) }",
            {"r": {"sizes": "SMALL"}},
            {"a": {"r": {"from": 1, "sizes": ["SMALL"]}}},
        ),
        ("query($r: Range = {from: 2}) { two(range: $r) }", {}, {"b": {"r": {"from": 2}}}),
        ("query($n: Int) { one(range: {from: 1, to: $n}) two }", {"n": 7}, {"a": {"n": 7}, "b": None}),
        (
            "query($x: ID, $y: ID) { one(id: $x) two(id: $y) }",
            {"x": 1, "y": "2"},
            {"a": {"x": "1"}, "b": {"y": "2"}},
        ),
        ("query($i: [ID!]) { one(ids: $i) }", {"i": [1, "2"]}, {"a": {"i": ["1", "2"]}}),
        (
            "query($j: Json) { one(json: $j) two(json: {a: [$j]}) }",
            {"j": {"deep": [1]}},
            {"a": {"j": {"deep": [1]}}, "b": {"j": {"deep": [1]}}},
        ),
        (
            "query($_0: ID, $__1: ID) { one(id: $_0) two(id: $__1) }",
            {"_0": "a", "__1": "b"},
            {"a": {"_0": "a"}, "b": {"__1": "b"}},
        ),
        (
            "query($if: Boolean!) { one @include(if: $if) two @skip(if: $if) }",
            {"if": True},
            {"a": {"if": True}},
        ),
        ("{ one(size: LARGE, range: {from: 3, sizes: [LARGE]}) }", {"unknown": 1}, {"a": None}),
    ],
)
async def test_a_subgraph_is_sent_the_variables_that_it_needs(query: str, given: Any, sent: Any) -> None:
    async with echoing() as world:
        response = await world.gateway.execute(ClientRequest(query, given))
        assert response.errors == ()
        assert received(world) == sent


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("query($s: Size) { one(size: $s) }", {"s": "HUGE"}),
        ("query($s: Size!) { one(size: $s) }", {}),
        ("query($s: Size!) { one(size: $s) }", {"s": None}),
        ("query($r: Range) { one(range: $r) }", {"r": {"from": None}}),
        ("query($r: Range) { one(range: $r) }", {"r": {"nothing": 1}}),
        ("query($i: ID) { one(id: $i) }", {"i": [1]}),
    ],
)
async def test_variables_that_do_not_fit_are_refused(query: str, given: Any) -> None:
    async with echoing() as world:
        code, message = refused(await world.gateway.execute(ClientRequest(query, given)))
        assert code == "BAD_USER_INPUT"
        assert message.startswith("Variable '$")
        assert world.services.asked() == []


# Introspection


async def test_introspection_beside_data_with_variables_and_conditions(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    query = """query($name: String!, $no: Boolean!) {
      kind: __type(name: $name) { ...T fields @include(if: $no) { name } }
      hidden: __schema @include(if: $no) { queryType { name } }
      warehouse
      none: __type(name: "Nothing") { name }
    }
    fragment T on __Type { name kind }"""
    response = await gateway.execute(ClientRequest(query, {"name": "Genre", "no": False}))
    assert response.errors == ()
    assert response.data == {
        "kind": {"name": "Genre", "kind": "ENUM"},
        "warehouse": "North",
        "none": None,
    }
    assert subgraphs.asked() == ["stock"]


async def test_introspection_alone_asks_nobody(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    response = await gateway.execute(ClientRequest("{ __schema { mutationType { name } } __typename }"))
    assert response.data == {"__schema": {"mutationType": {"name": "Mutation"}}, "__typename": "Query"}
    assert subgraphs.asked() == []


# Mutations that fail


async def test_a_mutation_that_fails_stops_none_after_it(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    query = """mutation {
      one: setPrice(id: "b1", price: 1) { price }
      two: setPrice(id: "none", price: 2) { price }
      three: review(product: "none", stars: 3) { stars product { id } }
      four: setPrice(id: "b1", price: 4) { price ... on Book { inStock } }
    }"""
    response = await gateway.execute(ClientRequest(query))
    assert response.data == {
        "one": {"price": 1},
        "two": None,
        "three": None,
        "four": {"price": 4, "inStock": True},
    }
    assert [error["path"] for error in response.errors] == [["three", "product"]]
    assert subgraphs.asked() == ["catalog", "reviews", "catalog", "stock"]


async def test_introspection_is_worked_out_once() -> None:
    gateway = Gateway(composed(a="type Query { a: Int }"), {})
    query = get_introspection_query()
    first, second = await gateway.execute(ClientRequest(query)), await gateway.execute(ClientRequest(query))
    assert first == second
    assert first.data == graphql_sync(gateway.supergraph.schema, query).data
    by_variable = "query($name: String!) { __type(name: $name) { name } }"
    for name in ("Query", "Int"):
        response = await gateway.execute(ClientRequest(by_variable, {"name": name}))
        assert response.data == {"__type": {"name": name}}


async def test_descriptions_of_variables_are_the_clients_own() -> None:
    """Many services can't read them."""
    sdl = "type Query { double(n: Int): Int }"
    query = '"what it does" query Q("the number" $n: Int = 4) { double(n: $n) }'
    async with stitched(composed(a=sdl), {"a": lambda body: {"data": {"double": 8}}}) as world:
        response = await world.gateway.execute(ClientRequest(query))
        assert response.data == {"double": 8}
        assert [body["query"] for body in world.sent("a")] == ["query($n: Int = 4) { double(n: $n) }"]
