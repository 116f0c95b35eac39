"""Merged types looked up one by one and in lists: what is asked how often, and what an answer may lack."""

from typing import Any

import pytest
from graphql import GraphQLError

from stitcher.gateway.request import ClientRequest
from tests.conformance.plain_services import Row, Service, data_of, keys_sent, stitching

VENUES = Service(
    """
    type Venue { id: ID! name: String! shows: [Show]! }
    type Show { code: ID! }
    type Query { venue(id: ID!): Venue }
    """,
    {
        "Query.venue": lambda _, id: (
            {"id": id, "name": f"Hall {id}", "shows": [{"code": code} for code in ("a", "b", "c", "a")]}
        )
    },
)

TITLES = {"a": "Antigone", "b": "Baal", "c": "Candida", "d": "Dogg"}
TROUPES = {"a": "1", "b": "2", "c": "1", "d": "9"}
NAMES = {"1": "Gate", "2": "Abbey"}


def show(code: str) -> Row | None:
    """Return a show with a reference to its troupe."""
    return {"code": code, "title": TITLES[code], "troupe": {"id": TROUPES[code]}} if code in TITLES else None


def shows_of(troupe: Row) -> list[Row | None]:
    """Return the shows of a troupe."""
    return [show(code) for code, number in TROUPES.items() if number == troupe["id"]]


def found(rows: dict[str, Any], key: str, **row: Any) -> Any:
    """Return a row, or an error in its place."""
    return row if key in rows else GraphQLError("There is none.", extensions={"code": "NOT_FOUND"})


TYPES = """
type Show { code: ID! title: String! troupe: Troupe }
type Troupe { id: ID! shows: [Show]! }
"""

ONE_BY_ONE = {
    "shows": Service(
        TYPES
        + """
        type Query {
          show(code: ID!): Show @merge(keyField: "code")
          _troupe(id: ID!): Troupe @merge(keyField: "id")
        }
        """,
        {
            "Query.show": lambda _, code: show(code),
            "Query._troupe": lambda _, id: {"id": id},
            "Troupe.shows": shows_of,
        },
    ),
    "troupes": Service(
        'type Troupe { id: ID! name: String! } type Query { troupe(id: ID!): Troupe @merge(keyField: "id") }',
        {"Query.troupe": lambda _, id: found(NAMES, id, id=id, name=NAMES.get(id))},
    ),
}

IN_LISTS = {
    "shows": Service(
        TYPES
        + """
        type Query {
          shows(codes: [ID!]!): [Show]! @merge(keyField: "code")
          _troupes(ids: [ID!]!): [Troupe]! @merge(keyField: "id")
        }
        """,
        {
            "Query.shows": lambda _, codes: [show(code) for code in codes],
            "Query._troupes": lambda _, ids: [{"id": id} for id in ids],
            "Troupe.shows": shows_of,
        },
    ),
    "troupes": Service(
        """
        type Troupe { id: ID! name: String! }
        type Query { troupes(ids: [ID!]!): [Troupe]! @merge(keyField: "id") }
        """,
        {"Query.troupes": lambda _, ids: [found(NAMES, id, id=id, name=NAMES.get(id)) for id in ids]},
    ),
}

both_ways = pytest.mark.parametrize("services", [ONE_BY_ONE, IN_LISTS], ids=["one by one", "in lists"])


@both_ways
async def test_a_service_is_asked_once_a_step_however_many_records_there_are(
    services: dict[str, Service],
) -> None:
    async with stitching(venues=VENUES, **services) as world:
        data = await data_of(
            world, '{ venue(id: "7") { name shows { code title troupe { name shows { title } } } } }'
        )
        gate = {"name": "Gate", "shows": [{"title": "Antigone"}, {"title": "Candida"}]}
        abbey = {"name": "Abbey", "shows": [{"title": "Baal"}]}
        assert data == {
            "venue": {
                "name": "Hall 7",
                "shows": [
                    {"code": "a", "title": "Antigone", "troupe": gate},
                    {"code": "b", "title": "Baal", "troupe": abbey},
                    {"code": "c", "title": "Candida", "troupe": gate},
                    {"code": "a", "title": "Antigone", "troupe": gate},
                ],
            }
        }
        assert world.services.asked() == ["venues", "shows", "troupes"]


@both_ways
async def test_each_record_is_asked_for_once(services: dict[str, Service]) -> None:
    async with stitching(venues=VENUES, **services) as world:
        await data_of(world, '{ venue(id: "7") { shows { title troupe { name } } } }')
        one_by_one = services is ONE_BY_ONE
        assert keys_sent(world, "shows") == [["a", "b", "c"] if one_by_one else [["a", "b", "c"]]]
        assert keys_sent(world, "troupes") == [["1", "2"] if one_by_one else [["1", "2"]]]


@both_ways
async def test_the_service_that_has_all_is_asked_alone(services: dict[str, Service]) -> None:
    async with stitching(venues=VENUES, **services) as world:
        root = 'show(code: "a")' if services is ONE_BY_ONE else 'shows(codes: ["a"])'
        await data_of(world, f"{{ {root} {{ title troupe {{ id shows {{ code }} }} }} }}")
        assert world.services.asked() == ["shows"]


@both_ways
async def test_the_error_of_one_record_stands_where_the_record_does(services: dict[str, Service]) -> None:
    async with stitching(venues=VENUES, **services) as world:
        root = 'all: show(code: "d")' if services is ONE_BY_ONE else 'all: shows(codes: ["a", "d"])'
        response = await world.gateway.execute(ClientRequest(f"{{ {root} {{ title troupe {{ name }} }} }}"))
        broken = {"title": "Dogg", "troupe": None}
        many = [{"title": "Antigone", "troupe": {"name": "Gate"}}, broken]
        assert response.data == {"all": broken if services is ONE_BY_ONE else many}
        assert response.errors == (
            {
                "message": "There is none.",
                "path": ["all", *([] if services is ONE_BY_ONE else [1]), "troupe", "name"],
                "extensions": {"code": "NOT_FOUND", "service": "troupes"},
            },
        )


# Lists that lack something


def list_service(answer: Any, sizes: str = "size: Int") -> Service:
    """Return a service that answers a list of sizes as it likes."""
    return Service(
        f"""
        type Show {{ code: ID! {sizes} }}
        type Query {{ sizes(codes: [ID!]!): [Show] @merge(keyField: "code") }}
        """,
        {"Query.sizes": lambda _, codes: answer([{"code": code, "size": ord(code)} for code in codes])},
    )


ALL = '{ venue(id: "1") { shows { code size } } }'


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lambda rows: rows, [97, 98, 99, 97]),
        (lambda rows: rows[::-1], [97, 98, 99, 97]),
        (lambda rows: rows[1:], [None, 98, 99, None]),
        (lambda rows: [rows[2], rows[0]], [97, None, 99, 97]),
        (lambda rows: [None, rows[1], None], [None, 98, None, None]),
        (lambda rows: [rows[2], None, rows[1]], [None, 98, 99, None]),
        (lambda rows: [*rows, {"code": "z", "size": 0}, *rows], [97, 98, 99, 97]),
        (lambda _: [], [None] * 4),
        (lambda _: None, [None] * 4),
    ],
    ids=["whole", "reversed", "one omitted", "reordered", "nulls", "mixed", "too many", "empty", "null"],
)
async def test_a_list_may_omit_reorder_and_null_records(answer: Any, expected: list[int | None]) -> None:
    async with stitching(venues=VENUES, sizes=list_service(answer)) as world:
        data = await data_of(world, ALL)
        assert [each["size"] for each in data["venue"]["shows"]] == expected
        assert world.services.asked() == ["venues", "sizes"]


NO = GraphQLError("No.")


@pytest.mark.parametrize(
    ("answer", "expected", "path"),
    [
        (lambda rows: [rows[0], NO, rows[2]], [97, None, 99, 97], ["venue", "shows", 1]),
        (lambda rows: [NO, rows[2], rows[0]], [97, None, 99, 97], ["venue", "shows", 1]),
        (lambda rows: [NO, rows[0]], [97, None, None, 97], ["venue", "shows", 1]),
        (lambda rows: [NO, rows[1], rows[2]], [None, 98, 99, None], ["venue", "shows", 0]),
    ],
    ids=["in its place", "reordered", "omitted too", "the first"],
)
async def test_an_error_in_a_list_is_that_of_a_record_without_an_answer(
    answer: Any, expected: list[int | None], path: list[Any]
) -> None:
    async with stitching(venues=VENUES, sizes=list_service(answer)) as world:
        response = await world.gateway.execute(ClientRequest(ALL))
        assert response.data is not None
        assert [each["size"] for each in response.data["venue"]["shows"]] == expected
        (error,) = response.errors
        assert error["message"] == "No."
        assert error["path"][:3] == path


async def test_an_error_below_a_record_is_that_records_wherever_the_list_has_it() -> None:
    def sizes(rows: list[Row]) -> list[Row]:
        return [{**row, "size": NO} if row["code"] == "c" else row for row in reversed(rows)]

    async with stitching(venues=VENUES, sizes=list_service(sizes)) as world:
        response = await world.gateway.execute(ClientRequest(ALL))
        assert response.data is not None
        assert [each["size"] for each in response.data["venue"]["shows"]] == [97, 98, None, 97]
        assert [error["path"] for error in response.errors] == [["venue", "shows", 2, "size"]]


async def test_a_list_that_fails_as_a_whole_is_one_error() -> None:
    def fail(_: Any) -> Any:
        raise NO

    async with stitching(venues=VENUES, sizes=list_service(fail)) as world:
        response = await world.gateway.execute(ClientRequest(ALL))
        assert response.data is not None
        assert [each["size"] for each in response.data["venue"]["shows"]] == [None] * 4
        assert [error["path"] for error in response.errors] == [["venue", "shows", 0, "size"]]


# Null merges


REVIEW = {"id": "r", "text": "Fine.", "critic": {"id": "1"}, "show": {"code": "a"}}

REVIEWED = {
    "venues": Service(
        """
        type Show { code: ID! }
        type Critic { id: ID! name: String! }
        type Query { shows: [Show!]! critics(ids: [ID!]!): [Critic]! @merge(keyField: "id") }
        """,
        {
            "Query.shows": [{"code": "a"}, {"code": "b"}],
            "Query.critics": lambda _, ids: [{"id": id, "name": f"C{id}"} for id in ids],
        },
    ),
    "reviews": Service(
        """
        type Review { id: ID! text: String! critic: Critic show: Show }
        type Critic { id: ID! reviews: [Review]! }
        type Show { code: ID! reviews: [Review] }
        type Query {
          _critics(ids: [ID!]!): [Critic]! @merge(keyField: "id")
          _shows(codes: [ID!]!): [Show]! @merge(keyField: "code")
        }
        """,
        {
            "Query._critics": lambda _, ids: [{"id": id} for id in ids],
            "Query._shows": lambda _, codes: [{"code": code} if code == "a" else None for code in codes],
            "Critic.reviews": lambda row: [REVIEW] if row["id"] == "1" else [],
            "Show.reviews": [REVIEW],
        },
    ),
}


async def test_a_service_may_know_nothing_or_make_up_an_empty_record() -> None:
    async with stitching(**REVIEWED) as world:
        data = await data_of(
            world,
            '{ shows { code reviews { text } } critics(ids: ["1", "2"]) { name reviews { text } } }',
        )
        assert data == {
            "shows": [{"code": "a", "reviews": [{"text": "Fine."}]}, {"code": "b", "reviews": None}],
            "critics": [
                {"name": "C1", "reviews": [{"text": "Fine."}]},
                {"name": "C2", "reviews": []},
            ],
        }
        assert world.services.asked() == ["venues", "reviews"]


async def test_types_that_refer_to_each_other_are_walked_back_and_forth() -> None:
    async with stitching(**REVIEWED) as world:
        data = await data_of(
            world, "{ shows { reviews { critic { name reviews { show { code reviews { id } } } } } } }"
        )
        inner = [{"show": {"code": "a", "reviews": [{"id": "r"}]}}]
        assert data["shows"] == [
            {"reviews": [{"critic": {"name": "C1", "reviews": inner}}]},
            {"reviews": None},
        ]
        assert world.services.asked() == ["venues", "reviews", "venues"]


async def test_a_null_reference_is_not_looked_up() -> None:
    shows = [{"code": "x", "title": "X", "troupe": None}]
    services = {
        **IN_LISTS,
        "shows": Service(IN_LISTS["shows"].sdl, {"Query.shows": lambda _, codes: shows}),
    }
    async with stitching(**services) as world:
        assert await data_of(world, '{ shows(codes: "x") { title troupe { name } } }') == {
            "shows": [{"title": "X", "troupe": None}]
        }
        assert world.services.asked() == ["shows"]


# Many to many


async def test_many_to_many() -> None:
    played = {"1": ["a", "b"], "2": ["b"], "3": []}
    async with stitching(
        actors=Service(
            """
            type Actor { id: ID! name: String! }
            type Query { actors(ids: [ID!]!): [Actor]! @merge(keyField: "id") }
            """,
            {"Query.actors": lambda _, ids: [{"id": id, "name": f"A{id}"} for id in ids]},
        ),
        shows=Service(
            """
            type Show { code: ID! title: String! }
            type Query { shows(codes: [ID!]!): [Show]! @merge(keyField: "code") }
            """,
            {"Query.shows": lambda _, codes: [show(code) for code in codes]},
        ),
        cast=Service(
            """
            type Actor { id: ID! shows: [Show!]! }
            type Show { code: ID! actors: [Actor!]! }
            type Query {
              _actors(ids: [ID!]!): [Actor]! @merge(keyField: "id")
              _shows(codes: [ID!]!): [Show]! @merge(keyField: "code")
            }
            """,
            {
                "Query._actors": lambda _, ids: [{"id": id} for id in ids],
                "Query._shows": lambda _, codes: [{"code": code} for code in codes],
                "Actor.shows": lambda row: [{"code": code} for code in played[row["id"]]],
                "Show.actors": lambda row: [{"id": id} for id in played if row["code"] in played[id]],
            },
        ),
    ) as world:
        query = '{ actors(ids: ["1", "2", "3"]) { name shows { title actors { name shows { title } } } } }'
        data = await data_of(world, query)
        ann, bob = (
            {"name": "A1", "shows": [{"title": "Antigone"}, {"title": "Baal"}]},
            {"name": "A2", "shows": [{"title": "Baal"}]},
        )
        antigone = {"title": "Antigone", "actors": [ann]}
        baal = {"title": "Baal", "actors": [ann, bob]}
        assert data == {
            "actors": [
                {"name": "A1", "shows": [antigone, baal]},
                {"name": "A2", "shows": [baal]},
                {"name": "A3", "shows": []},
            ]
        }
        assert sorted(world.services.asked()) == ["actors", "actors", "cast", "shows"]
