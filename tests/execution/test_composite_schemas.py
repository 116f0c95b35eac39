"""The Composite Schemas spec at work: lookups one by one and nested, arguments that are filled in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ariadne import ObjectType, QueryType, make_executable_schema
from graphql import GraphQLError

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.stitched import composed, stitched
from tests.subgraph_server import SubgraphServer, serve

DIRECTIVES = """
directive @lookup on FIELD_DEFINITION
directive @internal on OBJECT | FIELD_DEFINITION
directive @is(field: String!) on ARGUMENT_DEFINITION
directive @require(field: String!) on ARGUMENT_DEFINITION
directive @key(fields: String!) repeatable on OBJECT
directive @shareable on OBJECT | FIELD_DEFINITION
"""

CATALOG = """
type Query { products: [Product!]! productById(id: ID!): Product @lookup }
type Product @key(fields: "id") { id: ID! sku: String! @shareable size: Size! }
type Size @shareable { width: Int! height: Int! }
"""

SHIPPING = """
type Query { lookups: Lookups! @internal }
type Lookups @internal { product(key: String! @is(field: "sku")): Product @lookup }
type Product @key(fields: "sku") {
  sku: String!
  carrier: String
  delivery(zip: String!, box: BoxInput! @require(field: "{ w: size.width, h: size.height }")): String
}
input BoxInput { w: Int! h: Int! }
"""

PRODUCTS = [{"id": str(n), "sku": f"s{n}", "size": {"width": n, "height": 2 * n}} for n in range(1, 5)]


def deliver(row: Any, _: Any, zip: str, box: Any) -> str:
    if row["sku"] == zip:
        raise GraphQLError("It is there already.", extensions={"code": "THERE"})
    return f"{row['sku']} to {zip}: {box['w']}x{box['h']}"


def schemas() -> dict[str, Any]:
    catalog = QueryType()
    catalog.set_field("products", lambda *_: PRODUCTS)
    catalog.set_field("productById", lambda *_, id: next((p for p in PRODUCTS if p["id"] == id), None))
    shipping, lookups, product = QueryType(), ObjectType("Lookups"), ObjectType("Product")
    shipping.set_field("lookups", lambda *_: {})
    lookups.set_field(
        "product", lambda *_, key: None if key == "s4" else {"sku": key, "carrier": f"by {key}"}
    )
    product.set_field("delivery", deliver)
    return {
        "catalog": make_executable_schema(DIRECTIVES + CATALOG, catalog),
        "shipping": make_executable_schema(DIRECTIVES + SHIPPING, shipping, lookups, product),
    }


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Gateway, SubgraphServer]]:
    sdls = {"catalog": CATALOG, "shipping": SHIPPING}
    async with serve(schemas()) as server, HttpPool() as pool:
        supergraph = compose([Source(name, sdl, f"{name}.graphql", ()) for name, sdl in sdls.items()])
        transports = {
            name: HttpTransport(name, Upstream.at(server.url(name)), pool, timeout=5) for name in sdls
        }
        yield Gateway(supergraph, transports), server


async def test_nested_lookups_one_by_one_in_one_request() -> None:
    async with running() as (gateway, server):
        response = await gateway.execute(ClientRequest("{ products { id carrier } }"))
        assert response.errors == ()
        assert response.data == {
            "products": [
                {"id": "1", "carrier": "by s1"},
                {"id": "2", "carrier": "by s2"},
                {"id": "3", "carrier": "by s3"},
                {"id": "4", "carrier": None},
            ]
        }
        assert server.asked() == ["catalog", "shipping"]


async def test_required_arguments_are_filled_in_for_each_object() -> None:
    async with running() as (gateway, server):
        query = "query($zip: String!) { products { delivery(zip: $zip) carrier } }"
        response = await gateway.execute(ClientRequest(query, {"zip": "8000"}))
        assert response.errors == ()
        assert response.data is not None
        assert [each["delivery"] for each in response.data["products"]] == [
            "s1 to 8000: 1x2",
            "s2 to 8000: 2x4",
            "s3 to 8000: 3x6",
            None,
        ]
        assert server.asked() == ["catalog", "shipping"]


async def test_a_field_that_is_asked_for_on_several_conditions_is_filled_in_once() -> None:
    async with running() as (gateway, _):
        query = """query($a: Boolean!, $b: Boolean!) {
          products { delivery(zip: "8000") @include(if: $a) delivery(zip: "8000") @skip(if: $b) }
        }"""
        response = await gateway.execute(ClientRequest(query, {"a": True, "b": False}))
        assert response.errors == ()
        assert response.data is not None
        assert response.data["products"][0] == {"delivery": "s1 to 8000: 1x2"}


async def test_what_requires_nothing_is_asked_for_without_arguments_that_lack_their_values() -> None:
    sdls = {
        "a": "type Query { item: Item } type Item { id: ID! width: Int @shareable }",
        "b": """
            type Query { itemById(id: ID!): Item @lookup @internal }
            type Item { id: ID! name: String label(w: Int @require(field: "width")): String }
        """,
    }
    queries, item = {"a": QueryType(), "b": QueryType()}, ObjectType("Item")
    queries["a"].set_field("item", lambda *_: {"id": "1"})
    queries["b"].set_field("itemById", lambda *_, id: {"id": id, "name": f"Item {id}"})
    item.set_field("width", lambda *_: GraphQLError("Too wide."))
    services = {
        name: make_executable_schema(DIRECTIVES + sdl, queries[name], *([item] if name == "a" else []))
        for name, sdl in sdls.items()
    }
    async with stitched(composed(**sdls), services) as world:
        response = await world.gateway.execute(ClientRequest("{ item { name label } }"))
    assert response.data == {"item": {"name": "Item 1", "label": None}}
    assert [error["path"] for error in response.errors] == [["item", "label"]]


async def test_errors_below_a_nested_lookup_get_the_clients_path() -> None:
    async with running() as (gateway, _):
        response = await gateway.execute(ClientRequest('{ products { where: delivery(zip: "s2") } }'))
        assert response.data is not None
        assert [each["where"] for each in response.data["products"]] == [
            "s1 to s2: 1x2",
            None,
            "s3 to s2: 3x6",
            None,
        ]
        assert response.errors == (
            {
                "message": "It is there already.",
                "path": ["products", 1, "where"],
                "extensions": {"code": "THERE", "service": "shipping"},
            },
        )
