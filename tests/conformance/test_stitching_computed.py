"""Computed fields: what they are computed from is fetched first, and sent along with the key."""

from typing import Any

import pytest
from graphql import GraphQLError

from stitcher.gateway.request import ClientRequest
from tests.conformance.plain_services import Row, Service, data_of, keys_sent, stitching

GOODS = Service(
    """
    type Crate { id: ID! price: Int weight: Int }
    type Query {
      crates: [Crate!]!
      cratesByIds(ids: [ID!]!): [Crate]! @merge(keyField: "id")
    }
    """,
    {
        "Query.crates": [{"id": str(n), "price": 10 * n, "weight": None if n == 3 else n} for n in (1, 2, 3)],
        "Query.cratesByIds": lambda _, ids: [{"id": n, "price": 10 * int(n), "weight": int(n)} for n in ids],
    },
)


def freight(row: Row) -> int | None:
    """Return what a crate's freight is, null without a weight."""
    return None if row["weight"] is None else row["price"] + row["weight"]


FREIGHT = """
    type Crate @key(selectionSet: "{ id }") {
      id: ID!
      stored: Boolean
      freight: Int @computed(selectionSet: "{ price weight }")
      way: String @computed(selectionSet: "{ weight }")
    }
    input CrateKey { id: ID! price: Int weight: Int }
    input Crates { keys: [CrateKey!]! }
    scalar _Key
    type Query { stored: [Crate!]! %s }
"""

RESOLVERS = {
    "Query.stored": [{"id": "2"}, {"id": "1"}],
    "Crate.stored": True,
    "Crate.freight": freight,
    "Crate.way": lambda row: "sea" if row["weight"] else "air",
}


def shipping(field: str = "_crates(keys: [_Key!]!): [Crate]! @merge") -> Service:
    """Return the service that computes, with this field as the way into it."""
    lookup = {
        "Query._crates": lambda _, **given: given.get("keys") or given["in"]["keys"],
        "Query._crate": lambda _, key: key,
    }
    name = f"Query.{field.split('(')[0]}"
    return Service(FREIGHT % field, {**RESOLVERS, name: lookup[name]})


WAYS = [
    "_crates(keys: [_Key!]!): [Crate]! @merge",
    "_crates(keys: [CrateKey!]!): [Crate]! @merge",
    '_crates(in: Crates!): [Crate]! @merge(keyArg: "in.keys")',
    '_crates(keys: [CrateKey!]!): [Crate]! @merge(key: ["id", "price", "weight"])',
    "_crates(keys: [CrateKey!]!): [Crate]! "
    '@merge(argsExpr: "keys: [[{ id: $key.id, price: $key.price, weight: $key.weight }]]")',
    "_crate(key: _Key!): Crate @merge",
    "_crate(key: CrateKey!): Crate @merge",
]


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_field_is_computed_from_is_sent_along(way: str) -> None:
    async with stitching(goods=GOODS, shipping=shipping(way)) as world:
        assert await data_of(world, "{ crates { freight way } }") == {
            "crates": [
                {"freight": 11, "way": "sea"},
                {"freight": 22, "way": "sea"},
                {"freight": None, "way": "air"},
            ]
        }
        assert world.services.asked() == ["goods", "shipping"]


@pytest.mark.parametrize("way", WAYS)
async def test_where_the_service_comes_first_it_is_asked_again(way: str) -> None:
    async with stitching(goods=GOODS, shipping=shipping(way)) as world:
        assert await data_of(world, "{ stored { id freight } }") == {
            "stored": [{"id": "2", "freight": 22}, {"id": "1", "freight": 11}]
        }
        assert world.services.asked() == ["shipping", "goods", "shipping"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("{ crates { stored } }", [{"id": n} for n in "123"]),
        ("{ crates { way } }", [{"id": n, "weight": int(n) % 3 or None} for n in "123"]),
        (
            "{ crates { freight } }",
            [{"id": n, "price": 10 * int(n), "weight": int(n) % 3 or None} for n in "123"],
        ),
    ],
)
@pytest.mark.parametrize("way", WAYS[:2])
async def test_only_what_is_asked_for_is_computed(query: str, keys: list[Row], way: str) -> None:
    async with stitching(goods=GOODS, shipping=shipping(way)) as world:
        await data_of(world, query)
        if "_Key" in way:
            keys = [{"__typename": "Crate", **key} for key in keys]
        assert keys_sent(world, "shipping") == [[keys]]


async def test_computed_and_plain_fields_of_a_service_come_together() -> None:
    async with stitching(goods=GOODS, shipping=shipping()) as world:
        data = await data_of(world, "{ crates { stored freight } }")
        assert data["crates"][0] == {"stored": True, "freight": 11}
        assert world.services.asked() == ["goods", "shipping"]


async def test_from_fields_of_two_services() -> None:
    def costs(_: Any, keys: list[Row]) -> list[Row]:
        return [{"cost": f"{key['weight']}*{key['rate']['perKilo']}"} for key in keys]

    async with stitching(
        goods=GOODS,
        rates=Service(
            """
            type Crate { id: ID! rate: Rate! } type Rate { perKilo: Int! name: String! }
            type Query { rates(ids: [ID!]!): [Crate]! @merge(keyField: "id") }
            """,
            {
                "Query.rates": lambda _, ids: [
                    {"id": id, "rate": {"perKilo": 100 + int(id), "name": "R"}} for id in reversed(ids)
                ]
            },
        ),
        costs=Service(
            """
            scalar _Key
            type Crate @key(selectionSet: "{ id }") {
              cost: String @computed(selectionSet: "{ weight rate { perKilo } }")
            }
            type Query { _costs(keys: [_Key!]!): [Crate]! @merge }
            """,
            {"Query._costs": costs},
        ),
    ) as world:
        assert await data_of(world, "{ crates { cost } }") == {
            "crates": [{"cost": "1*101"}, {"cost": "2*102"}, {"cost": "None*103"}]
        }
        first = {"__typename": "Crate", "id": "1", "weight": 1, "rate": {"perKilo": 101}}
        assert keys_sent(world, "costs")[0][0][0] == first
        assert world.services.asked() == ["goods", "rates", "costs"]


def computing(name: str, source: str, answer: Any) -> Service:
    """Return a service that computes one field from another."""
    return Service(
        f"""
        type Crate @key(selectionSet: "{{ id }}") {{
          id: ID! {name}: Int @computed(selectionSet: "{{ {source} }}")
        }}
        input {name.title()}Key {{ id: ID! {source}: Int }}
        type Query {{ _{name}(keys: [{name.title()}Key!]!): [Crate]! @merge }}
        """,
        {f"Query._{name}": lambda _, keys: [{"id": key["id"], name: answer(key[source])} for key in keys]},
    )


CHAIN = {
    "goods": GOODS,
    "one": computing("volume", "price", lambda value: value * 2),
    "two": computing("duty", "volume", lambda value: value + 1),
    "three": computing("tax", "duty", lambda value: value * 10),
}


async def test_in_a_chain() -> None:
    async with stitching(**CHAIN) as world:
        assert await data_of(world, "{ crates { tax } }") == {"crates": [{"tax": n} for n in (210, 410, 610)]}
        assert world.services.asked() == ["goods", "one", "two", "three"]


async def test_what_fails_in_a_chain_is_one_error_and_nothing_is_computed_from_it() -> None:
    def refuse(value: int) -> int | GraphQLError:
        return GraphQLError("Too big.") if value > 20 else value

    async with stitching(**{**CHAIN, "one": computing("volume", "price", refuse)}) as world:
        response = await world.gateway.execute(ClientRequest("{ crates { id tax } }"))
        assert response.data is not None
        assert [each["tax"] for each in response.data["crates"]] == [110, 210, None]
        assert [error["message"] for error in response.errors] == ["Too big."]
        assert response.errors[0]["path"][:2] == ["crates", 2]
        assert keys_sent(world, "two") == [[[{"id": "1", "volume": 10}, {"id": "2", "volume": 20}]]]


# A service that has nothing but computed fields: it knows no key, and tells what it is sent

NOTES: list[Row] = [
    {"__typename": "Place", "id": "1", "name": "Delft", "lat": 52.0},
    {"__typename": "Person", "id": "2", "name": "Vermeer", "home": {"id": "1", "name": "Delft", "lat": 52.0}},
]


def notes_of(row: Row) -> list[Any] | None:
    """Return the notes whose ids a row was sent with."""
    ids = row.get("noteIds")
    return (
        None
        if ids is None
        else [next((n for n in NOTES if n["id"] == id), GraphQLError("No.")) for id in ids]
    )


PAINTINGS = Service(
    """
    type Painting { id: ID! noteIds: [ID!] styleId: ID }
    type Query { paintings: [Painting!]! }
    """,
    {
        "Query.paintings": [
            {"id": "a", "noteIds": ["2", "1"], "styleId": "s"},
            {"id": "b", "noteIds": None, "styleId": "s"},
            {"id": "c", "noteIds": [], "styleId": None},
            {"id": "d", "noteIds": ["9"], "styleId": None},
        ]
    },
)


def notes(key: str) -> Service:
    return Service(
        f"""
        interface Note {{ id: ID! name: String! }}
        type Place implements Note {{ id: ID! name: String! lat: Float! }}
        type Person implements Note {{ id: ID! name: String! home: Place }}
        type Style {{ id: ID! name: String! }}
        type Painting {key} {{
          style: Style @computed(selectionSet: "{{ styleId }}")
          notes: [Note] @computed(selectionSet: "{{ noteIds }}")
        }}
        input PaintingKey {{ styleId: ID noteIds: [ID!] }}
        type Query {{ _paintings(keys: [PaintingKey!]!): [Painting]! @merge @inaccessible }}
        """,
        {
            "Query._paintings": lambda _, keys: keys,
            "Painting.notes": notes_of,
            "Painting.style": lambda row: {"id": "s", "name": "Baroque"} if row.get("styleId") else None,
        },
    )


@pytest.mark.parametrize("key", ["", '@key(selectionSet: "{ id }")'])
async def test_a_service_with_nothing_but_computed_fields(key: str) -> None:
    async with stitching(paintings=PAINTINGS, notes=notes(key)) as world:
        query = """{ paintings {
          id style { name } notes { __typename name ... on Place { lat } ... on Person { home { lat } } }
        } }"""
        response = await world.gateway.execute(ClientRequest(query))
        baroque = {"name": "Baroque"}
        assert response.data == {
            "paintings": [
                {
                    "id": "a",
                    "style": baroque,
                    "notes": [
                        {"__typename": "Person", "name": "Vermeer", "home": {"lat": 52.0}},
                        {"__typename": "Place", "name": "Delft", "lat": 52.0},
                    ],
                },
                {"id": "b", "style": baroque, "notes": None},
                {"id": "c", "style": None, "notes": []},
                {"id": "d", "style": None, "notes": [None]},
            ]
        }
        assert [error["path"] for error in response.errors] == [["paintings", 3, "notes", 0]]
        assert world.services.asked() == ["paintings", "notes"]


async def test_such_a_service_is_sent_what_is_asked_for_and_no_more() -> None:
    async with stitching(paintings=PAINTINGS, notes=notes("")) as world:
        await data_of(world, "{ paintings { style { name } } }")
        assert keys_sent(world, "notes") == [[[{"styleId": "s"}, {"styleId": None}]]]
