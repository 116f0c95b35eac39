"""Fields that need other fields first: nested, with fragments and arguments, in chains and circles."""

from typing import Any

import pytest

from tests.conformance.graph import Service, entity, entity_interface, federation_2, root, running

PARCELS: list[dict[str, Any]] = [
    {"id": "1", "weight": 3, "size": {"w": 2, "h": 5}, "fragile": True},
    {"id": "2", "weight": None, "size": None, "fragile": False},
]
DEPOT = """
type Query { parcels: [Parcel!]! }
type Parcel @key(fields: "id") { id: ID! weight: Int size: Size fragile: Boolean! }
type Size @shareable { w: Int! h: Int! }
"""


def depot() -> Service:
    return federation_2(DEPOT, root(parcels=PARCELS), entity("Parcel", PARCELS))


def recording(seen: list[Any], value: Any) -> Any:
    """Return a resolver that notes what was sent for an entity, without its type."""

    def resolve(row: Any, *_: Any, **__: Any) -> Any:
        seen.append({name: each for name, each in row.items() if name != "__typename"})
        return value(row) if callable(value) else value

    return resolve


async def test_nested_required_fields_are_sent_and_do_not_show() -> None:
    freight = """
    type Parcel @key(fields: "id") {
      id: ID! weight: Int @external size: Size @external
      cost: Int @requires(fields: "size { h w } weight")
      area: Int @requires(fields: "size { w h }")
    }
    type Size @shareable { w: Int! h: Int! }
    """
    seen: list[Any] = []

    def area(row: Any) -> Any:
        return row["size"] and row["size"]["w"] * row["size"]["h"]

    services = {
        "depot": depot(),
        "freight": federation_2(
            freight,
            entity(
                "Parcel",
                cost=recording(seen, lambda row: row["weight"] and row["weight"] * area(row)),
                area=lambda row, *_: area(row),
            ),
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ parcels { cost area } }") == (
            {"parcels": [{"cost": 30, "area": 10}, {"cost": None, "area": None}]},
            "depot > freight",
        )
        assert seen == [
            {"id": "1", "size": {"h": 5, "w": 2}, "weight": 3},
            {"id": "2", "size": None, "weight": None},
        ]
        # What the client takes under a required field's name is something else.
        assert (await graph.ask("{ parcels { size: id weight: area cost } }")).data == {
            "parcels": [{"size": "1", "weight": 10, "cost": 30}, {"size": "2", "weight": None, "cost": None}]
        }


CHAIN_B = """
type Parcel @key(fields: "id") {
  id: ID! weight: Int @external heavy: Boolean @requires(fields: "weight")
  fragile: Boolean! @external careful: Boolean @requires(fields: "fragile")
}
"""
CHAIN_C = """
type Parcel @key(fields: "id") {
  id: ID! heavy: Boolean @external crew: Int @requires(fields: "heavy")
  careful: Boolean @external gloves: Boolean @requires(fields: "careful")
}
"""


def chain() -> dict[str, Service]:
    return {
        "depot": depot(),
        "scale": federation_2(
            CHAIN_B,
            entity(
                "Parcel",
                heavy=lambda row, *_: row["weight"] and row["weight"] > 2,
                careful=lambda row, *_: not row["fragile"],
            ),
        ),
        "crew": federation_2(
            CHAIN_C,
            entity(
                "Parcel",
                crew=lambda row, *_: row["heavy"] and 2,
                gloves=lambda row, *_: row["careful"],
            ),
        ),
    }


@pytest.mark.parametrize(
    ("fields", "expected", "steps"),
    [
        ("crew", {"crew": 2}, "depot > scale > crew"),
        ("heavy", {"heavy": True}, "depot > scale"),
        ("crew heavy", {"crew": 2, "heavy": True}, "depot > scale > crew"),
        ("gloves", {"gloves": False}, "depot > scale > crew"),
        (
            "gloves crew careful heavy",
            {"gloves": False, "crew": 2, "careful": False, "heavy": True},
            "depot > scale > crew",
        ),
        ("heavy crew @skip(if: true)", {"heavy": True}, "depot > scale"),
        ("id crew @include(if: false)", {"id": "1"}, "depot"),
    ],
)
async def test_what_is_required_may_require_something_itself(fields: str, expected: Any, steps: str) -> None:
    async with running(chain()) as graph:
        data, asked = await graph.ask(f"{{ parcels {{ {fields} }} }}")
        assert data["parcels"][0] == expected
        assert asked == steps


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("directive", ["include", "skip"])
async def test_a_condition_decides_whether_the_whole_chain_is_asked(directive: str, yes: bool) -> None:
    async with running(chain()) as graph:
        query = f"query($yes: Boolean!) {{ parcels {{ id crew @{directive}(if: $yes) }} }}"
        data, steps = await graph.ask(query, {"yes": yes})
        wanted = yes == (directive == "include")
        assert data["parcels"][0] == ({"id": "1", "crew": 2} if wanted else {"id": "1"})
        assert steps == ("depot > scale > crew" if wanted else "depot")


async def test_in_a_circle_through_another_entity() -> None:
    """a asks b, whose answer needs the author's years, which only a knows."""
    a = """
    type Query { feed: [Post!]! }
    type Post @key(fields: "id") {
      id: ID! byNovice: Boolean! @external byExpert: Boolean! @requires(fields: "byNovice")
    }
    type Author @key(fields: "id") { id: ID! name: String! years: Int! }
    """
    b = """
    type Post @key(fields: "id") {
      id: ID! author: Author! byNovice: Boolean! @requires(fields: "author { years }")
    }
    type Author @key(fields: "id") { id: ID! years: Int! @external }
    """
    authors = [{"id": "x", "name": "X", "years": 1}, {"id": "y", "name": "Y", "years": 20}]
    posts = [{"id": "1", "author": {"id": "x"}}, {"id": "2", "author": {"id": "y"}}]

    def novice(row: Any, *_: Any) -> bool:
        years: int = row["author"]["years"]
        return years < 5

    written = entity("Post", byNovice=novice)
    written.set_field("author", lambda row, *_: next(p["author"] for p in posts if p["id"] == row["id"]))
    services = {
        "a": federation_2(
            a,
            root(feed=[{"id": "1"}, {"id": "2"}]),
            entity("Post", byExpert=lambda row, *_: not row["byNovice"]),
            entity("Author", authors),
        ),
        "b": federation_2(b, written, entity("Author")),
    }
    async with running(services) as graph:
        assert await graph.ask("{ feed { byNovice } }") == (
            {"feed": [{"byNovice": True}, {"byNovice": False}]},
            "a > b > a > b",
        )
        assert await graph.ask("{ feed { byExpert author { name } } }") == (
            {
                "feed": [
                    {"byExpert": False, "author": {"name": "X"}},
                    {"byExpert": True, "author": {"name": "Y"}},
                ]
            },
            "a > b > a > b > a",
        )


SHOP = """
type Query { goods: [Good!]! }
type Good @key(fields: "upc") {
  upc: ID! price(currency: String!): Int weight: Int group: Group notes(first: Int!): [Note!]!
}
type Group { average(currency: String!): Int }
type Note @key(fields: "id") { id: ID! text: String! author: ID }
"""
FREIGHT = '''
type Good @key(fields: "upc") {
  upc: ID! weight: Int @external price(currency: String!): Int @external group: Group @external
  notes(first: Int!): [Note!]! @external
  usd: Int @requires(fields: """price(currency: "USD") weight""")
  eur: Int @requires(fields: """price(currency: "EUR") weight""")
  plain: Int @requires(fields: "weight")
  dear: Boolean @requires(fields: """group { average(currency: "USD") }""")
  voices: [ID] @requires(fields: "notes(first: 3) { author }")
}
type Group @external { average(currency: String!): Int }
type Note @key(fields: "id") { id: ID! author: ID @external }
'''
GOODS: list[dict[str, Any]] = [
    {
        "upc": "1",
        "weight": 2,
        "price": {"USD": 10, "EUR": 9},
        "notes": [{"id": f"n{n}", "text": f"T{n}", "author": f"a{n}"} for n in range(5)],
    },
    {"upc": "2", "weight": 1, "price": {"USD": 100, "EUR": 90}, "notes": []},
]


def goods() -> dict[str, Service]:
    def price(row: Any, _: Any, currency: str) -> Any:
        return row["price"].get(currency)

    def notes(row: Any, _: Any, first: int) -> Any:
        return row["notes"][:first]

    good = entity("Good", GOODS, price=price, notes=notes)
    good.set_field("group", lambda row, *_: row)
    group = entity("Group", average=price)
    return {
        "shop": federation_2(SHOP, root(goods=GOODS), good, group, entity("Note")),
        "freight": federation_2(
            FREIGHT,
            entity(
                "Good",
                usd=lambda row, *_: row["price"] * row["weight"],
                eur=lambda row, *_: row["price"] * row["weight"],
                plain=lambda row, *_: row["weight"],
                dear=lambda row, *_: row["group"]["average"] > 50,
                voices=lambda row, *_: [each["author"] for each in row["notes"]],
            ),
            entity("Note"),
        ),
    }


@pytest.mark.parametrize(
    ("fields", "expected", "steps"),
    [
        ("usd dear", [{"usd": 20, "dear": False}, {"usd": 100, "dear": True}], "shop > freight"),
        # Two representations, since one has no place for two prices: still one request.
        ("usd eur", [{"usd": 20, "eur": 18}, {"usd": 100, "eur": 90}], "shop > freight"),
        ("eur plain usd", [{"eur": 18, "plain": 2, "usd": 20}, {"eur": 90, "plain": 1, "usd": 100}], None),
        # The client asks for the same field with another argument, or with the same, under its own name.
        (
            'usd price(currency: "EUR")',
            [{"usd": 20, "price": 9}, {"usd": 100, "price": 90}],
            "shop > freight",
        ),
        (
            'price: weight usd p: price(currency: "USD")',
            [{"price": 2, "usd": 20, "p": 10}, {"price": 1, "usd": 100, "p": 100}],
            "shop > freight",
        ),
        (
            "voices notes(first: 1) { id text }",
            [
                {"voices": ["a0", "a1", "a2"], "notes": [{"id": "n0", "text": "T0"}]},
                {"voices": [], "notes": []},
            ],
            "shop > freight",
        ),
        (
            "voices notes(first: 3) { text }",
            [
                {"voices": ["a0", "a1", "a2"], "notes": [{"text": f"T{n}"} for n in range(3)]},
                {"voices": [], "notes": []},
            ],
            "shop > freight",
        ),
    ],
)
async def test_required_fields_with_arguments(fields: str, expected: Any, steps: str | None) -> None:
    async with running(goods()) as graph:
        data, asked = await graph.ask(f"{{ goods {{ {fields} }} }}")
        assert data == {"goods": expected}
        assert asked == (steps or "shop > freight")


@pytest.mark.parametrize("first", [1, 3])
async def test_a_variable_of_the_client_in_the_same_field(first: int) -> None:
    async with running(goods()) as graph:
        query = "query($n: Int = 1) { goods { voices notes(first: $n) { id } } }"
        data, steps = await graph.ask(query, {"n": first})
        assert data["goods"][0] == {
            "voices": ["a0", "a1", "a2"],
            "notes": [{"id": f"n{n}"} for n in range(first)],
        }
        assert steps == "shop > freight"


ALBUM = """
type Query { a: Album }
type Album @key(fields: "id") { id: ID! cover: Media }
interface Media { file: String! }
interface Sized implements Media { file: String! size: Int! }
type Photo implements Media & Sized @shareable { file: String! size: Int! lens: String! }
type Clip implements Media & Sized @shareable { file: String! size: Int! codec: String! }
"""
LABEL = '''
type Query { b(id: ID!): Album }
type Album @key(fields: "id") {
  id: ID! cover: Media @external
  label: String! @requires(fields: """
    cover { file ... on Sized { size ... on Photo { lens } ... on Clip { codec } } }
  """)
  name: String! @requires(fields: "cover { ... on Media { file } }")
  optics: String @requires(fields: "cover { ... on Photo { lens } }")
}
interface Media { file: String! }
interface Sized implements Media { file: String! size: Int! }
type Photo implements Media & Sized @shareable @inaccessible { file: String! size: Int! lens: String! }
type Clip implements Media & Sized @shareable { file: String! size: Int! codec: String! }
'''


@pytest.mark.parametrize("kind", ["Photo", "Clip"])
async def test_required_fields_with_fragments_of_abstract_types(kind: str) -> None:
    own = {"lens": "L"} if kind == "Photo" else {"codec": "C"}
    album = {"id": "1", "cover": {"__typename": kind, "file": "f", "size": 4, **own}}
    seen: list[Any] = []
    services = {
        "albums": federation_2(ALBUM, root(a=album), entity("Album", [album])),
        "labels": federation_2(
            LABEL,
            root(b=lambda *_, id: {"id": id}),
            entity(
                "Album",
                label=recording(seen, lambda row: "/".join(map(str, row["cover"].values()))),
                name=lambda row, *_: row["cover"]["file"],
                optics=lambda row, *_: row["cover"].get("lens"),
            ),
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ a { label } }") == (
            {"a": {"label": f"{kind}/f/4/{'L' if kind == 'Photo' else 'C'}"}},
            "albums > labels",
        )
        assert seen.pop()["cover"] == album["cover"]
        data, steps = await graph.ask('{ b(id: "1") { name optics cover { __typename file } } }')
        # A type that clients must not see is a null to them, but the services use it among themselves.
        cover = {"__typename": kind, "file": "f"} if kind == "Clip" else None
        assert data == {"b": {"name": "f", "optics": own.get("lens"), "cover": cover}}
        assert steps == "labels > albums > labels"


async def test_of_an_interface_whose_members_differ_by_service() -> None:
    a = """
    type Query { a: User }
    interface Place { id: ID! }
    type Home implements Place @key(fields: "id") { id: ID! city: String @shareable }
    type Work implements Place @key(fields: "id") { id: ID! city: String @shareable }
    type User @key(fields: "id") {
      id: ID! place: Place @external
      city: String @requires(fields: "place { id }")
      land: String @requires(fields: "place { ... on Work { id } }")
    }
    """
    b = """
    type Query { b: User }
    interface Place { id: ID! }
    type Home implements Place @key(fields: "id") { id: ID! city: String @shareable }
    type Work implements Place @key(fields: "id") { id: ID! city: String @shareable }
    type Boat implements Place @key(fields: "id") { id: ID! city: String @shareable }
    type User @key(fields: "id") { id: ID! place: Place @shareable }
    """
    places = [
        {"__typename": "Boat", "id": "p1", "city": "sea"},
        {"__typename": "Work", "id": "p2", "city": "Rome"},
    ]
    users = [{"id": "1", "place": places[0]}, {"id": "2", "place": places[1]}]

    def land(row: Any, *_: Any) -> Any:
        return row["place"]["id"] if row["place"]["__typename"] == "Work" else None

    def services(user: Any) -> dict[str, Service]:
        return {
            "a": federation_2(
                a,
                root(a={"id": user["id"]}),
                entity("User", city=lambda row, *_: f"by {row['place']['id']}", land=land),
            ),
            "b": federation_2(b, root(b=user), entity("User", users), *(entity(n) for n in ("Home", "Work"))),
        }

    async with running(services(users[0])) as graph:
        assert await graph.ask("{ a { city place { __typename ... on Boat { city } } } }") == (
            {"a": {"city": "by p1", "place": {"__typename": "Boat", "city": "sea"}}},
            "a > b > a",
        )
        assert await graph.ask("{ b { city land } }") == ({"b": {"city": "by p1", "land": None}}, "b > a")
    async with running(services(users[1])) as graph:
        assert await graph.ask("{ b { land } }") == ({"b": {"land": "p2"}}, "b > a")


async def test_of_an_interface_whose_fields_are_another_services() -> None:
    """No service answers the field for the interface as a whole: each member is asked for it."""
    albums = """
    type Query { album: Album }
    type Album @key(fields: "id") { id: ID! covers: [Media!] }
    interface Media { id: ID! }
    type Photo implements Media @key(fields: "id") { id: ID! }
    type Clip implements Media @key(fields: "id") { id: ID! }
    """
    labels = """
    type Album @key(fields: "id") {
      id: ID! covers: [Media!] @external label: String! @requires(fields: "covers { size }")
    }
    interface Media { id: ID! size: Int }
    type Photo implements Media @key(fields: "id") { id: ID! size: Int @external }
    type Clip implements Media @key(fields: "id") { id: ID! size: Int @external }
    """
    files = """
    type Photo @key(fields: "id") { id: ID! size: Int }
    type Clip @key(fields: "id") { id: ID! size: Int }
    """
    covers = [{"__typename": "Clip", "id": "1"}, {"__typename": "Photo", "id": "2"}]
    services = {
        "albums": federation_2(albums, root(album={"id": "a", "covers": covers}), entity("Album")),
        "labels": federation_2(labels, entity("Album", label=lambda row, *_: str(row["covers"]))),
        "files": federation_2(files, entity("Photo", size=4), entity("Clip", size=5)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ album { label } }") == (
            {"album": {"label": "[{'size': 5}, {'size': 4}]"}},
            "albums > files > labels",
        )


async def test_of_an_interface_object_whose_type_matters() -> None:
    house = """
    interface Person @key(fields: "id") { id: ID! }
    type Query { staff: [Person!]! }
    type Cook implements Person @key(fields: "id") { id: ID! knives: Int }
    type Waiter implements Person @key(fields: "id") { id: ID! }
    """
    teams = """
    type Query { team: Team }
    type Team @key(fields: "id") { id: ID! lead: Person }
    type Person @key(fields: "id") @interfaceObject { id: ID! }
    """
    needs = """
    type Team @key(fields: "id") {
      id: ID! lead: Person @external needs: String @requires(fields: "lead { ... on Cook { knives } }")
    }
    interface Person @key(fields: "id", resolvable: false) { id: ID! }
    type Cook implements Person @key(fields: "id", resolvable: false) { id: ID! knives: Int @external }
    type Waiter implements Person @key(fields: "id", resolvable: false) { id: ID! }
    """
    cook = {"__typename": "Cook", "id": "1", "knives": 3}
    services = {
        "house": federation_2(
            house, root(staff=[cook]), entity_interface("Person", [cook]), entity("Cook", [cook])
        ),
        "teams": federation_2(
            teams, root(team={"id": "t", "lead": {"id": "1"}}), entity("Team"), entity("Person")
        ),
        "needs": federation_2(needs, entity("Team", needs=lambda row, *_: str(row["lead"]["knives"]))),
    }
    async with running(services) as graph:
        assert await graph.ask("{ team { needs } }") == ({"team": {"needs": "3"}}, "teams > house > needs")


async def test_of_what_a_path_provides_and_of_itself() -> None:
    blog = """
    type Query { post: Post @provides(fields: "author { name }") }
    type Post @key(fields: "id") { id: ID! author: User }
    type User @key(fields: "id") { id: ID! name: String @external }
    """
    users = 'type User @key(fields: "id") { id: ID! name: String @shareable boss: User }'
    letters = """
    type User @key(fields: "id") {
      id: ID! name: String @external boss: User @external
      hello: String @requires(fields: "name")
      title: String @requires(fields: "name boss { name boss { name } }")
    }
    """
    ada: dict[str, Any] = {"id": "1", "name": "Ada", "boss": None}
    bo = {"id": "2", "name": "Bo", "boss": ada}

    def title(row: Any, *_: Any) -> str:
        names = []
        while row:
            names.append(row["name"])
            row = row.get("boss")
        return " under ".join(names)

    services = {
        "blog": federation_2(blog, root(post={"id": "p", "author": bo}), entity("Post"), entity("User")),
        "users": federation_2(users, entity("User", [ada, bo])),
        "letters": federation_2(
            letters, entity("User", hello=lambda row, *_: f"Hi {row['name']}", title=title)
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ post { author { hello } } }") == (
            {"post": {"author": {"hello": "Hi Bo"}}},
            "blog > letters",
        )
        assert await graph.ask("{ post { author { title boss { title } } } }") == (
            {"post": {"author": {"title": "Bo under Ada", "boss": {"title": "Ada"}}}},
            "blog > users > letters",
        )
