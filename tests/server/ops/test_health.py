"""What probes are told."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.asgi_server import serving


async def ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, failures: int = 0, **settings: Any
) -> tuple[int, dict[str, Any]]:
    (tmp_path / "thing.graphql").write_text("type Query { a: Int }")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THING_MICROSERVICE_URL", "http://127.0.0.1:1/,http://127.0.0.1:2/")
    app = create_app(load_settings(schemas=tmp_path, rate_limit="off", **settings))
    async with serving(app) as url, aiohttp.ClientSession() as http:
        for _ in range(failures):
            async with http.post(f"{url}/graphql", json={"query": "{ a }"}) as response:
                await response.read()
        async with http.get(f"{url}/health/live") as response:
            assert await response.json() == {"status": "ok"}
        async with http.get(f"{url}/health/ready") as response:
            assert response.headers["Cache-Control"] == "no-store"
            text = await response.text()
            assert "127.0.0.1" not in text  # addresses stay here
            return response.status, await response.json()


async def test_it_is_ready_once_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, told = await ready(tmp_path, monkeypatch)
    assert status == 200
    assert told["schema"].pop("ageSeconds") >= 0
    assert len(told["schema"].pop("hash")) == 16
    assert told == {
        "status": "ready",
        "missing": [],
        "schema": {"problems": []},
        "redis": "not used",
        "services": {"thing": {"instances": 2, "inUse": 2, "outstanding": 0}},
    }


async def test_a_service_that_is_out_of_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, told = await ready(tmp_path, monkeypatch, failures=6)
    assert (status, told["status"]) == (200, "ready")
    assert told["services"]["thing"]["inUse"] == 0


async def test_it_is_not_ready_without_what_it_requires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requires = "services,redis,schema"
    status, told = await ready(tmp_path, monkeypatch, failures=6, ready_requires=requires)
    assert (status, told["status"], told["missing"]) == (503, "not ready", ["services"])
    status, told = await ready(tmp_path, monkeypatch, ready_requires=requires)
    assert (status, told["status"]) == (200, "ready")
