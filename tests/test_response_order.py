"""Response keys come in the order in which CollectFields finds them, whatever conditions leave out."""

import itertools
import json

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, assert_interface_type, build_schema, graphql_sync

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.local.transport import LocalTransport
from tests.stitched import composed

SDL = """
  type Query { farm: Farm animals: [Animal] }
  interface Animal { name: String legs: Int }
  type Cow implements Animal { name: String legs: Int milk: Int }
  type Farm { id: ID name: String area: Int farm: Farm }
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    row = {"id": "1", "name": "n", "area": 3, "legs": 4, "milk": 5, "farm": {}, "animals": [{}]}
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            for name, field in named.fields.items():
                field.resolve = lambda *_, name=name: row[name]
    assert_interface_type(schema.type_map["Animal"]).resolve_type = lambda *_: "Cow"
    return schema


@pytest.mark.parametrize(
    "selected",
    [
        "farm { name @include(if: $x) id name id @skip(if: $y) }",
        "farm { name @include(if: $x) id name @include(if: $y) area name @skip(if: $y) }",
        "farm { ... @include(if: $x) { name id } area ... @skip(if: $y) { id name } ...F } ",
        "farm @include(if: $x) { name id } farm { id name } farm @skip(if: $y) { area name }",
        "farm { farm @skip(if: $x) { id name } name farm @include(if: $y) { name id } id farm { area id } }",
        "farm { ...F @include(if: $x) id ...F @skip(if: $y) ...F }",
        "animals { ... on Cow @include(if: $x) { milk name } name ... @include(if: $y) { legs } legs }",
        "animals { __typename @skip(if: $x) name @skip(if: $y) ... on Cow { milk name __typename legs } }",
        "farm @include(if: $x) { id } farm @include(if: $y) { area } farm @include(if: $x) { name }",
        "animals { name } animals @skip(if: $x) { legs } animals @include(if: $y) { __typename }",
        "animals @skip(if: $x) { name } farm { id } animals @skip(if: $y) { legs }",
        "__typename @skip(if: $x) farm { id } __typename @include(if: $y)",
    ],
)
async def test_keys_are_in_the_order_of_what_counts(schema: GraphQLSchema, selected: str) -> None:
    gateway = Gateway(composed(farm=SDL), {"farm": LocalTransport(schema)})
    head, fragment = "query($x: Boolean!, $y: Boolean!)", "fragment F on Farm { area name }"
    query = f"{head} {{ {selected} farm {{ ...F }} }} {fragment}"
    for x, y in itertools.product((True, False), repeat=2):
        response = await gateway.execute(ClientRequest(query, {"x": x, "y": y}))
        expected = graphql_sync(schema, query, variable_values={"x": x, "y": y})
        assert response.errors == ()
        assert json.dumps(response.data) == json.dumps(expected.data)
