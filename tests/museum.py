"""A museum, split over six federation subgraphs: whole and stitched answers are compared on it too.

- collection: exhibits, an interface that is an entity; paintings, sculptures; unions; a compound, nested key.
- artists: knows exhibits as a plain interface and a union of its own; a way back.
- rooms: two keys, a value type that others know less of, a union with a member of its own.
- visits: exhibits as an interface object, with a field that requires another.
- loans (federation 1): a value type of which each service has a part; a field that requires nested ones.
- insurance: requires what loans tell, and fragments of what an interface holds.

Some values that must not be null are: the answer has to lack as much as the whole schema's does.
"""

from collections.abc import Mapping
from typing import Any

from ariadne import InterfaceType, ObjectType, QueryType, UnionType, make_executable_schema
from graphql import GraphQLSchema, print_schema

from tests.conformance.graph import LINK, entity, entity_interface, federation_1, root

COLLECTION = """
type Query {
  exhibits(first: Int = 10): [Exhibit!]!
  exhibit(id: ID!): Exhibit
  paintings: [Painting!]
  shown: [Shown] @shareable
}
interface Exhibit @key(fields: "id") { id: ID! title: String! size: Size room: Room near: [Near!] }
interface Framed { frame: String }
type Painting implements Exhibit & Framed @key(fields: "id") {
  id: ID! title: String! size: Size room: Room near: [Near!]
  frame: String loan: Loan @shareable artist: Artist twin: Exhibit
}
type Sculpture implements Exhibit @key(fields: "id") {
  id: ID! title: String! size: Size room: Room near: [Near!]
  stone: String tons: Int!
}
type Size @shareable { w: Int h: Int }
type Loan { to: String @shareable days: Int }
type Room @key(fields: "house { id } no", resolvable: false) { house: House! no: Int! }
type House @shareable { id: ID! }
type Artist @key(fields: "id", resolvable: false) { id: ID! }
union Near = Painting | Sculpture | Room
union Shown = Painting | Artist
"""

ARTISTS = """
type Query { artist(id: ID!): Artist shown: [Shown] @shareable }
interface Exhibit { id: ID! }
type Artist @key(fields: "id") { id: ID! name: String! works: [Exhibit!] mentor: Artist best: Work }
type Painting implements Exhibit @key(fields: "id") { id: ID! style: String }
type Sculpture implements Exhibit @key(fields: "id") { id: ID! }
union Work = Painting | Sculpture
union Shown = Painting | Artist | Sculpture
"""

ROOMS = """
type Query { rooms: [Room!]! }
type Room @key(fields: "house { id } no") @key(fields: "code") {
  house: House! no: Int! code: ID! light: Int holds: [Holding]
}
type House @shareable { id: ID! name: String }
type Painting @key(fields: "id", resolvable: false) { id: ID! }
type Sculpture @key(fields: "id", resolvable: false) { id: ID! }
type Bench { seats: Int! }
union Holding = Painting | Sculpture | Bench
"""

VISITS = """
type Query { popular(first: Int = 3): [Exhibit!] }
type Exhibit @key(fields: "id") @interfaceObject {
  id: ID! visitors: Int! title: String! @external
  label(loud: Boolean = false): String @requires(fields: "title")
  last: Visit
}
type Visit { at: String! of: Exhibit! room: Room }
type Room @key(fields: "code") { code: ID! crowd: Int! }
"""

LOANS = """
type Size { w: Int h: Int }
extend type Painting @key(fields: "id") {
  id: ID! @external
  size: Size @external
  area: Int @requires(fields: "size { w h }")
  loan: Loan
}
type Loan { to: String fee: Int }
"""

INSURANCE = """
interface Exhibit { id: ID! }
type Painting implements Exhibit @key(fields: "id") {
  id: ID! area: Int @external frame: String @external artist: Artist @external twin: Exhibit @external
  premium: Int @requires(fields: "area frame")
  note: String @requires(fields: "artist { name mentor { name } }")
  pair: String @requires(fields: "twin { id ... on Sculpture { stone } ... on Painting { frame } }")
}
type Sculpture implements Exhibit @key(fields: "id") { id: ID! stone: String @external }
type Artist @key(fields: "id") { id: ID! name: String! @external mentor: Artist @external }
"""

SDL = {
    "collection": LINK + COLLECTION,
    "artists": LINK + ARTISTS,
    "rooms": LINK + ROOMS,
    "visits": LINK + VISITS,
    "loans": LOANS,
    "insurance": LINK + INSURANCE,
}
"""What each subgraph is composed of."""

VALUES: dict[str, list[Any]] = {
    "id": ["p1", "p3", "s2", "a1", "a2", "none"],
    "first": [1, 4, 20],
    "loud": [True, False],
}
"""What the arguments of operations are drawn from, by name."""

Row = dict[str, Any]


def rows() -> dict[str, Row]:
    """Return the museum's objects by their id, linked to each other."""
    houses = [{"id": "h1", "name": "Old House"}, {"id": "h2", "name": None}]
    rooms: list[Row] = [
        {"house": houses[0], "no": 1, "code": "r1", "light": 3, "crowd": 5},
        {"house": houses[0], "no": 2, "code": "r2", "light": None, "crowd": None},
        {"house": houses[1], "no": 1, "code": "r3", "light": 9, "crowd": 0},
    ]
    artists: list[Row] = [
        {"id": "a1", "name": "Ada", "mentor": None},
        {"id": "a2", "name": "Bo"},
        {"id": "a3", "name": "Cy"},
    ]
    artists[1]["mentor"], artists[2]["mentor"] = artists[0], artists[1]
    paintings: list[Row] = [
        {"id": "p1", "frame": "oak", "style": "dots", "artist": artists[0], "room": rooms[0], "visitors": 9},
        {"id": "p2", "frame": None, "style": None, "artist": artists[1], "room": rooms[1], "visitors": 4},
        {"id": "p3", "frame": "ash", "style": "cubes", "artist": None, "room": None, "visitors": None},
        {"id": "p4", "frame": "elm", "style": "dots", "artist": artists[2], "room": rooms[2], "visitors": 7},
    ]
    sculptures: list[Row] = [
        {"id": "s1", "stone": "lime", "tons": 2, "room": rooms[0], "visitors": 8},
        {"id": "s2", "stone": None, "tons": None, "room": rooms[2], "visitors": 1},
    ]
    for name, members in (
        ("Painting", paintings),
        ("Sculpture", sculptures),
        ("Artist", artists),
        ("Room", rooms),
    ):
        for member in members:
            member["__typename"] = name
    exhibits = [*paintings, *sculptures]
    for number, each in enumerate(exhibits):
        each["title"] = f"Title {each['id']}"
        each["size"] = None if number == 1 else {"w": number + 1, "h": 10}
        each["near"] = [exhibits[number - 1], *([each["room"]] if each["room"] else [])]
        each["last"] = {"at": f"{number} o'clock", "of": exhibits[-number], "room": each["room"]}
    paintings[2]["near"] = paintings[3]["last"] = None
    for number, each in enumerate(paintings):
        each["twin"] = (exhibits[4], None, paintings[0], exhibits[5])[number]
        each["loan"] = None if number == 1 else {"to": f"City {number}", "days": number, "fee": 100 * number}
    for each in artists:
        each["works"] = [*(one for one in paintings if one["artist"] is each), exhibits[4]]
        each["best"] = each["works"][0]
    artists[2]["works"] = None
    bench = {"__typename": "Bench", "seats": 4}
    for each in rooms:
        each["holds"] = [bench, *(one for one in exhibits if one["room"] is each), None]
    rooms[1]["holds"].append({"__typename": "Bench", "seats": None})
    return {each.get("code") or each["id"]: each for each in (*rooms, *artists, *exhibits)}


def of_type(objects: Mapping[str, Row], *names: str) -> list[Row]:
    """Return the objects of some types, in order."""
    return [item for item in objects.values() if item["__typename"] in names]


# Fields that are computed: of what is required in a service, of the object itself in the whole schema.


def label(row: Row, _: Any, loud: bool = False) -> str:
    return f"{row['title']}{'!' if loud else ''}"


def area(row: Row, *_: Any) -> Any:
    return row["size"] and row["size"]["w"] * row["size"]["h"]


def premium(row: Row, *_: Any) -> int | None:
    return None if row["area"] is None else row["area"] * (2 if row["frame"] else 1)


def note(row: Row, *_: Any) -> str | None:
    artist = row["artist"]
    return artist and f"{artist['name']} after {artist['mentor'] and artist['mentor']['name']}"


def pair(row: Row, *_: Any) -> str | None:
    twin = row["twin"]
    return twin and f"{twin['id']}: {twin['stone' if twin['__typename'] == 'Sculpture' else 'frame']}"


def subgraph_schemas() -> dict[str, GraphQLSchema]:
    """Return each subgraph, executable; each knows of an object what it serves, and no more."""
    objects = rows()
    exhibits, artists = of_type(objects, "Painting", "Sculpture"), of_type(objects, "Artist")
    paintings, rooms = of_type(objects, "Painting"), of_type(objects, "Room")
    shown = [*paintings, *artists, None]
    services = {
        "collection": (
            root(
                exhibits=_first(exhibits),
                exhibit=_by_id({each["id"]: each for each in exhibits}),
                paintings=paintings,
                shown=shown,
            ),
            entity_interface("Exhibit", exhibits),
            entity("Painting", exhibits),
            entity("Sculpture", exhibits),
        ),
        "artists": (
            root(artist=_by_id({each["id"]: each for each in artists}), shown=shown),
            entity("Artist", artists),
            entity("Painting", exhibits),
            entity("Sculpture", exhibits),
        ),
        "rooms": (root(rooms=rooms), entity("Room", rooms)),
        "visits": (
            root(popular=_first(_without(exhibits[::-1], "title"))),
            entity("Exhibit", _without(exhibits, "title"), label=label),
            entity("Room", rooms),
        ),
        "loans": (entity("Painting", _without(paintings, "size"), area=area),),
        "insurance": (
            entity("Painting", _keys(paintings), premium=premium, note=note, pair=pair),
            entity("Sculpture", _keys(exhibits)),
            entity("Artist", _keys(artists)),
        ),
    }
    return {name: federation_1(SDL[name], *bindables).schema for name, bindables in services.items()}


def whole_schema(merged: GraphQLSchema) -> GraphQLSchema:
    """Return the merged schema, executable on the objects themselves."""
    objects = rows()
    exhibits, artists = of_type(objects, "Painting", "Sculpture"), of_type(objects, "Artist")
    paintings = of_type(objects, "Painting")
    for each in paintings:
        each["area"] = area(each)
    query = QueryType()
    for name, value in {
        "exhibits": _first(exhibits),
        "exhibit": _by_id({each["id"]: each for each in exhibits}),
        "artist": _by_id({each["id"]: each for each in artists}),
        "paintings": lambda *_: paintings,
        "shown": lambda *_: [*paintings, *artists, None],
        "rooms": lambda *_: of_type(objects, "Room"),
        "popular": _first(exhibits[::-1]),
    }.items():
        query.set_field(name, value)
    painting, sculpture = ObjectType("Painting"), ObjectType("Sculpture")
    for shown in (painting, sculpture):
        shown.set_field("label", label)
    for name, resolver in {"premium": premium, "note": note, "pair": pair}.items():
        painting.set_field(name, resolver)
    interfaces = [InterfaceType(name, _type_of) for name in ("Exhibit", "Framed")]
    unions = [UnionType(name, _type_of) for name in ("Near", "Shown", "Work", "Holding")]
    return make_executable_schema(print_schema(merged), query, painting, sculpture, *interfaces, *unions)


def _type_of(row: Row, *_: Any) -> str:
    return str(row["__typename"])


def _first(found: list[Row]) -> Any:
    return lambda *_, first: found[:first]


def _by_id(objects: Mapping[str, Row]) -> Any:
    return lambda *_, id: objects.get(id)


def _keys(found: list[Row]) -> list[Row]:
    return [{"id": each["id"]} for each in found]


def _without(found: list[Row], name: str) -> list[Row]:
    return [{key: value for key, value in each.items() if key != name} for each in found]
