"""Merged types among interfaces, unions and nested lists; definitions that count; what clients don't see."""

from typing import Any

import pytest
from graphql import GraphQLError, print_type
from starlette.responses import PlainTextResponse

from stitcher.errors import CompositionError
from stitcher.gateway.request import ClientRequest
from tests.conformance.plain_services import Row, Service, data_of, keys_sent, stitching
from tests.stitched import composed

# An interface whose fields no service has all of

WARES = Service(
    """
    interface Offer { id: ID! name: String! price: Float! }
    type Tool implements Offer { id: ID! name: String! price: Float! }
    type Query { tools(ids: [ID!]!): [Tool]! @merge(keyField: "id") }
    """,
    {"Query.tools": lambda _, ids: [{"id": id, "name": f"Tool {id}", "price": 5.0} for id in ids]},
)

TOOL = {"__typename": "Tool", "id": "1"}
BUNDLE = {"__typename": "Bundle", "id": "b", "name": "Set", "price": 9.0, "tools": [{"id": "1"}, {"id": "2"}]}
MARKET = Service(
    """
    interface Offer { id: ID! }
    type Tool implements Offer { id: ID! }
    type Bundle implements Offer { id: ID! name: String! price: Float! tools: [Tool]! }
    union Find = Tool | Bundle
    type Stall { id: ID! offers: [Offer]! grid: [[Offer!]!]! tools: [[[Tool]]] best: Find }
    type Query { stall(id: ID!): Stall }
    """,
    {
        "Query.stall": lambda _, id: {
            "id": id,
            "offers": [TOOL, BUNDLE, None],
            "grid": [[TOOL, BUNDLE], [], [{"__typename": "Tool", "id": "2"}]],
            "tools": [[[{"id": "1"}, None], None], None, [[], [{"id": "2"}]]],
            "best": TOOL if id == "1" else BUNDLE,
        }
    },
)


async def test_an_interface_across_services() -> None:
    async with stitching(wares=WARES, market=MARKET) as world:
        query = """{ stall(id: "1") {
          offers { __typename id name price ... on Bundle { tools { name price } } }
        } }"""
        tool = {"__typename": "Tool", "id": "1", "name": "Tool 1", "price": 5.0}
        tools = [{"name": "Tool 1", "price": 5.0}, {"name": "Tool 2", "price": 5.0}]
        bundle = {"__typename": "Bundle", "id": "b", "name": "Set", "price": 9.0, "tools": tools}
        assert await data_of(world, query) == {"stall": {"offers": [tool, bundle, None]}}
        (keys,) = keys_sent(world, "wares")
        assert {id for ids in keys for id in ids} == {"1", "2"}
        assert world.services.asked() == ["market", "wares"]


async def test_in_lists_of_lists() -> None:
    async with stitching(wares=WARES, market=MARKET) as world:
        data = await data_of(world, '{ stall(id: "1") { grid { name } tools { name } } }')
        one, two = {"name": "Tool 1"}, {"name": "Tool 2"}
        assert data == {
            "stall": {
                "grid": [[one, {"name": "Set"}], [], [two]],
                "tools": [[[one, None], None], None, [[], [two]]],
            }
        }
        assert world.services.asked() == ["market", "wares"]


@pytest.mark.parametrize(
    ("stall", "best", "asked"),
    [
        ("1", {"__typename": "Tool", "name": "Tool 1"}, ["market", "wares"]),
        ("2", {"__typename": "Bundle", "price": 9.0}, ["market"]),
    ],
)
async def test_under_a_union(stall: str, best: Row, asked: list[str]) -> None:
    async with stitching(wares=WARES, market=MARKET) as world:
        query = """query($id: ID!) {
          stall(id: $id) { best { __typename ... on Tool { name } ... on Bundle { price } } }
        }"""
        assert await data_of(world, query, id=stall) == {"stall": {"best": best}}
        assert world.services.asked() == asked


# One way into several types

LIBRARY = Service(
    """
    interface Media { id: ID! }
    type Film implements Media { id: ID! }
    type Song implements Media { id: ID! }
    type Query { media: [Media!]! }
    """,
    {
        "Query.media": [
            {"__typename": "Film", "id": "1"},
            {"__typename": "Song", "id": "2"},
            {"__typename": "Film", "id": "3"},
        ]
    },
)


@pytest.mark.parametrize(
    "declared", ["interface Media { id: ID! }", "union Any = Film | Song"], ids=["interface", "union"]
)
@pytest.mark.parametrize("many", [True, False], ids=["in lists", "one by one"])
async def test_a_lookup_that_returns_an_abstract_type(declared: str, many: bool) -> None:
    rows = {
        "1": {"__typename": "Film", "id": "1", "length": 90},
        "2": {"__typename": "Song", "id": "2", "key": "C"},
    }
    name = declared.split()[1]
    implements = "implements Media" if name == "Media" else ""
    lookup = f"nodes(ids: [ID!]!): [{name}]!" if many else f"node(id: ID!): {name}"
    details = Service(
        f"""
        {declared}
        type Film {implements} {{ id: ID! length: Int }}
        type Song {implements} {{ id: ID! key: String }}
        type Query {{ {lookup} @merge(keyField: "id") }}
        """,
        {"Query.nodes": lambda _, ids: [rows.get(id) for id in ids]}
        if many
        else {"Query.node": lambda _, id: rows.get(id)},
    )
    async with stitching(library=LIBRARY, details=details) as world:
        query = "{ media { id ... on Film { length } ... on Song { key } } }"
        assert await data_of(world, query) == {
            "media": [{"id": "1", "length": 90}, {"id": "2", "key": "C"}, {"id": "3", "length": None}]
        }
        assert world.services.asked() == ["library", "details"]


async def test_an_object_key_tells_the_type() -> None:
    def nodes(_: Any, keys: list[Row]) -> list[Row]:
        return [{**key, "label": f"{key['__typename']} {key['id']}"} for key in keys]

    async with stitching(
        library=LIBRARY,
        labels=Service(
            """
            scalar _Key
            interface Media { id: ID! label: String }
            type Film implements Media @key(selectionSet: "{ id }") { id: ID! label: String }
            type Song implements Media @key(selectionSet: "{ id }") { id: ID! label: String }
            type Query { nodes(keys: [_Key!]!): [Media]! @merge }
            """,
            {"Query.nodes": nodes},
        ),
    ) as world:
        assert await data_of(world, "{ media { label } }") == {
            "media": [{"label": "Film 1"}, {"label": "Song 2"}, {"label": "Film 3"}]
        }
        assert world.services.asked() == ["library", "labels"]


# Canonical definitions


def test_a_canonical_type_describes_its_fields_too() -> None:
    schema = composed(
        first="""
        "A in first"
        type A { "id in first" id: ID! "name in first" name: String }
        "E in first" enum E { "V in first" V }
        "I in first" input I { "x in first" x: Int }
        type Query { "a in first" a(i: I): A e: E }
        """,
        second="""
        "A in second"
        type A @canonical { "id in second" id: ID! name: String "only in second" extra: Int }
        "E in second" enum E @canonical { "V in second" V }
        "I in second" input I @canonical { "x in second" x: Int }
        type Query { "a in second" a(i: I): A @canonical }
        """,
        third="""
        "A in third"
        type A { id: ID! "name in third" name: String @canonical }
        type Query { a(i: I): A }
        input I { x: Int }
        """,
    ).schema
    assert print_type(schema.type_map["A"]).splitlines() == [
        '"""A in second"""',
        "type A {",
        '  """id in second"""',
        "  id: ID!",
        "",
        '  """name in third"""',
        "  name: String",
        "",
        '  """only in second"""',
        "  extra: Int",
        "}",
    ]
    assert "E in second" in print_type(schema.type_map["E"])
    assert "V in second" in print_type(schema.type_map["E"])
    assert "x in second" in print_type(schema.type_map["I"])
    assert '"""a in second"""' in print_type(schema.type_map["Query"])


USERS = """
    type User { id: ID! name: String }
    type Query { users(ids: [ID!]!): [User]! @merge(keyField: "id") %s }
"""
POSTS = """
    type User { id: ID! posts: [String!] }
    type Query { users(ids: [ID!]!): [User]! @merge(keyField: "id") %s }
"""


def people(users: str = "", posts: str = "") -> dict[str, Service]:
    known = {"1": "Ann", "2": "Bob"}
    return {
        "posts": Service(
            POSTS % posts, {"Query.users": lambda _, ids: [{"id": id, "posts": [f"P{id}"]} for id in ids]}
        ),
        "users": Service(
            USERS % users,
            {
                "Query.users": lambda _, ids: [
                    {"id": id, "name": known[id]} if id in known else None for id in ids
                ]
            },
        ),
    }


async def test_a_canonical_root_field_is_where_queries_go() -> None:
    async with stitching(**people(users="@canonical")) as world:
        assert await data_of(world, '{ users(ids: ["1", "9"]) { id posts } }') == {
            "users": [{"id": "1", "posts": ["P1"]}, None]
        }
        assert world.services.asked() == ["users", "posts"]


async def test_a_root_field_that_several_have_is_asked_for_in_the_first() -> None:
    async with stitching(**people()) as world:
        assert await data_of(world, '{ users(ids: ["9", "1"]) { posts name } }') == {
            "users": [{"posts": ["P9"], "name": None}, {"posts": ["P1"], "name": "Ann"}]
        }
        assert world.services.asked() == ["posts", "users"]


def test_two_canonical_definitions_of_one_thing() -> None:
    with pytest.raises(CompositionError, match=r"Query\.users is canonical in posts, users"):
        composed(**{name: each.sdl for name, each in people("@canonical", "@canonical").items()})


# What clients don't see


async def test_ways_in_may_be_hidden_from_clients() -> None:
    async with stitching(
        works=Service(
            "type Work { id: ID! } type Query { works: [Work!]! }",
            {"Query.works": [{"id": "1"}, {"id": "2"}]},
        ),
        titles=Service(
            """
            type Work { id: ID! title: String secret: String @inaccessible }
            type Query { _works(ids: [ID!]!): [Work]! @merge(keyField: "id") @inaccessible }
            """,
            {"Query._works": lambda _, ids: [{"id": id, "title": f"W{id}", "secret": "s"} for id in ids]},
        ),
    ) as world:
        assert await data_of(world, "{ works { title } __schema { queryType { fields { name } } } }") == {
            "works": [{"title": "W1"}, {"title": "W2"}],
            "__schema": {"queryType": {"fields": [{"name": "works"}]}},
        }
        for hidden in ('{ _works(ids: ["1"]) { title } }', "{ works { secret } }"):
            response = await world.gateway.execute(ClientRequest(hidden))
            assert not response.executed
            assert "Cannot query field" in response.errors[0]["message"]


async def test_a_key_and_what_is_computed_from_may_be_hidden_from_clients() -> None:
    async with stitching(
        works=Service(
            "type Work { id: ID! isbn: ID! @inaccessible } type Query { works: [Work!]! }",
            {"Query.works": [{"id": "1", "isbn": "i1"}]},
        ),
        titles=Service(
            """
            scalar _Key
            type Work @key(selectionSet: "{ isbn }") {
              title: String
              cost: Int @inaccessible
              price: Int @computed(selectionSet: "{ pages }")
            }
            type Query { _works(keys: [_Key!]!): [Work]! @merge @inaccessible }
            """,
            {
                "Query._works": lambda _, keys: [
                    {"title": f"W{key['isbn']}", "price": key.get("pages")} for key in keys
                ]
            },
        ),
        print=Service(
            """
            type Work { id: ID! pages: Int @inaccessible }
            type Query { _print(ids: [ID!]!): [Work]! @merge(keyField: "id") @inaccessible }
            """,
            {"Query._print": lambda _, ids: [{"id": id, "pages": 99} for id in ids]},
        ),
    ) as world:
        assert await data_of(world, "{ works { title price } }") == {"works": [{"title": "Wi1", "price": 99}]}


# Mutations


async def test_mutations_run_in_turn_and_what_they_return_is_merged() -> None:
    posts: list[Row] = []

    def create(_: Any, text: str) -> Row:
        posts.append({"id": str(len(posts) + 1), "text": text, "author": {"id": "1"}})
        return posts[-1]

    def rename(_: Any, id: str, name: str) -> Row:
        names[id] = name
        return {"id": id, "name": name}

    names = {"1": "Ann"}
    async with stitching(
        posts=Service(
            """
            type Post { id: ID! text: String! author: Author }
            type Author { id: ID! posts: [Post!]! }
            type Query { posts: [Post!]! _authors(ids: [ID!]!): [Author]! @merge(keyField: "id") }
            type Mutation { create(text: String!): Post! }
            """,
            {
                "Query.posts": lambda _: posts,
                "Query._authors": lambda _, ids: [{"id": id} for id in ids],
                "Author.posts": lambda row: [post for post in posts if post["author"]["id"] == row["id"]],
                "Mutation.create": create,
            },
        ),
        authors=Service(
            """
            type Author { id: ID! name: String! }
            type Query { authors(ids: [ID!]!): [Author]! @merge(keyField: "id") }
            type Mutation { rename(id: ID!, name: String!): Author }
            """,
            {
                "Query.authors": lambda _, ids: [{"id": id, "name": names[id]} for id in ids],
                "Mutation.rename": rename,
            },
        ),
    ) as world:
        data = await data_of(
            world,
            """mutation {
              one: create(text: "a") { text author { name } }
              rename(id: "1", name: "Anna") { name posts { text } }
              two: create(text: "b") { author { name posts { id } } }
            }""",
        )
        assert data == {
            "one": {"text": "a", "author": {"name": "Ann"}},
            "rename": {"name": "Anna", "posts": [{"text": "a"}]},
            "two": {"author": {"name": "Anna", "posts": [{"id": "1"}, {"id": "2"}]}},
        }
        kinds = [body["query"].startswith("mutation") for _, body in world.services.requests]
        assert kinds == [True, False, True, False, True, False]
        assert world.services.asked() == ["posts", "authors", "authors", "posts", "posts", "authors"]


# Services that fail


async def test_a_service_that_is_down_takes_its_own_fields_with_it() -> None:
    async with stitching(wares=WARES, market=MARKET) as world:
        world.services.instead["wares"] = lambda _: PlainTextResponse("Down.", 503)
        response = await world.gateway.execute(
            ClientRequest('{ stall(id: "1") { id offers { id ... on Bundle { price } name } } }')
        )
        assert response.data == {
            "stall": {"id": "1", "offers": [None, {"id": "b", "price": 9.0, "name": "Set"}, None]}
        }
        (error,) = response.errors
        assert error["extensions"]["service"] == "wares"
        assert error["path"] == ["stall", "offers", 0, "name"]


async def test_one_service_fails_and_another_answers() -> None:
    services = people(users="@canonical")
    failing = GraphQLError("Not today.", extensions={"code": "TIRED", "stacktrace": ["secret"]})

    def fail(_: Any, ids: list[str]) -> Any:
        raise failing

    services["posts"] = Service(services["posts"].sdl, {"Query.users": fail})
    async with stitching(**services) as world:
        response = await world.gateway.execute(ClientRequest('{ users(ids: ["1", "2"]) { name posts } }'))
        assert response.data == {"users": [{"name": "Ann", "posts": None}, {"name": "Bob", "posts": None}]}
        assert response.errors == (
            {
                "message": "Not today.",
                "path": ["users", 0, "posts"],
                "extensions": {"code": "TIRED", "service": "posts"},
            },
        )
