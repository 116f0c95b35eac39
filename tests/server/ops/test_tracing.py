"""Traces, as a collector gets them: real protobuf over HTTP, from a gateway in front of a real service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.waiting import until

SDL = "type Query { a: String b: String } type Mutation { change: String }"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Collector:
    """Takes what is exported, and stands in for the service, too."""

    spans: list[Any] = field(default_factory=list)
    service: str = ""
    sent: list[str | None] = field(default_factory=list)
    status: int = 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        response: Response
        if scope["path"] == "/v1/traces":
            told = ExportTraceServiceRequest.FromString(body)
            for resource in told.resource_spans:
                (self.service,) = (
                    each.value.string_value
                    for each in resource.resource.attributes
                    if each.key == "service.name"
                )
                self.spans += [span for scoped in resource.scope_spans for span in scoped.spans]
            response = Response(b"")
        else:
            self.sent.append(request.headers.get("traceparent"))
            query = (await request.json())["query"]
            data = {name: name for name in ("a", "b", "change") if name in query}
            response = JSONResponse({"data": data}, self.status)
            if self.status != 200:
                response = Response("broken", self.status)
        await response(scope, receive, send)


@dataclass
class Traced:
    url: str
    collector: Collector
    http: aiohttp.ClientSession

    async def ask(self, query: str, **headers: str) -> None:
        async with self.http.post(f"{self.url}/graphql", json={"query": query}, headers=headers) as response:
            await response.read()

    async def spans(self, number: int) -> list[Any]:
        await until(lambda: len(self.collector.spans) >= number)
        return sorted(self.collector.spans, key=lambda span: span.kind)


@pytest.fixture
async def traced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Traced]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    for name, value in getattr(request, "param", {}).items():
        monkeypatch.setenv(name, value)
    collector = Collector()
    async with serving(collector) as address:
        monkeypatch.setenv("THING_MICROSERVICE_URL", f"{address}/graphql")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        async with (
            serving(create_app(load_settings(traces=True))) as url,
            aiohttp.ClientSession() as http,
        ):
            yield Traced(url, collector, http)


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


async def test_one_picture_from_the_client_to_the_service(traced: Traced) -> None:
    await traced.ask("query All { a b }", traceparent=PARENT)
    server, client = await traced.spans(2)
    assert traced.collector.service == "stitcher"
    assert server.trace_id.hex() == client.trace_id.hex() == PARENT[3:35]
    assert server.parent_span_id.hex() == PARENT[36:52]
    assert client.parent_span_id == server.span_id
    assert traced.collector.sent == [f"00-{PARENT[3:35]}-{client.span_id.hex()}-01"]
    assert server.name == "query"  # never what clients choose
    assert attributes(server) == {
        "http.request.method": "POST",
        "url.path": "/graphql",
        "http.response.status_code": 200,
        "graphql.operation.type": "query",
        "graphql.operation.name": "All",
    }
    told = attributes(client)
    assert (told["stitcher.subgraph"], told["http.response.body.size"]) == ("thing", 26)
    assert server.start_time_unix_nano <= client.start_time_unix_nano
    assert client.end_time_unix_nano <= server.end_time_unix_nano


async def test_what_fails_is_an_error(traced: Traced) -> None:
    traced.collector.status = 500
    await traced.ask("mutation { change }")
    server, client = await traced.spans(2)
    assert server.name == "mutation"
    assert [(event.name, attributes(event)["error.type"]) for event in server.events] == [
        ("error", "SUBGRAPH_BAD_RESPONSE")
    ]
    assert client.status.code == 2
    assert attributes(client)["error.type"] == "SUBGRAPH_BAD_RESPONSE"


async def test_what_is_refused_has_a_span(traced: Traced) -> None:
    await traced.ask("{ nothing }")
    (server,) = await traced.spans(1)
    assert server.name == "POST"
    assert attributes(server.events[0])["error.type"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("traced", [{"OTEL_TRACES_SAMPLER": "always_off"}], indirect=True)
async def test_what_is_not_sampled_is_not_exported_but_told_to_services(traced: Traced) -> None:
    await traced.ask("{ a }")
    await asyncio.sleep(0.3)
    assert traced.collector.spans == []
    (sent,) = traced.collector.sent
    assert sent is not None
    assert int(sent[-2:], 16) & 1 == 0


async def test_without_traces_services_get_what_the_client_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thing.graphql").write_text(SDL)
    collector = Collector()
    async with serving(collector) as address:
        monkeypatch.setenv("THING_MICROSERVICE_URL", f"{address}/graphql")
        async with (
            serving(create_app(load_settings(schemas=tmp_path))) as url,
            aiohttp.ClientSession() as http,
        ):
            await Traced(url, collector, http).ask("{ a }", traceparent=PARENT)
    assert collector.sent == [PARENT]
