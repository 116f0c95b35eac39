"""The executable schema under plain ``ariadne.graphql``: what root fields ask of the gateway, and errors."""

from types import SimpleNamespace
from typing import Any

import ariadne
import pytest
from graphql import ASTValidationRule, FieldNode, GraphQLError
from starlette.responses import PlainTextResponse

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions
from tests.stitched import composed, stitched
from tests.subgraph_server import SubgraphServer


async def run(gateway: Gateway, query: str, context: Any = None, **variables: Any) -> dict[str, Any]:
    _, response = await ariadne.graphql(
        gateway.schema, {"query": query, "variables": variables}, context_value=context
    )
    return response


async def test_each_root_field_brings_what_is_below_it(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    query = """query Q($genre: Genre, $loud: Boolean = true, $first: Int) {
      crimes: books(genre: $genre) { ...B }
      latestReviews(first: $first) { product { __typename ... on Book { ...B } } }
    }
    fragment B on Book { blurb(loud: $loud) ...N }
    fragment N on Product { name: title }"""
    response = await run(gateway, query, genre="CRIME", first=1)
    assert response == {
        "data": {
            "crimes": [
                {"blurb": "Read b3!", "name": "Book 3"},
                {"blurb": "Read b6!", "name": "Book 6"},
            ],
            "latestReviews": [
                {"product": {"__typename": "Book", "blurb": "Read b1!", "name": "Book 1"}},
            ],
        }
    }
    assert sorted(subgraphs.asked()) == ["blurbs", "blurbs", "catalog", "catalog", "reviews"]


async def test_mutations_run_in_order(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    query = """mutation($price: Int!) {
      setPrice(id: "b1", price: $price) { price }
      review(product: "b1", stars: 1) { stars }
      again: setPrice(id: "b1", price: 2) { ... on Book { price } }
    }"""
    response = await run(gateway, query, price=1)
    assert response == {"data": {"setPrice": {"price": 1}, "review": {"stars": 1}, "again": {"price": 2}}}
    assert subgraphs.asked() == ["catalog", "reviews", "catalog"]


async def test_introspection_is_answered_beside_data(gateway: Gateway) -> None:
    query = "{ __typename __schema { queryType { name } } warehouse ... @skip(if: true) { books { id } } }"
    assert await run(gateway, query) == {
        "data": {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}, "warehouse": "North"}
    }


async def test_the_headers_of_the_context_are_passed_on(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    await run(gateway, "{ warehouse }", SimpleNamespace(headers={"authorization": "Bearer x"}))
    assert subgraphs.headers[0]["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("query", "data", "path"),
    [
        ("{ books { title inStock } }", {"title": "Book 1", "inStock": None}, ["books", 0, "inStock"]),
        ("{ warehouse }", None, ["warehouse"]),
        ("{ home: warehouse }", None, ["home"]),
    ],
)
async def test_an_error_keeps_its_path_and_extensions(
    gateway: Gateway, subgraphs: SubgraphServer, query: str, data: Any, path: list[Any]
) -> None:
    subgraphs.instead["stock"] = lambda _: PlainTextResponse("no", 503)
    response = await run(gateway, query)
    (error,) = response["errors"]
    assert error["path"] == path
    assert error["message"].startswith("The service 'stock'")
    assert error["extensions"] == {"code": "SUBGRAPH_BAD_RESPONSE", "service": "stock"}
    assert data == (response["data"] and response["data"]["books"][0])


class NoWarehouse(ASTValidationRule):
    """A rule of the gateway's own, which plain graphql-core doesn't know."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value == "warehouse":
            self.report_error(GraphQLError("Closed.", node))


async def test_what_the_gateway_refuses_is_an_error(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    strict = Gateway(gateway.supergraph, gateway.transports, GatewayOptions(validation_rules=[NoWarehouse]))
    response = await run(strict, '{ warehouse product(id: "b1") { title } }')
    assert response["data"] is None
    (error,) = response["errors"]
    assert (error["message"], error["path"]) == ("Closed.", ["warehouse"])
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "stock" not in subgraphs.asked()


async def test_of_several_errors_each_is_told_at_its_place() -> None:
    supergraph = composed(a="type Query { things: [Thing] } type Thing { id: ID one: [Int] two: Int }")
    errors = [
        {"message": "One.", "path": ["things", 0, "one", 1]},
        {"message": "Two.", "path": ["things", 1, "two"]},
        {"message": "Two, again.", "path": ["things", 1, "two"]},
        {"message": "Of nothing that is null.", "path": ["things", 0, "id"]},
    ]
    data = {"things": [{"id": "1", "one": [1, None], "two": 2}, {"id": "2", "one": [], "two": None}, None]}
    async with stitched(supergraph, {"a": lambda _: {"data": data, "errors": errors}}) as world:
        response = await run(world.gateway, "{ things { id one two } }")
    assert response["data"] == data
    told = [(error["message"], error["path"]) for error in response["errors"]]
    assert told == [("One.", ["things", 0, "one", 1]), ("Two.", ["things", 1, "two"])]
