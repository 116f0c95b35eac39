"""Interfaces that are entities, and services that have one as an object type of their own."""

from typing import Any

import pytest

from tests.conformance.graph import Service, entity, entity_interface, federation_2, root, running

STAFF = [
    {"__typename": "Cook", "id": "1", "name": "Ada", "knives": 3},
    {"__typename": "Waiter", "id": "2", "name": "Bo", "tables": 8},
]
HOUSE = """
type Query { staff: [Person!]! }
interface Person @key(fields: "id") { id: ID! name: String }
type Cook implements Person @key(fields: "id") { id: ID! name: String knives: Int }
type Waiter implements Person @key(fields: "id") { id: ID! name: String tables: Int }
"""
SHIFTS = """
type Query { onDuty: [Person!]! }
type Person @key(fields: "id") @interfaceObject {
  id: ID! name: String @external shift: String badge: String @requires(fields: "name")
}
"""


def shift_of(row: Any, *_: Any) -> str:
    return "early" if row["id"] == "1" else "late"


def restaurant() -> dict[str, Service]:
    return {
        "house": federation_2(
            HOUSE,
            root(staff=STAFF),
            entity_interface("Person", STAFF),
            entity("Cook", STAFF),
            entity("Waiter", STAFF),
        ),
        "shifts": federation_2(
            SHIFTS,
            root(onDuty=[{"id": "2"}, {"id": "1"}]),
            entity("Person", shift=shift_of, badge=lambda row, *_: f"{row['name']}!"),
        ),
    }


@pytest.mark.parametrize(
    ("query", "expected", "steps"),
    [
        ("staff { name }", [{"name": "Ada"}, {"name": "Bo"}], "house"),
        # From the interface to what the object adds to it.
        (
            "staff { name shift }",
            [{"name": "Ada", "shift": "early"}, {"name": "Bo", "shift": "late"}],
            "house > shifts",
        ),
        ("staff { badge }", [{"badge": "Ada!"}, {"badge": "Bo!"}], "house > shifts"),
        ("staff { ... on Cook { shift } }", [{"shift": "early"}, {}], "house > shifts"),
        (
            "staff { ... on Cook { badge knives } ... on Waiter { tables shift } }",
            [{"badge": "Ada!", "knives": 3}, {"tables": 8, "shift": "late"}],
            "house > shifts",
        ),
        (
            "staff { __typename ... on Person { shift } }",
            [{"__typename": "Cook", "shift": "early"}, {"__typename": "Waiter", "shift": "late"}],
            "house > shifts",
        ),
        # From the object, which knows no types, to the interface.
        ("onDuty { id shift }", [{"id": "2", "shift": "late"}, {"id": "1", "shift": "early"}], "shifts"),
        ("onDuty { ... on Person { shift } }", [{"shift": "late"}, {"shift": "early"}], "shifts"),
        ("onDuty { name }", [{"name": "Bo"}, {"name": "Ada"}], "shifts > house"),
        ("onDuty { __typename }", [{"__typename": "Waiter"}, {"__typename": "Cook"}], "shifts > house"),
        (
            "onDuty { t: __typename id }",
            [{"t": "Waiter", "id": "2"}, {"t": "Cook", "id": "1"}],
            "shifts > house",
        ),
        ("onDuty { ... on Cook { knives } }", [{}, {"knives": 3}], "shifts > house"),
        ("onDuty { ... on Cook { shift } }", [{}, {"shift": "early"}], "shifts > house > shifts"),
        ("onDuty { badge }", [{"badge": "Bo!"}, {"badge": "Ada!"}], "shifts > house > shifts"),
        (
            "onDuty { shift ... on Cook { name badge } ... on Waiter { tables } }",
            [{"shift": "late", "tables": 8}, {"shift": "early", "name": "Ada", "badge": "Ada!"}],
            "shifts > house > shifts",
        ),
    ],
)
async def test_an_interface_object(query: str, expected: Any, steps: str) -> None:
    async with running(restaurant()) as graph:
        data, asked = await graph.ask(f"{{ {query} }}")
        assert data == {query.split()[0]: expected}
        assert asked == steps


async def test_several_interface_objects_of_one_interface_share_a_field() -> None:
    house = """
    type Query { accounts: [Account!]! }
    interface Account @key(fields: "id") { id: ID! }
    type Admin implements Account @key(fields: "id") { id: ID! main: Boolean! active: Boolean! @shareable }
    type Guest implements Account @key(fields: "id") { id: ID! main: Boolean! }
    """
    names = """
    type Query { all: [Account!]! }
    type Account @key(fields: "id") @interfaceObject { id: ID! name: String! }
    """
    states = 'type Account @key(fields: "id") @interfaceObject { id: ID! active: Boolean! @shareable }'
    rows = [
        {"__typename": "Admin", "id": "1", "main": True, "active": True},
        {"__typename": "Guest", "id": "2", "main": False},
    ]
    services = {
        "house": federation_2(
            house,
            root(accounts=rows),
            entity_interface("Account", rows),
            entity("Admin", rows),
            entity("Guest", rows),
        ),
        "names": federation_2(names, root(all=[{"id": "1"}, {"id": "2"}]), entity("Account", name="N")),
        "states": federation_2(states, entity("Account", active=lambda row, *_: row["id"] == "1")),
    }
    async with running(services) as graph:
        assert await graph.ask("{ all { name active } }") == (
            {"all": [{"name": "N", "active": True}, {"name": "N", "active": False}]},
            "names > states",
        )
        assert await graph.ask("{ accounts { id active ... on Guest { main } } }") == (
            {"accounts": [{"id": "1", "active": True}, {"id": "2", "active": False, "main": False}]},
            "house > states",
        )
        assert await graph.ask("{ all { ... on Admin { active main name } } }") == (
            {"all": [{"active": True, "main": True, "name": "N"}, {}]},
            "names > house > names",
        )
        assert await graph.ask("{ all { id ... on Admin { __typename } } }") == (
            {"all": [{"id": "1", "__typename": "Admin"}, {"id": "2"}]},
            "names > house",
        )


async def test_what_extends_a_member_is_reached_through_the_interface() -> None:
    media = """
    type Query { media: Media }
    interface Media @key(fields: "id") { id: ID! title: String }
    type Film implements Media @key(fields: "id") { id: ID! title: String length: Int }
    type Text implements Media @key(fields: "id") { id: ID! title: String words: Int }
    """
    makers = """
    type Query { maker: Maker }
    type Maker @key(fields: "id") { id: ID! name: String }
    extend type Film @key(fields: "id") { id: ID! makerName: String }
    """
    lists = """
    type Query { list: List }
    type List @key(fields: "id") { id: ID! media: Media }
    type Media @key(fields: "id") @interfaceObject { id: ID! }
    """
    film = {"__typename": "Film", "id": "f", "title": "F", "length": 90}
    services = {
        "media": federation_2(
            media, root(media=film), entity_interface("Media", [film]), entity("Film", [film]), entity("Text")
        ),
        "makers": federation_2(
            makers, root(maker={"id": "m", "name": "M"}), entity("Maker"), entity("Film", makerName="M")
        ),
        "lists": federation_2(
            lists, root(list={"id": "l", "media": {"id": "f"}}), entity("List"), entity("Media")
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ list { media { id ... on Film { makerName length } } } }") == (
            {"list": {"media": {"id": "f", "makerName": "M", "length": 90}}},
            "lists > media > makers",
        )
        assert await graph.ask("{ media { title ... on Film { makerName } ... on Text { words } } }") == (
            {"media": {"title": "F", "makerName": "M"}},
            "media > makers",
        )


async def test_interface_objects_without_a_way_in() -> None:
    a = """
    type Query { a: Node good: Good! }
    interface Node @key(fields: "id") { id: ID! }
    type Good @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
    """
    b = """
    type Query { b: Good }
    interface Good @key(fields: "id") { id: ID! }
    type Bread implements Good @key(fields: "id") { id: ID! name: String! }
    """
    bread = {"__typename": "Bread", "id": "1", "name": "Rye"}
    services = {
        "a": federation_2(a, root(a=None, good={"id": "1"})),
        "b": federation_2(b, root(b=bread), entity_interface("Good", [bread]), entity("Bread", [bread])),
    }
    async with running(services) as graph:
        assert await graph.ask("{ good { id } }") == ({"good": {"id": "1"}}, "a")
        assert await graph.ask("{ good { __typename ... on Bread { name } } }") == (
            {"good": {"__typename": "Bread", "name": "Rye"}},
            "a > b",
        )
        assert await graph.ask("{ good { ... on Bread { id } } }") == ({"good": {"id": "1"}}, "a > b")


async def test_an_object_that_the_interface_does_not_know() -> None:
    """Then it has no type, so there is nothing to tell of it; its service said that it exists."""
    services = restaurant()
    services["shifts"] = federation_2(SHIFTS, root(onDuty=[{"id": "9"}]), entity("Person", shift=shift_of))
    async with running(services) as graph:
        assert await graph.ask("{ onDuty { shift name } }") == (
            {"onDuty": [{"shift": "late", "name": None}]},
            "shifts > house",
        )
        assert await graph.ask("{ onDuty { shift ... on Cook { knives } } }") == (
            {"onDuty": [{"shift": "late"}]},
            "shifts > house",
        )


async def test_an_object_whose_type_is_lost_with_a_field_that_must_not_be_null() -> None:
    """It can't be there without the field, and whether it has the field is only known with its type."""
    house = HOUSE.replace("knives: Int", "knives: Int!")
    shifts = SHIFTS.replace("[Person!]!", "[Person]")
    staff = [{**STAFF[0], "knives": None}, STAFF[1]]
    services = {
        "house": federation_2(
            house,
            root(staff=staff),
            entity_interface("Person", staff),
            entity("Cook", staff),
            entity("Waiter", staff),
        ),
        "shifts": federation_2(
            shifts, root(onDuty=[{"id": "1"}, {"id": "2"}]), entity("Person", shift=shift_of)
        ),
    }
    async with running(services) as graph:
        response, _ = await graph.ask_for_errors("{ onDuty { shift ... on Cook { many: knives } } }")
        assert response.data == {"onDuty": [None, {"shift": "late"}]}
        assert [error["path"] for error in response.errors] == [["onDuty", 0, "many"]]
        # What doesn't go by the type is there, whatever becomes of the type.
        response, _ = await graph.ask_for_errors("{ onDuty { shift ... on Cook { name } } }")
        assert response.data == {"onDuty": [{"shift": "early", "name": "Ada"}, {"shift": "late"}]}


async def test_an_entity_interface_without_types_has_no_way_to_what_an_object_elsewhere_adds() -> None:
    """Its objects are known elsewhere, if anywhere; that there are none can't be taken for granted."""
    services = {
        "a": federation_2(
            'interface Node @key(fields: "id") { id: ID! } type Query { a: Node }', root(a=None)
        ),
        "b": federation_2(
            """
            type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }
            type Query { b: Node }
            """,
            root(b={"id": "n1", "field": "f"}),
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ b { id field } }") == ({"b": {"id": "n1", "field": "f"}}, "b")
        response, steps = await graph.ask_for_errors("{ a { field } }")
        assert response.data is None
        assert [error["extensions"]["code"] for error in response.errors] == ["NO_ROUTE"]
        assert steps == ""
