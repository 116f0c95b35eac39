"""Who serves a field: provided, overridden, external, shared, hidden, extended; in both versions."""

from typing import Any

import pytest

from tests.conformance.graph import LINK, Service, entity, federation_1, federation_2, root, running

USERS = [
    {"id": "1", "username": "ada", "name": "Ada"},
    {"id": "2", "username": "bo", "name": "Bo"},
]
POSTS = [{"id": "p1", "body": "One", "author": {"id": "1", "username": "ada"}, "reviewer": {"id": "2"}}]


async def test_what_a_path_provides_is_asked_for_there_and_only_there() -> None:
    accounts = 'type User @key(fields: "id") { id: ID! name: String username: String @shareable }'
    blog = """
    type Query { posts: [Post!]! }
    type Post @key(fields: "id") {
      id: ID! body: String author: User @provides(fields: "username") reviewer: User
    }
    type User @key(fields: "id") { id: ID! username: String @external }
    """
    services = {
        "accounts": federation_2(accounts, entity("User", USERS)),
        "blog": federation_2(blog, root(posts=POSTS), entity("Post"), entity("User")),
    }
    async with running(services) as graph:
        ada = {"username": "ada"}
        assert await graph.ask("{ posts { author { username } } }") == ({"posts": [{"author": ada}]}, "blog")
        assert await graph.ask("{ posts { reviewer { username } } }") == (
            {"posts": [{"reviewer": {"username": "bo"}}]},
            "blog > accounts",
        )
        # There is a hop anyway; what is provided is asked for once all the same.
        assert await graph.ask("{ posts { author { username name } reviewer { id } } }") == (
            {"posts": [{"author": {"username": "ada", "name": "Ada"}, "reviewer": {"id": "2"}}]},
            "blog > accounts",
        )


async def test_nested_provides() -> None:
    ids = 'type Good @key(fields: "id") { id: ID! }'
    groups = """
    type Query { goods: [Good!]! @shareable @provides(fields: "groups { id name parts { id name } }") }
    type Good @key(fields: "id") { id: ID! groups: [Group!] @external }
    type Group @key(fields: "id") { id: ID! name: String parts: [Group!] @external }
    """
    parts = """
    type Good @key(fields: "id") { id: ID! groups: [Group!] @shareable }
    type Group @key(fields: "id") { id: ID! parts: [Group!] @shareable }
    """
    inner = [{"id": "b", "name": "B", "parts": [{"id": "c", "name": "C"}]}]
    good = {"id": "1", "groups": [{"id": "a", "name": "A", "parts": inner}]}
    services = {
        "ids": federation_2(ids, entity("Good")),
        "groups": federation_2(groups, root(goods=[good]), entity("Good"), entity("Group")),
        "parts": federation_2(parts, entity("Good", [good]), entity("Group", good["groups"] + inner)),  # type: ignore[operator]
    }
    async with running(services) as graph:
        assert await graph.ask("{ goods { groups { name parts { name } } } }") == (
            {"goods": [{"groups": [{"name": "A", "parts": [{"name": "B"}]}]}]},
            "groups",
        )
        data, steps = await graph.ask("{ goods { groups { parts { parts { id } } } } }")
        assert data == {"goods": [{"groups": [{"parts": [{"parts": [{"id": "c"}]}]}]}]}
        assert steps == "groups > parts"


async def test_provides_on_members_of_a_union() -> None:
    a = """
    type Query { media: [Media!] @shareable } union Media = Book | Film
    type Book @key(fields: "id") { id: ID! } type Film @key(fields: "id") { id: ID! }
    """
    b = """
    type Query { media: [Media!] @shareable @provides(fields: "... on Book { title }") }
    union Media = Book | Film
    type Book @key(fields: "id") { id: ID! title: String @external } type Film @key(fields: "id") { id: ID! }
    """
    c = """
    type Book @key(fields: "id") { id: ID! title: String @shareable }
    type Film @key(fields: "id") { id: ID! title: String @shareable }
    """
    media = [
        {"__typename": "Book", "id": "1", "title": "One"},
        {"__typename": "Film", "id": "2", "title": "Two"},
    ]
    services = {
        "a": federation_2(a, root(media=media), entity("Book"), entity("Film")),
        "b": federation_2(b, root(media=media), entity("Book"), entity("Film")),
        "c": federation_2(c, entity("Book", media), entity("Film", media)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ media { ... on Book { title } ... on Film { id } } }") == (
            {"media": [{"title": "One"}, {"id": "2"}]},
            "b",
        )
        assert await graph.ask("{ media { ... on Book { title } ... on Film { title } } }") == (
            {"media": [{"title": "One"}, {"title": "Two"}]},
            "b > c",
        )


async def test_provides_on_interfaces() -> None:
    a = """
    type Query { thing: Thing @shareable book: Book @provides(fields: "pets { ... on Dog { name } }") }
    interface Thing { id: ID! } interface Pet { id: ID! }
    type Book implements Thing @key(fields: "id") { id: ID! pets: [Pet!] @shareable }
    type Dog implements Pet @key(fields: "id") { id: ID! @external name: String @external }
    type Cat implements Pet @key(fields: "id") { id: ID! @external }
    """
    b = """
    type Query { thing: Thing @shareable @provides(fields: "pets { id name }") }
    interface Thing { id: ID! pets: [Pet!] } interface Pet { id: ID! name: String }
    type Book implements Thing { id: ID! @shareable pets: [Pet!] @external }
    type Dog implements Pet { id: ID! @external name: String @external }
    type Cat implements Pet { id: ID! @external name: String @external }
    """
    c = """
    interface Thing { id: ID! pets: [Pet!] } interface Pet { id: ID! name: String }
    type Book implements Thing @key(fields: "id") { id: ID! pets: [Pet!] @shareable }
    type Dog implements Pet @key(fields: "id") { id: ID! name: String @shareable age: Int }
    type Cat implements Pet @key(fields: "id") { id: ID! name: String @shareable age: Int }
    """
    pets = [
        {"__typename": "Dog", "id": "d", "name": "Rex", "age": 3},
        {"__typename": "Cat", "id": "c", "name": "Tom", "age": 5},
    ]
    book = {"__typename": "Book", "id": "1", "pets": pets}
    entities = [entity(name, [book, *pets]) for name in ("Book", "Dog", "Cat")]
    services = {
        "a": federation_2(a, root(thing=book, book=book), *entities),
        "b": federation_2(b, root(thing=book)),
        "c": federation_2(c, *entities),
    }
    async with running(services) as graph:
        names = {"pets": [{"name": "Rex"}, {"name": "Tom"}]}
        assert await graph.ask("{ thing { pets { name } } }") == ({"thing": names}, "b")
        assert await graph.ask("{ thing { pets { id name ... on Cat { age } } } }") == (
            {"thing": {"pets": [{"id": "d", "name": "Rex"}, {"id": "c", "name": "Tom", "age": 5}]}},
            "b > c",
        )
        assert await graph.ask("{ book { pets { ... on Dog { name } } } }") == (
            {"book": {"pets": [{"name": "Rex"}, {}]}},
            "a",
        )
        assert await graph.ask("{ book { pets { name } } }") == ({"book": names}, "a > c")


async def test_an_interface_that_leads_back_to_itself() -> None:
    a = """
    type Query { good: Good } interface Good { twin: Good }
    type Book implements Good @key(fields: "id") {
      id: ID! twin: Book @provides(fields: "price") price: Float @external
    }
    """
    b = 'type Book @key(fields: "id") { id: ID! price: Float @shareable }'
    one: dict[str, Any] = {"__typename": "Book", "id": "1", "price": 1.5}
    two = {"__typename": "Book", "id": "2", "price": 2.5, "twin": one}
    one["twin"] = two
    services = {
        "a": federation_2(a, root(good=one), entity("Book", [one, two])),
        "b": federation_2(b, entity("Book", [one, two])),
    }
    async with running(services) as graph:
        assert await graph.ask("{ good { twin { ... on Good { twin { __typename } } } } }") == (
            {"good": {"twin": {"twin": {"__typename": "Book"}}}},
            "a",
        )
        assert await graph.ask("{ good { __typename ... on Book { twin { id price } } } }") == (
            {"good": {"__typename": "Book", "twin": {"id": "2", "price": 2.5}}},
            "a",
        )
        assert await graph.ask("{ good { ... on Book { price twin { price } } } }") == (
            {"good": {"price": 1.5, "twin": {"price": 2.5}}},
            "a > b",
        )


@pytest.mark.parametrize("former", ["old", "gone"])
async def test_override_moves_a_field(former: str) -> None:
    """From a service that is there, or from one that is no more."""
    old = """
    type Query { feed: [Post!] @shareable oldFeed: [Post!] }
    type Post @key(fields: "id") { id: ID! at: String! @shareable }
    """
    new = f"""
    type Query {{ feed: [Post!] @shareable newFeed: [Post!] }}
    type Post @key(fields: "id") {{ id: ID! at: String! @override(from: "{former}") @shareable }}
    """
    post = {"id": "1"}

    def posts(name: str, sdl: str) -> Service:
        feeds = {"feed": [post], f"{name}Feed": [post]}
        return federation_2(sdl, root(**feeds), entity("Post", at=lambda *_: f"told by {name}"))

    async with running({"old": posts("old", old), "new": posts("new", new)}) as graph:
        assert (await graph.ask("{ newFeed { at } }")) == ({"newFeed": [{"at": "told by new"}]}, "new")
        teller = "old" if former == "gone" else "new"
        assert await graph.ask("{ oldFeed { at } }") == (
            {"oldFeed": [{"at": f"told by {teller}"}]},
            "old" if former == "gone" else "old > new",
        )
        _, steps = await graph.ask("{ feed { at } }")
        assert steps == "new" or former == "gone"


async def test_override_of_a_field_that_others_require() -> None:
    a = """
    type Query { a: User }
    type User @key(fields: "id") { id: ID! name: String! @external aName: String! @requires(fields: "name") }
    """
    b = 'type Query { b: User } type User @key(fields: "id") { id: ID! name: String! @override(from: "c") }'
    c = a.replace("a: User", "c: User").replace("aName", "cName")
    user = {"id": "1"}

    def told(row: Any, *_: Any) -> str:
        return f"{row['name']}!"

    services = {
        "a": federation_2(a, root(a=user), entity("User", aName=told)),
        "b": federation_2(b, root(b=user), entity("User", name="Bea")),
        "c": federation_2(c, root(c=user), entity("User", cName=told)),
    }
    async with running(services) as graph:
        everything = {"id": "1", "name": "Bea", "aName": "Bea!", "cName": "Bea!"}
        assert await graph.ask("{ b { id name aName cName } }") == ({"b": everything}, "b > a c")
        assert await graph.ask("{ a { aName } }") == ({"a": {"aName": "Bea!"}}, "a > b > a")
        assert await graph.ask("{ a { cName } }") == ({"a": {"cName": "Bea!"}}, "a > b > c")
        data, steps = await graph.ask(
            "{ a { ...F } b { ...F } c { ...F } } fragment F on User { id name aName cName }"
        )
        assert data == {"a": everything, "b": everything, "c": everything}
        assert steps == "a b c > b > a c"


async def test_override_in_a_type_that_has_other_interfaces_elsewhere() -> None:
    a = """
    type Query { feed: [Post!] } interface Post { id: ID! at: String! }
    type Picture implements Post @key(fields: "id") { id: ID! at: String! }
    """
    b = """
    type Query { other: [Entry!] }
    interface Post { id: ID! at: String! } interface Entry { id: ID! at: String! }
    type Note implements Post @key(fields: "id") { id: ID! at: String! body: String! }
    type Picture implements Entry @key(fields: "id") { id: ID! at: String! @override(from: "a") }
    """
    picture = {"__typename": "Picture", "id": "1"}
    services = {
        "a": federation_2(a, root(feed=[picture]), entity("Picture", at="a")),
        "b": federation_2(b, root(other=[picture]), entity("Picture", at="b"), entity("Note")),
    }
    async with running(services) as graph:
        assert await graph.ask("{ feed { id at } }") == ({"feed": [{"id": "1", "at": "b"}]}, "a > b")
        assert await graph.ask("{ feed { id ... on Note { body } } }") == ({"feed": [{"id": "1"}]}, "a")
        assert await graph.ask("{ other { at ... on Picture { at id } } }") == (
            {"other": [{"at": "b", "id": "1"}]},
            "b",
        )


EXTENSIONS = {
    "extend type": 'extend type User @key(fields: "id") {',
    "@extends": 'type User @extends @key(fields: "id") {',
}


@pytest.mark.parametrize("link", ["", LINK], ids=["fed1", "fed2"])
@pytest.mark.parametrize("start", EXTENSIONS.values(), ids=EXTENSIONS)
async def test_external_fields_of_an_extension(start: str, link: str) -> None:
    """Its key is served, whatever it is marked; its other external fields only where they are provided."""
    a = f"""
    type Query {{ anyone: User sure: User @provides(fields: "name") }}
    {start} id: ID! @external name: String! @external rank: Int }}
    """
    shared = " @shareable" if link else ""
    b = f"""
    type Query {{ user: User }}
    type User @key(fields: "id") {{ id: ID! name: String!{shared} nick: String }}
    """
    rows = [{"id": "1", "name": "Ada", "nick": "A"}]
    given = {"id": "1", "name": "Ada", "rank": 5}
    services = {
        "a": federation_1(link + a, root(anyone=given, sure=given), entity("User", [{"id": "1", "rank": 5}])),
        "b": federation_1(link + b, root(user=rows[0]), entity("User", rows)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ anyone { id rank } }") == ({"anyone": {"id": "1", "rank": 5}}, "a")
        assert await graph.ask("{ anyone { id rank name } }") == (
            {"anyone": {"id": "1", "rank": 5, "name": "Ada"}},
            "a > b",
        )
        assert await graph.ask("{ sure { id rank name } }") == (
            {"sure": {"id": "1", "rank": 5, "name": "Ada"}},
            "a",
        )
        assert await graph.ask("{ user { nick rank } }") == ({"user": {"nick": "A", "rank": 5}}, "b > a")


async def test_version_1_extends_by_one_of_several_keys() -> None:
    a = 'type Query { a: Good } type Good @key(fields: "id") { id: ID! name: String pid: ID }'
    b = """
    type Query { b: Good }
    extend type Good @key(fields: "id name") @key(fields: "upc") {
      id: ID @external name: String @external upc: String @external price: Float!
    }
    """
    rows = [{"id": "1", "name": "One", "pid": "p", "upc": "u", "price": 2.0}]
    services = {
        "a": federation_1(a, root(a=rows[0]), entity("Good", rows)),
        "b": federation_1(b, root(b=rows[0]), entity("Good", rows)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ a { price upc pid } }") == (
            {"a": {"price": 2.0, "upc": "u", "pid": "p"}},
            "a > b",
        )
        assert await graph.ask("{ b { id pid } }") == ({"b": {"id": "1", "pid": "p"}}, "b > a")


async def test_an_external_key_in_a_mix_of_versions() -> None:
    prices = """
    type Query { cheapest: Good }
    extend type Good @key(fields: "id") { id: ID! @external price: Float }
    """
    names = 'type Query { goods: [Good!]! } type Good @key(fields: "id") { id: ID! name: String! }'
    rows = [{"id": "1", "name": "One", "price": 2.0}, {"id": "2", "name": "Two", "price": 1.0}]
    services = {
        "prices": federation_1(prices, root(cheapest=rows[1]), entity("Good", rows)),
        "names": federation_2(names, root(goods=rows), entity("Good", rows)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ cheapest { price name id } }") == (
            {"cheapest": {"price": 1.0, "name": "Two", "id": "2"}},
            "prices > names",
        )
        assert await graph.ask("{ goods { price } }") == (
            {"goods": [{"price": 2.0}, {"price": 1.0}]},
            "names > prices",
        )


async def test_fields_arguments_and_values_that_clients_must_not_see() -> None:
    friends = """
    type Query { people: [User!]! }
    type User @key(fields: "id") {
      id: ID! salary: Int! @inaccessible friends(kind: Kind = CLOSE @inaccessible): [User!]! kind: Kind
    }
    enum Kind { CLOSE @inaccessible FAR }
    """
    ranks = """
    type User @key(fields: "id") { id: ID! salary: Int! @external rank: String @requires(fields: "salary") }
    """
    rows: list[dict[str, Any]] = [
        {"id": "1", "salary": 9, "kind": "FAR"},
        {"id": "2", "salary": 1, "kind": "CLOSE"},
    ]

    def friends_of(row: Any, _: Any, kind: str) -> Any:
        return [each for each in rows if each is not row and each["kind"] == kind]

    services = {
        "friends": federation_2(friends, root(people=rows), entity("User", rows, friends=friends_of)),
        "ranks": federation_2(
            ranks, entity("User", rank=lambda row, *_: "high" if row["salary"] > 5 else "low")
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ people { rank friends { id } } }") == (
            {"people": [{"rank": "high", "friends": [{"id": "2"}]}, {"rank": "low", "friends": []}]},
            "friends > ranks",
        )
        # A value that clients don't know is null to them; that is an error of the service's.
        response, _ = await graph.ask_for_errors("{ people { kind } }")
        assert response.data == {"people": [{"kind": "FAR"}, {"kind": None}]}
        for refused in ("salary", "friends(kind: FAR) { id }"):
            response, steps = await graph.ask_for_errors(f"{{ people {{ {refused} }} }}")
            assert not response.executed
            assert steps == ""


async def test_renamed_imports_and_namespaces() -> None:
    link = """
    extend schema @link(
      url: "https://specs.apollo.dev/federation/v2.5", as: "fed", import: [{ name: "@key", as: "@primary" }]
    )
    """
    a = """
    type Query { thing: Thing }
    type Thing @primary(fields: "id") { id: ID! x: Int @fed__shareable hidden: Int @fed__inaccessible }
    """
    b = 'type Thing @key(fields: "id") { id: ID! x: Int @shareable y: Int }'
    plain = a.replace("@primary", "@key").replace("fed__", "")
    served = federation_2(plain, root(thing={"id": "1", "x": 1}), entity("Thing")).schema
    services = {"a": Service(link + a, served), "b": federation_2(b, entity("Thing", y=2))}
    async with running(services) as graph:
        assert await graph.ask("{ thing { x y } }") == ({"thing": {"x": 1, "y": 2}}, "a > b")
        response, _ = await graph.ask_for_errors("{ thing { hidden } }")
        assert not response.executed
