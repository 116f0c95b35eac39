"""Type conditions in the selection maps of ``@is`` and ``@require``, met by what the objects really are."""

from typing import Any

import pytest
from ariadne import InterfaceType, UnionType, make_executable_schema

from tests.conformance.graph import Row, Service, of, root, running

DIRECTIVES = """
directive @lookup on FIELD_DEFINITION
directive @internal on OBJECT | FIELD_DEFINITION
directive @is(field: String!) on ARGUMENT_DEFINITION
directive @require(field: String!) on ARGUMENT_DEFINITION
directive @inaccessible on OBJECT
"""

LIBRARY = """
type Query { shelves: [Shelf!]! shelf(id: ID!): Shelf @lookup }
type Shelf { id: ID! top: Media items: [Media!]! owner: Owner }
union Media = Book | Comic | Film
union Bound = Book | Comic
interface Print { pages: Int! }
type Book implements Print { pages: Int! }
type Comic implements Print @inaccessible { pages: Int! }
type Film { minutes: Int! }
interface Owner { name: String }
interface Registered implements Owner { name: String code: ID! }
type Person implements Owner & Registered { name: String code: ID! }
type Club implements Owner & Registered { name: String code: ID! }
"""

BOOK = {"__typename": "Book", "pages": 10}
COMIC = {"__typename": "Comic", "pages": 20}
FILM = {"__typename": "Film", "minutes": 90}
SHELVES: list[Row] = [
    {"id": "1", "top": BOOK, "items": [BOOK, FILM], "owner": {"__typename": "Person", "code": "p"}},
    {"id": "2", "top": COMIC, "items": [COMIC], "owner": {"__typename": "Club", "code": "c"}},
    {"id": "3", "top": FILM, "items": [FILM, FILM], "owner": {"__typename": "Person", "code": "q"}},
    {"id": "4", "top": None, "items": [], "owner": None},
]

LABELS = """
type Query {{ shelfById(id: ID!): Shelf @lookup @internal }}
type Shelf {{ id: ID! label({argument}): String }}
input Size {{ pages: Int minutes: Int }}
"""


def library() -> Service:
    query = root(shelves=SHELVES, shelf=lambda *_, id: SHELVES[int(id) - 1])
    abstract: list[Any] = [UnionType(name, type_of) for name in ("Media", "Bound")]
    abstract += [InterfaceType(name, type_of) for name in ("Print", "Owner", "Registered")]
    return Service(LIBRARY, make_executable_schema(DIRECTIVES + LIBRARY, query, *abstract))


def type_of(row: Row, *_: Any) -> str:
    return str(row["__typename"])


def labels(argument: str) -> Service:
    """Return a service whose labels say what it was sent for the argument ``sent``."""
    sdl = LABELS.format(argument=argument)
    shelf = of("Shelf")
    shelf.set_field("label", lambda *_, sent=None: str(sent))
    return Service(
        sdl, make_executable_schema(DIRECTIVES + sdl, root(shelfById=lambda *_, id: {"id": id}), shelf)
    )


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        # An object type, an interface and a union, as the condition.
        ('sent: Int @require(field: "top<Book>.pages")', ["10", "None", "None", "None"]),
        ('sent: Int @require(field: "top<Print>.pages")', ["10", "20", "None", "None"]),
        ('sent: Int @require(field: "top<Print>.pages | top<Film>.minutes")', ["10", "20", "90", "None"]),
        # Within an object and a list.
        (
            'sent: Size @require(field: "{ pages: top<Print>.pages } | { minutes: top<Film>.minutes }")',
            ["{'pages': 10}", "{'pages': 20}", "{'minutes': 90}", "None"],
        ),
        (
            'sent: Size @require(field: "top<Bound>.{ pages: <Print>.pages }")',
            ["{'pages': 10}", "{'pages': 20}", "None", "None"],
        ),
        (
            'sent: [Int] @require(field: "items[<Print>.pages | <Film>.minutes]")',
            ["[10, 90]", "[20]", "[90, 90]", "[]"],
        ),
        ('sent: [Int] @require(field: "items[<Print>.pages]")', ["[10, None]", "[20]", "[None, None]", "[]"]),
        # An interface that implements another.
        ('sent: ID @require(field: "owner<Registered>.code")', ["p", "c", "q", "None"]),
    ],
)
async def test_requirements(argument: str, expected: list[str]) -> None:
    async with running({"library": library(), "labels": labels(argument)}) as graph:
        data, steps = await graph.ask("{ shelves { label } }")
        assert [shelf["label"] for shelf in data["shelves"]] == expected
        assert steps == "library > labels"


async def test_a_lookup() -> None:
    owners = """
        type Query { shelfByOwner(code: ID! @is(field: "owner<Registered>.code")): Shelf @lookup @internal }
        type Shelf { size: Int }
    """
    sizes = {"p": 1, "c": 2, "q": 3}
    query = root(shelfByOwner=lambda *_, code: {"size": sizes[code]})
    service = Service(owners, make_executable_schema(DIRECTIVES + owners, query))
    async with running({"library": library(), "owners": service}) as graph:
        data, steps = await graph.ask("{ shelves { size } }")
        assert [shelf["size"] for shelf in data["shelves"]] == [1, 2, 3, None]
        assert steps == "library > owners"
