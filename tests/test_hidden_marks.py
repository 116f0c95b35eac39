"""Marks protect what clients see wherever they stand: on what clients don't see, too, and under any name."""

from typing import Any

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.field_limits import find_field_limits
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions
from stitcher.supergraph import Supergraph
from stitcher.transport.base import SubgraphRequest, SubgraphResponse

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{}])\n'
IMPORTS = '"@key", "@authenticated", "@inaccessible", "@shareable", "@requiresScopes", "@policy", "@public"'
FEDERATION = LINK.format(IMPORTS.replace(', "@public"', ""))


def composed(*sdls: str) -> Supergraph:
    return compose([Source(f"s{number}", sdl, f"s{number}.graphql") for number, sdl in enumerate(sdls)])


class Answering:
    """A service that answers every request with the same data."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return SubgraphResponse(dict(self.data))

    async def close(self) -> None:
        pass


async def seen_by_nobody(
    query: str, data: dict[str, Any], *sdls: str, **options: Any
) -> tuple[Any, set[str]]:
    """Return what a client that isn't logged in gets, and the codes of the errors."""
    supergraph = composed(*sdls)
    gateway = Gateway(
        supergraph, {name: Answering(data) for name in supergraph.subgraphs}, GatewayOptions(**options)
    )
    response = await gateway.execute(ClientRequest(query))
    return response.data, {error["extensions"]["code"] for error in response.errors}


USER = {"me": {"__typename": "User", "id": "1", "ssn": "secret"}}
HIDDEN = [
    pytest.param(
        FEDERATION
        + """
        type Query { me: User }
        interface Private @authenticated { ssn: String }
        type User implements Private @key(fields: "id") { id: ID! ssn: String }
        """,
        FEDERATION + "interface Private @inaccessible { ssn: String }",
        id="an interface that another subgraph hides",
    ),
    pytest.param(
        FEDERATION
        + """
        type Query { me: User }
        interface Private @authenticated @inaccessible { ssn: String }
        type User implements Private @key(fields: "id") { id: ID! ssn: String }
        """,
        "type Query { other: Int }",
        id="an interface that its own subgraph hides",
    ),
    pytest.param(
        FEDERATION
        + """
        type Query { me: User }
        interface Private { id: ID! ssn: String @authenticated @inaccessible }
        type User implements Private @key(fields: "id") { id: ID! ssn: String }
        """,
        "type Query { other: Int }",
        id="a hidden field of an interface",
    ),
    pytest.param(
        FEDERATION
        + """
        type Query { me: User }
        interface Top { ssn: String @requiresScopes(scopes: [["a"]]) }
        interface Private implements Top @inaccessible { ssn: String }
        type User implements Private & Top @key(fields: "id") { id: ID! ssn: String }
        """,
        "type Query { other: Int }",
        id="a hidden interface between",
    ),
    pytest.param(
        FEDERATION
        + """
        type Query { me: User }
        interface Private @inaccessible { ssn: String }
        type User implements Private @key(fields: "id") { id: ID! ssn: String }
        """,
        FEDERATION
        + """
        interface Top { ssn: String @policy(policies: [["a"]]) }
        interface Private implements Top @inaccessible { ssn: String }
        """,
        id="a hidden interface between, that only another subgraph knows of",
    ),
    pytest.param(
        """
        type Query { me: User userById(id: ID!): User @merge(keyField: "id") @inaccessible }
        interface Private @authenticated { ssn: String }
        type User implements Private { id: ID! ssn: String }
        """,
        "interface Private @inaccessible { ssn: String } type Query { other: Int }",
        id="in stitched subgraphs",
    ),
    pytest.param(
        """
        type Query { me: User userById(id: ID!): User @lookup @internal }
        interface Private @authenticated @inaccessible { ssn: String }
        type User implements Private { id: ID! ssn: String }
        """,
        "type Query { other: Int }",
        id="in composite schemas",
    ),
    pytest.param(
        """
        type Query { me: User }
        interface Private @authenticated { ssn: String }
        type User implements Private @key(fields: "id") { id: ID! ssn: String }
        """,
        FEDERATION + "interface Private @inaccessible { ssn: String }",
        id="in federation 1",
    ),
]


@pytest.mark.parametrize(("one", "other"), HIDDEN)
async def test_what_is_hidden_protects_all_the_same(one: str, other: str) -> None:
    data, codes = await seen_by_nobody("{ me { id ssn } }", USER, one, other)
    assert data in ({"me": {"id": "1", "ssn": None}}, {"me": None})
    assert codes == {"UNAUTHORIZED_FIELD_OR_TYPE"}


NAMES = [
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s])',
        '"@key"',
        "federation__authenticated",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s])',
        '"@key", "@authenticated"',
        "federation__authenticated",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s])',
        '"@key", {name: "@authenticated", as: "@auth"}',
        "auth",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s])',
        '"@key", {name: "@authenticated", as: "@auth"}',
        "federation__authenticated",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s]) '
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)',
        '"@key", {name: "@authenticated", as: "@auth"}',
        "auth",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s]) '
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "who", for: SECURITY)',
        '"@key", "@authenticated"',
        "who",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s]) '
        '@link(url: "https://specs.apollo.dev/federation/v2.9", as: "fed", import: ["@shareable"])',
        '"@key", {name: "@authenticated", as: "@auth"}',
        "auth",
    ),
    (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [%s]) '
        '@link(url: "https://specs.apollo.dev/federation/v2.9", as: "fed", import: ["@shareable"])',
        '"@key"',
        "fed__authenticated",
    ),
]


@pytest.mark.parametrize(("link", "imports", "name"), NAMES)
async def test_marks_count_under_every_name_that_links_give_them(link: str, imports: str, name: str) -> None:
    sdl = (
        link % imports
        + f' type Query {{ me: User }} type User @key(fields: "id") {{ id: ID! ssn: String @{name} }}'
    )
    data, codes = await seen_by_nobody("{ me { id ssn } }", USER, sdl, "type Query { other: Int }")
    assert data == {"me": {"id": "1", "ssn": None}}
    assert codes == {"UNAUTHORIZED_FIELD_OR_TYPE"}


def test_limits_of_what_is_hidden_are_kept_in_one_count() -> None:
    supergraph = composed(
        """
        type Query { a: A b: B }
        interface Limited @inaccessible { f: Int @rateLimit(limit: "5/minute") }
        type A implements Limited { f: Int }
        type B implements Limited { f: Int }
        """
    )
    limits = find_field_limits(supergraph.whole)
    assert limits["A.f"] == limits["B.f"] != ()


LEADING_BACK = [
    ("type Query { health: Status @public secret: String } type Status { ok: Boolean query: Query }", ""),
    (
        "type Query { secret: String } type Mutation { health: Status @public } type Status { query: Query }",
        "mutation ",
    ),
    (
        "interface Any { secret: String } type Query implements Any { health: Any @public secret: String }",
        "any",
    ),
    (
        "union Any = Query | Other type Other { x: Int } type Query { health: Any @public secret: String }",
        "union",
    ),
]


@pytest.mark.parametrize(("sdl", "how"), LEADING_BACK)
async def test_what_is_public_leads_to_nothing_else(sdl: str, how: str) -> None:
    queries = {
        "": [
            "{ health { query { secret } } }",
            "{ health { query { ...F } } } fragment F on Query { secret }",
        ],
        "mutation ": [
            "mutation { health { query { a: secret } } }",
            "mutation { health { query { ... { secret } } } }",
        ],
        "any": ["{ health { secret } }", "{ health { ... on Query { secret } } }"],
        "union": ["{ health { ... on Query { secret } } }"],
    }[how]
    for query in queries:
        data, codes = await seen_by_nobody(query, {"health": {}}, sdl, login_required=True)
        assert data is None
        assert codes == {"UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "query",
    [
        "{ health { ok } }",
        "{ health { query { health { ok } __typename } } }",
        "{ __typename health { ok } }",
    ],
)
async def test_what_is_public_is_answered(query: str) -> None:
    sdl = "type Query { health: Status @public secret: String } type Status { ok: Boolean query: Query }"
    health = {"ok": True, "query": {"__typename": "Query", "health": {"ok": True}}}
    _, codes = await seen_by_nobody(query, {"health": health}, sdl, login_required=True)
    assert codes == set()
