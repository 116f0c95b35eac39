"""What has no key: shared roots, value types, enums, inputs, arguments; and mutations in several services."""

from typing import Any

import pytest
from graphql import print_type

from tests.conformance.graph import entity, federation_2, mutations, root, running


async def test_a_root_field_that_every_service_answers_a_part_of() -> None:
    """Without a key, so all of them are asked at once, and lists meet item by item."""
    parts = {
        "names": "type Good { id: ID! @shareable name: Name! } type Name { id: ID! brand: String! }",
        "prices": "type Good { id: ID! @shareable price: Price! } type Price { id: ID! amount: Int! }",
        "groups": "type Good { id: ID! @shareable group: Group! } type Group { id: ID! name: String! }",
    }
    query = "type Query { good: Good! @shareable goods: [Good!]! @shareable } "

    def good(number: int) -> dict[str, Any]:
        return {
            "id": str(number),
            "name": {"id": f"n{number}", "brand": f"B{number}"},
            "price": {"id": f"p{number}", "amount": number},
            "group": {"id": f"g{number}", "name": f"G{number}"},
        }

    values = root(good=good(1), goods=[good(1), good(2)])
    async with running({name: federation_2(query + sdl, values) for name, sdl in parts.items()}) as graph:
        fields = "id name { id brand } group { id name } price { amount }"

        def expected(number: int) -> dict[str, Any]:
            return {**good(number), "price": {"amount": number}}

        assert await graph.ask(f"{{ good {{ {fields} }} }}") == ({"good": expected(1)}, "groups names prices")
        assert await graph.ask(f"{{ goods {{ {fields} }} }}") == (
            {"goods": [expected(1), expected(2)]},
            "groups names prices",
        )
        assert (await graph.ask("{ goods { id } }")).steps == "names"
        assert (await graph.ask("{ goods { id price { amount } } }")).steps == "prices"


async def test_a_value_type_over_two_services_is_completed_through_its_entity() -> None:
    a = """
    type Query { trip: Trip }
    type Trip @key(fields: "id") { id: ID! stay: Stay! @shareable }
    type Stay { from: String @shareable till: String room: Room @shareable } type Room { no: Int }
    """
    b = """
    type Trip @key(fields: "id") { id: ID! stay: Stay! @shareable }
    type Stay { from: String @shareable nights: Int room: Room @shareable } type Room { view: String }
    """
    trip = {
        "id": "1",
        "stay": {"from": "Mo", "till": "We", "nights": 2, "room": {"no": 7, "view": "sea"}},
    }
    services = {
        "a": federation_2(a, root(trip=trip), entity("Trip", [trip])),
        "b": federation_2(b, entity("Trip", [trip])),
    }
    async with running(services) as graph:
        assert await graph.ask("{ trip { stay { from till } } }") == (
            {"trip": {"stay": {"from": "Mo", "till": "We"}}},
            "a",
        )
        assert await graph.ask("{ trip { stay { from till nights room { no view } } } }") == (
            {"trip": {"stay": {"from": "Mo", "till": "We", "nights": 2, "room": {"no": 7, "view": "sea"}}}},
            "a > b",
        )


async def test_enums() -> None:
    """An enum that is answered has all values; one that is an argument those that all services know."""
    a = """
    type Query { users(order: Order): [User!] @shareable }
    type User @key(fields: "id") { id: ID! kind: Kind @shareable }
    enum Kind { HUMAN }
    enum Order { ID NAME }
    """
    b = """
    type Query { users(order: Order): [User!] @shareable more: [User!] }
    type User @key(fields: "id") { id: ID! kind: Kind @shareable }
    enum Kind { HUMAN ROBOT }
    enum Order { NAME ID AGE }
    """

    def users(*_: Any, order: str = "ID") -> Any:
        return [{"id": order, "kind": "HUMAN"}]

    services = {
        "a": federation_2(a, root(users=users), entity("User")),
        "b": federation_2(b, root(users=users, more=[{"id": "r", "kind": "ROBOT"}]), entity("User")),
    }
    async with running(services) as graph:
        types = graph.gateway.supergraph.schema.type_map
        assert "ROBOT" in print_type(types["Kind"])
        assert "AGE" not in print_type(types["Order"])
        assert await graph.ask("{ users(order: NAME) { id kind } more { kind } }") == (
            {"users": [{"id": "NAME", "kind": "HUMAN"}], "more": [{"kind": "ROBOT"}]},
            "b",
        )
        refused, steps = await graph.ask_for_errors("{ users(order: AGE) { id } }")
        assert not refused.executed
        assert steps == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("inA(filter: { first: 2 }) { id }", {"inA": [{"id": "first=2"}]}),
        ("inB(filter: { first: 2 }) { id }", {"inB": [{"id": "first=2"}]}),
        ("inB(filter: { first: 2, after: 1 }) { id }", None),
        ("inA(filter: { after: 1 }) { id }", None),
    ],
)
async def test_inputs_have_the_fields_that_all_services_know(query: str, expected: Any) -> None:
    a = """
    input Filter { first: Int! }
    type User { id: ID! @shareable }
    type Query { inA(filter: Filter!): [User!] }
    """
    b = a.replace("first: Int!", "after: Int first: Int!").replace("inA", "inB")

    def found(*_: Any, filter: Any) -> Any:
        return [{"id": ",".join(f"{name}={value}" for name, value in filter.items())}]

    async with running(
        {"a": federation_2(a, root(inA=found)), "b": federation_2(b, root(inB=found))}
    ) as graph:
        response, _ = await graph.ask_for_errors(f"{{ {query} }}")
        assert response.executed == (expected is not None)
        assert response.data == expected


async def test_arguments_that_not_all_services_know() -> None:
    """Only what all of them take can be passed, so that whoever is asked answers the same."""
    a = """
    type Query { shop: Shop }
    type Shop @key(fields: "id") { id: ID! goods(first: Int = 2, sort: String): [ID] @shareable }
    """
    b = """
    type Query { other: Shop }
    type Shop @key(fields: "id") { id: ID! goods(first: Int = 2): [ID] @shareable }
    """

    def goods(*_: Any, first: int, sort: str | None = None) -> list[int]:
        return list(range(first))

    services = {
        "a": federation_2(a, root(shop={"id": "1"}), entity("Shop", goods=goods)),
        "b": federation_2(b, root(other={"id": "1"}), entity("Shop", goods=goods)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ shop { goods } other { goods(first: 1) } }") == (
            {"shop": {"goods": ["0", "1"]}, "other": {"goods": ["0"]}},
            "a b",
        )
        refused, _ = await graph.ask_for_errors('{ shop { goods(sort: "x") } }')
        assert not refused.executed


async def test_mutations_in_several_services_run_one_after_the_other() -> None:
    """Whole: what is below one of them is there before the next begins."""
    state = {"total": 0}
    goods: list[dict[str, Any]] = []

    def add_good(*_: Any, name: str, price: int) -> Any:
        goods.append({"id": str(len(goods)), "name": name, "price": price})
        return goods[-1]

    def change(operation: Any) -> Any:
        def resolve(*_: Any, by: int) -> int:
            state["total"] = operation(state["total"], by)
            return state["total"]

        return resolve

    a = """
    type Query { goods: [Good!]! }
    type Mutation {
      addGood(name: String!, price: Int!): Good! multiply(by: Int!): Int!
      open(name: String!): Group! @shareable
    }
    type Good @key(fields: "id") { id: ID! name: String! price: Int! }
    type Group @key(fields: "id") { id: ID! }
    """
    b = """
    type Mutation { subtract(by: Int!): Int! open(name: String!): Group! @shareable }
    type Good @key(fields: "id") {
      id: ID! price: Int! @external dear: Boolean! @requires(fields: "price") left: Int!
    }
    type Group @key(fields: "id") { id: ID! name: String! }
    """
    c = "type Mutation { add(by: Int!): Int! }"
    opened: list[str] = []

    def opening(service: str) -> Any:
        def resolve(*_: Any, name: str) -> Any:
            opened.append(service)
            return {"id": name, "name": name.title()}

        return resolve

    services = {
        "a": federation_2(
            a,
            root(goods=goods),
            mutations(addGood=add_good, multiply=change(lambda x, y: x * y), open=opening("a")),
            entity("Good", goods),
            entity("Group"),
        ),
        "b": federation_2(
            b,
            mutations(subtract=change(lambda x, y: x - y), open=opening("b")),
            entity("Good", dear=lambda row, *_: row["price"] > 9, left=lambda *_: len(goods)),
            entity("Group", [{"id": "new", "name": "New"}]),
        ),
        "c": federation_2(c, mutations(add=change(lambda x, y: x + y))),
    }
    async with running(services) as graph:
        assert await graph.ask(
            "mutation { five: add(by: 5) ten: multiply(by: 2) twelve: add(by: 2) eleven: subtract(by: 1) }"
        ) == ({"five": 5, "ten": 10, "twelve": 12, "eleven": 11}, "c > a > c > b")
        assert await graph.ask(
            """mutation {
            one: addGood(name: "One", price: 5) { name dear left }
            two: addGood(name: "Two", price: 10) { price dear left }
            }"""
        ) == (
            {
                "one": {"name": "One", "dear": False, "left": 1},
                "two": {"price": 10, "dear": True, "left": 2},
            },
            "a > b > a > b",
        )
        # One service does what two offer, and does it once.
        data, _ = await graph.ask('mutation { open(name: "new") { id name } }')
        assert data == {"open": {"id": "new", "name": "New"}}
        assert len(opened) == 1
        assert await graph.ask("{ goods { name dear } }") == (
            {"goods": [{"name": "One", "dear": False}, {"name": "Two", "dear": True}]},
            "a > b",
        )


async def test_a_hop_that_a_condition_rules_out_is_not_made() -> None:
    a = 'type Query { good: Good } type Good @key(fields: "id") { id: ID! name: String }'
    b = 'type Good @key(fields: "id") { id: ID! price: Int twin: Good }'
    services = {
        "a": federation_2(
            a, root(good={"id": "1", "name": "One"}), entity("Good", [{"id": "2", "name": "Two"}])
        ),
        "b": federation_2(b, entity("Good", price=3, twin={"id": "2"})),
    }
    query = """query($yes: Boolean!, $no: Boolean!) { good {
      name price @include(if: $yes) ...Twin @skip(if: $no)
    } }
    fragment Twin on Good { twin @include(if: $yes) { id name @skip(if: $no) } }"""
    async with running(services) as graph:
        everything = {"name": "One", "price": 3, "twin": {"id": "2", "name": "Two"}}
        assert await graph.ask(query, {"yes": True, "no": False}) == ({"good": everything}, "a > b > a")
        assert await graph.ask(query, {"yes": True, "no": True}) == (
            {"good": {"name": "One", "price": 3}},
            "a > b",
        )
        for no in (True, False):
            assert await graph.ask(query, {"yes": False, "no": no}) == ({"good": {"name": "One"}}, "a")
