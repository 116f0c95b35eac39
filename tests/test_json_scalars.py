"""JSON scalars of any kind arrive as they were sent: by services and by resolvers of the gateway's own, in
small answers and in those that are worked on in parts, and what a resolver keeps stays as it is."""

import copy
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ariadne import QueryType, make_executable_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.large import LARGE
from stitcher.local.transport import LocalTransport
from stitcher.server.endpoint.answers import encode_response
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import SubgraphServer, serve

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)

FAR = """
scalar JSON
type Query { far: Far }
type Far @key(fields: "id") { id: ID! one: JSON many: [JSON] pad: String }
"""
SIDE = 'scalar JSON\nextend type Far @key(fields: "id") { id: ID! @external side: JSON }'
NEAR = """
scalar JSON
type Query { near: Near one: JSON }
type Near { one: JSON many: [JSON] }
"""
QUERY = "{ far { one many pad side } near { one many } one }"

kept: dict[str, Any] = {}
query = QueryType()
query.set_field("near", lambda *_: kept)
query.set_field("one", lambda *_: kept["one"])


class World:
    """A gateway over two services that answer as told, and resolvers that keep what they return."""

    def __init__(self, pool: HttpPool, server: SubgraphServer) -> None:
        sources = [
            Source("far", FAR, "far.graphql"),
            Source("side", SIDE, "side.graphql"),
            Source("gateway", NEAR, "gateway.graphql"),
        ]
        transports: dict[str, Any] = {
            name: HttpTransport(name, Upstream.at(server.url(name)), pool) for name in ("far", "side")
        }
        transports["gateway"] = LocalTransport(make_executable_schema(NEAR, query))
        self.gateway = Gateway(compose(sources), transports)
        self.server = server

    async def answer(self, one: Any, many: list[Any], size: int) -> Any:
        kept.update(one=copy.deepcopy(one), many=copy.deepcopy(many))
        far = {"__typename": "Far", "id": "1", "one": one, "many": many, "pad": "x" * size}
        self.server.instead = {
            "far": lambda _: _response({"far": far}),
            "side": lambda body: _response({entities_key(body): [{"side": one}]}),
        }
        response = await self.gateway.execute(ClientRequest(QUERY))
        assert response.errors == ()
        return exactly(await encode_response(response))


def entities_key(body: dict[str, Any]) -> str:
    found = re.search(r"(\w+): _entities", body["query"])
    return found[1] if found else "_entities"


def _response(data: Any) -> Response:
    return Response(json.dumps({"data": data}), media_type="application/json")


def exactly(content: bytes) -> Any:
    return json.loads(content)["data"]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with serve({}) as server, HttpPool() as pool:
        yield World(pool, server)


@pytest.mark.parametrize("size", [10, LARGE], ids=["small", "large"])
async def test_arrive_as_they_were_sent(world: World, size: int) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values=st.tuples(JSON, st.lists(JSON, max_size=3)))
    def collect(values: tuple[Any, list[Any]]) -> None:
        drawn.append(values)

    drawn: list[tuple[Any, list[Any]]] = []
    collect()
    for one, many in drawn:
        expected = {
            "far": {"one": one, "many": many, "pad": "x" * size, "side": one},
            "near": {"one": one, "many": many},
            "one": one,
        }
        got = await world.answer(one, many, size)
        assert repr(got) == repr(expected)
        assert repr(kept) == repr({"one": one, "many": many})
