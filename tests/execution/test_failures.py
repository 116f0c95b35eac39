"""What fails, and what the client is told of it: over real HTTP, with services that misbehave."""

from typing import Any

import pytest
from starlette.responses import HTMLResponse

from stitcher.gateway.request import ClientRequest, GatewayResponse
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, stitched


@pytest.fixture(scope="module")
def fleet() -> Supergraph:
    """Cars of one service; what another knows of them, and of their drivers."""
    return composed(
        fleet=FEDERATION
        + """
          type Query { cars: [Car] mine: Car count: Int! }
          type Car @key(fields: "id") { id: ID! driver: Driver tags: [String] }
          type Driver @key(fields: "id") { id: ID! }
        """,
        ratings=FEDERATION
        + """
          type Query { rated: Int }
          type Car @key(fields: "id") { id: ID! rating: Rating }
          type Driver @key(fields: "id") { id: ID! rating: Rating }
          type Rating { stars: [Int] worst: Int! }
        """,
    )


CARS = {"cars": [{"id": "1", "driver": {"id": "7"}}, {"id": "2", "driver": {"id": "8"}}]}
ALL = "{ cars { rating { stars } driver { rating { stars } } } }"


async def answered(
    fleet: Supergraph, query: str, ratings: Any, cars: Any = None, **variables: Any
) -> GatewayResponse:
    """Return the gateway's answer, if the services answer like this."""
    answers = {"fleet": lambda _: {"data": CARS} if cars is None else cars, "ratings": lambda _: ratings}
    async with stitched(fleet, answers) as world:
        return await world.gateway.execute(ClientRequest(query, variables))


STARS = {"_0": [{"rating": {"stars": [1, None]}}] * 2, "_1": [None, {"rating": {"stars": None}}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["_0", 1, "rating", "stars", 1], ["cars", 1, "rating", "stars", 1]),
        (["_1", 1, "rating", "stars"], ["cars", 1, "driver", "rating", "stars"]),
        (["_1", 0], ["cars", 0, "driver", "rating"]),
        (["_1", 1, "rating", "hidden"], ["cars", 1, "driver", "rating"]),
        (["_1"], ["cars", 0, "driver", "rating"]),
        (["_0", 7], ["cars", 0, "rating"]),
        (["_0", -7], ["cars", 0, "rating"]),
        (["_0", -1, "rating"], ["cars", 0, "rating"]),
        (["_0", True, "rating"], ["cars", 0, "rating"]),
        (["_0", "rating"], ["cars", 0, "rating"]),
        (["_9", 0], ["cars", 0, "rating"]),
        (["rating", {}, None], ["cars", 0, "rating"]),
        ([], ["cars", 0, "rating"]),
        ("_0.0", ["cars", 0, "rating"]),
        (None, ["cars", 0, "rating"]),
    ],
    ids=str,
)
async def test_an_error_of_an_entity_fetch_gets_the_clients_path(
    fleet: Supergraph, given: Any, expected: list[Any]
) -> None:
    error = {"message": "No.", "path": given}
    response = await answered(fleet, ALL, {"data": STARS, "errors": [error]})
    extensions = {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "ratings"}
    assert response.errors == ({"message": "No.", "path": expected, "extensions": extensions},)
    assert response.data == {
        "cars": [
            {"rating": {"stars": [1, None]}, "driver": {"rating": None}},
            {"rating": {"stars": [1, None]}, "driver": {"rating": {"stars": None}}},
        ]
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["cars", 1, "tags"], ["cars", 1, "tags"]),
        (["cars", -9, "tags"], ["cars"]),
        (["cars", 9, "tags"], ["cars", 9, "tags"]),
        (["cars", "tags"], ["cars", "tags"]),
        (["nonsense"], ["cars"]),
        (None, ["cars"]),
    ],
    ids=str,
)
async def test_an_error_of_a_root_fetch_keeps_its_path_if_it_has_one(
    fleet: Supergraph, given: Any, expected: list[Any]
) -> None:
    cars = {"data": {"cars": [{"tags": None}] * 2}, "errors": [{"message": "No.", "path": given}]}
    response = await answered(fleet, "{ cars { tags } }", None, cars)
    assert [error["path"] for error in response.errors] == [expected]
    assert response.data == {"cars": [{"tags": None}, {"tags": None}]}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": None},
        {"data": None, "errors": None},
        {"data": None, "errors": []},
        {"data": []},
        {"data": "x"},
        {"errors": [7]},
        [],
        HTMLResponse("<h1>Down</h1>", 502),
    ],
    ids=lambda answer: str(answer)[:40],
)
async def test_an_answer_that_is_none_fails_once_and_takes_its_own_fields_only(
    fleet: Supergraph, answer: Any
) -> None:
    response = await answered(fleet, "{ cars { id rating { stars } driver { rating { stars } } } }", answer)
    (error,) = response.errors
    assert error["path"] == ["cars", 0, "rating"]
    assert error["extensions"] == {"code": "SUBGRAPH_BAD_RESPONSE", "service": "ratings"}
    nothing = {"rating": None, "driver": {"rating": None}}
    assert response.data == {"cars": [{"id": "1", **nothing}, {"id": "2", **nothing}]}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"_0": []},
        {"_0": [None], "_1": [None]},
        {"_0": {"rating": None}, "_1": "x"},
        {"_0": [{}, {}, {}], "_1": None},
        {"_0": [{}, {}], "_1": ["x", []]},
    ],
    ids=str,
)
async def test_what_an_answer_lacks_is_told_at_every_place(fleet: Supergraph, answer: Any) -> None:
    query = "{ cars { id rating { stars } driver { rating { stars } } } }"
    response = await answered(fleet, query, {"data": answer})
    assert [error["path"] for error in response.errors] == [
        ["cars", 0, "rating"],
        ["cars", 0, "driver", "rating"],
        ["cars", 1, "rating"],
        ["cars", 1, "driver", "rating"],
    ]
    assert all(
        error["extensions"] == {"code": "UNEXPECTED_NULL", "service": "ratings"} for error in response.errors
    )
    nothing = {"rating": None, "driver": {"rating": None}}
    assert response.data == {"cars": [{"id": "1", **nothing}, {"id": "2", **nothing}]}


@pytest.mark.parametrize(
    ("cars", "expected"),
    [
        ("x", None),
        ({}, None),
        (["x", 7, [{}]], [None, None, None]),
        ([{"id": "1", "driver": "x"}], [{"id": "1", "driver": None}]),
        ([{"id": "1", "driver": [{"id": "7"}]}], [{"id": "1", "driver": None}]),
        ([{"id": "1", "extra": {"id": "7"}}], [{"id": "1", "driver": None}]),
    ],
    ids=str,
)
async def test_data_of_the_wrong_kind_is_null(fleet: Supergraph, cars: Any, expected: Any) -> None:
    rated = {"data": {"_0": [{"rating": {"stars": [1]}}]}}
    response = await answered(
        fleet, "{ cars { id driver { rating { stars } } } }", rated, {"data": {"cars": cars}}
    )
    assert response.data == {"cars": expected}


async def test_an_error_without_a_path_is_told_for_each_field_that_was_asked_for(fleet: Supergraph) -> None:
    query = "query($no: Boolean!) { a: cars { id } mine @include(if: $no) { id } b: cars { id } }"
    cars = {"data": None, "errors": [{"message": "Closed."}]}
    response = await answered(fleet, query, None, cars, no=False)
    assert [error["path"] for error in response.errors] == [["a"], ["b"]]
    assert response.data == {"a": None, "b": None}


async def test_an_error_is_told_at_a_field_that_was_asked_for(fleet: Supergraph) -> None:
    query = """query($no: Boolean!) {
      cars { hidden: rating @include(if: $no) { stars } rating { stars } }
    }"""
    response = await answered(fleet, query, HTMLResponse(""), no=False)
    assert [error["path"] for error in response.errors] == [["cars", 0, "rating"]]


async def test_a_failure_of_what_the_gateway_asked_for_itself_is_told_where_it_is_missed(
    fleet: Supergraph,
) -> None:
    error = {"message": "No id.", "path": ["cars", 0, "id"]}
    cars = {"data": {"cars": [{"id": None}, {"id": "2"}]}, "errors": [error]}
    rated = {"data": {"_0": [{"rating": {"stars": [2]}}]}}
    response = await answered(fleet, "{ cars { rating { stars } } }", rated, cars)
    assert response.data == {"cars": [{"rating": None}, {"rating": {"stars": [2]}}]}
    assert [error["path"] for error in response.errors] == [["cars", 0, "rating"]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {}),
        ("x", {}),
        ({"code": None, "more": 1}, {"more": 1}),
        ({"code": "GONE", "service": "x", "exception": {"stacktrace": []}, "debug": 1}, {"code": "GONE"}),
    ],
    ids=str,
)
async def test_extensions_have_a_code_and_the_service_and_nothing_private(
    fleet: Supergraph, given: Any, expected: dict[str, Any]
) -> None:
    error = {"message": "", "extensions": given}
    response = await answered(fleet, "{ count }", None, {"data": {"count": None}, "errors": [error]})
    assert response.data is None
    assert response.errors == (
        {
            "message": "The service gave no message.",
            "path": ["count"],
            "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR", **expected, "service": "fleet"},
        },
    )


@pytest.mark.parametrize("bad", [None, "boom", {"message": 7, "path": ["mine"]}, []], ids=str)
async def test_data_beside_an_error_without_a_message_is_there(fleet: Supergraph, bad: Any) -> None:
    good = {"message": "No driver.", "path": ["cars", 0, "driver"], "extensions": {"code": "GONE"}}
    cars = {"data": {"cars": [{"tags": ["a"], "driver": None}], "mine": None}, "errors": [good, bad]}
    response = await answered(fleet, "{ mine { id } cars { tags driver { id } } }", None, cars)
    assert response.data == {"mine": None, "cars": [{"tags": ["a"], "driver": None}]}
    messages = {tuple(error["path"]): error["message"] for error in response.errors}
    assert messages["cars", 0, "driver"] == "No driver."
    assert messages["mine",] == "The service gave no message."


@pytest.fixture(scope="module")
def priced() -> Supergraph:
    """Taxes need a price that a third service brings; names don't."""
    return composed(
        items=FEDERATION + 'type Query { items: [Item] } type Item @key(fields: "id") { id: ID! }',
        prices=FEDERATION + 'type Item @key(fields: "id") { id: ID! price: Price } type Price { net: Int }',
        taxes=FEDERATION
        + """
          type Item @key(fields: "id") {
            id: ID! name: String price: Price @external tax: Int @requires(fields: "price { net }")
          }
          type Price @external { net: Int }
        """,
    )


async def test_objects_that_lack_what_is_required_are_asked_for_the_rest(priced: Supergraph) -> None:
    def taxes(body: dict[str, Any]) -> Any:
        (given,) = body["variables"].values()
        return {
            "data": {
                "_0": [
                    {"name": f"Item {value['id']}", "tax": value.get("price", {}).get("net")}
                    for value in given
                ]
            }
        }

    failed = {"message": "No price.", "path": ["_0", 1, "price"]}
    answers = {
        "items": lambda _: {"data": {"items": [{"id": "1"}, {"id": "2"}]}},
        "prices": lambda _: {"data": {"_0": [{"price": {"net": 5}}, {"price": None}]}, "errors": [failed]},
        "taxes": taxes,
    }
    async with stitched(priced, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ items { name tax } }"))
        sent = [body["variables"]["_0_representations"] for body in world.sent("taxes")]
    assert response.data == {"items": [{"name": "Item 1", "tax": 5}, {"name": "Item 2", "tax": None}]}
    assert [error["path"] for error in response.errors] == [["items", 1, "tax"]]
    assert sorted(sent, key=str) == [
        [{"__typename": "Item", "id": "1", "price": {"net": 5}}],
        [{"__typename": "Item", "id": "2"}],
    ]


async def test_what_failed_is_told_where_it_is_missed_if_the_client_left_it_out(priced: Supergraph) -> None:
    answers = {
        "items": lambda _: {"data": {"items": [{"id": "1"}]}},
        "prices": lambda _: {
            "data": {"_0": [{"price": None}]},
            "errors": [{"message": "No price.", "path": ["_0", 0, "price"]}],
        },
        "taxes": lambda _: {"data": {"_0": [{"name": "Item 1"}]}},
    }
    query = "query($all: Boolean!) { items { name tax price @include(if: $all) { net } } }"
    async with stitched(priced, answers) as world:
        paths = [
            [
                error["path"]
                for error in (await world.gateway.execute(ClientRequest(query, {"all": all_of_it}))).errors
            ]
            for all_of_it in (True, False)
        ]
    assert paths == [[["items", 0, "price"]], [["items", 0, "tax"]]]


async def test_where_the_rest_is_nothing_nobody_is_asked(priced: Supergraph) -> None:
    answers = {
        "items": lambda _: {"data": {"items": [{"id": "1"}]}},
        "prices": lambda _: HTMLResponse("", 500),
        "taxes": lambda _: {"data": None},
    }
    async with stitched(priced, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ items { tax } }"))
        assert world.sent("taxes") == []
    assert response.data == {"items": [{"tax": None}]}
    assert [error["extensions"]["service"] for error in response.errors] == ["prices"]
    assert [error["path"] for error in response.errors] == [["items", 0, "tax"]]


async def test_a_nested_null_that_was_not_answered_is_not_taken_for_one_that_was(priced: Supergraph) -> None:
    failed = {"message": "No net.", "path": ["_0", 0, "price", "net"]}
    answers = {
        "items": lambda _: {"data": {"items": [{"id": "1"}]}},
        "prices": lambda _: {"data": {"_0": [{"price": {"net": None}}]}, "errors": [failed]},
        "taxes": lambda _: {"data": {"_0": [{"name": "Item 1"}]}},
    }
    async with stitched(priced, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ items { tax name } }"))
        (sent,) = world.sent("taxes")
    assert sent["variables"]["_0_representations"] == [{"__typename": "Item", "id": "1"}]
    assert response.data == {"items": [{"tax": None, "name": "Item 1"}]}


async def test_one_required_field_that_fails_leaves_alone_what_requires_another() -> None:
    supergraph = composed(
        items=FEDERATION
        + 'type Query { item: Item } type Item @key(fields: "id") { id: ID! size: Size } '
        + "type Size { w: Int h: Int }",
        labels=FEDERATION
        + """
          type Item @key(fields: "id") {
            id: ID!
            size: Size @external
            width: String @requires(fields: "size { w }")
            height: String @requires(fields: "size { h }")
          }
          type Size @external { w: Int h: Int }
        """,
    )
    no_height = {"message": "No height.", "path": ["item", "size", "h"]}

    def labels(body: dict[str, Any]) -> Any:
        asked = {key.removesuffix("_representations"): given for key, given in body["variables"].items()}
        return {
            "data": {
                key: [{"width": f"{value['size']['w']} cm"} for value in given]
                for key, given in asked.items()
            }
        }

    answers = {
        "items": lambda _: {
            "data": {"item": {"id": "1", "size": {"w": 5, "h": None}}},
            "errors": [no_height],
        },
        "labels": labels,
    }
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ item { width height } }"))
    assert response.data == {"item": {"width": "5 cm", "height": None}}
    assert [error["path"] for error in response.errors] == [["item", "height"]]


@pytest.mark.parametrize("fields", ["id volume total", "total id volume", "volume id total"])
async def test_what_failed_is_told_where_it_is_missed_and_nowhere_else(fields: str) -> None:
    """The label, which the client doesn't ask for, lacks something else, which has an error already."""
    supergraph = composed(
        items=FEDERATION
        + """
          type Query { item: Item }
          type Item @key(fields: "id") { id: ID! parts: [Part] maker: Maker }
          type Part { size: Int }
          type Maker { name: String }
        """,
        sums="""
          type Query { itemsByIds(keys: [Key!]!): [Item]!
            @merge(argsExpr: "keys: [[{ id: $key.id, parts: $key.parts, maker: $key.maker }]]") }
          type Item @key(selectionSet: "{ id }") {
            id: ID!
            volume: Int @computed(selectionSet: "{ parts { size } }")
            label: String @computed(selectionSet: "{ maker { name } }")
          }
          scalar Key
        """,
        totals=FEDERATION
        + """
          type Item @key(fields: "id") {
            id: ID! label: String @external total: Int @requires(fields: "label")
          }
        """,
    )
    errors = [
        {"message": "No size.", "path": ["item", "parts", 1, "size"]},
        {"message": "No maker.", "path": ["item", "maker"]},
    ]
    item = {"id": "1", "parts": [{"size": 1}, {"size": None}], "maker": None}
    answers = {
        "items": lambda _: {"data": {"item": item}, "errors": errors},
        "sums": lambda _: {},
        "totals": lambda _: {},
    }
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest(f"{{ item {{ maker {{ name }} {fields} }} }}"))
    assert response.data == {"item": {"maker": None, "id": "1", "volume": None, "total": None}}
    assert {error["message"]: error["path"] for error in response.errors} == {
        "No size.": ["item", "volume"],
        "No maker.": ["item", "maker"],
    }


@pytest.mark.parametrize("answer", [{"data": None}, {"data": {"_0": [None]}}], ids=["all", "one"])
async def test_what_tells_objects_apart_is_not_what_is_missed(answer: dict[str, Any]) -> None:
    """Of a list of a plain service, the key is asked for too."""
    supergraph = composed(
        items='type Query { items: [Item] } type Item @key(selectionSet: "{ id }") { id: ID! }',
        prices="""
          type Query { itemsByIds(ids: [ID!]!): [Item]! @merge(keyField: "id") @inaccessible }
          type Item @key(selectionSet: "{ id }") { id: ID! price: Int }
        """,
        taxes=FEDERATION
        + """
          type Item @key(fields: "id") {
            id: ID! price: Int @external tax: Int @requires(fields: "price")
          }
        """,
    )
    answers = {
        "items": lambda _: {"data": {"items": [{"id": "1"}]}},
        "prices": lambda _: {**answer, "errors": [{"message": "No price.", "path": ["_0", 0]}]},
        "taxes": lambda _: {},
    }
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ items { id tax } }"))
    assert response.data == {"items": [{"id": "1", "tax": None}]}
    assert [error["path"] for error in response.errors] == [["items", 0, "tax"]]


@pytest.mark.parametrize(
    ("thing", "data", "expected"),
    [
        (None, {"thing": None}, []),
        ({"id": "1"}, {"thing": {"told": None, "plain": 2}}, [["thing", "told"]]),
        (..., {"thing": None}, [["thing"]]),
    ],
    ids=["not there", "there", "no answer"],
)
async def test_a_root_field_of_the_gateways_own_that_fails_takes_nothing_else_with_it(
    thing: Any, data: dict[str, Any], expected: list[Any]
) -> None:
    """What of it is missed nowhere isn't told; and everything is missed if nothing came."""
    link = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", '
        'import: ["@key", "@external", "@context", "@fromContext"])\n'
    )
    supergraph = composed(
        own=link
        + """
          type Query { thing: Thing spot: Spot }
          type Thing @key(fields: "id") { id: ID! }
          type Spot { name: String }
        """,
        told=link
        + """
          type Query @context(name: "above") { spot: Spot @external }
          type Spot @external { name: String }
          type Thing @key(fields: "id") {
            id: ID! plain: Int told(name: String @fromContext(field: "$above { spot { name } }")): Int
          }
        """,
    )
    answered = None if thing is ... else {"thing": thing, "spot": {"name": None}}
    error = {"message": "No name.", "path": ["spot", "name"]}
    answers = {
        "own": lambda _: {"data": answered, "errors": [error]},
        "told": lambda _: {"data": {"_1": [{"plain": 2}]}},
    }
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ thing { told plain } }"))
    assert response.data == data
    assert [error.get("path") for error in response.errors] == expected
