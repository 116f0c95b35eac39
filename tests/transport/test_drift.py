"""A service that lacks what its SDL has is told of once, by name."""

from typing import Any

import pytest
from ariadne import make_executable_schema
from structlog.testing import capture_logs

from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest
from stitcher.transport.drift import MOST, Drift
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import serve

LIVE = "type Query { thing(id: ID): Thing } type Thing { id: ID }"


async def logged(*queries: str) -> list[tuple[str, str]]:
    """Return what the log says of the answers to some queries."""
    async with serve({"thing": make_executable_schema(LIVE)}) as server, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(server.url("thing")), pool)
        with capture_logs() as logs:
            for query in queries:
                await transport.send(SubgraphRequest(Document(query), {}, {}))
    return [(entry["subgraph"], entry["missing"]) for entry in logs if entry["event"].startswith("drift")]


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("{ thing { id serial } }", "Thing.serial"),
        ("{ things { id } }", "Query.things"),
        ("{ thing(by: 1) { id } }", "Query.thing(by:)"),
        ("{ thing { ... on Pump { id } } }", "Pump"),
    ],
)
async def test_what_is_missing_is_named_once(query: str, missing: str) -> None:
    assert await logged(query, query, "{ thing { id } }") == [("thing", missing)]


async def test_nothing_is_said_of_what_is_there_or_wrong_in_another_way() -> None:
    assert await logged("{ thing { id } }", "{ thing(id: {}) { id } }", "{ thing") == []


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ('Cannot query field "a" on type "T". Did you mean "b"?', "T.a"),
        ("Cannot query field 'a' on type 'T'.", "T.a"),
        ("Validation error (FieldUndefined@[x/a]) : Field 'a' in type 'T' is undefined", "T.a"),
        ("The field `a` does not exist on the type `T`.", "T.a"),
        ('Unknown field "a" on type "T".', "T.a"),
        ("Field 'a' doesn't exist on type 'T'", "T.a"),
    ],
)
def test_the_words_of_several_servers(message: str, missing: str) -> None:
    with capture_logs() as logs:
        Drift("thing").notice([{"message": message}])
    assert [entry["missing"] for entry in logs] == [missing]


def test_a_service_cannot_fill_the_log() -> None:
    drift = Drift("thing")
    errors: list[dict[str, Any]] = [
        {"message": f'Cannot query field "f{number}" on type "T".'} for number in range(3 * MOST)
    ]
    with capture_logs() as logs:
        drift.notice(errors)
        drift.notice(errors)
    assert len(logs) == MOST
