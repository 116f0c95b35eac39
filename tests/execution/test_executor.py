"""What the engine promises, over real HTTP: what is asked of whom, how often, and what comes back."""

import asyncio
from typing import Any

import pytest
from ariadne import QueryType, make_executable_schema
from starlette.responses import JSONResponse, PlainTextResponse

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayResponse
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests.stitched import FEDERATION, always, composed, federated, stitched
from tests.subgraph_server import SubgraphServer


async def data_of(gateway: Gateway, query: str, **variables: Any) -> Any:
    response = await gateway.execute(ClientRequest(query, variables))
    assert response.errors == ()
    return response.data


def sent(subgraphs: SubgraphServer, name: str) -> list[dict[str, Any]]:
    return [body for asked, body in subgraphs.requests if asked == name]


async def test_one_request_a_service_and_step_whatever_the_number_of_objects(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    query = "{ books { title reviews { stars author { name born reviews { product { title } } } } } }"
    data = await data_of(gateway, query)
    assert len(data["books"]) == 6
    assert data["books"][0]["reviews"][0]["author"]["reviews"][0]["product"]["title"]
    assert sorted(subgraphs.asked()) == ["catalog", "catalog", "people", "reviews"]


async def test_an_entity_is_asked_for_once(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    await data_of(gateway, "{ books { authors { name } } }")
    (body,) = sent(subgraphs, "people")
    (ids,) = body["variables"].values()
    assert sorted(ids) == ["a1", "a2", "a3"]


async def test_a_list_lookup_may_answer_in_any_order(gateway: Gateway) -> None:
    data = await data_of(gateway, "{ books(genre: POETRY) { authors { id name } } }")
    names = {author["id"]: author["name"] for book in data["books"] for author in book["authors"]}
    assert names == {"a1": "Ada", "a2": "Bo"}


async def test_a_lookup_one_by_one_is_one_request_all_the_same(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    data = await data_of(gateway, "{ books { id blurb(loud: true) } }")
    assert [each["blurb"] for each in data["books"]] == [f"Read b{n}!" for n in range(1, 7)]
    assert subgraphs.asked() == ["catalog", "blurbs"]


async def test_independent_fetches_run_together(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    subgraphs.delays = {"catalog": 0.3, "reviews": 0.3, "stock": 0.3}
    clock = asyncio.get_running_loop().time
    before = clock()
    await data_of(gateway, "{ books { title } latestReviews { stars } warehouse }")
    assert clock() - before < 0.6


async def test_a_fetch_waits_for_nobody_it_does_not_depend_on(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    subgraphs.delays = {"stock": 0.4}
    await data_of(gateway, "{ warehouse books { reviews { stars } } }")
    names = [name for name, _ in subgraphs.requests]
    assert names.index("reviews") == 2  # sent while stock still ponders
    clock = asyncio.get_running_loop().time
    before = clock()
    await data_of(gateway, "{ warehouse books { reviews { stars author { born } } } }")
    assert clock() - before < 0.7


async def test_required_fields_are_fetched_first_and_do_not_leak(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    data = await data_of(
        gateway, "{ latestReviews(first: 10) { product { ... on Book { shipping inStock } } } }"
    )
    books = [each["product"] for each in data["latestReviews"]]
    assert {"shipping": 107, "inStock": True} in books
    assert {} in books  # a game
    assert sorted(subgraphs.asked()) == ["catalog", "reviews", "stock"]


async def test_a_null_that_was_answered_is_sent_on_as_required(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    data = await data_of(gateway, "{ books { id shipping } }")
    assert data["books"][3] == {"id": "b4", "shipping": None}
    (body,) = sent(subgraphs, "stock")
    (representations,) = body["variables"].values()
    assert representations[3] == {"__typename": "Book", "id": "b4", "price": None, "weight": 400}


async def test_mutations_run_in_order_each_with_all_that_is_below_it(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    query = """mutation($price: Int!) {
      first: setPrice(id: "b1", price: $price) { price reviews { stars } }
      review(product: "b1", stars: 1) { product { title ... on Book { reviews { stars } } } }
      last: setPrice(id: "b1", price: 2) { id price }
    }"""
    data = await data_of(gateway, query, price=7)
    assert data["first"]["price"] == 7
    assert data["last"]["price"] == 2
    assert len(data["review"]["product"]["reviews"]) == len(data["first"]["reviews"]) + 1
    assert subgraphs.asked() == ["catalog", "reviews", "reviews", "catalog", "catalog"]


ONE = """
  type Query { a: Int }
  type Mutation { reserve: Int! charge(n: Int!): Int! try: Int box: Box! boxes: [Box]! }
  type Box @key(fields: "id") { id: ID! }
"""
TWO = """
  type Query { b: Int }
  type Mutation { ship(n: Int!): Int! }
  type Box @key(fields: "id") { id: ID! size: Int! }
"""


@pytest.mark.parametrize(
    ("query", "done", "fails"),
    [
        ("mutation { charge(n: 1) ship(n: 2) }", ["charge", "ship"], False),
        ("mutation { ship(n: 1) reserve charge(n: 2) again: ship(n: 3) }", ["ship", "reserve"], True),
        ("mutation { reserve ship(n: 3) }", ["reserve"], True),
        ("mutation { try ship(n: 3) }", ["try", "ship"], False),
        ("mutation { try reserve ship(n: 3) }", ["try", "reserve"], True),
        ("mutation { a: box { id } ship(n: 3) }", ["box", "ship"], False),
        ("mutation { box { size } ship(n: 3) }", ["box", "size"], True),
        ("mutation { boxes { size } ship(n: 3) }", ["boxes", "size", "ship"], False),
        ("mutation { boxes { size } box { size } ship(n: 3) }", ["boxes", "size", "box", "size"], True),
        ("mutation($no: Boolean = false) { reserve @include(if: $no) ship(n: 3) }", ["ship"], False),
        (
            "mutation($no: Boolean = true) { ship(n: 1) @skip(if: $no) reserve charge(n: 2) }",
            ["reserve"],
            True,
        ),
        (
            "mutation($no: Boolean = true) { charge(n: 1) @skip(if: $no) ship(n: 1) charge(n: 1) }",
            ["ship", "charge"],
            False,
        ),
        (
            "mutation($no: Boolean = false) { charge(n: 1) @skip(if: $no) ship(n: 1) charge(n: 1) }",
            ["charge", "ship"],
            False,
        ),
        (
            "mutation($no: Boolean = true) { charge(n: 1) @skip(if: $no) try charge(n: 1) }",
            ["try", "charge"],
            False,
        ),
        (
            "mutation($no: Boolean = true) { charge(n: 1) @skip(if: $no) reserve ship(n: 1) charge(n: 1) }",
            ["reserve"],
            True,
        ),
    ],
)
async def test_nothing_is_done_after_a_root_field_of_a_mutation_that_has_failed_and_must_not_be_null(
    query: str, done: list[str], fails: bool
) -> None:
    calls: list[str] = []

    def doing(name: str, value: Any) -> Any:
        def resolve(*_: Any, **__: Any) -> Any:
            calls.append(name)
            if value is None:
                raise ValueError(name)
            return value

        return resolve

    box = {"id": "b1"}
    one = {"reserve": None, "try": None, "charge": 1, "box": box, "boxes": [box]}
    answers = {
        "one": federated(FEDERATION + ONE, {name: doing(name, value) for name, value in one.items()}),
        "two": federated(FEDERATION + TWO, {"ship": doing("ship", 1)}, Box=doing("size", None)),
    }
    async with stitched(composed(one=FEDERATION + ONE, two=FEDERATION + TWO), answers) as world:
        response = await world.gateway.execute(ClientRequest(query))
    assert calls == done
    assert (response.data is None) is fails


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{ a: product(id: "b1") { t: title title } }', {"a": {"t": "Book 1", "title": "Book 1"}}),
        (
            """{ product(id: "b1") { ...P } }
            fragment P on Product { __typename ... on Book { genre shelves } }""",
            {"product": {"__typename": "Book", "genre": "POETRY", "shelves": [["A", "1"], []]}},
        ),
        (
            '{ product(id: "g2") { ... on Book { genre } ... on Game { players(unit: TEAM) } } }',
            {"product": {"players": 4}},
        ),
        ('{ product(id: "nope") { title reviews { stars } } }', {"product": None}),
        (
            """{ search(title: "Game 1") {
              __typename ... on Product { reviews { stars } } ... on Game { inStock }
            } }""",
            {
                "search": [
                    {"__typename": "Game", "reviews": [{"stars": 3}, {"stars": 3}], "inStock": True},
                    None,
                ]
            },
        ),
        ("{ __typename }", {"__typename": "Query"}),
        (
            '{ __type(name: "Genre") { kind enumValues { name } } author(id: "a1") { name } }',
            {
                "__type": {
                    "kind": "ENUM",
                    "enumValues": [{"name": "CRIME"}, {"name": "POETRY"}, {"name": "SCIENCE"}],
                },
                "author": {"name": "Ada"},
            },
        ),
        # The client's own alias takes the name of a field that the gateway has to add.
        (
            '{ product(id: "b1") { ... on Book { id: title price: genre shipping reviews { id: stars } } } }',
            {
                "product": {
                    "id": "Book 1",
                    "price": "POETRY",
                    "shipping": 107,
                    "reviews": [{"id": 4}, {"id": 1}, {"id": 4}, {"id": 1}],
                }
            },
        ),
    ],
)
async def test_selections(gateway: Gateway, query: str, expected: Any) -> None:
    assert await data_of(gateway, query) == expected


@pytest.mark.parametrize("yes", [True, False])
async def test_conditions_decide_what_is_asked_for(
    gateway: Gateway, subgraphs: SubgraphServer, yes: bool
) -> None:
    query = """query($yes: Boolean!) {
      product(id: "b1") { id ...More @include(if: $yes) reviews @skip(if: $yes) { stars } }
    }
    fragment More on Book { inStock blurb }"""
    data = await data_of(gateway, query, yes=yes)
    product = (
        {"inStock": True, "blurb": "Read b1."} if yes else {"reviews": [{"stars": n} for n in (4, 1, 4, 1)]}
    )
    assert data == {"product": {"id": "b1", **product}}
    assert set(subgraphs.asked()) == ({"catalog", "stock", "blurbs"} if yes else {"catalog", "reviews"})


async def test_keys_come_in_the_order_the_client_asked_for(gateway: Gateway) -> None:
    data = await data_of(gateway, "{ warehouse books { blurb title inStock id } latestReviews { stars } }")
    assert list(data) == ["warehouse", "books", "latestReviews"]
    assert list(data["books"][0]) == ["blurb", "title", "inStock", "id"]


async def test_headers_are_passed_on(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    await gateway.execute(ClientRequest("{ books { inStock } }", headers={"authorization": "Bearer x"}))
    assert [headers["authorization"] for headers in subgraphs.headers] == ["Bearer x", "Bearer x"]


async def failing(gateway: Gateway, query: str) -> GatewayResponse:
    response = await gateway.execute(ClientRequest(query))
    assert response.executed
    assert response.errors
    return response


async def test_a_service_that_fails_takes_only_its_own_fields(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    subgraphs.instead["stock"] = lambda _: PlainTextResponse("no", 503)
    response = await failing(gateway, "{ warehouse books { title inStock } }")
    assert response.data is None  # warehouse can't be null
    assert "SUBGRAPH_BAD_RESPONSE" in {error["extensions"]["code"] for error in response.errors}
    response = await failing(gateway, "{ books { title inStock reviews { stars } } }")
    assert response.data is not None
    assert [each["inStock"] for each in response.data["books"]] == [None] * 6
    assert response.data["books"][0]["title"] == "Book 1"
    assert response.data["books"][0]["reviews"]
    (error,) = response.errors
    assert error["path"] == ["books", 0, "inStock"]
    # It has failed four times by then.
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "service": "stock"}


async def test_what_needs_no_required_field_is_answered_when_those_cannot_be_had(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    subgraphs.instead["catalog"] = lambda _: PlainTextResponse("no", 500)
    response = await failing(
        gateway, "{ latestReviews { stars product { ... on Book { inStock shipping } } } }"
    )
    assert response.data is not None
    products = [each["product"] for each in response.data["latestReviews"]]
    assert {"inStock": True, "shipping": None} in products
    (error,) = response.errors
    assert error["extensions"]["service"] == "catalog"


async def test_a_late_service_is_given_up(impatient_gateway: Gateway, subgraphs: SubgraphServer) -> None:
    subgraphs.delays["stock"] = 1.5
    response = await failing(impatient_gateway, "{ books { inStock } }")
    assert response.errors[0]["extensions"] == {"code": "SUBGRAPH_TIMEOUT", "service": "stock"}


async def test_errors_keep_their_extensions_and_get_the_clients_path(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    def answer(body: dict[str, Any]) -> JSONResponse:
        (key,) = (name.removesuffix("_representations") for name in body["variables"])
        (representations,) = body["variables"].values()
        index = next(n for n, each in enumerate(representations) if each["id"] == "b3")
        entities = [{"stock": None if n == index else True} for n in range(len(representations))]
        error = {
            "message": "Nobody looked.",
            "path": [key, index, "stock"],
            "extensions": {"code": "UNSEEN", "shelf": 4, "stacktrace": ["secret"]},
        }
        return JSONResponse({"data": {key: entities}, "errors": [error]})

    subgraphs.instead["stock"] = answer
    response = await failing(gateway, "{ shelf: books { stock: inStock title } }")
    assert response.errors == (
        {
            "message": "Nobody looked.",
            "path": ["shelf", 2, "stock"],
            "extensions": {"code": "UNSEEN", "shelf": 4, "service": "stock"},
        },
    )


async def test_a_null_bubbles_to_the_nearest_place_that_may_be_null(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    subgraphs.instead["reviews"] = lambda _: PlainTextResponse("no", 500)
    response = await failing(
        gateway,
        '{ product(id: "b1") { title reviews { stars } } search(title: "Book 1") { ... on Book { title } } }',
    )
    assert response.data == {"product": None, "search": [{"title": "Book 1"}, None]}
    (error,) = response.errors
    assert error["path"] == ["product", "reviews"]


async def test_an_entity_that_is_not_there_is_reported_where_it_may_not_be_null(
    gateway: Gateway, subgraphs: SubgraphServer
) -> None:
    subgraphs.instead["people"] = lambda body: JSONResponse({"data": {"_0": []}})
    response = await failing(
        gateway, '{ product(id: "b1") { ... on Book { authors { id name } } } warehouse }'
    )
    assert response.data == {"product": None, "warehouse": "North"}
    assert response.errors[0]["message"] == "Cannot return null for non-nullable field Author.name."
    assert response.errors[0]["path"] == ["product", "authors", 0, "name"]


async def test_a_required_field_that_a_service_left_out_is_told_where_it_is_missed() -> None:
    supergraph = composed(
        a=FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }',
        b=FEDERATION
        + 'type T @key(fields: "id") { id: ID! x: Int @external h: Int! @requires(fields: "x") }',
    )
    answers: dict[str, Any] = {"a": {"data": {"t": {"id": "1"}}}, "b": {"data": {"_0": []}}}
    async with stitched(supergraph, {name: always(answer) for name, answer in answers.items()}) as running:
        response = await running.gateway.execute(ClientRequest("{ t { h } }"))
    assert response.data == {"t": None}
    assert [(error["path"], error["extensions"]["code"]) for error in response.errors] == [
        (["t", "h"], "UNEXPECTED_NULL")
    ]


async def test_what_follows_a_mutation_is_not_shared_with_what_came_before() -> None:
    requests: list[SubgraphRequest] = []

    class Recording:
        async def send(self, request: SubgraphRequest) -> SubgraphResponse:
            requests.append(request)
            return SubgraphResponse({"buy": {"__typename": "Thing", "id": "1"}})

        async def close(self) -> None: ...

    supergraph = composed(
        shop=FEDERATION
        + "type Query { all: Int } type Mutation { buy: Thing } "
        + 'type Thing @key(fields: "id") { id: ID! }',
        stock=FEDERATION + 'type Thing @key(fields: "id") { id: ID! left: Int }',
    )
    gateway = Gateway(supergraph, {"shop": Recording(), "stock": Recording()})
    await gateway.execute(ClientRequest("mutation { buy { left } }"))
    assert [request.is_shareable for request in requests] == [False, False]
    await gateway.execute(ClientRequest("{ all }"))
    assert requests[-1].is_shareable


STITCHING = """
  directive @key(selectionSet: String!) on OBJECT
  directive @merge(keyField: String) on FIELD_DEFINITION
"""
BOXES = {
    "root": STITCHING
    + """
      type Query { boxes: [Box!]! }
      type Box { crate: Crate shelf: Shelf }
      type Crate @key(selectionSet: "{ id }") { id: ID! }
      type Shelf @key(selectionSet: "{ id }") { id: ID! }
    """,
    "far": STITCHING
    + """
      type Query {
        crates(ids: [ID!]!): [Crate]! @merge(keyField: "id")
        shelf(id: ID!): Shelf @merge(keyField: "id")
      }
      type Crate @key(selectionSet: "{ id }") { id: ID! weight: Int colour: String }
      type Shelf @key(selectionSet: "{ id }") { id: ID! row: Int }
    """,
}
"""One service looks crates up in lists, and shelves one by one."""


@pytest.mark.parametrize("heavy", [True, False])
@pytest.mark.parametrize(
    ("box", "lookups"),
    [
        ({"crate": None, "shelf": {"id": "1"}}, ["shelf"]),
        ({"crate": {"id": "1"}, "shelf": None}, ["crates"]),
        ({"crate": {"id": "1"}, "shelf": {"id": "2"}}, ["crates", "shelf"]),
        ({"crate": None, "shelf": None}, []),
    ],
    ids=lambda value: " and ".join(value) if isinstance(value, list) else None,
)
async def test_a_lookup_without_keys_is_not_asked_for(box: Any, lookups: list[str], *, heavy: bool) -> None:
    root, far = QueryType(), QueryType()
    root.set_field("boxes", lambda *_: [box])
    far.set_field("crates", lambda *_, ids: [{"id": id_, "weight": 5, "colour": "red"} for id_ in ids])
    far.set_field("shelf", lambda *_, id: {"id": id, "row": 7})
    schemas = {
        name: make_executable_schema(BOXES[name], queries) for name, queries in (("root", root), ("far", far))
    }
    query = "query($heavy: Boolean!) { boxes { crate { weight @include(if: $heavy) colour } shelf { row } } }"
    crate = {"weight": 5, "colour": "red"} if heavy else {"colour": "red"}
    answer = {"crate": box["crate"] and crate, "shelf": box["shelf"] and {"row": 7}}
    async with stitched(composed(**BOXES), schemas) as shop:
        assert await data_of(shop.gateway, query, heavy=heavy) == {"boxes": [answer]}
        asked = " ".join(body["query"] for body in shop.sent("far"))
        assert [name for name in ("crates", "shelf") if f"{name}(" in asked] == lookups


@pytest.mark.parametrize(
    ("a", "b", "asked"),
    [
        (True, True, ["catalog", "reviews Book", "stock"]),
        (True, False, ["catalog", "reviews Book Game", "stock"]),
        (False, False, ["catalog", "reviews Game"]),
        (False, True, ["catalog"]),
    ],
)
async def test_what_is_skipped_is_not_asked_for(
    gateway: Gateway, subgraphs: SubgraphServer, *, a: bool, b: bool, asked: list[str]
) -> None:
    query = """query($a: Boolean!, $b: Boolean!) {
      books @include(if: $a) { inStock reviews { stars } } books { title }
      search(title: "Game 1") { ... on Game { title reviews @skip(if: $b) { stars } } }
    }"""
    await data_of(gateway, query, a=a, b=b)
    sent = [(name, body["query"]) for name, body in subgraphs.requests]
    named = [
        [name, *(each for each in ("Book", "Game") if name == "reviews" and f"on {each}" in document)]
        for name, document in sent
    ]
    assert sorted(map(" ".join, named)) == asked
