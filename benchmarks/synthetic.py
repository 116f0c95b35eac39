"""A synthetic graph of any size, for measuring composition and planning.

Each type is an entity of three subgraphs: one has its key ``id`` and half of its fields, one is entered by
``id`` and also knows ``code``, one is entered by ``code`` alone; so some routes need two hops. Each leads
to two others.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.sources import Source

__all__ = ["operation", "sources"]

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'


def sources(subgraphs: int, types: int) -> list[Source]:
    """Return the SDLs of a graph with so many subgraphs and types."""
    bodies: list[list[str]] = [[] for _ in range(subgraphs)]
    for number in range(types):
        home = number % subgraphs
        following = f"T{(number + 1) % types}"
        further = f"T{(number + subgraphs // 2 + 1) % types}"
        bodies[home].append(
            f'type T{number} @key(fields: "id") {{ id: ID! name: String size: Int next: {following} '
            f"many: [{further}!]! }}"
        )
        bodies[(home + 1) % subgraphs].append(
            f'type T{number} @key(fields: "id") @key(fields: "code") '
            "{ id: ID! code: ID! price: Float rank: Int }"
        )
        bodies[(home + 2) % subgraphs].append(
            f'type T{number} @key(fields: "code") {{ code: ID! stock: Int place: String }}'
        )
    for number, body in enumerate(bodies):
        body.append(f"type Query {{ root{number}(first: Int): [T{number}!]! }}")
        for stub in sorted({name for text in body for name in _mentioned(text)} - set(_defined(body))):
            body.append(f'type {stub} @key(fields: "id", resolvable: false) {{ id: ID! }}')
    return [
        Source(f"s{number}", "\n".join([LINK, *body]), f"s{number}.graphql", (f"http://127.0.0.1/{number}",))
        for number, body in enumerate(bodies)
    ]


def operation(fields: int, subgraphs: int = 10) -> str:
    """Return an operation that selects about so many fields, over so many of the subgraphs."""
    selection, used = "", 0
    level = "id name size price rank stock place"
    roots = []
    number = 0
    while used < fields:
        depth = min(4, max(1, (fields - used) // 8))
        selection = level
        for _ in range(depth - 1):
            selection = f"{level} next {{ {selection} }}"
        roots.append(f"r{number}: root{number % max(1, subgraphs - depth - 2)} {{ {selection} }}")
        used += depth * 8
        number += 1
    return f"{{ {' '.join(roots)} }}"


def _mentioned(text: str) -> Iterator[str]:
    for part in text.replace("[", " ").replace("!", " ").replace("]", " ").split():
        if part.startswith("T") and part[1:].isdigit():
            yield part


def _defined(body: list[str]) -> Iterator[str]:
    for text in body:
        for line in text.splitlines():
            words = line.split()
            if words[0] == "type":
                yield words[1]
