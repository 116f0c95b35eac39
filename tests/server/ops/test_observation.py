"""What is told of requests: a line in the log, and numbers, of real requests to a real gateway."""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from structlog.testing import capture_logs

from stitcher.events import AttemptEnded, BreakerMoved, OperationPrepared, RequestEnded, SessionMoved, Trail
from stitcher.server.app import create_app
from stitcher.server.ops.metrics import MOST_NAMES, Metrics, Reading
from stitcher.server.ops.numbers import Numbers
from stitcher.server.ops.request_log import RequestLog
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.waiting import until, until_sync

REPOSITORY = Path(__file__).parents[3]

SDL = """
type Query { a: String b: String @rateLimit(limit: "2/minute") kept: String @cacheControl(maxAge: 60) }
type Mutation { change: String }
"""


@dataclass
class Service:
    """Answers each field with its name; fails where it is told to."""

    status: int = 200
    asked: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        query = (await request.json())["query"]
        self.asked += 1
        await asyncio.sleep(0.01)
        data = {name: name for name in ("a", "b", "kept", "change") if name in query}
        response: Response = JSONResponse({"data": data}, self.status)
        if self.status != 200:
            response = Response("broken", self.status)
        await response(scope, receive, send)


@dataclass
class Served:
    url: str
    service: Service
    http: aiohttp.ClientSession
    capture: pytest.CaptureFixture[str]

    async def ask(self, query: str = "query A { a }", path: str = "/graphql", **headers: str) -> int:
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post(f"{self.url}{path}", json={"query": query}, headers=own) as response:
            await response.read()
            return response.status

    async def lines(self, number: int) -> list[dict[str, Any]]:
        """Return the lines about requests, once there are so many."""
        found: list[dict[str, Any]] = []

        def has_come() -> bool:
            text = self.capture.readouterr().err
            told = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
            found.extend(line for line in told if line.get("event") == "request")
            return len(found) >= number

        await until(has_come)
        assert len(found) == number
        return found

    async def metrics(self) -> dict[tuple[str, ...], float]:
        async with self.http.get(f"{self.url}/metrics") as response:
            return samples(await response.text())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and its labels' values, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
async def served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Served]:
    caplog.set_level(logging.INFO)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    options = {"metrics": True, "log_format": "json", "rate_limit": "off", **getattr(request, "param", {})}
    service = Service()
    async with serving(service) as address:
        monkeypatch.setenv("THING_MICROSERVICE_URL", address)
        async with serving(create_app(load_settings(**options))) as url, aiohttp.ClientSession() as http:
            capfd.readouterr()
            yield Served(url, service, http, capfd)


async def test_a_request_is_a_line(served: Served) -> None:
    await served.ask(
        x_request_id="my-id", apollographql_client_name="web", apollographql_client_version="1.2"
    )
    (line,) = await served.lines(1)
    assert line.pop("seconds") >= 0.01
    assert line["services"]["thing"].pop("seconds") >= 0.01
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "request_id": "my-id",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "bytes": 18,
        "operation": "A",
        "kind": "query",
        "hash": sha256(b"query A { a }").hexdigest()[:16],
        "client": "web",
        "client_version": "1.2",
        "services": {"thing": {"requests": 1, "bytes": 18}},
        "event": "request",
        "level": "info",
        "logger": "stitcher.requests",
    }


async def test_what_is_refused_is_a_line_too(served: Served) -> None:
    assert await served.ask("{ nothing }") == 200
    assert await served.ask("{") == 200
    assert await served.ask(path="/nowhere") == 404
    assert await served.ask(origin="https://evil.example", cookie="a=b") in (200, 403)
    for _ in range(3):
        await served.ask("{ b }")
    lines = await served.lines(7)
    codes = [line.get("codes") for line in lines]
    assert codes[:3] == [["GRAPHQL_VALIDATION_FAILED"], ["GRAPHQL_PARSE_FAILED"], ["NOT_FOUND"]]
    assert codes[-1] == ["RATE_LIMITED"]
    assert lines[-1]["status"] == 429


async def test_what_a_service_fails_at_is_told_with_it(served: Served) -> None:
    served.service.status = 500
    await served.ask()
    (line,) = await served.lines(1)
    assert line["codes"] == ["SUBGRAPH_BAD_RESPONSE"]
    assert line["services"]["thing"]["failed"] == 1
    metrics = await served.metrics()
    assert metrics["stitcher_errors_total", "SUBGRAPH_BAD_RESPONSE"] == 1
    count = "stitcher_subgraph_request_duration_seconds_count"
    assert metrics[count, "SUBGRAPH_BAD_RESPONSE", "thing"] == 1


async def test_those_who_share_an_answer_are_told_apart(served: Served) -> None:
    await asyncio.gather(*(served.ask() for _ in range(3)))
    lines = await served.lines(3)
    assert sorted(line.get("came_by", "") for line in lines) == ["", "shared", "shared"]
    assert {line["operation"] for line in lines} == {"A"}
    assert [len(line.get("services", {})) for line in lines if "came_by" in line] == [0, 0]


@pytest.mark.parametrize("served", [{"response_cache": 2**20}], indirect=True)
async def test_what_was_kept_is_told_with_its_operation(served: Served) -> None:
    for _ in range(2):
        await served.ask("query Kept { kept }")
    lines = await served.lines(2)
    assert [(line["operation"], line.get("came_by")) for line in lines] == [("Kept", None), ("Kept", "kept")]
    assert (await served.metrics())["stitcher_reused_answers_total", "kept"] == 1


@pytest.mark.parametrize("served", [{"jwt_secret": "s" * 32}], indirect=True)
async def test_a_token_that_is_refused(served: Served) -> None:
    assert await served.ask(authorization="Bearer a.b.c") == 401
    (line,) = await served.lines(1)
    assert line["codes"] == ["UNAUTHENTICATED"]
    assert "a.b.c" not in json.dumps(line)


@pytest.mark.parametrize("served", [{"log_requests": 0, "log_slow_seconds": 0.2}], indirect=True)
async def test_what_went_well_may_be_left_out(served: Served) -> None:
    for _ in range(5):
        await served.ask()
    await served.ask("{ nothing }")
    (line,) = await served.lines(1)
    assert line["codes"] == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("served", [{"log_requests": 0, "log_slow_seconds": 0.005}], indirect=True)
async def test_what_is_slow_is_always_there(served: Served) -> None:
    await served.ask()
    assert len(await served.lines(1)) == 1


async def test_numbers(served: Served) -> None:
    for _ in range(3):
        await served.ask(graphql_client_name="web")
    await served.ask("mutation { change }")
    metrics = await served.metrics()
    requests = "stitcher_request_duration_seconds_count"
    assert metrics[requests, "query", "A", "200"] == 3
    assert metrics[requests, "mutation", "", "200"] == 1
    assert metrics["stitcher_request_duration_seconds_bucket", "query", "+Inf", "A", "200"] == 3
    assert metrics["stitcher_request_duration_seconds_bucket", "query", "0.005", "A", "200"] == 0
    assert 0.03 <= metrics["stitcher_request_duration_seconds_sum", "query", "A", "200"] < 3
    assert metrics["stitcher_client_requests_total", "web"] == 3
    assert metrics["stitcher_subgraph_response_bytes_total", "thing"] > 60
    (attempts,) = [value for key, value in metrics.items() if key[0] == "stitcher_attempts_total"]
    assert attempts == 4
    assert metrics["stitcher_operation_preparation_seconds_count", "ok"] == 2
    assert metrics["stitcher_prepared_operations",] == 2
    assert metrics["process_resident_memory_bytes",] > 10_000_000


def event(name: str | None = None, **given: Any) -> RequestEnded:
    trail = Trail()
    from stitcher.events import Seen

    trail.seen = Seen(name, "query", "hash")
    fields = ("id", "POST", "/graphql", 200, 0.001, 10, (given.get("client"), None), trail)
    return RequestEnded(*fields)


def test_names_that_clients_choose_are_bounded() -> None:
    metrics = Metrics()
    for number in range(MOST_NAMES * 3):
        metrics.notice(event(f"Name{number}", client=f"client{number}"))
    read = samples(Reading(metrics, ()).text().decode())
    names = {key[2] for key in read if key[0] == "stitcher_request_duration_seconds_count"}
    assert len(names) == MOST_NAMES + 1
    assert read["stitcher_request_duration_seconds_count", "query", "other", "200"] == MOST_NAMES * 2
    assert read["stitcher_client_requests_total", "other"] == MOST_NAMES * 2


def test_every_event_is_counted() -> None:
    metrics = Metrics()
    metrics.notice(AttemptEnded("thing", "http://a/", "hedge", 0.1, None))
    metrics.notice(AttemptEnded("thing", "http://a/", "retry", 0.1, "SUBGRAPH_TIMEOUT"))
    metrics.notice(BreakerMoved("thing", "http://a/", is_out=True))
    metrics.notice(BreakerMoved("thing", "http://a/", is_out=False))
    metrics.notice(OperationPrepared(0.002, "GRAPHQL_PARSE_FAILED"))
    metrics.notice(SessionMoved(has_begun=True))
    read = samples(Reading(metrics, ()).text().decode())
    assert read["stitcher_attempts_total", "http://a/", "hedge", "ok", "thing"] == 1
    assert read["stitcher_attempts_total", "http://a/", "retry", "SUBGRAPH_TIMEOUT", "thing"] == 1
    assert read["stitcher_instance_outages_total", "http://a/", "thing"] == 1
    assert read["stitcher_operation_preparation_seconds_count", "GRAPHQL_PARSE_FAILED"] == 1
    assert read["stitcher_sessions_total", "began"] == 1


def test_numbers_of_several_processes_are_added_up(tmp_path: Path) -> None:
    numbers = Numbers()
    numbers.count(("a", "x"), 2)
    numbers.observe(("b",), 0.003)
    numbers.gauges["c",] = 5
    numbers.write(tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f"{os.getpid()}.json").rename(tmp_path / f"{dead.pid}.json")
    numbers.write(tmp_path)
    added = Numbers.of_all(tmp_path)
    assert added.counts == {("a", "x"): 4}
    assert added.durations["b",][2] == 2
    assert added.durations["b",][-1] == pytest.approx(0.006)
    assert added.gauges == {("c",): 5}  # of the one that lives


@pytest.fixture
def several(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A gateway of two processes, with metrics on a port of their own."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(str(free.getsockname()[1]))
    process = subprocess.Popen(
        [sys.executable, "-m", "stitcher", "serve", "--port", ports[0], "--workers", "2"],
        cwd=tmp_path,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(REPOSITORY),
            "THING_MICROSERVICE_URL": "http://127.0.0.1:1/",
            "METRICS_PORT": ports[1],
            "DRAIN_SECONDS": "0",
            "RATE_LIMIT": "off",
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_a_port_of_their_own_has_the_numbers_of_all_processes(several: tuple[str, str]) -> None:
    url, own = several

    def ask() -> bool:
        body = json.dumps({"query": "query T { __typename }"}).encode()
        request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until_sync(ask, 30)
    for _ in range(39):
        assert ask()
    key = ("stitcher_request_duration_seconds_count", "query", "T", "200")

    def read() -> dict[tuple[str, ...], float]:
        with urllib.request.urlopen(f"{own}/metrics", timeout=5) as answer:
            return samples(answer.read().decode())

    until_sync(lambda: read().get(key) == 40, 5)
    time.sleep(1.1)
    assert read()[key] == 40
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{url}/metrics", timeout=5)


def test_a_line_for_people(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        RequestLog(1, 1, is_json=False).notice(event("A", client="web"))
        RequestLog(1, 1, is_json=False).notice(OperationPrepared(0.1, None))
    (line,) = logs
    assert (line["event"], line["operation"], line["client"]) == ("request", "A", "web")
