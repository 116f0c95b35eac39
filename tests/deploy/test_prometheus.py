"""Rules and dashboards, with a real Prometheus that scrapes a running gateway."""

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from math import isnan
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.needs import need
from tests.redis_server import RedisServer

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"

SDL = "type Query { a: String kept: String @cacheControl(maxAge: 60) }"

PATIENCE = 60.0
"""Seconds until Prometheus has to have scraped, and worked out its rules, twice."""


def tool(name: str) -> str:
    found = shutil.which(name)
    need(found, f"{name}, of Debian's package prometheus")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "rules.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [tool("promtool"), *arguments], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested() -> None:
    rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    tests = yaml.safe_load((RULES.parent / "rules_test.yml").read_text())["tests"]
    tested = {each["alertname"] for test in tests for each in test["alert_rule_test"] if each["exp_alerts"]}
    assert tested == {rule["alert"] for rule in rules if "alert" in rule}


def expressions() -> Iterator[str]:
    """Yield what is asked of Prometheus: by alerts, without what they compare with, and by dashboards."""
    for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]:
        if "alert" in rule:
            yield rule["expr"].rpartition(" ")[0].rpartition(" ")[0]
        else:
            yield rule["expr"]
    for file in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield target["expr"].replace("$service", "thing")


async def answer(scope: Any, receive: Any, send: Any) -> None:
    query = (await Request(scope, receive).json())["query"]
    response: Response = JSONResponse({"data": {name: name for name in ("a", "kept") if name in query}})
    await response(scope, receive, send)


@pytest.fixture
async def prometheus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis: RedisServer
) -> AsyncIterator[str]:
    """The address of a Prometheus that scrapes a gateway under load every second."""
    binary = tool("prometheus")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text(SDL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serving(answer) as service:
        monkeypatch.setenv("THING_MICROSERVICE_URL", service)
        app = create_app(
            load_settings(metrics=True, rate_limit="1000/second", redis_url=redis.url, response_cache=2**20)
        )
        async with serving(app) as url, aiohttp.ClientSession() as http:
            config = yaml.safe_load((RULES.parent / "prometheus.yml").read_text())
            config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
            config["rule_files"] = [str(RULES)]
            (scrape,) = config["scrape_configs"]
            del scrape["dns_sd_configs"]
            scrape["static_configs"] = [{"targets": [url.removeprefix("http://")]}]
            (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
            process = await asyncio.create_subprocess_exec(
                binary,
                *(f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}"),
                f"--web.listen-address=127.0.0.1:{port}",
                stderr=asyncio.subprocess.DEVNULL,
            )
            loading = asyncio.create_task(load(http, url))
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                loading.cancel()
                process.terminate()
                await process.wait()


async def load(http: aiohttp.ClientSession, url: str) -> None:
    """Ask the gateway some things, again and again."""
    while True:
        for query in ("query A { a }", "{ kept }", "{ nothing }"):
            async with http.post(f"{url}/graphql", json={"query": query}) as response:
                await response.read()
        await asyncio.sleep(0.1)


async def without_data(http: aiohttp.ClientSession, prometheus: str) -> list[str]:
    """Return the expressions that Prometheus has no numbers for."""
    empty = []
    for expression in expressions():
        async with http.get(f"{prometheus}/api/v1/query", params={"query": expression}) as response:
            told = await response.json()
        assert told["status"] == "success", (expression, told)
        values = [float(each["value"][1]) for each in told["data"]["result"]]
        if all(map(isnan, values)):
            empty.append(expression)
    return empty


async def test_every_expression_has_data(prometheus: str) -> None:
    empty: list[str] = ["not asked yet"]
    ends = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession() as http:
        while empty and time.monotonic() < ends:
            await asyncio.sleep(1)
            with suppress(aiohttp.ClientConnectionError):  # it begins
                empty = await without_data(http, prometheus)
    assert empty == []


def test_compose_has_what_the_files_of_prometheus_and_grafana_say() -> None:
    services = yaml.safe_load((DEPLOY / "compose.observe.yaml").read_text())["services"]
    (scrape,) = yaml.safe_load((RULES.parent / "prometheus.yml").read_text())["scrape_configs"]
    (names,) = scrape["dns_sd_configs"]
    assert names["names"] == ["gateway"]
    assert services["gateway"]["environment"]["METRICS_PORT"] == str(names["port"])
    grafana = DEPLOY / "grafana" / "provisioning"
    (source,) = yaml.safe_load((grafana / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((grafana / "dashboards" / "stitcher.yml").read_text())["providers"]
    mounted = [volume.split(":")[1] for volume in services["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounted
    assert source["url"] == "http://prometheus:9090"
    for file in (DEPLOY / "grafana" / "dashboards").glob("*.json"):
        for panel in json.loads(file.read_text())["panels"]:
            assert panel["datasource"]["uid"] == source["uid"]
