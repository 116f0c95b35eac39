from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError, OperationType
from structlog.testing import capture_logs

from stitcher import delegate
from stitcher.server.endpoint.context import Context
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import SubgraphServer

BOOK = "query($id: ID!) { product(id: $id) { id } }"


@dataclass
class Recording:
    """A transport that keeps what it is sent."""

    errors: tuple[dict[str, Any], ...] = ()
    sent: list[SubgraphRequest] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent.append(request)
        return SubgraphResponse(None, self.errors)

    async def close(self) -> None: ...


def info(transports: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
    context = Context(None, headers or {}, transports)  # type: ignore[arg-type]
    return SimpleNamespace(context=context, operation=SimpleNamespace(operation=OperationType.QUERY))


async def test_the_data_of_a_microservice(subgraphs: SubgraphServer) -> None:
    async with HttpPool() as pool:
        transports = {"catalog": HttpTransport("catalog", Upstream.at(subgraphs.url("catalog")), pool)}
        data = await delegate(
            info(transports, {"authorization": "Bearer x"}), "catalog", "{ products { id } }"
        )
    assert len(data["products"]) > 1
    assert subgraphs.headers[-1]["authorization"] == "Bearer x"


async def test_variables_and_the_kind_of_the_operation() -> None:
    recording = Recording()
    assert await delegate(info({"a": recording}), "a", BOOK, {"id": "1"}) == {}
    await delegate(info({"a": recording}), "a", "mutation { buy }")
    assert [request.document.is_mutation for request in recording.sent] == [False, True]
    assert [request.variables for request in recording.sent] == [{"id": "1"}, {}]
    assert recording.sent[0].document.text == BOOK


async def test_errors_of_a_microservice_are_raised_with_their_code(subgraphs: SubgraphServer) -> None:
    async with HttpPool() as pool:
        transports = {"catalog": HttpTransport("catalog", Upstream.at(subgraphs.url("catalog")), pool)}
        with pytest.raises(GraphQLError) as caught:
            await delegate(info(transports), "catalog", "{ nope }")
        assert "nope" in caught.value.message
        assert (caught.value.extensions or {})["service"] == "catalog"
        transports = {"catalog": HttpTransport("catalog", Upstream.at("http://127.0.0.1:1/"), pool)}
        with pytest.raises(GraphQLError) as caught, capture_logs():
            await delegate(info(transports), "catalog", "{ products { id } }")
        assert caught.value.extensions == {"code": "SUBGRAPH_UNREACHABLE", "service": "catalog"}


@pytest.mark.parametrize("given", [None, "x", [], {}])
async def test_an_error_with_extensions_of_another_kind_is_raised(given: Any) -> None:
    with pytest.raises(GraphQLError, match="No driver") as caught:
        await delegate(info({"a": Recording(({"message": "No driver", "extensions": given},))}), "a", BOOK)
    assert caught.value.extensions == {"service": "a"}


async def test_an_unknown_service_and_several_operations_are_mistakes_of_the_resolver() -> None:
    with pytest.raises(LookupError, match="there are: a"):
        await delegate(info({"a": Recording()}), "b", "{ x }")
    with pytest.raises(ValueError, match="exactly one operation"):
        await delegate(info({"a": Recording()}), "a", "query A { x } query B { x }")
