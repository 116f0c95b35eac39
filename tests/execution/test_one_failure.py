"""Whatever happens in one fetch stays with its fields: what is beside it is answered."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayResponse
from stitcher.server.endpoint.answers import encode_response
from stitcher.supergraph import Supergraph
from stitcher.transport.base import SubgraphRequest, SubgraphResponse, Transport
from tests.stitched import composed, stitched

LEFT = """
scalar JSON
type Query { things: [Thing!]! echo(v: JSON): JSON }
type Thing @key(selectionSet: "{ id }") { id: JSON! left: JSON }
"""
RIGHT = """
scalar JSON
type Query { right: Int thingsByIds(ids: [JSON!]!): [Thing]! @merge(keyField: "id") @inaccessible }
type Thing @key(selectionSet: "{ id }") { id: JSON! more: Int }
"""


@pytest.fixture(scope="module")
def world() -> Supergraph:
    return composed(left=LEFT, right=RIGHT)


class Raising:
    """A transport that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        raise self.error

    async def close(self) -> None:
        pass


class Answering(Raising):
    """A transport that answers with any value."""

    def __init__(self, data: Any) -> None:
        self.data = data

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return SubgraphResponse(self.data)


async def execute(world: Supergraph, transports: Mapping[str, Transport], query: str) -> GatewayResponse:
    return await Gateway(world, transports).execute(ClientRequest(query))


@pytest.mark.parametrize("error", [ValueError("10.0.0.7"), TypeError(), KeyError("a"), RecursionError()])
async def test_what_a_transport_raises_is_the_failure_of_its_fetch(
    world: Supergraph, error: Exception
) -> None:
    things = Answering({"things": [{"id": 1, "left": 2}]})
    with capture_logs() as logs:
        response = await execute(
            world, {"left": things, "right": Raising(error)}, "{ right things { left more } }"
        )
    assert response.data == {"right": None, "things": [{"left": 2, "more": None}]}
    hidden = {"code": "INTERNAL_SERVER_ERROR", "service": "right"}
    assert [(each["message"], each["path"], each["extensions"]) for each in response.errors] == [
        ("Internal server error.", ["right"], hidden),
        ("Internal server error.", ["things", 0, "more"], hidden),
    ]
    assert [(entry["event"], entry["exc_info"]) for entry in logs] == [("fetch failed", error)] * 2


@pytest.mark.parametrize("key", [{1}, object(), {"a": {1: object()}}], ids=["set", "object", "nested"])
async def test_a_key_that_cannot_be_represented_fails_its_fetch_alone(world: Supergraph, key: Any) -> None:
    things = Answering({"things": [{"id": key, "left": 2}]})
    with capture_logs():
        response = await execute(
            world, {"left": things, "right": Answering(None)}, "{ things { left more } }"
        )
    assert response.data == {"things": [{"left": 2, "more": None}]}
    assert [error["path"] for error in response.errors] == [["things", 0, "more"]]


def nested(levels: int) -> bytes:
    return b'{"a":[' * (levels // 2) + b"]}" * (levels // 2)


def _data(content: bytes) -> Callable[[Any], Response]:
    return lambda _: Response(content, media_type="application/json")


@pytest.mark.parametrize("levels", [200, 254, 600, 1000, 1018, 1100])
@pytest.mark.parametrize("pad", [0, 300_000], ids=["small", "large"])
async def test_what_can_be_read_can_be_passed_on(world: Supergraph, levels: int, pad: int) -> None:
    value = nested(levels)
    deep = b'{"data":{"echo":' + value + b"}" + b" " * pad + b"}"
    answers = {"left": _data(deep), "right": lambda _: {"data": {"right": 1}}}
    async with stitched(world, answers) as running:
        response = await running.gateway.execute(ClientRequest("{ echo right }"))
    content = await encode_response(response)
    if levels < 1024:
        assert content == b'{"data":{"echo":' + value + b',"right":1}}'
    else:
        assert b'"data":{"echo":null,"right":1}' in content
        assert [error["extensions"]["code"] for error in response.errors] == ["SUBGRAPH_BAD_RESPONSE"]


@pytest.mark.parametrize("code", [b'["a"]', b"{}", b"1", nested(600)])
async def test_codes_and_extensions_of_errors_may_be_anything(world: Supergraph, code: bytes) -> None:
    failed = b'{"errors":[{"message":"no","extensions":{"code":' + code + b',"more":' + nested(800) + b"}}]}"
    async with stitched(world, {"left": _data(failed), "right": lambda _: {"data": {"right": 1}}}) as running:
        response = await running.gateway.execute(ClientRequest("{ echo right }"))
    content = await encode_response(response)
    assert b'"data":{"echo":null,"right":1}' in content
    assert b'"code":' + code in content


async def test_a_value_that_cannot_be_encoded_is_named(world: Supergraph) -> None:
    left = Answering({"echo": {"a": [1, {1, 2}.__iter__()]}})
    with capture_logs():
        response = await execute(world, {"left": left, "right": Answering({"right": 1})}, "{ echo right }")
        content = orjson.loads(await encode_response(response))
    assert content["data"] == {"echo": {"a": [1, None]}, "right": 1}
    assert [error["path"] for error in content["errors"]] == [["echo", "a", 1]]


BIG = 123456789012345678901234567890


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ echo(v: %d) right }", None),
        ("query($v: JSON) { echo(v: $v) right }", {"v": BIG}),
        ("query($v: JSON = %d) { echo(v: $v) right }", None),
        ("query($v: JSON = {a: [%d]}) { echo(v: $v) right }", {}),
    ],
    ids=["literal", "variable", "default", "nested"],
)
async def test_integers_of_any_size_go_there_and_back(
    world: Supergraph, query: str, variables: dict[str, Any] | None
) -> None:
    sent: list[bytes] = []

    def left(body: dict[str, Any]) -> Response:
        sent.append(repr(body).encode())
        return Response(b'{"data":{"echo":%d}}' % BIG)

    async with stitched(world, {"left": left, "right": lambda _: {"data": {"right": 1}}}) as running:
        response = await running.gateway.execute(ClientRequest(query.replace("%d", str(BIG)), variables))
    assert response == GatewayResponse({"echo": BIG, "right": 1})
    assert str(BIG).encode() in sent[0]
    assert await encode_response(response) == b'{"data":{"echo":%d,"right":1}}' % BIG


async def test_a_default_that_json_cannot_hold_fails_alone(world: Supergraph) -> None:
    async with stitched(
        world, {name: lambda _: {"data": {"right": 1}} for name in ("left", "right")}
    ) as running:
        response = await running.gateway.execute(
            ClientRequest("query($v: JSON = 1e400) { echo(v: $v) right }")
        )
        assert len(running.sent("left")) == 0
    assert response.data == {"echo": None, "right": 1}
    assert [error["extensions"]["code"] for error in response.errors] == ["BAD_USER_INPUT"]
