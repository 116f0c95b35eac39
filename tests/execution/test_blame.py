"""Services that spoil their answers: what is lost is told at every place, and which service is to blame."""

from typing import Any

import pytest

from stitcher.gateway.request import ClientRequest
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, always, composed, stitched


@pytest.fixture(scope="module")
def garage() -> Supergraph:
    """Cars of one service, their prices by another, taxes that a third makes of them, makers from a list."""
    return composed(
        cars=FEDERATION
        + """
          type Query { cars: [Car] any: Vehicle mine: Car }
          interface Vehicle { id: ID! }
          type Car implements Vehicle @key(fields: "id") { id: ID! plate: Int maker: Maker }
          type Bus implements Vehicle @key(fields: "line { no }") { id: ID! line: Line! }
          type Line @key(fields: "no") { no: Int! }
          type Maker @shareable { code: Int }
        """,
        prices=FEDERATION
        + """
          type Car @key(fields: "id") { id: ID! price: Float old: Boolean }
          type Bus @key(fields: "line { no }") { line: Line! seats: Int }
          type Line @key(fields: "no") { no: Int! }
        """,
        makers="""
          type Query { makers(codes: [Int!]!): [Maker] @merge(keyField: "code") @inaccessible }
          type Maker { code: Int name: String country: String! }
        """,
        taxes=FEDERATION
        + """
          type Car @key(fields: "id") {
            id: ID! price: Float @external tax: Int @requires(fields: "price") wheels: Int
          }
        """,
    )


def car(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "plate": number, "maker": {"code": number}, **fields}


def answering(entities: Any) -> Any:
    """Answer by a function of one representation, or with something else altogether."""

    def answer(body: dict[str, Any]) -> Any:
        lists = {name.rpartition("_")[0]: keys for name, keys in body["variables"].items()}
        if callable(entities):
            return {"data": {name: [entities(key) for key in keys] for name, keys in lists.items()}}
        return {"data": dict.fromkeys(lists, entities)}

    return answer


PRICE = {"1": {"price": 1.5, "old": True}, "2": {"price": 2.5, "old": False}}


@pytest.mark.parametrize(
    ("query", "root", "prices", "expected", "errors"),
    [
        (
            "{ cars { price old } }",
            {"cars": [car(1), car(2)]},
            lambda each: PRICE[each["id"]] if each["id"] == "1" else "x",
            {"cars": [PRICE["1"], {"price": None, "old": None}]},
            {("cars", 1, "price"): "prices", ("cars", 1, "old"): "prices"},
        ),
        (
            "{ cars { price old } }",
            {"cars": [car(1), car(2)]},
            lambda each: PRICE[each["id"]] if each["id"] == "1" else None,
            {"cars": [PRICE["1"], {"price": None, "old": None}]},
            {},
        ),
        (
            "{ cars { plate price } }",
            {"cars": [car(1), {"plate": 2}, {"plate": 3, "id": None}, {"plate": 4, "id": {}}, car(1)]},
            lambda each: PRICE[each["id"]],
            {
                "cars": [
                    {"plate": 1, "price": 1.5},
                    *({"plate": number, "price": None} for number in (2, 3, 4)),
                    {"plate": 1, "price": 1.5},
                ]
            },
            {("cars", number, "price"): "cars" for number in (1, 2, 3)},
        ),
        (
            "{ a: cars { old } b: cars { p: price } }",
            {"a": [car(1)], "b": [car(1), "x"]},
            [],
            {"a": [{"old": None}], "b": [{"p": None}, None]},
            {("a", 0, "old"): "prices", ("b", 0, "p"): "prices", ("b", 1): "cars"},
        ),
        (
            "{ cars { price } }",
            {"cars": [car(1), car(2)]},
            lambda each: {"price": {} if each["id"] == "1" else "1e2"},
            {"cars": [{"price": None}, {"price": 100.0}]},
            {("cars", 0, "price"): "prices"},
        ),
        (
            "{ any { id ... on Bus { seats } } mine { plate old } }",
            {"any": {"__typename": "Bus", "id": "7", "line": "x"}, "mine": [car(1)]},
            lambda _: {"seats": 50, "old": True},
            {"any": {"id": "7", "seats": None}, "mine": None},
            {("any", "seats"): "cars", ("mine",): "cars"},
        ),
        (
            "{ any { id ... on Bus { seats } } }",
            {"any": {"__typename": "Bus", "id": "7", "line": {"no": None}}},
            lambda _: None,
            {"any": {"id": "7", "seats": None}},
            {("any", "seats"): "cars"},
        ),
        (
            "{ any { id ... on Bus { seats } } }",
            {"any": {"__typename": "Buss", "id": "7", "line": {"no": 1}}},
            lambda _: {"seats": 50},
            {"any": None},
            {("any",): "cars"},
        ),
    ],
)
async def test_every_place_that_lacks_something_has_an_error_that_names_the_service(
    garage: Supergraph, query: str, root: Any, prices: Any, expected: Any, errors: Any
) -> None:
    answers = {"cars": lambda _: {"data": root}, "prices": answering(prices)}
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest(query))
    assert response.data == expected
    assert {tuple(error["path"]): error["extensions"]["service"] for error in response.errors} == errors
    assert len(response.errors) == len(errors)
    assert {error["extensions"]["code"] for error in response.errors} <= {
        "UNEXPECTED_NULL",
        "UNEXPECTED_VALUE",
    }


@pytest.mark.parametrize(
    ("code", "makers", "expected", "service"),
    [
        (1, [{"code": 1, "name": "A"}], {"name": "A"}, None),
        (1, [], {"name": None}, None),
        (1, None, {"name": None}, None),
        (None, [], {"name": None}, None),
        (1, "x", {"name": None}, "makers"),
        (1, ["x", 7], {"name": None}, "makers"),
        (1, [{"code": 1}], {"name": None}, "makers"),
        (1, [{"code": 1, "name": []}], {"name": None}, "makers"),
        (1, [{"code": "1", "name": "A"}], {"name": "A"}, None),
        ({}, [], {"name": None}, "cars"),
        ("x", [], {"name": None}, "cars"),
        (2**40, [], {"name": None}, "cars"),
    ],
)
async def test_a_list_that_is_told_apart_by_keys(
    garage: Supergraph, code: Any, makers: Any, expected: Any, service: str | None
) -> None:
    answers = {"cars": lambda _: {"data": {"mine": {"maker": {"code": code}}}}, "makers": answering(makers)}
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ mine { maker { name } } }"))
    assert response.data == {"mine": {"maker": expected}}
    assert [(error["path"], error["extensions"]["service"]) for error in response.errors] == (
        [(["mine", "maker", "name"], service)] if service else []
    )


@pytest.mark.parametrize(
    ("prices", "expected", "service"),
    [
        ({"price": 2}, {"tax": 5, "wheels": 4}, None),
        ({"price": None}, {"tax": 5, "wheels": 4}, None),
        ({}, {"tax": None, "wheels": 4}, "prices"),
        ({"price": []}, {"tax": None, "wheels": 4}, "prices"),
        (["x"], {"tax": None, "wheels": 4}, "prices"),
    ],
)
async def test_what_a_required_field_is_missed_for(
    garage: Supergraph, prices: Any, expected: Any, service: str | None
) -> None:
    def tax(each: Any) -> Any:
        return {"wheels": 4, **({"tax": 5} if "price" in each else {})}

    answers = {
        "cars": lambda _: {"data": {"mine": car(1)}},
        "prices": answering(lambda _: prices),
        "taxes": answering(tax),
    }
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ mine { tax wheels } }"))
    assert response.data == {"mine": expected}
    assert [(error["path"], error["extensions"]["service"]) for error in response.errors] == (
        [(["mine", "tax"], service)] if service else []
    )


async def test_an_object_whose_type_is_lost_isnt_there_if_it_may_be_denied() -> None:
    supergraph = composed(
        names=FEDERATION.replace('"@key"', '"@key", "@interfaceObject"')
        + "type Query { all: [Thing] }"
        + 'type Thing @key(fields: "id") @interfaceObject { id: ID! name: String }',
        things=FEDERATION.replace("v2.3", "v2.9").replace('"@key"', '"@key", "@authenticated"')
        + """
          interface Thing @key(fields: "id") { id: ID! }
          type Open implements Thing @key(fields: "id") { id: ID! x: Int! @authenticated y: Int }
          type Closed implements Thing @key(fields: "id") @authenticated { id: ID! }
        """,
    )
    given = [{"id": "1", "name": "A"}, {"id": "2", "name": "B"}]
    for things in ({"data": None, "errors": [{"message": "No."}]}, {"data": {"_0": [None, None]}}):
        answers = {"names": always({"data": {"all": given}}), "things": always(things)}
        for query in (
            "{ all { ... on Open { x } } }",
            "{ all { name ... on Open { y } } }",
            "{ all { id } }",
        ):
            async with stitched(supergraph, answers) as world:
                response = await world.gateway.execute(ClientRequest(query))
            assert response.data == {"all": [None, None]}
            assert {error["extensions"]["service"] for error in response.errors} == {"things"}


async def test_one_spoiled_key_leaves_the_others_of_its_request_alone(garage: Supergraph) -> None:
    cars = [car(1), car(2, maker={"code": "x"}), car(3)]

    def makers(body: dict[str, Any]) -> Any:
        ((name, codes),) = body["variables"].items()
        assert codes == [1, 3]
        return {"data": {name.rpartition("_")[0]: [{"code": code, "name": "A"} for code in codes]}}

    async with stitched(garage, {"cars": lambda _: {"data": {"cars": cars}}, "makers": makers}) as world:
        response = await world.gateway.execute(ClientRequest("{ cars { maker { name } } }"))
    assert response.data
    names = [each["maker"]["name"] for each in response.data["cars"]]
    assert names == ["A", None, "A"]
    assert [error["path"] for error in response.errors] == [["cars", 1, "maker", "name"]]


async def test_an_entity_that_an_error_took_away_is_told_at_all_that_it_was_to_bring(
    garage: Supergraph,
) -> None:
    error = {"message": "No price.", "path": ["_0", 0, "price"]}
    answers = {
        "cars": lambda _: {"data": {"mine": car(1)}},
        "prices": lambda _: {"data": {"_0": [None]}, "errors": [error]},
    }
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ mine { price old } }"))
    assert response.data == {"mine": {"price": None, "old": None}}
    told = {tuple(each["path"]): each["extensions"]["code"] for each in response.errors}
    assert told == {
        ("mine", "price"): "DOWNSTREAM_SERVICE_ERROR",
        ("mine", "old"): "UNEXPECTED_NULL",
    }


async def test_an_error_at_one_item_doesnt_explain_another(garage: Supergraph) -> None:
    error = {"message": "No.", "path": ["cars", 0]}
    answers = {"cars": lambda _: {"data": {"cars": [None, "x", None]}, "errors": [error]}}
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ cars { id } }"))
    assert response.data == {"cars": [None, None, None]}
    assert [each["path"] for each in response.errors] == [["cars", 0], ["cars", 1]]


async def test_of_very_many_places_the_first_are_told(garage: Supergraph) -> None:
    answers = {"cars": lambda _: {"data": {"cars": ["x"] * 1500}}}
    async with stitched(garage, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ cars { id } }"))
    assert response.data == {"cars": [None] * 1500}
    *told, last = response.errors
    assert [each["path"] for each in told] == [["cars", number] for number in range(1000)]
    assert last == {
        "message": "500 more places lack what was asked for.",
        "extensions": {"code": "ERRORS_LEFT_OUT"},
    }


@pytest.mark.parametrize("typed", [True, False])
async def test_an_object_needs_no_type_where_the_variables_leave_out_all_that_depends_on_it(
    typed: bool,
) -> None:
    """What is selected below one field of it, too."""
    federation = FEDERATION.replace('"@key"', '"@key", "@interfaceObject"')
    supergraph = composed(
        types=federation
        + 'interface Animal @key(fields: "id") { id: ID! } '
        + 'type Ant implements Animal @key(fields: "id") { id: ID! }',
        animals=federation
        + "type Query { animals: [Animal] } "
        + 'type Animal @key(fields: "id") @interfaceObject { id: ID! next: Animal size: Int }',
    )
    animal = {"id": "1", "size": 3, "next": {"id": "2", "size": 4, "next": {"id": "3", "size": 5}}}
    answers = {
        "types": lambda _: {"data": {"_0": [{"__typename": "Ant"}]}},
        "animals": lambda body: {"data": {"animals": [animal], "_0": [animal]}},
    }
    query = """query($typed: Boolean!) {
      animals { next { next { size } } ... on Ant @include(if: $typed) { next { size next { id } } } }
    }"""
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest(query, {"typed": typed}))
        assert len(world.sent("types")) == typed
    more = {"id": "3"} if typed else {}
    assert response.data == {
        "animals": [{"next": {"next": {"size": 5, **more}, **({"size": 4} if typed else {})}}]
    }
    assert not response.errors
