"""Two hundred hostile requests: too deep, too wide, circular, multiplying, broken, or all at once.

And a few that are valid, and as heavy as they may be.

Each is made of a number, which changes its text and nothing else, so that it can be sent anew and never be
known already.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

Text: TypeAlias = str | Callable[[int], str]


@dataclass(frozen=True)
class Attack:
    """One request: ``body`` makes its bytes of a number."""

    name: str
    body: Callable[[int], bytes]
    method: str = "POST"
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def attacks() -> list[Attack]:
    """Return all of them."""
    return [
        *(_document(name, query) for name, query in _documents()),
        *(_with_variables(name, query, variables) for name, query, variables in _variables()),
        *(_sending(f"body: {name}", body) for name, body in _bodies()),
        *(
            Attack(
                f"url: {name}",
                lambda _: b"",
                "GET",
                string,
                {"accept": "application/json", "apollo-require-preflight": "1"},
            )
            for name, string in _urls()
        ),
    ]


def _document(name: str, query: str) -> Attack:
    return Attack(name, lambda number: json.dumps({"query": f"# {number}\n{query}"}).encode())


def _sending(name: str, body: bytes) -> Attack:
    return Attack(name, lambda _: body)


def _with_variables(name: str, query: str, variables: Any) -> Attack:
    def body(number: int) -> bytes:
        return json.dumps({"query": f"# {number}\n{query}", "variables": variables}).encode()

    return Attack(f"variables: {name}", body)


def _documents() -> Iterator[tuple[str, str]]:
    yield from _deep()
    yield from _wide()
    yield from _fragments()
    yield from _directives()
    yield from _same_keys()
    yield from _huge()
    yield from _unknown()
    yield from _costly()
    yield from _introspection()
    yield from _text()


def _deep() -> Iterator[tuple[str, str]]:
    for depth in (16, 20, 60, 150, 198, 1000, 7000):
        inner = "author { reviews { " * (depth // 2) + "id" + " } }" * (depth // 2)
        yield f"{depth} levels", f"{{ latestReviews {{ {inner} }} }}"
        yield f"{depth} braces that stay open", "{ latestReviews " + "{ author { reviews " * (depth // 2)
    for depth in (150, 600, 7000):
        fragments = "... on Review { " * depth + "id" + " }" * depth
        yield (
            f"{depth} inline fragments deep, with fields of a depth below",
            (f"{{ latestReviews {{ {fragments} {'author { reviews { ' * 8} nothing {' } }' * 8} }} }}"),
        )
        yield f"a list {depth} deep", f"{{ authorsByIds(ids: {'[' * depth}1{']' * depth}) {{ id }} }}"
        yield f"an object {depth} deep", f"{{ author(id: {'{a: ' * depth}1{'}' * depth}) {{ id }} }}"
        yield f"a list {depth} deep that stays open", f"{{ author(id: {'[' * depth}"
        yield f"a type {depth} deep", f"query($v: {'[' * depth}Int{']' * depth}) {{ warehouse }}"


def _wide() -> Iterator[tuple[str, str]]:
    for count in (101, 300, 500, 1900, 7000):
        yield f"__typename {count} times", "{ " + "__typename " * count + "}"
        yield f"a root field {count} times", "{ " + "warehouse " * count + "}"
    for count in (31, 100, 600, 5000, 100_000):
        yield f"{count} aliases", "{ " + " ".join(f"a{n}: warehouse" for n in range(count)) + " }"
    for count in (31, 300, 660):
        aliases = " ".join(f"a{n}: title" for n in range(count))
        yield f"{count} aliases of a leaf", f"{{ books {{ {aliases} }} }}"
    for count in (16, 40, 200):
        inner = "title price weight genre published shelves id __typename " * 4
        yield f"{count * 33} fields of products", "{ " + " ".join([f"books {{ {inner} }}"] * count) + " }"


def _fragments() -> Iterator[tuple[str, str]]:
    for count in (1, 2, 3, 10, 100, 250):
        circle = " ".join(f"fragment F{n} on Author {{ id ...F{(n + 1) % count} }}" for n in range(count))
        yield f"a circle of {count} fragments", f'{{ author(id: "a1") {{ ...F0 }} }} {circle}'
        through = " ".join(
            f"fragment F{n} on Author {{ reviews {{ author {{ ...F{(n + 1) % count} }} }} }}"
            for n in range(count)
        )
        yield f"a circle of {count} fragments through fields", f'{{ author(id: "a1") {{ ...F0 }} }} {through}'
        yield f"a circle of {count} fragments that nobody spreads", f"{{ warehouse }} {circle}"
    for levels in (8, 12, 20, 40, 80):
        for name, body in (
            ("aliases", "a: reviews {{ author {{ ...F{0} }} }} b: reviews {{ author {{ ...F{0} }} }}"),
            ("fields", "reviews {{ author {{ ...F{0} }} }} reviews {{ author {{ ...F{0} }} }}"),
            ("spreads", "...F{0} ...F{0} ... on Author {{ ...F{0} }} ... {{ ...F{0} ...F{0} }} name"),
        ):
            doubling = " ".join(f"fragment F{n} on Author {{ {body.format(n + 1)} }}" for n in range(levels))
            yield (
                f"doubling {levels} times by {name}",
                (f'{{ author(id: "a1") {{ ...F0 }} }} {doubling} fragment F{levels} on Author {{ id born }}'),
            )
    for count in (20, 31, 43):
        others = (" ".join(f"...F{m}" for m in range(n + 1, count)) for n in range(count))
        all_others = " ".join(f"fragment F{n} on Author {{ name {other} }}" for n, other in enumerate(others))
        yield f"{count} fragments that spread each other", f'{{ author(id: "a1") {{ ...F0 }} }} {all_others}'
    for count in (200, 900):
        spreads = "...F " * count
        yield (
            f"one fragment spread {count} times",
            (f"{{ books {{ {spreads} }} }} fragment F on Book {{ title price weight id }}"),
        )
    for count in (50, 150):
        unused = " ".join(f"fragment F{n} on Book {{ id }}" for n in range(count))
        yield f"{count} fragments that nobody spreads", f"{{ warehouse }} {unused}"
        missing = " ".join(f"...M{n}" for n in range(count))
        yield f"{count} fragments that are missing", f"{{ books {{ {missing} }} }}"


def _directives() -> Iterator[tuple[str, str]]:
    for count in (51, 280, 900, 4000):
        yield f"{count} unknown directives", "query { __typename " + "@aa" * count + " }"
        yield f"{count} times @include", "{ warehouse " + "@include(if: true) " * count + "}"
        yield f"{count} directives on an operation", "query " + "@aa" * count + " { warehouse }"
    spread = "... @include(if: true) { ... @skip(if: false) { id } } " * 26
    yield "directives on fragments", f"{{ books {{ {spread} }} }}"
    variables = " ".join(f"$v{n}: Int @aa" for n in range(60))
    yield "directives on variables", f"query({variables}) {{ warehouse }}"


def _same_keys() -> Iterator[tuple[str, str]]:
    for count in (200, 320, 450):
        differing = " ".join(f"blurb(loud: {'true' if n % 2 else 'false'})" for n in range(count))
        yield f"one key with arguments that differ, {count} times", f"{{ books {{ {differing} }} }}"
        yield f"one key for two fields, {count} times", "{ books { " + "a: id a: title " * count + "} }"
    for count in (160, 300, 480):
        yield f"objects under one key, {count} times", "{ books { " + "authors { id } " * count + "} }"
        nested = "authors { reviews { stars } } " * (count * 3 // 4)
        yield f"objects in objects under one key, {count} times", f"{{ books {{ {nested} }} }}"
    conflicts = "... on Book { a: price } ... on Game { a: title } " * 120
    yield "conflicts of types", f"{{ products {{ {conflicts} }} }}"


def _huge() -> Iterator[tuple[str, str]]:
    for size in (15_001, 100_000, 900_000):
        yield f"a name of {size} characters", "{ " + "a" * size + " }"
        yield f"a string of {size} characters", f'{{ author(id: "{"x" * size}") {{ id }} }}'
        yield f"a block string of {size} characters", f'{{ author(id: """{"x " * (size // 2)}""") {{ id }} }}'
        yield f"a number of {size} digits", f"{{ products(first: {'1' * size}) {{ id }} }}"
        yield f"a comment of {size} characters", "{ nothing }" + "#" * size
        yield f"{size // 2} comments", "{ nothing }" + "#\n" * (size // 2)
        yield f"{size} commas", "{ nothing }" + "," * size
    yield "a number of 14000 digits", f"{{ products(first: {'1' * 14_000}) {{ id }} }}"
    yield "a number with a huge exponent", "{ products(first: 1e99999999) { id } }"
    yield "7000 escapes", '{ author(id: "' + "\\n" * 7_000 + '") { nothing } }'
    yield "390 operations", " ".join(f"query Q{n} {{ warehouse }}" for n in range(390))
    yield "operations of one name", "query Q { warehouse } " * 390
    yield "400 anonymous operations", "{ warehouse } " * 400
    yield "300 variables", "query(" + " ".join(f"$v{n}: Int" for n in range(300)) + ") { warehouse }"
    yield "one variable 400 times", "query(" + "$v: Int " * 400 + ") { warehouse }"
    yield "300 arguments", "{ products(" + " ".join(f"a{n}: 1" for n in range(300)) + ") { id } }"
    yield "one argument 400 times", "{ products(" + "first: 1 " * 400 + ") { id } }"


def _unknown() -> Iterator[tuple[str, str]]:
    yield "300 unknown fields", "{ books { " + " ".join(f"titl{n}" for n in range(300)) + " } }"
    yield "unknown types", "{ books { " + "... on Boook { id } " * 200 + "} }"
    yield "unknown arguments", "{ books { " + "blurb(loudd: true) " * 200 + "} }"
    yield "a type system", "type Query { a: Int } " * 200
    yield "a subscription", "subscription { books { id } }"
    yield "an operation on nothing", "mutation { nothing }"


def _costly() -> Iterator[tuple[str, str]]:
    yield "a million products", "{ products(first: 1000000) { id } }"
    yield "a billion products", "{ products(first: 1000000000) { id } }"
    yield "pages of pages", "{ a: latestReviews(first: 30000) { id } b: latestReviews(first: 30000) { id } }"
    yield "many mutations", "mutation { " + 'setPrice(id: "b1", price: 1) { id } ' * 101 + "}"


def _introspection() -> Iterator[tuple[str, str]]:
    for depth in (3, 8, 60):
        inner = "fields { type { " * depth + "name" + " } }" * depth
        yield f"types of fields of types, {depth} times", f"{{ __schema {{ types {{ {inner} }} }} }}"
    yield (
        "introspection under aliases",
        ("{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(31)) + " }"),
    )


def _text() -> Iterator[tuple[str, str]]:
    yield "nothing at all", ""
    yield "half an escape", '{ author(id: "\\u12") { id } }'
    yield "an escaped surrogate", '{ author(id: "\\uD800") { id } }'
    yield "escaped surrogates the wrong way round", '{ author(id: "\\uDC00\\uD800") { id } }'
    yield "beyond Unicode", '{ author(id: "\\u{110000}") { id } }'
    yield "a string that stays open", '{ author(id: "'
    yield "a block string that stays open", '{ author(id: """'
    yield "zero characters", "{ books\x00 { id } }"
    yield "letters from elsewhere", "{ böoks { id } }"
    yield "text from right to left", "{ \u202eskoob { id } }"
    yield "emoji", "{ 📚 { id } }"
    yield "zero-width joiners", "{ bo\u200doks { id } }"


def _variables() -> Iterator[tuple[str, str, Any]]:
    query = "query($v: ID!) { author(id: $v) { id } }"
    for depth in (21, 200, 900):
        value: Any = 1
        for _ in range(depth):
            value = [value]
        yield f"a list {depth} deep", query, {"v": value}
        value = 1
        for _ in range(depth):
            value = {"v": value}
        yield f"an object {depth} deep", query, {"v": value}
    for count in (5_001, 50_000, 200_000):
        yield f"a list of {count}", query, {"v": [1] * count}
    yield "50000 variables", query, {f"v{n}": 1 for n in range(50_000)}
    yield "a long string", query, {"v": "x" * 300_000}
    yield "a huge number", "query($v: Int) { products(first: $v) { id } }", {"v": 10**80}
    yield "a million products", "query($v: Int) { products(first: $v) { id } }", {"v": 1_000_000}
    yield (
        "values of the wrong type",
        "query($v: Int) { products(first: $v) { id } }",
        {"v": {"a": ["1"] * 900}},
    )


def _bodies() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "null", b"null"
    yield "a number", b"7"
    yield "a truncated object", b'{"query": "{ warehouse'
    yield "invalid UTF-8", b'{"query": "{ \xff\xfe }"}'
    yield "overlong UTF-8", b'{"query": "{ \xc0\xaf }"}'
    yield "an encoded surrogate", b'{"query": "{ \xed\xa0\x80 }"}'
    yield "an escaped surrogate", b'{"query": "{ author(id: \\"\\ud800\\") { id } }"}'
    yield "a surrogate in a name", b'{"query": "{ warehouse }", "operationName": "\\udfff"}'
    yield "UTF-16", '{"query": "{ warehouse }"}'.encode("utf-16")
    yield "UTF-32", '{"query": "{ warehouse }"}'.encode("utf-32")
    yield "a byte order mark", b'\xef\xbb\xbf{"query": "{ warehouse }"}'
    yield "lists 100000 deep", b"[" * 100_000
    yield "lists 100000 deep, closed", b"[" * 100_000 + b"]" * 100_000
    yield "objects 50000 deep", b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    yield (
        "a deep value beside the query",
        b'{"query": "{ nothing }", "extensions": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    )
    yield "NaN", b'{"query": "{ nothing }", "variables": {"v": NaN}}'
    yield "a number beyond all", b'{"query": "{ nothing }", "variables": {"v": 1e999999}}'
    yield "a thousand operations", b"[" + b",".join([b'{"query": "{ warehouse }"}'] * 1000) + b"]"
    yield "two megabytes", b'{"query": "' + b" " * 2_000_000 + b'"}'
    yield "a query that is a list", b'{"query": ["{ warehouse }"]}'
    yield "variables that are a list", b'{"query": "{ warehouse }", "variables": [1]}'
    yield "a query that is null", b'{"query": null}'
    empty = b",".join([b"{}"] * 340_000)
    yield "340000 objects", b'{"query": "{ nothing }", "variables": {"v": [' + empty + b"]}}"
    yield (
        "a long name of the operation",
        b'{"query": "{ warehouse }", "operationName": "' + b"x" * 900_000 + b'"}',
    )
    yield "200000 other keys", b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}"


def _urls() -> Iterator[tuple[str, str]]:
    yield "a broken escape", "query=%E0%A4%A"
    yield "a surrogate", "query=" + "%ED%A0%80"
    yield "zero bytes", "query=%00%00"
    yield "a mutation", "query=" + quote("mutation { setPrice(id: 1, price: 1) { id } }")
    yield "deep variables", "query=%7Bwarehouse%7D&variables=" + "%5B" * 5_000
    yield "many parameters", "&".join(f"p{n}=1" for n in range(3_000))
    yield "many levels", "query=" + quote("{ a " * 2_000)


def heavy() -> list[Attack]:
    """Return requests that are valid and as heavy as the limits allow."""
    return [_document(name, query) for name, query in _heavy()]


def _heavy() -> Iterator[tuple[str, str]]:
    for levels in (5, 7):
        inner = "author { reviews { " * (levels - 1) + "stars" + " } }" * (levels - 1)
        yield f"{levels * 2} levels", f"{{ latestReviews(first: 1) {{ {inner} }} }}"
    names = "id title price weight reviews { stars author { name born } }"
    for count in (5, 30):
        aliases = " ".join(f"a{n}: products(first: 1) {{ {names} }}" for n in range(count))
        yield f"a list under {count} aliases", f"{{ {aliases} }}"
    by_type = " ".join(f"... on {name} {{ {names} }}" for name in ("Book", "Game", "Book", "Game") * 5)
    yield "two types by turns", f"{{ products(first: 1) {{ {by_type} }} }}"
    yield "objects under one key, 90 times", "{ books { " + "authors { id } " * 90 + "} }"
    yield "a leaf 170 times", "{ books { " + "title " * 170 + "} }"
    spreads = " ".join(
        f"fragment F{n} on Author {{ name reviews {{ stars author {{ ...F{n + 1} ...F{n + 1} }} }} }}"
        for n in range(5)
    )
    yield (
        "fragments that spread the next one twice",
        (f'{{ author(id: "a1") {{ ...F0 }} }} {spreads} fragment F5 on Author {{ id born }}'),
    )
    conditions = " ".join(
        f"... on Book @include(if: $v{n % 20}) {{ title shipping blurb authors {{ name born }} }}"
        for n in range(48)
    )
    variables = " ".join(f"$v{n}: Boolean! = true" for n in range(20))
    yield "conditions on everything", f"query({variables}) {{ products(first: 1) {{ {conditions} }} }}"
    inside = "... on Product { " * 100 + "title" + " }" * 100
    yield "a hundred fragments within each other", f"{{ products(first: 1) {{ {inside} }} }}"
