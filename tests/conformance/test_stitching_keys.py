"""Keys of merged types: several of them, made of several fields, and in the shapes that arguments take."""

from typing import Any

import pytest

from stitcher.errors import CompositionError
from tests.conformance.plain_services import Row, Service, data_of, keys_sent, stitching
from tests.stitched import composed, stitched

# Three services, two keys: the one in the middle joins the two at the ends.

SHELF = Service(
    """
    type Book { isbn: ID! title: String! }
    type Query { byIsbn(isbns: [ID!]!): [Book]! @merge(keyField: "isbn") }
    """,
    {"Query.byIsbn": lambda _, isbns: [{"isbn": each, "title": f"T{each}"} for each in isbns]},
)

TRADE_TYPES = "type Book { isbn: ID! sku: ID! price: Int } input BookKey { isbn: ID sku: ID }"


def trade(_: Any, keys: list[Row]) -> list[Row]:
    """Answer to either key: s1 is the sku of isbn 1."""
    isbns = [key.get("isbn") or key["sku"][1:] for key in keys]
    return [{"isbn": each, "sku": f"s{each}", "price": int(each) * 10} for each in isbns]


TRADE = {
    "one field": Service(
        TRADE_TYPES
        + """
        type Query {
          trade(keys: [BookKey!]!): [Book]!
          @merge(argsExpr: "keys: [[{ isbn: $key.isbn }]]")
          @merge(argsExpr: "keys: [[{ sku: $key.sku }]]")
        }
        """,
        {"Query.trade": trade},
    ),
    "two fields": Service(
        TRADE_TYPES
        + """
        type Query {
          tradeByIsbn(isbns: [ID!]!): [Book]! @merge(keyField: "isbn")
          tradeBySku(sku: ID!): Book @merge(keyField: "sku")
        }
        """,
        {
            "Query.tradeByIsbn": lambda _, isbns: trade(_, [{"isbn": each} for each in isbns]),
            "Query.tradeBySku": lambda _, sku: trade(_, [{"sku": sku}])[0],
        },
    ),
}

CRITICS = Service(
    """
    type Book { sku: ID! reviews: [String!]! }
    type Query { bySku(skus: [ID!]!): [Book]! @merge(keyField: "sku") }
    """,
    {"Query.bySku": lambda _, skus: [{"sku": each, "reviews": [f"R{each}"]} for each in skus]},
)


@pytest.mark.parametrize("middle", list(TRADE))
@pytest.mark.parametrize(
    ("root", "asked"),
    [
        ('byIsbn(isbns: ["1", "2"])', ["shelf", "trade", "critics"]),
        ('bySku(skus: ["s1", "s2"])', ["critics", "trade", "shelf"]),
    ],
)
async def test_the_next_hop_goes_by_the_key_that_is_known(middle: str, root: str, asked: list[str]) -> None:
    async with stitching(shelf=SHELF, trade=TRADE[middle], critics=CRITICS) as world:
        data = await data_of(world, f"{{ books: {root} {{ title price reviews }} }}")
        assert data["books"] == [
            {"title": "T1", "price": 10, "reviews": ["Rs1"]},
            {"title": "T2", "price": 20, "reviews": ["Rs2"]},
        ]
        assert world.services.asked() == asked


async def test_from_the_middle_both_ends_are_asked_at_once() -> None:
    async with stitching(shelf=SHELF, trade=TRADE["one field"], critics=CRITICS) as world:
        query = '{ trade(keys: [{ isbn: "1" }, { sku: "s2" }]) { price title reviews } }'
        data = await data_of(world, query)
        assert data["trade"] == [
            {"price": 10, "title": "T1", "reviews": ["Rs1"]},
            {"price": 20, "title": "T2", "reviews": ["Rs2"]},
        ]
        assert sorted(world.services.asked()) == ["critics", "shelf", "trade"]


async def test_a_key_that_nobody_asked_for_is_fetched_and_not_shown() -> None:
    async with stitching(shelf=SHELF, trade=TRADE["one field"], critics=CRITICS) as world:
        data = await data_of(world, '{ byIsbn(isbns: ["3"]) { reviews } }')
        assert data == {"byIsbn": [{"reviews": ["Rs3"]}]}
        assert world.services.asked() == ["shelf", "trade", "critics"]


# Null keys


async def test_a_null_key_is_no_key() -> None:
    async with stitching(
        people=Service(
            "type Person { id: ID! badge: ID } type Query { people: [Person!]! }",
            {"Query.people": [{"id": "1", "badge": "x"}, {"id": "2", "badge": None}]},
        ),
        doors=Service(
            """
            type Person { badge: ID doors: [String!] }
            type Query { holders(badges: [ID!]!): [Person]! @merge(keyField: "badge") @inaccessible }
            """,
            {"Query.holders": lambda _, badges: [{"badge": each, "doors": ["front"]} for each in badges]},
        ),
    ) as world:
        assert await data_of(world, "{ people { id doors } }") == {
            "people": [{"id": "1", "doors": ["front"]}, {"id": "2", "doors": None}]
        }
        assert keys_sent(world, "doors") == [[["x"]]]


async def test_a_key_that_cannot_be_null_goes_first() -> None:
    async with stitching(
        people=Service(
            "type Person { id: ID! badge: ID } type Query { people: [Person!]! }",
            {"Query.people": [{"id": "1", "badge": None}]},
        ),
        doors=Service(
            """
            type Person { id: ID! doors: [String!] }
            type Query {
              holders(badges: [ID!]!): [Person]! @merge(keyField: "badge") @inaccessible
              persons(ids: [ID!]!): [Person]! @merge(keyField: "id") @inaccessible
            }
            """,
            {
                "Query.holders": lambda _, badges: [],
                "Query.persons": lambda _, ids: [{"id": id_, "doors": ["back"]} for id_ in ids],
            },
        ),
    ) as world:
        assert await data_of(world, "{ people { doors } }") == {"people": [{"doors": ["back"]}]}


# Keys of several fields, and the shapes that they are sent in

SEATS = Service(
    "type Seat { row: Int! number: Int! hall: Hall! } type Hall { id: ID! } type Query { seats: [Seat!]! }",
    {
        "Query.seats": [
            {"row": 1, "number": 7, "hall": {"id": "h"}},
            {"row": 7, "number": 1, "hall": {"id": "h"}},
            {"row": 1, "number": 7, "hall": {"id": "i"}},
        ]
    },
)


def priced(key: Row) -> Row:
    """Return a seat whose price tells its key."""
    hall = key.get("hall") or {"id": key["hallId"]}
    return {"row": key["row"], "number": key["number"], "hall": hall, "price": f"{hall['id']}{key['row']}"}


SEAT = """
    type Seat @key(selectionSet: "{ row number hall { id } }") {
      row: Int! number: Int! hall: Hall! price: String
    }
    type Hall { id: ID! }
    scalar _Key
    input SeatKey { row: Int! number: Int! hall: HallKey! }
    input HallKey { id: ID! }
    input FlatKey { row: Int! number: Int! hallId: ID! currency: String }
    input Seats { keys: [SeatKey!]! flat: [FlatKey!] currency: String }
"""
WHOLE: list[Row] = [
    {"row": 1, "number": 7, "hall": {"id": "h"}},
    {"row": 7, "number": 1, "hall": {"id": "h"}},
    {"row": 1, "number": 7, "hall": {"id": "i"}},
]
NAMED = [{"__typename": "Seat", **each} for each in WHOLE]
FLAT = [{"row": each["row"], "number": each["number"], "hallId": each["hall"]["id"]} for each in WHOLE]


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("prices(keys: [SeatKey!]!): [Seat]! @merge", [WHOLE]),
        ("prices(keys: [_Key!]!): [Seat]! @merge", [NAMED]),
        (
            'prices(keys: [FlatKey!]!): [Seat]! @merge(key: ["row", "number", "hallId: hall.id"])',
            [FLAT],
        ),
        (
            """prices(keys: [FlatKey!]!): [Seat]!
            @merge(key: ["row", "number", "hallId:hall.id"], additionalArgs: "keys: { currency: EUR }")""",
            [[{**each, "currency": "EUR"} for each in FLAT]],
        ),
        (
            """prices(limit: Int, keys: [FlatKey!]!): [Seat]! @merge(argsExpr:
            "keys: [[{ row: $key.row, number: $key.number, hallId: $key.hall.id }]], limit: 9")""",
            [FLAT, 9],
        ),
        (
            'prices(in: Seats!): [Seat]! @merge(keyArg: "in.keys", additionalArgs: "in: { currency: EUR }")',
            [{"keys": WHOLE, "currency": "EUR"}],
        ),
        ('prices(in: Seats!): [Seat]! @merge(argsExpr: "in: { keys: [[$key]] }")', [{"keys": WHOLE}]),
        (
            """prices(in: Seats!): [Seat]! @merge(argsExpr: "in: {
              keys: [[$key]], flat: [[{ row: $key.row, number: $key.number, hallId: $key.hall.id }]]
            }")""".replace("\n", " "),
            [{"keys": WHOLE, "flat": FLAT}],
        ),
        ("price(key: SeatKey!): Seat @merge", WHOLE),
        ("price(key: _Key!): Seat @merge", NAMED),
        ('price(key: FlatKey!): Seat @merge(key: ["row", "number", "hallId: hall.id"])', FLAT),
        (
            """price(row: Int!, number: Int!, hall: ID!): Seat
            @merge(argsExpr: "row: $key.row, number: $key.number, hall: $key.hall.id")""",
            [1, 7, 1, 7, 1, 7, "h", "h", "i"],
        ),
    ],
)
async def test_the_shapes_of_a_compound_key(field: str, sent: list[Any]) -> None:
    def prices(_: Any, **given: Any) -> list[Row]:
        keys = given.get("keys") or given["in"]["keys"]
        return [priced(key) for key in reversed(keys)]

    def price(_: Any, /, **given: Any) -> Row:
        key = given.get("key") or {**given, "hall": {"id": given["hall"]}}
        return priced(key)

    resolver = {"Query.prices": prices} if field.startswith("prices") else {"Query.price": price}
    shop = Service(f"{SEAT} type Query {{ {field} }}", resolver)
    async with stitching(seats=SEATS, shop=shop) as world:
        assert await data_of(world, "{ seats { price } }") == {
            "seats": [{"price": "h1"}, {"price": "h7"}, {"price": "i1"}]
        }
        assert keys_sent(world, "shop") == [sent]
        assert world.services.asked() == ["seats", "shop"]


async def test_two_lists_of_one_key() -> None:
    def pairs(_: Any, ids: list[str], kinds: list[str]) -> list[Row]:
        return [{"id": id, "kind": kind, "name": kind + id} for id, kind in zip(ids, kinds, strict=True)]

    async with stitching(
        things=Service(
            "type Thing { id: ID! kind: String! } type Query { things: [Thing!]! }",
            {"Query.things": [{"id": "1", "kind": "a"}, {"id": "1", "kind": "b"}]},
        ),
        names=Service(
            """
            type Thing { id: ID! kind: String! name: String }
            type Query {
              named(ids: [ID!]!, kinds: [String!]!): [Thing]!
              @merge(argsExpr: "ids: [[$key.id]], kinds: [[$key.kind]]")
            }
            """,
            {"Query.named": pairs},
        ),
    ) as world:
        assert await data_of(world, "{ things { name } }") == {"things": [{"name": "a1"}, {"name": "b1"}]}
        assert keys_sent(world, "names") == [[["1", "1"], ["a", "b"]]]


async def test_ids_that_are_numbers_in_the_answer() -> None:
    supergraph = composed(
        orders="type Order { of: Ref! } type Ref { no: ID! } type Query { orders: [Order!]! }",
        states="""
        type Order @key(selectionSet: "{ of { no } }") { of: Ref! state: String } type Ref { no: ID! }
        input OrderKey { of: RefKey! } input RefKey { no: ID! }
        type Query { states(keys: [OrderKey!]!): [Order]! @merge }
        """,
    )
    answers = {
        "orders": lambda _: {"data": {"orders": [{"of": {"no": "2"}}, {"of": {"no": "1"}}]}},
        "states": lambda _: {"data": {"_0": [{"of": {"no": n}, "state": f"S{n}"} for n in (1, 2)]}},
    }
    async with stitched(supergraph, answers) as world:
        assert await data_of(world, "{ orders { state } }") == {"orders": [{"state": "S2"}, {"state": "S1"}]}


async def test_the_key_that_tells_items_apart_leaves_the_rest_of_its_objects_alone() -> None:
    supergraph = composed(
        orders="type Order { of: Ref! } type Ref { no: ID! name: String! } type Query { order: Order }",
        states="""
        type Order @key(selectionSet: "{ of { no } }") { of: Ref! state: String }
        type Ref { no: ID! name: String! }
        input OrderKey { of: RefKey! } input RefKey { no: ID! }
        type Query { states(keys: [OrderKey!]!): [Order]! @merge }
        """,
    )
    answers = {
        "orders": lambda _: {"data": {"order": {"of": {"no": "1", "name": "First"}}}},
        "states": lambda _: {"data": {"_0": [{"of": {"no": "1"}, "state": "S1"}]}},
    }
    async with stitched(supergraph, answers) as world:
        assert await data_of(world, "{ order { of { name } state } }") == {
            "order": {"of": {"name": "First"}, "state": "S1"}
        }


async def test_what_the_whole_key_is_for_one_scalar() -> None:
    async with stitching(
        accounts=Service(
            "type Account { owner: Owner! } type Owner { id: ID! } type Query { account: Account }",
            {"Query.account": {"owner": {"id": "7"}}},
        ),
        balances=Service(
            """
            type Account @key(selectionSet: "{ owner { id } }") { owner: Owner! balance: Int }
            type Owner { id: ID! }
            type Query { balance(owner: ID!): Account @merge }
            """,
            {"Query.balance": lambda _, owner: {"owner": {"id": owner}, "balance": int(owner)}},
        ),
    ) as world:
        assert await data_of(world, "{ account { balance } }") == {"account": {"balance": 7}}


def test_a_key_of_what_is_no_field() -> None:
    with pytest.raises(CompositionError, match=r"'\$locale' is no field"):
        composed(
            a="""
            type A @key(selectionSet: "{ id }") { id: ID! }
            input K { id: ID! locale: String }
            type Query { a(keys: [K!]!): [A]! @merge(key: ["id", "locale:$locale"]) }
            """
        )
