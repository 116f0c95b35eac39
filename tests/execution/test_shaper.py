"""The response as the client asked for it: order, nulls, and data of the wrong kind."""

from typing import Any

import pytest
from graphql import build_schema, graphql_sync

from stitcher.gateway.request import ClientRequest
from stitcher.supergraph import Supergraph
from tests.stitched import composed, stitched

SDL = """
type Query { node: Node must: Node! nodes: [Node!] grid: [[Leaf!]]! leaf: Leaf any: [Any] }
interface Node { id: ID! }
type Leaf implements Node { id: ID! size: Int sizes: [Int!]! matrix: [[Int]!] colour: Colour next: Leaf! }
type Tree implements Node { id: ID! leaves: [Leaf]! }
union Any = Leaf | Tree
enum Colour { RED GREEN }
"""


@pytest.fixture(scope="module")
def garden() -> Supergraph:
    """All of it in one service, so that one root fetch brings whatever a test makes up."""
    return composed(garden=SDL)


async def shaped(garden: Supergraph, query: str, data: Any, **variables: Any) -> tuple[Any, list[Any]]:
    """Return data and error paths of the gateway's answer, if the service answers ``data``."""
    async with stitched(garden, {"garden": lambda _: {"data": data}}) as world:
        response = await world.gateway.execute(ClientRequest(query, variables))
    return response.data, [error.get("path") for error in response.errors]


TREE = {"__typename": "Tree", "id": "t", "leaves": [{"id": "1"}, None]}
LEAF = {
    "__typename": "Leaf",
    "id": "1",
    "size": 1,
    "sizes": [1, 2],
    "matrix": [[1, None], []],
    "colour": "RED",
}


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ node { id ... on Leaf { size } ... on Tree { leaves { id } } } }", {"node": TREE}),
        ("{ nodes { ... on Leaf { size } id ... on Leaf { sizes matrix } } }", {"nodes": [LEAF, TREE]}),
        ("{ grid { id } }", {"grid": [[LEAF], [], None]}),
        ("{ any { __typename ... on Node { id } ... on Leaf { colour } } }", {"any": [LEAF, None, TREE]}),
        (
            "{ leaf { c: id b: size id } b: leaf { id } a: node { __typename } }",
            {"leaf": {**LEAF, "c": "3", "b": 2}, "b": LEAF, "a": TREE},
        ),
    ],
)
async def test_fields_come_in_the_order_in_which_the_client_asked(
    garden: Supergraph, query: str, data: Any
) -> None:
    """As they come from one schema that has the data itself."""

    def resolve(source: Any, info: Any, **_: Any) -> Any:
        return source.get(info.path.key, source.get(info.field_name))

    whole = graphql_sync(build_schema(SDL), query, data, field_resolver=resolve)
    assert not whole.errors
    got, errors = await shaped(garden, query, data)
    assert errors == []
    assert str(got) == str(whole.data)


NO_ID = {"__typename": "Leaf"}


@pytest.mark.parametrize(
    ("query", "data", "expected", "path"),
    [
        ("{ leaf { id } }", {"leaf": NO_ID}, {"leaf": None}, ["leaf", "id"]),
        (
            "{ leaf { next { next { id } } } }",
            {"leaf": {"next": {"next": NO_ID}}},
            {"leaf": None},
            ["leaf", "next", "next", "id"],
        ),
        ("{ nodes { id } }", {"nodes": [LEAF, NO_ID]}, {"nodes": None}, ["nodes", 1, "id"]),
        ("{ nodes { id } }", {"nodes": [LEAF, None]}, {"nodes": None}, ["nodes", 1]),
        (
            "{ grid { id } }",
            {"grid": [[LEAF], [None, LEAF]]},
            {"grid": [[{"id": "1"}], None]},
            ["grid", 1, 0],
        ),
        ("{ grid { id } }", {"grid": None}, None, ["grid"]),
        ("{ must { id } }", {"must": None}, None, ["must"]),
        ("{ must { id } node { id } }", {"must": NO_ID, "node": LEAF}, None, ["must", "id"]),
        ("{ leaf { sizes } }", {"leaf": {"sizes": [1, None]}}, {"leaf": None}, ["leaf", "sizes", 1]),
        ("{ leaf { sizes } }", {"leaf": {"sizes": 7}}, {"leaf": None}, ["leaf", "sizes"]),
        (
            "{ leaf { matrix } }",
            {"leaf": {"matrix": [[None], None]}},
            {"leaf": {"matrix": None}},
            ["leaf", "matrix", 1],
        ),
        ("{ leaf { next { id } } }", {"leaf": {"next": "x"}}, {"leaf": None}, ["leaf", "next"]),
        ("{ grid { id } }", {"grid": "x"}, None, ["grid"]),
    ],
)
async def test_a_null_that_is_not_allowed_takes_the_nearest_place_that_may_be_null(
    garden: Supergraph, query: str, data: Any, expected: Any, path: list[Any]
) -> None:
    assert await shaped(garden, query, data) == (expected, [path])


@pytest.mark.parametrize(
    ("query", "data", "expected", "path"),
    [
        ("{ leaf { size } }", {"leaf": ["x"]}, {"leaf": None}, ["leaf"]),
        ("{ leaf { colour } }", {"leaf": {"colour": "BLUE"}}, {"leaf": {"colour": None}}, ["leaf", "colour"]),
        (
            "{ leaf { colour } }",
            {"leaf": {"colour": ["RED"]}},
            {"leaf": {"colour": None}},
            ["leaf", "colour"],
        ),
        ("{ leaf { a: size } }", {"leaf": {"a": "abc"}}, {"leaf": {"a": None}}, ["leaf", "a"]),
        ("{ leaf { size } }", {"leaf": {"size": 2**31}}, {"leaf": {"size": None}}, ["leaf", "size"]),
        ("{ leaf { size } }", {"leaf": {"size": 1.5}}, {"leaf": {"size": None}}, ["leaf", "size"]),
        ("{ leaf { size } }", {"leaf": {}}, {"leaf": {"size": None}}, ["leaf", "size"]),
        ("{ leaf { sizes } }", {"leaf": {"sizes": [1, 2**40]}}, {"leaf": None}, ["leaf", "sizes", 1]),
        ("{ leaf { matrix } }", {"leaf": {"matrix": [1]}}, {"leaf": {"matrix": None}}, ["leaf", "matrix", 0]),
        (
            "{ leaf { matrix } }",
            {"leaf": {"matrix": [[[1], 1]]}},
            {"leaf": {"matrix": [[None, 1]]}},
            ["leaf", "matrix", 0, 0],
        ),
        ("{ leaf { id } }", {"leaf": {"id": {}}}, {"leaf": None}, ["leaf", "id"]),
        ("{ node { id } }", {"node": {"__typename": "Secret", "id": "1"}}, {"node": None}, ["node"]),
        ("{ node { id } }", {"node": {"__typename": "Query", "id": "1"}}, {"node": None}, ["node"]),
        ("{ node { id } }", {"node": {"__typename": ["Leaf"], "id": "1"}}, {"node": None}, ["node"]),
        (
            "{ node { ... on Leaf { id } } }",
            {"node": {"__typename": {}, "id": "1"}},
            {"node": None},
            ["node"],
        ),
        ("{ node { id } }", {"node": {"id": "1"}}, {"node": None}, ["node"]),
        ("{ any { ... on Leaf { id } } }", {"any": {}}, {"any": None}, ["any"]),
        ("{ any { ... on Leaf { id } } }", {"any": [{}, TREE]}, {"any": [None, {}]}, ["any", 0]),
        ("{ any { __typename } }", {"any": [7, TREE]}, {"any": [None, {"__typename": "Tree"}]}, ["any", 0]),
    ],
)
async def test_what_is_not_of_its_type_is_null_and_an_error(
    garden: Supergraph, query: str, data: Any, expected: Any, path: list[Any]
) -> None:
    assert await shaped(garden, query, data) == (expected, [path])


@pytest.mark.parametrize(
    ("query", "data", "expected"),
    [
        ("{ leaf { matrix } }", {"leaf": {"matrix": [[None, 1]]}}, {"leaf": {"matrix": [[None, 1]]}}),
        (
            "{ leaf { id size sizes } }",
            {"leaf": {"id": 7, "size": "5", "sizes": [1, True, 2.0]}},
            {"leaf": {"id": "7", "size": 5, "sizes": [1, 1, 2]}},
        ),
    ],
)
async def test_what_can_be_read_as_its_type_is(
    garden: Supergraph, query: str, data: Any, expected: Any
) -> None:
    assert await shaped(garden, query, data) == (expected, [])


HIDDEN = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
type Query { colour: Colour colours: [Colour!] must: Colour! any: Any all: [Any!]! nodes: [Node] }
enum Colour { RED INFRARED @inaccessible }
interface Node { id: ID! }
type Secret implements Node @inaccessible { id: ID! }
type Open implements Node { id: ID! }
union Any = Secret | Open
"""


@pytest.mark.parametrize(
    ("query", "data", "expected", "errors"),
    [
        ("{ colour }", {"colour": "INFRARED"}, {"colour": None}, []),
        ("{ colour }", {"colour": "GREEN"}, {"colour": None}, [["colour"]]),
        ("{ colours }", {"colours": ["RED", "INFRARED"]}, {"colours": None}, [["colours", 1]]),
        ("{ must }", {"must": "INFRARED"}, None, [["must"]]),
        ("{ any { __typename } }", {"any": {"__typename": "Secret"}}, {"any": None}, []),
        ("{ any { a: __typename } }", {"any": {"__typename": "Secret", "a": "Secret"}}, {"any": None}, []),
        ("{ any { __typename } }", {"any": {"__typename": "Unheard"}}, {"any": None}, [["any"]]),
        ("{ all { __typename } }", {"all": [{"__typename": "Secret"}]}, None, [["all", 0]]),
        (
            "{ nodes { id } }",
            {"nodes": [{"__typename": "Secret", "id": "1"}, {"__typename": "Open", "id": "2"}]},
            {"nodes": [None, {"id": "2"}]},
            [],
        ),
    ],
)
async def test_what_clients_must_not_see_is_null_without_an_error_where_it_may_be(
    query: str, data: Any, expected: Any, errors: list[Any]
) -> None:
    assert await shaped(composed(garden=HIDDEN), query, data) == (expected, errors)


@pytest.mark.parametrize(("yes", "no"), [(True, True), (True, False), (False, True), (False, False)])
async def test_a_field_counts_if_one_place_that_asks_for_it_counts(
    garden: Supergraph, yes: bool, no: bool
) -> None:
    query = """query($yes: Boolean!, $no: Boolean!) {
      leaf @include(if: $yes) { id ...More @skip(if: $no) }
      leaf @include(if: $no) { size }
      node {
        ... on Leaf @include(if: $yes) { size } ... @skip(if: $yes) { id }
        ... on Leaf @include(if: $no) { id }
      }
    }
    fragment More on Leaf { sizes }"""
    variables = {"yes": yes, "no": no}
    whole = graphql_sync(build_schema(SDL), query, {"leaf": LEAF, "node": LEAF}, variable_values=variables)
    assert not whole.errors
    assert await shaped(garden, query, {"leaf": LEAF, "node": LEAF}, **variables) == (whole.data, [])
