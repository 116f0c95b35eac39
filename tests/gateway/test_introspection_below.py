"""``__schema`` and ``__type`` wherever a field leads back to Query, which several services have a part of."""

from typing import Any

import ariadne
import pytest
from graphql import parse, validate

from stitcher.gateway.request import ClientRequest
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, federated, planned, printed, stitched

POSTS = (
    FEDERATION
    + """
      type Query { total: Int! me: Query none: Query all: [Query] node: Node }
      type Mutation { add: Payload }
      type Payload implements Node { query: Query! }
      type Other implements Node { query: Query! }
      interface Node { query: Query! }
    """
)
STATS = FEDERATION + "type Query { hits: Int! }"


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return composed(posts=POSTS, stats=STATS)


OWN = {"name": "Payload"}


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ('{ me { hits __type(name: "Payload") { name } } }', {"me": {"hits": 4, "__type": OWN}}),
        ('{ me { __type(name: "Payload") { name } } }', {"me": {"__type": OWN}}),
        (
            '{ none { t: __type(name: "Payload") { name } } all { t: __type(name: "None") { name } hits } }',
            {"none": None, "all": [{"t": None, "hits": 4}, None, {"t": None, "hits": 4}]},
        ),
        (
            """query($n: String!, $x: Boolean!) {
              _0: __type(name: $n) { name } _1: total
              me { _0: total me { a: __type(name: $n) @skip(if: $x) { kind } ...F @include(if: $x) } }
            } fragment F on Query { a: __type(name: $n) { name } __schema { queryType { name } } }""",
            {
                "_0": OWN,
                "_1": 7,
                "me": {"_0": 7, "me": {"a": OWN, "__schema": {"queryType": {"name": "Query"}}}},
            },
        ),
        (
            """{ node { ... on Payload { query { __type(name: "Payload") { name } } }
                 ... on Other { query { __type(name: "Other") { name } } } } }""",
            {"node": {"query": {"__type": OWN}}},
        ),
        (
            'mutation { add { query { total __type(name: "Payload") { name } } } }',
            {"add": {"query": {"total": 7, "__type": OWN}}},
        ),
    ],
)
async def test_it_is_answered_there(supergraph: Supergraph, query: str, data: Any) -> None:
    me: dict[str, Any] = {"total": 7}
    me["me"] = me
    roots = {
        "total": 7,
        "me": me,
        "none": None,
        "all": [me, None, me],
        "node": {"__typename": "Payload", "query": me},
        "add": {"query": me},
    }
    services = {"posts": federated(POSTS, roots), "stats": federated(STATS, {"hits": 4})}
    variables = {"n": "Payload", "x": True} if "$n" in query else {}
    assert validate(supergraph.schema, parse(query)) == []
    async with stitched(supergraph, services) as world:
        response = await world.gateway.execute(ClientRequest(query, variables))
        assert response.errors == ()
        assert response.data == data
        assert not any("__type(" in body["query"] for _, body in world.services.requests)
        _, embedded = await ariadne.graphql(world.gateway.schema, {"query": query, "variables": variables})
        assert embedded == {"data": data}


def test_it_is_asked_for_in_one_document(supergraph: Supergraph) -> None:
    query = '{ __schema { queryType { name } } _0: total me { __type(name: "A") { name } total } }'
    assert planned(supergraph, query) == printed("""
        1. posts
             { _0: total me { total } }
        answered by the gateway itself
             query { __schema { queryType { name } } _1_1: __type(name: "A") { name } }
    """)
    assert plan_operation(supergraph, parse(query)).described == ((("me",), (("__type", "_1_1"),)),)
