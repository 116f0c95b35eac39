"""Fields that return Query, as Relay's payloads have: what is below them may be any service's."""

from typing import Any

import pytest
from ariadne import ObjectType, graphql, make_executable_schema
from starlette.responses import Response

from tests.conformance.graph import Service, entity, federation_2, mutations, of, root, running


@pytest.fixture
def clicks() -> list[str]:
    """What happened, in order."""
    return []


@pytest.fixture
def services(clicks: list[str]) -> dict[str, Service]:
    """People lead back to Query; shop and stock have root fields beside theirs."""
    people = """
      type Query { me: User nobody: User crowd: [User!]! node: Node }
      interface Node { id: ID! }
      type User implements Node @key(fields: "id") {
        id: ID! query: Query! maybe: Query queries: [[Query]]
      }
      type Mutation { click(name: String!): Clicked }
      type Clicked { name: String query: Query! }
    """
    shop = """
      type Query { count: Int item(id: ID!): Item broken: Int broke: Item! }
      type Item @key(fields: "id") { id: ID! name: String }
      type Mutation { press: Pressed }
      type Pressed { query: Query }
    """
    stock = 'type Query { total: Int } type Item @key(fields: "id") { id: ID! left: Int }'
    user: dict[str, Any] = {"id": "u1", "query": {}, "maybe": None, "queries": [[{}, None], None, [{}]]}
    other = {"id": "u2", "query": {}, "maybe": {}, "queries": []}

    def click(*_: Any, name: str) -> Any:
        clicks.append(name)
        return {"name": name, "query": {}}

    def press(*_: Any) -> Any:
        clicks.append("pressed")
        return {"query": {}}

    def fail(*_: Any) -> Any:
        raise ValueError("It broke.")

    node = {**user, "__typename": "User"}
    return {
        "people": federation_2(
            people,
            root(me=user, nobody=None, crowd=[user, other], node=node),
            mutations(click=click),
            entity("User"),
            of("Clicked"),
        ),
        "shop": federation_2(
            shop,
            root(
                count=lambda *_: len(clicks),
                item=lambda *_, id: {"id": id, "name": f"Item {id}"},
                broken=fail,
                broke=fail,
            ),
            mutations(press=press),
            entity("Item", [{"id": "1", "name": "Item 1"}]),
        ),
        "stock": federation_2(stock, root(total=7), entity("Item", [{"id": "1", "left": 3}])),
    }


async def test_root_fields_of_another_service(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        query = '{ me { id again: query { n: count __typename item(id: "1") { name left } total } } }'
        again = {"n": 0, "__typename": "Query", "item": {"name": "Item 1", "left": 3}, "total": 7}
        assert await graph.ask(query) == ({"me": {"id": "u1", "again": again}}, "people > shop stock > stock")
        assert graph.plan(query) == (
            "1. people\n"
            "     { me { id again: query { __typename } } }\n"
            "2. shop after 1\n"
            "   Query at me.again\n"
            '     { n: count item(id: "1") { name id } }\n'
            "3. stock after 1\n"
            "   Query at me.again\n"
            "     { total }\n"
            "4. stock after 2\n"
            "   Item by id at me.again.item\n"
            "     { left }"
        )


async def test_nothing_but_the_type(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        query = "{ me { query { __typename } queries { type: __typename } } }"
        queries = [[{"type": "Query"}, None], None, [{"type": "Query"}]]
        assert await graph.ask(query) == (
            {"me": {"query": {"__typename": "Query"}, "queries": queries}},
            "people",
        )


async def test_every_object_gets_the_one_answer(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        once = {"query": {"count": 0}}
        assert await graph.ask("{ crowd { query { count } maybe { count } queries { count } } }") == (
            {
                "crowd": [
                    {**once, "maybe": None, "queries": [[{"count": 0}, None], None, [{"count": 0}]]},
                    {**once, "maybe": {"count": 0}, "queries": []},
                ]
            },
            "people > shop",
        )


async def test_where_there_is_no_query_nothing_is_asked(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        query = "{ me { maybe { count } } nobody { query { count } } }"
        assert await graph.ask(query) == ({"me": {"maybe": None}, "nobody": None}, "people")


async def test_back_and_forth(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        query = "{ count me { query { total me { query { count node { ... on User { id } } } } } } }"
        inner = {"count": 0, "node": {"id": "u1"}}
        assert await graph.ask(query) == (
            {"count": 0, "me": {"query": {"total": 7, "me": {"query": inner}}}},
            "people shop > shop stock",
        )


async def test_below_an_interface(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        query = "query($no: Boolean!) { node { ... on User { query { count total @include(if: $no) } } } }"
        assert await graph.ask(query, {"no": False}) == (
            {"node": {"query": {"count": 0}}},
            "people > shop",
        )


async def test_a_mutation_is_followed_by_queries(services: dict[str, Service], clicks: list[str]) -> None:
    async with running(services) as graph:
        query = """mutation {
          a: click(name: "a") { name query { count } } b: click(name: "b") { query { count } }
          press { query { count me { id } } }
        }"""
        assert await graph.ask(query) == (
            {
                "a": {"name": "a", "query": {"count": 1}},
                "b": {"query": {"count": 2}},
                "press": {"query": {"count": 3, "me": {"id": "u1"}}},
            },
            "people > shop > people > shop > shop > people",
        )
        assert clicks == ["a", "b", "pressed"]


async def test_a_failure_is_told_where_the_first_object_stands(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        response, _ = await graph.ask_for_errors("{ crowd { query { it: broken count } maybe { count } } }")
        query = {"it": None, "count": 0}
        assert response.data == {
            "crowd": [{"query": query, "maybe": None}, {"query": query, "maybe": {"count": 0}}]
        }
        (error,) = response.errors
        assert (error["message"], error["path"]) == ("It broke.", ["crowd", 0, "query", "it"])
        assert error["extensions"]["service"] == "shop"


async def test_a_null_takes_every_object_along(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        response, _ = await graph.ask_for_errors("{ crowd { maybe { broke { id } } } me { id } }")
        assert response.data == {"crowd": [{"maybe": None}, {"maybe": None}], "me": {"id": "u1"}}
        (error,) = response.errors
        assert (error["message"], error["path"]) == ("It broke.", ["crowd", 1, "maybe", "broke"])


async def test_a_service_that_is_down(services: dict[str, Service]) -> None:
    async with running(services) as graph:
        graph.server.instead["shop"] = lambda _: Response(status_code=503)
        response, _ = await graph.ask_for_errors("{ crowd { query { count total } } }")
        nothing = {"query": {"count": None, "total": 7}}
        assert response.data == {"crowd": [nothing, nothing]}
        (error,) = response.errors
        assert error["path"] == ["crowd", 0, "query", "count"]


async def test_through_the_executable_schema(services: dict[str, Service], clicks: list[str]) -> None:
    async with running(services) as graph:
        query = 'mutation { click(name: "a") { query { count me { query { total } } } } }'
        success, answer = await graphql(graph.gateway.schema, {"query": query})
        again = {"count": 1, "me": {"query": {"total": 7}}}
        assert (success, answer) == (True, {"data": {"click": {"query": again}}})
        assert clicks == ["a"]


async def test_a_query_among_other_objects() -> None:
    """Some servers have it implement Node, or be in a union."""
    one = """
      type Query implements Node { id: ID! node: Node any: Any }
      interface Node { id: ID! }
      type Leaf { x: Int }
      union Any = Query | Leaf
    """
    value = {"__typename": "Query"}
    services = {
        "one": federation_2(one, root(id="query", node=value, any=value)),
        "two": federation_2("type Query { two: Int }", root(two=2)),
    }
    async with running(services) as graph:
        query = "{ node { id ... on Query { two } } any { ... on Query { two } ... on Leaf { x } } }"
        assert await graph.ask(query) == (
            {"node": {"id": "query", "two": 2}, "any": {"two": 2}},
            "one > two",
        )


async def test_services_that_call_query_something_else() -> None:
    services = {}
    for name in ("one", "two"):
        sdl = f"schema {{ query: Root }} type Root {{ {name}: Int {name}More: Root }}"
        services[name] = Service(sdl, make_executable_schema(sdl, _root(**{name: 1, f"{name}More": {}})))
    async with running(services) as graph:
        query = "{ oneMore { __typename two one twoMore { one } } }"
        assert await graph.ask(query) == (
            {"oneMore": {"__typename": "Query", "two": 1, "one": 1, "twoMore": {"one": 1}}},
            "one > two > one",
        )


def _root(**fields: Any) -> ObjectType:
    bound = ObjectType("Root")
    for name, value in fields.items():
        bound.set_field(name, lambda *_, value=value: value)
    return bound
