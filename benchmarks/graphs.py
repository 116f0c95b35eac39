"""The graphs that are measured: SDLs, how long their lists are, and one operation each.

``shop`` is the graph that gateways are compared on; each of the others grows in one direction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["GRAPHS", "Graph"]

FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@external", "@requires"])\n'
)


@dataclass(frozen=True, slots=True)
class Graph:
    """Subgraphs by name, the number of items of each list by coordinate (else 3), and what is asked."""

    sdls: Mapping[str, str]
    operation: str
    sizes: Mapping[str, int] = field(default_factory=dict)


def shop(_: int = 0) -> Graph:
    """Four services; an operation of six fetches, one of which waits for two others."""
    people = (
        'type Query { users: [User!]! } type User @key(fields: "id") { id: ID! name: String email: String }'
    )
    products = (
        "type Query { topProducts: [Product!]! } "
        'type Product @key(fields: "id") { id: ID! title: String price: Int weight: Int }'
    )
    stock = (
        'type Product @key(fields: "id") { id: ID! price: Int @external weight: Int @external inStock: Int '
        'shipping: Int @requires(fields: "price weight") }'
    )
    reviews = (
        'type User @key(fields: "id") { id: ID! reviews: [Review!]! } '
        'type Product @key(fields: "id") { id: ID! reviews: [Review!]! } '
        'type Review @key(fields: "id") { id: ID! body: String author: User product: Product }'
    )
    operation = """
      fragment Item on Product { id title price inStock shipping }
      fragment Said on Review { id body author { id name reviews { id body product { ...Item } } } }
      { users { id name email reviews { id body product { ...Item reviews { ...Said } } } }
        topProducts { ...Item reviews { ...Said } } }
    """
    sdls = {"people": people, "products": products, "stock": stock, "reviews": reviews}
    return Graph({name: FEDERATION + sdl for name, sdl in sdls.items()}, operation)


def entities(count: int) -> Graph:
    """One list of so many entities, completed by a second service."""
    first = 'type Query { things: [Thing!]! } type Thing @key(fields: "id") { id: ID! name: String }'
    second = 'type Thing @key(fields: "id") { id: ID! stock: Int }'
    sdls = {"first": FEDERATION + first, "second": FEDERATION + second}
    return Graph(sdls, "{ things { id name stock } }", {"Query.things": count})


def hops(count: int) -> Graph:
    """So many fetches, each of which waits for the one before."""
    sdls = {}
    for number in range(count):
        following = "" if number + 1 == count else f" next: E{number + 1}"
        stub = (
            "" if not following else f'type E{number + 1} @key(fields: "id", resolvable: false) {{ id: ID! }}'
        )
        root = "type Query { start: E0 }" if number == 0 else ""
        entity = f'type E{number} @key(fields: "id") {{ id: ID! name: String{following} }}'
        sdls[f"s{number}"] = f"{FEDERATION}{root} {entity} {stub}"
    operation = "{ start " + "{ name next " * (count - 1) + "{ name }" + " }" * (count - 1) + " }"
    return Graph(sdls, operation)


def roots(count: int) -> Graph:
    """So many root fields of five services."""
    sdls = {}
    for number in range(5):
        fields = " ".join(f"f{each}: Thing{number}" for each in range(number, max(count, 5), 5))
        sdls[f"s{number}"] = (
            f"{FEDERATION}type Query {{ {fields} }} type Thing{number} {{ id: ID! name: String }}"
        )
    return Graph(sdls, "{ " + " ".join(f"f{each} {{ id name }}" for each in range(count)) + " }")


def subgraphs(count: int) -> Graph:
    """So many services, five of which are asked."""
    sdls = {
        f"s{number}": f"{FEDERATION}type Query {{ f{number}: T{number} }} "
        f"type T{number} {{ id: ID! name: String }}"
        for number in range(count)
    }
    return Graph(sdls, "{ f0 { id name } f1 { id name } f2 { id name } f3 { id name } f4 { id name } }")


def answer(size: int) -> Graph:
    """An answer of about so many bytes, from one service."""
    sdl = (
        "type Query { things: [Thing!]! } type Thing { id: ID! name: String stock: Int place: Place } "
        "type Place { id: ID! name: String }"
    )
    operation = "{ things { id name stock place { id name } } }"
    return Graph({"first": FEDERATION + sdl}, operation, {"Query.things": max(1, size // 150)})


GRAPHS: Mapping[str, Callable[[int], Graph]] = {
    made.__name__: made for made in (shop, entities, hops, roots, subgraphs, answer)
}
