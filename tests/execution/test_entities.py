"""Entities: who is asked for, under which key, and what becomes of the answer."""

from typing import Any

import pytest

from stitcher.gateway.request import ClientRequest
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, stitched

BOOKS = "query { books { id authors { id name } } }"


@pytest.fixture(scope="module")
def library() -> Supergraph:
    """Books that know their authors' keys only; authors in a list, told apart by their keys."""
    return composed(
        books="""
          type Query { books: [Book!]! }
          type Book { id: ID! authors: [Author] }
          type Author @key(selectionSet: "{ id }") { id: ID! }
        """,
        people="""
          type Query { authors(ids: [ID!]!): [Author]! @merge(keyField: "id") }
          type Author @key(selectionSet: "{ id }") { id: ID! name: String }
        """,
    )


def book(*authors: Any) -> dict[str, Any]:
    return {"data": {"books": [{"id": "1", "authors": list(authors)}]}}


@pytest.mark.parametrize(
    ("answered", "names"),
    [
        ([{"id": "b", "name": "Bo"}, {"id": "a", "name": "Ada"}], ["Ada", "Bo"]),
        ([{"id": "b", "name": "Bo"}], [None, "Bo"]),
        ([{"id": "x", "name": "X"}, None, {"id": "a", "name": "Ada"}], ["Ada", None]),
        ([None, None], [None, None]),
    ],
    ids=["in another order", "one left out", "one too many", "nulls"],
)
async def test_items_of_a_list_lookup_are_told_apart_by_their_keys(
    library: Supergraph, answered: list[Any], names: list[Any]
) -> None:
    answers = {
        "books": lambda _: book({"id": "a"}, {"id": "b"}),
        "people": lambda _: {"data": {"_0": answered}},
    }
    async with stitched(library, answers) as world:
        response = await world.gateway.execute(ClientRequest(BOOKS))
    assert response.data
    assert [each["name"] for each in response.data["books"][0]["authors"]] == names
    assert response.errors == ()


@pytest.fixture(scope="module")
def depot() -> Supergraph:
    """What a parcel weighs needs its items; items are given, whole or not, by the shop."""
    return composed(
        shop=FEDERATION
        + """
          type Query { parcels: [Parcel] }
          type Parcel @key(fields: "id owner { id }") { id: ID! owner: Owner items: [Item] }
          type Owner { id: ID }
          type Item { grams: Int }
        """,
        scales=FEDERATION
        + """
          type Parcel @key(fields: "id owner { id }") {
            id: ID!
            owner: Owner @external
            items: [Item] @external
            weight: Int @requires(fields: "items { grams }")
          }
          type Owner @external { id: ID }
          type Item @external { grams: Int }
        """,
    )


WHOLE = {"id": "1", "owner": {"id": "o"}, "items": [{"grams": 2}, None, {"grams": None}]}


def weighing(body: dict[str, Any]) -> Any:
    (representations,) = body["variables"].values()
    return {"data": {"_0": [{"weight": len(each["items"])} for each in representations]}}


async def test_nested_keys_and_lists_are_sent_as_they_came(depot: Supergraph) -> None:
    async with stitched(
        depot, {"shop": lambda _: {"data": {"parcels": [WHOLE]}}, "scales": weighing}
    ) as world:
        response = await world.gateway.execute(ClientRequest("{ parcels { weight } }"))
        (sent,) = world.sent("scales")
    assert response.data == {"parcels": [{"weight": 3}]}
    assert sent["variables"] == {"_0_representations": [{"__typename": "Parcel", **WHOLE}]}


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None},
        {"owner": None},
        {"owner": {}},
        {"items": [{}]},
        {"items": [[{}]]},
    ],
    ids=str,
)
async def test_who_lacks_a_key_or_what_is_required_is_not_asked_for(
    depot: Supergraph, broken: dict[str, Any]
) -> None:
    parcels = [{**WHOLE, **broken}, WHOLE]
    async with stitched(
        depot, {"shop": lambda _: {"data": {"parcels": parcels}}, "scales": weighing}
    ) as world:
        response = await world.gateway.execute(ClientRequest("{ parcels { weight } }"))
        (sent,) = world.sent("scales")
    assert response.data == {"parcels": [{"weight": None}, {"weight": 3}]}
    assert len(sent["variables"]["_0_representations"]) == 1


PRICED = FEDERATION + 'type Query { items: [Item] } type Item @key(fields: "id") { id: ID! price: Int }'
TAXES = """
  type Query { %s }
  type Item @key(selectionSet: "{ id }") {
    id: ID!
    name: String
    tax: Int @computed(selectionSet: "{ price }")
  }
"""
ONE_BY_ONE = (
    TAXES
    % """item(id: ID!, price: Int): Item
    @merge(argsExpr: "id: $key.id, price: $key.price")"""
)
IN_A_LIST = (
    TAXES
    % """items_(ids: [ID!]!, prices: [Int]): [Item]
    @merge(argsExpr: "ids: [[$key.id]], prices: [[$key.price]]")"""
)


@pytest.mark.parametrize(
    ("taxes", "query", "variables"),
    [
        (ONE_BY_ONE, "{ items { name } }", {"_0_0_id": "1", "_0_1_id": "2"}),
        (
            ONE_BY_ONE,
            "{ items { name tax } }",
            {"_0_0_id": "1", "_0_0_price": 5, "_0_1_id": "2", "_0_1_price": None},
        ),
        (IN_A_LIST, "{ items { name } }", {"_0_ids": ["1", "2"]}),
        (IN_A_LIST, "{ items { name tax } }", {"_0_ids": ["1", "2"], "_0_prices": [5, None]}),
    ],
)
async def test_an_argument_that_only_a_computed_field_needs_is_sent_with_it(
    taxes: str, query: str, variables: dict[str, Any]
) -> None:
    items: list[dict[str, Any]] = [{"id": "1", "price": 5}, {"id": "2", "price": None}]
    found = [{"id": item["id"], "name": f"Item {item['id']}", "tax": 1} for item in items]
    answers = {
        "shop": lambda _: {"data": {"items": items}},
        "taxes": lambda _: {"data": {"_0": found, **{f"_0_{n}": each for n, each in enumerate(found)}}},
    }
    async with stitched(composed(shop=PRICED, taxes=taxes), answers) as world:
        response = await world.gateway.execute(ClientRequest(query))
        (sent,) = world.sent("taxes")
    assert response.errors == ()
    assert response.data
    assert [each["name"] for each in response.data["items"]] == ["Item 1", "Item 2"]
    assert sent["variables"] == variables


KEYS: list[Any] = [1, True, 1.0, "1", 0, False, "", 2**64, 2**64 + 1, -(2**63) - 1, [1], [True], {"a": 1}]


@pytest.mark.parametrize("lookup", ["entities", "list", "each"])
@pytest.mark.parametrize("order", [1, -1])
async def test_no_object_gets_the_data_of_another_whose_key_is_equal_in_python(
    lookup: str, order: int
) -> None:
    keys = KEYS[::order]
    labels = {
        "entities": FEDERATION + 'scalar Any type Thing @key(fields: "key") { key: Any! label: String }',
        "list": """
          scalar Any
          type Query { things(keys: [Any!]!): [Thing]! @merge(keyField: "key") }
          type Thing @key(selectionSet: "{ key }") { key: Any! label: String }
        """,
        "each": """
          scalar Any
          type Query { thing(key: Any!): Thing @merge(keyField: "key") }
          type Thing @key(selectionSet: "{ key }") { key: Any! label: String }
        """,
    }[lookup]
    things = composed(
        things=FEDERATION
        + 'scalar Any type Query { all: [Thing!]! } type Thing @key(fields: "key") { key: Any! }',
        labels=labels,
    )

    def label(body: dict[str, Any]) -> dict[str, Any]:
        values = body["variables"]
        if lookup == "each":
            return {"data": {name.rpartition("_")[0]: {"label": repr(key)} for name, key in values.items()}}
        [given] = values.values()
        asked = [value["key"] if lookup == "entities" else value for value in given]
        return {"data": {"_0": [{"key": batch, "label": repr(batch)} for batch in asked]}}

    answers = {"things": lambda _: {"data": {"all": [{"key": key} for key in keys]}}, "labels": label}
    async with stitched(things, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ all { key label } }"))
    assert response.errors == ()
    assert response.data
    assert [each["label"] for each in response.data["all"]] == [repr(key) for key in keys]


async def test_an_item_that_is_left_out_is_not_mistaken(library: Supergraph) -> None:
    """A key that is missing is no key that says "None", nor is true one that says "True"."""
    answers = {
        "books": lambda _: book({"id": "None"}, {"id": "True"}, {"id": "b"}),
        "people": lambda _: {
            "data": {"_0": [{"name": "X"}, {"id": True, "name": "Y"}, {"id": "b", "name": "Bo"}]}
        },
    }
    async with stitched(library, answers) as world:
        response = await world.gateway.execute(ClientRequest(BOOKS))
    assert response.data
    assert [each["name"] for each in response.data["books"][0]["authors"]] == [None, None, "Bo"]
