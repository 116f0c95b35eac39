"""Interfaces and unions whose members differ by service, at every depth; __typename everywhere."""

from typing import Any

import pytest
from ariadne import graphql

from tests.conformance.graph import Row, Service, by, entity, federation_1, federation_2, root, running

# Interfaces: each service knows some of the members, and its own fields of them.

SHOP = """
type Query { goods: [Good!]! like(id: ID!): [Good!]! }
interface Good { id: ID! sku: String size: Size maker: User secret: Boolean @inaccessible }
interface Alike { like: [Good!] }
type Size @shareable { label: String weight: Float }
type Book implements Good & Alike @key(fields: "id") {
  id: ID! sku: String size: Size @shareable maker: User like: [Book!] secret: Boolean press: Press
}
type Paper implements Good & Alike @key(fields: "id") {
  id: ID! sku: String size: Size @shareable maker: User like: [Paper!] secret: Boolean press: Press
}
union Press = House | Own
type House { id: ID! @shareable }
type Own { email: String }
type User @key(fields: "email") { email: ID! made: Int @shareable }
"""
POST = """
interface Good { id: ID! size: Size delivery(zip: String): Delivery }
type Book implements Good @key(fields: "id") {
  id: ID! size: Size @external delivery(zip: String): Delivery @requires(fields: "size { label weight }")
}
type Paper implements Good @key(fields: "id") {
  id: ID! size: Size @external delivery(zip: String): Delivery @requires(fields: "size { label weight }")
}
type Size @shareable { label: String weight: Float }
type Delivery { slow: String fast: String }
"""
BOOKS = 'type Query { books: [Book!]! } type Book @key(fields: "id") { id: ID! title: String }'
PAPERS = 'type Query { papers: [Paper!]! } type Paper @key(fields: "id") { id: ID! title: String }'
USERS = 'type User @key(fields: "email") { email: ID! name: String made: Int }'
REVIEWS = """
type Query { review(id: Int!): Review }
type Review { id: Int! body: String! good: Good }
interface Good { id: ID! count: Int! reviews: [Review!]! }
interface Alike { like: [Good!] }
type Book implements Good & Alike @key(fields: "id") {
  id: ID! count: Int! reviews: [Review!]! like: [Book!] @external
  ofAlike: [Review!]! @requires(fields: "like { id }")
}
type Paper implements Good & Alike @key(fields: "id") {
  id: ID! count: Int! reviews: [Review!]! like: [Paper!] @external
  ofAlike: [Review!]! @requires(fields: "like { id }")
}
"""
HOUSES = """
type House @key(fields: "id") { id: ID! name: String email: Email } type Email { address: String }
type Group @key(fields: "id") { id: ID! name: String email: String }
extend union Press = House | Group
"""

PEOPLE = [{"email": "a@x", "name": "Ann", "made": 7}, {"email": "b@x", "name": "Ben", "made": 1}]
BOOK: dict[str, Any] = {"__typename": "Book", "id": "b1", "sku": "B-1", "title": "Book One"}
PAPER: dict[str, Any] = {"__typename": "Paper", "id": "p1", "sku": "P-1", "title": "Paper One"}
ROWS = [BOOK, PAPER]
BOOK |= {"size": {"label": "S", "weight": 0.5}, "maker": PEOPLE[0], "like": [BOOK]}
PAPER |= {"size": {"label": "L", "weight": 0.1}, "maker": PEOPLE[1], "like": []}
BOOK["press"] = {"__typename": "House", "id": "h1"}
PAPER["press"] = {"__typename": "Own", "email": "own@x"}


def shop() -> dict[str, Service]:
    def deliver(row: Any, _: Any, zip: str = "0") -> Any:
        return {"fast": f"{row['size']['label']}{row['size']['weight']} to {zip}"}

    def reviews(row: Any, *_: Any) -> Any:
        return [
            {"id": 1, "body": f"On {row['id']}", "good": {"__typename": row["__typename"], "id": row["id"]}}
        ]

    def of_alike(row: Any, *_: Any) -> Any:
        return [review for each in row["like"] for review in reviews({"__typename": "Book", **each})]

    def reviewed(name: str) -> Any:
        return entity(name, count=1, reviews=reviews, ofAlike=of_alike)

    def like(*_: Any, id: str) -> Any:
        return next(row["like"] for row in ROWS if row["id"] == id)

    goods = [entity(name, ROWS) for name in ("Book", "Paper")]
    return {
        "shop": federation_2(SHOP, root(goods=ROWS, like=like), *goods, entity("User", PEOPLE)),
        "post": federation_2(POST, entity("Book", delivery=deliver), entity("Paper", delivery=deliver)),
        "books": federation_2(BOOKS, root(books=[BOOK]), entity("Book", ROWS)),
        "papers": federation_2(PAPERS, root(papers=[PAPER]), entity("Paper", ROWS)),
        "users": federation_1(USERS, entity("User", PEOPLE)),
        "reviews": federation_2(
            REVIEWS,
            root(review=lambda *_, id: {"id": id, "body": "R", "good": {"__typename": "Paper", "id": "p1"}}),
            reviewed("Book"),
            reviewed("Paper"),
        ),
        "houses": federation_1(
            HOUSES,
            entity("House", [{"id": "h1", "name": "House", "email": {"address": "h@x"}}]),
            entity("Group"),
        ),
    }


@pytest.mark.parametrize(
    ("query", "expected", "steps"),
    [
        (
            "goods { id size { label } }",
            {"goods": [{"id": "b1", "size": {"label": "S"}}, {"id": "p1", "size": {"label": "L"}}]},
            "shop",
        ),
        (
            'goods { delivery(zip: "9") { fast slow } }',
            {
                "goods": [
                    {"delivery": {"fast": "S0.5 to 9", "slow": None}},
                    {"delivery": {"fast": "L0.1 to 9", "slow": None}},
                ]
            },
            "shop > post",
        ),
        (
            "goods { ... on Good { sku } ... on Book { title } ... on Alike { __typename t: __typename } }",
            {
                "goods": [
                    {"sku": "B-1", "title": "Book One", "__typename": "Book", "t": "Book"},
                    {"sku": "P-1", "__typename": "Paper", "t": "Paper"},
                ]
            },
            "shop > books",
        ),
        (
            "goods { ... on Alike { like { id sku } } }",
            {"goods": [{"like": [{"id": "b1", "sku": "B-1"}]}, {"like": []}]},
            "shop",
        ),
        (
            "goods { reviews { body good { sku } } }",
            {
                "goods": [
                    {"reviews": [{"body": "On b1", "good": {"sku": "B-1"}}]},
                    {"reviews": [{"body": "On p1", "good": {"sku": "P-1"}}]},
                ]
            },
            "shop > reviews > shop",
        ),
        (
            "goods { ... on Book { ofAlike { body } } ... on Paper { title ofAlike { body } } }",
            {"goods": [{"ofAlike": [{"body": "On b1"}]}, {"title": "Paper One", "ofAlike": []}]},
            "shop > papers reviews",
        ),
        (
            "goods { maker { email name made } }",
            {
                "goods": [
                    {"maker": {"email": "a@x", "name": "Ann", "made": 7}},
                    {"maker": {"email": "b@x", "name": "Ben", "made": 1}},
                ]
            },
            "shop > users",
        ),
        (
            """goods {
              ... on Book { press { __typename ... on House { name email { address } } } }
              ... on Paper { press { __typename ... on Own { at: email } } }
            }""",
            {
                "goods": [
                    {"press": {"__typename": "House", "name": "House", "email": {"address": "h@x"}}},
                    {"press": {"__typename": "Own", "at": "own@x"}},
                ]
            },
            "shop > houses",
        ),
        (
            "review(id: 3) { id good { __typename sku ... on Paper { title } ... on Book { title } } }",
            {"review": {"id": 3, "good": {"__typename": "Paper", "sku": "P-1", "title": "Paper One"}}},
            "reviews > papers shop",
        ),
        (
            'like(id: "b1") { __typename id delivery { fast } count }',
            {"like": [{"__typename": "Book", "id": "b1", "delivery": {"fast": "S0.5 to 0"}, "count": 1}]},
            "shop > post reviews",
        ),
        (
            "books { title sku like { title } press { __typename } }",
            {
                "books": [
                    {
                        "title": "Book One",
                        "sku": "B-1",
                        "like": [{"title": "Book One"}],
                        "press": {"__typename": "House"},
                    }
                ]
            },
            "books > shop > books",
        ),
    ],
)
async def test_interfaces_over_many_services(query: str, expected: Any, steps: str) -> None:
    async with running(shop()) as graph:
        data, asked = await graph.ask(f"{{ {query} }}")
        assert data == expected
        assert asked == steps


# Unions whose members differ.

TASKS_A = """
type Query { a: Box shared: Box @shareable }
type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable }
type Wrap @shareable { acts: [Act!]! }
union Act = Both | OnlyA
type Both @shareable { label: String }
type OnlyA { a: String }
"""
TASKS_B = """
type Query { b: Box shared: Box @shareable }
type Box @key(fields: "id") { id: ID! wrap: Wrap @shareable bWrap: Wrap }
type Wrap @shareable { acts: [Act!]! }
union Act = Both | OnlyB
type Both @shareable { label: String }
type OnlyB { b: String }
"""


@pytest.mark.parametrize(
    ("field", "acts", "steps"),
    [
        ("a { wrap", [{"__typename": "Both", "label": "L"}], "a"),
        ("b { wrap", [{"__typename": "Both", "label": "L"}], "b"),
        ("shared { wrap", [{"__typename": "Both", "label": "L"}], "a"),
        ("b { bWrap", [{"__typename": "Both", "label": "L"}, {"__typename": "OnlyB", "b": "B"}], "b"),
        (
            "a { bWrap",
            [{"__typename": "Both", "label": "L"}, {"__typename": "OnlyB", "b": "B"}],
            "a > b",
        ),
    ],
)
async def test_a_union_that_services_share_holds_what_all_of_them_know(
    field: str, acts: Any, steps: str
) -> None:
    both = {"__typename": "Both", "label": "L"}
    wrap = {"acts": [both]}
    box = {"id": "1", "wrap": wrap, "bWrap": {"acts": [both, {"__typename": "OnlyB", "b": "B"}]}}
    services = {
        "a": federation_2(TASKS_A, root(a=box, shared=box), entity("Box", [box])),
        "b": federation_2(TASKS_B, root(b=box, shared=box), entity("Box", [box])),
    }
    async with running(services) as graph:
        members = "__typename ... on Both { label } ... on OnlyA { a } ... on OnlyB { b }"
        data, asked = await graph.ask(f"{{ {field} {{ acts {{ {members} }} }} }} }}")
        top, inner = field.replace(" {", "").split()
        assert data == {top: {inner: {"acts": acts}}}
        assert asked == steps


async def test_a_union_that_only_one_service_can_be_asked_for_holds_all_of_its_members() -> None:
    a = """
    type Query { answer: Answer }
    type Answer @shareable { acts: [Act!]! note: String }
    union Act = Alpha | Beta
    type Alpha @shareable { id: ID! value: String } type Beta { id: ID! name: String }
    """
    b = """
    type Answer @shareable { acts: [Act!]! note: String }
    union Act = Alpha
    type Alpha @shareable { id: ID! value: String }
    """
    acts = [{"__typename": "Alpha", "id": "1", "value": "V"}, {"__typename": "Beta", "id": "2", "name": "N"}]
    services = {
        "a": federation_2(a, root(answer={"acts": acts, "note": "n"})),
        "b": federation_2(b),
    }
    async with running(services) as graph:
        query = "{ answer { note acts { __typename ... on Alpha { value } ... on Beta { name } } } }"
        assert await graph.ask(query) == (
            {
                "answer": {
                    "note": "n",
                    "acts": [{"__typename": "Alpha", "value": "V"}, {"__typename": "Beta", "name": "N"}],
                }
            },
            "a",
        )
        assert await graph.ask("{ answer { acts { ... on Beta { name } } } }") == (
            {"answer": {"acts": [{}, {"name": "N"}]}},
            "a",
        )


MEDIA_A = """
union Media = Book | Song
type Book @key(fields: "id") { id: ID! title: String! @shareable a: String! }
type Song @key(fields: "id") { id: ID! title: String! @shareable a: String! }
type Query {
  media: Media @shareable aMedia: Media @shareable book: Book @shareable viewer: Viewer @shareable
}
type Viewer { media: Media @shareable aMedia: Media book: Book @shareable }
"""
MEDIA_B = """
union Media = Book | Film
type Book @key(fields: "id") { id: ID! title: String! @shareable b: String! }
type Film @key(fields: "id") { id: ID! title: String! @shareable b: String! }
type Query {
  media: Media @shareable bMedia: Media @shareable book: Media @shareable viewer: Viewer @shareable
}
type Viewer { media: Media @shareable bMedia: Media book: Media @shareable }
"""


@pytest.mark.parametrize(
    ("query", "expected", "steps"),
    [
        ("media { ... on Film { title } }", {"media": {}}, "a"),
        ("media { ... on Book { title } ... on Film { title } }", {"media": {"title": "T"}}, "a"),
        (
            "media { __typename ... on Book { a b } }",
            {"media": {"__typename": "Book", "a": "A", "b": "B"}},
            "a b",
        ),
        ("bMedia { ... on Film { b } ... on Song { a } }", {"bMedia": {"b": "B"}}, "b"),
        ("aMedia { ... on Film { b } ... on Song { a } }", {"aMedia": {"a": "A"}}, "a"),
        # The same field is the object in one service and the union in the other.
        (
            "book { __typename ... on Book { title } ... on Film { title } }",
            {"book": {"__typename": "Book", "title": "T"}},
            "a",
        ),
        ("book { ... on Book { a b } }", {"book": {"a": "A", "b": "B"}}, "a b"),
        (
            "viewer { media { ... on Book { title } } aMedia { __typename } bMedia { __typename } }",
            {
                "viewer": {
                    "media": {"title": "T"},
                    "aMedia": {"__typename": "Song"},
                    "bMedia": {"__typename": "Film"},
                }
            },
            "a b",
        ),
    ],
)
async def test_members_and_types_that_differ_by_service(query: str, expected: Any, steps: str) -> None:
    book = {"__typename": "Book", "id": "1", "title": "T", "a": "A", "b": "B"}
    song = {"__typename": "Song", "id": "2", "title": "S", "a": "A"}
    film = {"__typename": "Film", "id": "3", "title": "F", "b": "B"}
    own = {"media": book, "aMedia": song, "bMedia": film, "book": book}

    def of(names: tuple[str, ...]) -> Any:
        return root(viewer=own, **{name: own[name] for name in names})

    rows = [book, song, film]
    services = {
        "a": federation_2(
            MEDIA_A, of(("media", "aMedia", "book")), entity("Book", rows), entity("Song", rows)
        ),
        "b": federation_2(
            MEDIA_B, of(("media", "bMedia", "book")), entity("Book", rows), entity("Film", rows)
        ),
    }
    async with running(services) as graph:
        data, asked = await graph.ask(f"{{ {query} }}")
        assert data == expected
        assert asked == steps


async def test_members_of_interfaces_and_unions_in_several_services() -> None:
    a = """
    type Query { products: [Product!]! node(id: ID!): Node nodes: [Node!]! toasters: [Toaster!]! }
    union Product = Oven | Toaster
    interface Node { id: ID! } interface Warranted { warranty: Int }
    type Oven @key(fields: "id") { id: ID! }
    type Toaster implements Node & Warranted @key(fields: "id") { id: ID! warranty: Int }
    """
    b = """
    interface Node { id: ID! } interface Warranted { warranty: Int }
    type Oven implements Node & Warranted @key(fields: "id") { id: ID! warranty: Int }
    """
    oven = {"__typename": "Oven", "id": "o", "warranty": 2}
    toaster = {"__typename": "Toaster", "id": "t", "warranty": 5}
    services = {
        "a": federation_2(
            a,
            root(products=[oven, toaster], nodes=[toaster], node=by([toaster]), toasters=[toaster]),
            entity("Oven", [{"id": "o"}]),
            entity("Toaster", [toaster]),
        ),
        "b": federation_2(b, entity("Oven", [oven])),
    }
    async with running(services) as graph:
        assert await graph.ask("{ products { ... on Node { id } } }") == (
            {"products": [{"id": "o"}, {"id": "t"}]},
            "a",
        )
        assert await graph.ask("{ products { ... on Warranted { warranty } } }") == (
            {"products": [{"warranty": 2}, {"warranty": 5}]},
            "a > b",
        )
        assert await graph.ask("{ nodes { id ... on Toaster { warranty } ... on Oven { warranty } } }") == (
            {"nodes": [{"id": "t", "warranty": 5}]},
            "a",
        )
        assert await graph.ask('{ node(id: "t") { ... on Warranted { warranty } } }') == (
            {"node": {"warranty": 5}},
            "a",
        )
        assert await graph.ask(
            "{ toasters { ... on Node { __typename ... on Warranted { warranty } } } }"
        ) == (
            {"toasters": [{"__typename": "Toaster", "warranty": 5}]},
            "a",
        )


async def test_a_type_name_is_asked_for_wherever_it_stands() -> None:
    sdl = """
    type Query { union: Good interface: Node list: [[Node]] }
    union Good = Oven | Toaster interface Node { id: ID! }
    type Oven implements Node { id: ID! } type Toaster implements Node { id: ID! }
    """
    oven, toaster = ({"__typename": name, "id": name[0]} for name in ("Oven", "Toaster"))
    services = {
        "a": federation_2(sdl, root(union=oven, interface=toaster, list=[[oven, None], None, [toaster]]))
    }
    async with running(services) as graph:
        data, steps = await graph.ask(
            """{ __typename t: __typename
            union { __typename t: __typename ... on Oven { o: __typename } ... on Toaster { o: __typename } }
            interface { id ... on Node { __typename } ... on Oven { o: __typename } }
            list { ... on Toaster { __typename } } }"""
        )
        assert data == {
            "__typename": "Query",
            "t": "Query",
            "union": {"__typename": "Oven", "t": "Oven", "o": "Oven"},
            "interface": {"id": "T", "__typename": "Toaster"},
            "list": [[{}, None], None, [{"__typename": "Toaster"}]],
        }
        assert steps == "a"
        assert await graph.ask("{ __typename }") == ({"__typename": "Query"}, "")


async def test_fields_of_union_members_whose_types_differ() -> None:
    """A key that is ``ID`` here and ``ID!`` there can't be asked for under one name."""
    a = "type Query { users: [User!]! } type User { id: ID @shareable }"
    b = """
    type Query { accounts: [Account!]! } union Account = User | Admin
    type User @key(fields: "id") { id: ID! name: String alike: [Account!]! }
    type Admin { id: ID name: String @shareable alike: [Account!]! }
    """
    user: dict[str, Any] = {"__typename": "User", "id": "u", "name": "U"}
    admin = {"__typename": "Admin", "id": "a", "name": "A", "alike": [user]}
    user["alike"] = [admin, user]
    services = {
        "a": federation_2(a, root(users=[{"id": "u"}])),
        "b": federation_2(b, root(accounts=[user, admin]), entity("User", [user])),
    }
    members = "... on User { id name } ... on Admin { id name }"
    async with running(services) as graph:
        u, a = {"id": "u", "name": "U"}, {"id": "a", "name": "A"}  # type: ignore[assignment]
        assert await graph.ask(f"{{ users {{ id name }} accounts {{ {members} }} }}") == (
            {"users": [u], "accounts": [u, a]},
            "a b > b",
        )
        alike = f"alike {{ {members} }}"
        query = f"{{ accounts {{ ... on User {{ id {alike} }} ... on Admin {{ id {alike} }} }} }}"
        assert await graph.ask(query) == (
            {"accounts": [{"id": "u", "alike": [a, u]}, {"id": "a", "alike": [u]}]},
            "b",
        )


async def test_a_shared_node_field() -> None:
    """Each service finds by id what it can; one that only has the key tells nothing more."""
    a = """
    type Query { node(id: ID!): Node @shareable account(id: String!): Account }
    interface Node { id: ID! }
    type Account implements Node @key(fields: "id") { id: ID! username: String! }
    type Chat implements Node @key(fields: "id") { id: ID! account: Account! }
    """
    b = """
    type Query { node(id: ID!): Node @shareable chat(id: String!): Chat }
    interface Node { id: ID! }
    type Account implements Node @key(fields: "id") { id: ID! chats: [Chat!]! }
    type Chat implements Node @key(fields: "id") { id: ID! text: String! }
    """
    accounts: list[Row] = [{"__typename": "Account", "id": "a1", "username": "ada", "chats": [{"id": "c1"}]}]
    chats = [{"__typename": "Chat", "id": "c1", "text": "Hi", "account": {"id": "a1"}}]
    a_rows: list[Row] = [{**accounts[0]}, {"__typename": "Chat", "id": "c1", "account": accounts[0]}]
    b_rows: list[Row] = [{"__typename": "Account", "id": "a1", "chats": chats}, chats[0]]
    services = {
        "a": federation_2(
            a, root(node=by(a_rows), account=by(a_rows)), entity("Account", a_rows), entity("Chat", a_rows)
        ),
        "b": federation_2(
            b, root(node=by(b_rows), chat=by(b_rows)), entity("Account", b_rows), entity("Chat", b_rows)
        ),
    }
    async with running(services) as graph:
        assert await graph.ask('{ node(id: "a1") { __typename id } }') == (
            {"node": {"__typename": "Account", "id": "a1"}},
            "a",
        )
        query = (
            '{ a: node(id: "a1") { ... on Account { username } } c: node(id: "c1") { ... on Chat { text } } }'
        )
        data, steps = await graph.ask(query)
        assert data == {"a": {"username": "ada"}, "c": {"text": "Hi"}}
        assert steps == "a b"
        assert await graph.ask('{ chat(id: "c1") { id text account { username chats { id } } } }') == (
            {"chat": {"id": "c1", "text": "Hi", "account": {"username": "ada", "chats": [{"id": "c1"}]}}},
            "b > a > b",
        )


async def test_members_whose_fields_another_service_has() -> None:
    a = """
    type Query { good: Node group: Node } interface Node { id: ID! }
    type Good implements Node @key(fields: "id") { id: ID! }
    type Group implements Node @key(fields: "id") { id: ID! }
    """
    b = """
    interface Node { id: ID! }
    type Good implements Node @key(fields: "id") { id: ID! name: String! }
    type Group implements Node @key(fields: "id") { id: ID! name: String! }
    """
    good = {"__typename": "Good", "id": "1", "name": "One"}
    services = {
        "a": federation_2(a, root(good=good), entity("Good"), entity("Group")),
        "b": federation_2(b, entity("Good", [good]), entity("Group")),
    }
    async with running(services) as graph:
        assert await graph.ask("{ good { ... on Good { id name __typename } } }") == (
            {"good": {"id": "1", "name": "One", "__typename": "Good"}},
            "a > b",
        )
        assert await graph.ask("{ good { ... on Group { name } } }") == ({"good": {}}, "a")


SIZED_A = """
type Query { media: Media @shareable album: Album }
type Album @key(fields: "id") { id: ID! cover: Media }
interface Media { file: String! }
type Photo implements Media @shareable { file: String! size: Int! }
type Clip implements Media @shareable { file: String! size: Int! lens: Int }
"""
SIZED_B = """
type Query { media: Media @shareable }
type Album @key(fields: "id") {
  id: ID! cover: Media @external label: Int! @requires(fields: "cover { ... on Sized { size } }")
}
interface Media { file: String! }
interface Sized { size: Int! }
type Photo implements Media & Sized @shareable { file: String! size: Int! }
type Clip implements Media & Sized @shareable { file: String! size: Int! }
"""


async def test_an_interface_that_only_one_of_two_services_knows() -> None:
    """The other is asked by its object types; who answers all of it answers it alone."""
    photo = {"__typename": "Photo", "file": "f", "size": 4}
    services = {
        "a": federation_2(SIZED_A, root(media=photo, album={"id": "1", "cover": photo}), entity("Album")),
        "b": federation_2(
            SIZED_B, root(media=photo), entity("Album", label=lambda row, *_: row["cover"]["size"])
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ media { ... on Sized { size } } }") == ({"media": {"size": 4}}, "a")
        assert await graph.ask("{ media { ... on Sized { size } ... on Clip { lens } } }") == (
            {"media": {"size": 4}},
            "a",
        )
        assert await graph.ask("{ album { label } }") == ({"album": {"label": 4}}, "a > b")


async def test_a_field_that_the_client_calls_typename() -> None:
    shop = """
    type Query { wares: [Ware!]! any: [Any!]! first: Pen }
    interface Ware { name: String }
    union Any = Pen | Book
    type Pen implements Ware @key(fields: "id") { id: ID! name: String }
    type Book implements Ware @key(fields: "id") { id: ID! name: String }
    """
    stock = """
    type Pen @key(fields: "id") { id: ID! left: Int }
    type Book @key(fields: "id") { id: ID! left: Int }
    """
    pen = {"__typename": "Pen", "id": "1", "name": "Fine"}
    book = {"__typename": "Book", "id": "2", "name": "Pen"}  # a name that is also that of a type
    services = {
        "shop": federation_2(
            shop, root(wares=[pen, book], any=[book], first=pen), entity("Pen"), entity("Book")
        ),
        "stock": federation_2(
            stock, entity("Pen", [{"id": "1", "left": 7}]), entity("Book", [{"id": "2", "left": 8}])
        ),
    }
    query = """{
      wares { __typename: name type: __typename ... on Pen { left } ... on Book { left } }
      any { ... on Book { __typename: left } ... on Pen { __typename: left } }
      first { __typename: left } __typename: first { id }
    }"""
    answer = {
        "wares": [
            {"__typename": "Fine", "type": "Pen", "left": 7},
            {"__typename": "Pen", "type": "Book", "left": 8},
        ],
        "any": [{"__typename": 8}],
        "first": {"__typename": 7},
        "__typename": {"id": "1"},
    }
    async with running(services) as graph:
        assert await graph.ask(query) == (answer, "shop > stock")
        assert await graphql(graph.gateway.schema, {"query": query}) == (True, {"data": answer})
