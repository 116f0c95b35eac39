"""What an answer costs, counted rather than timed: a regression shows on any machine.

Calls are those of Python functions, ours and the libraries', as the interpreter's profiler sees them.
"""

import gc
import logging
import sys
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.selections import Document
from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests import bookshop
from tests.stitched import composed, stitched

CATALOG = """
type Query { things: [Thing!]! }
type Thing @key(fields: "id") { id: ID! name: String! makers: [Maker!]! }
type Maker { id: ID! }
"""
STOCK = 'extend type Thing @key(fields: "id") { id: ID! @external stock: Int }'


@dataclass
class Canned:
    """A subgraph that answers at once, from JSON, with as many things as it is told."""

    things: int
    sent: list[Document] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent.append(request.document)
        if representations := next(iter(request.variables.values()), None):
            field_name = request.document.text.partition("_entities")[0].rpartition("{")[2].strip(" :")
            answer: Any = {field_name or "_entities": [{"stock": 1} for _ in representations]}
        else:
            makers = [{"id": "m1"}, {"id": "m2"}]
            things = [
                {"__typename": "Thing", "id": f"t{n}", "name": "a", "makers": makers}
                for n in range(self.things)
            ]
            answer = {"things": things}
        return SubgraphResponse(orjson.loads(orjson.dumps(answer)))

    async def close(self) -> None:
        pass


async def calls(work: Awaitable[Any]) -> int:
    """Count the function calls until ``work``, which waits for nothing, is done.

    The garbage collector waits, too: what other tests have it call isn't ours.
    """
    count = 0

    def profile(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    gc.disable()
    sys.setprofile(profile)
    try:
        await work
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


async def calls_for(things: int, query: str) -> int:
    transport = Canned(things)
    gateway = Gateway(composed(catalog=CATALOG, stock=STOCK), {"catalog": transport, "stock": transport})
    response = await gateway.execute(ClientRequest(query))
    assert response.data is not None
    assert not response.errors
    return await calls(gateway.execute(ClientRequest(query)))


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("{ things { id name } }", 3),  # shape a value, shape an object, copy its fields
        ("{ things { id stock } }", 7),  # and collect, represent, group, merge
        ("{ things { id makers { id } } }", 11),  # two more objects in a list of their own
    ],
)
async def test_calls_an_object(query: str, most: float) -> None:
    few, many = await calls_for(100, query), await calls_for(1100, query)
    assert (many - few) / 1000 <= most


async def test_calls_an_operation() -> None:
    assert await calls_for(0, "{ things { id name } }") <= 36


async def test_an_operation_is_prepared_once() -> None:
    transport = Canned(1)
    gateway = Gateway(composed(catalog=CATALOG, stock=STOCK), {"catalog": transport, "stock": transport})
    await gateway.execute(ClientRequest("{ things { id stock } }"))
    prepared = gateway.prepare("{ things { id stock } }")
    for _ in range(2):
        await gateway.execute(ClientRequest("{ things { id stock } }"))
    assert gateway.prepare("{ things { id stock } }") is prepared
    first, *others = [document for document in transport.sent if "things" in document.text]
    assert all(document is first for document in others)  # its JSON was made once


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ products { title } }", {"catalog": 1}),
        ("{ products { title ... on Book { authors { name } } } }", {"catalog": 1, "people": 1}),
        ('{ a: products { title } b: books { title } c: product(id: "b1") { title } }', {"catalog": 1}),
    ],
)
async def test_requests_an_operation(query: str, expected: dict[str, int]) -> None:
    supergraph = composed(**bookshop.SDL)
    async with stitched(supergraph, bookshop.subgraph_schemas()) as world:
        response = await world.gateway.execute(ClientRequest(query))
        assert not response.errors
        assert {name: len(world.sent(name)) for name in supergraph.subgraphs if world.sent(name)} == expected


@pytest.mark.parametrize(
    ("observed", "most"),
    [
        ({"log_requests": 0, "log_slow_seconds": 0}, 80),  # what is off costs nothing
        ({"log_format": "json"}, 101),
        ({"log_format": "json", "metrics": True}, 110),
    ],
)
async def test_calls_of_the_server(
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    observed: dict[str, Any],
    most: int,
) -> None:
    """The server's own part of a request, down to the gateway and back."""
    caplog.set_level(logging.INFO)
    (tmp_path / "things.graphql").write_text("type Query { hello: String }")
    monkeypatch.setenv("THINGS_MICROSERVICE_URL", "http://127.0.0.1:1/")
    app = create_app(load_settings(schemas=tmp_path, rate_limit="off", inflight_dedupe=False, **observed))
    body = b'{"query": "{ __typename }"}'
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(dict(scope), receive, send)
    assert await calls(app(dict(scope), receive, send)) <= most
    assert sent[-1]["body"] == b'{"data":{"__typename":"Query"}}'
