"""What ``stitcher doctor`` finds: real services, well and not so well, a real Redis, and nobody at all."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stitcher.assembly.diagnosis import Finding, _clock, diagnose
from stitcher.cli.doctor import doctor
from stitcher.settings.load import load_settings
from tests.asgi_server import serving
from tests.redis_server import RedisServer
from tests.stitched import FEDERATION, federated

THING = FEDERATION + 'type Query { things: [Thing] } type Thing @key(fields: "id") { id: ID! serial: String }'
NEWER = THING.replace("serial: String", "serial: String! model: String")
PLAIN = "type Query { said: String }"


@dataclass
class Services:
    """Serves what each path is told to."""

    answers: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    async def answer(self, request: Request) -> Response:
        told = self.answers[request.path_params["name"]]
        if isinstance(told, Response):
            return told
        from ariadne import graphql

        _, result = await graphql(told, await request.json())
        return JSONResponse(result, headers=getattr(told, "headers", None))


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    made = Services()
    app = Starlette(routes=[Route("/{name}", made.answer, methods=["GET", "POST"])])
    async with serving(app) as made.address:
        yield made


def serve(services: Services, monkeypatch: pytest.MonkeyPatch, name: str, sdl: str, answer: Any) -> None:
    Path("schemas", f"{name}.graphql").write_text(sdl)
    services.answers[name] = answer
    monkeypatch.setenv(f"{name.upper()}_MICROSERVICE_URL", f"{services.address}/{name}")


async def found(**settings: Any) -> list[Finding]:
    return await diagnose(load_settings(**settings))


async def test_all_is_well(services: Services, monkeypatch: pytest.MonkeyPatch, redis: RedisServer) -> None:
    serve(services, monkeypatch, "thing", THING, federated(THING, {"things": []}))
    services.answers["keys"] = JSONResponse({"keys": [{}]})
    findings = await found(redis_url=redis.url, jwt_jwks_url=f"{services.address}/keys")
    assert {finding.state for finding in findings} == {"ok"}
    subjects = [finding.subject for finding in findings]
    assert subjects == ["schema", *[f"thing at {services.address}/thing"] * 2, "keys", "redis"]
    assert findings[2].told == "its live schema has all of schemas/thing.graphql"


async def test_what_a_live_schema_lacks(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(services, monkeypatch, "thing", NEWER, federated(THING, {"things": []}))
    (wrong,) = [finding for finding in await found() if finding.state != "ok"]
    assert wrong.told == ("its live schema lacks Thing.serial: String! (it is String); Thing.model")
    assert wrong.advice.startswith("deploy the service that schemas/thing.graphql is of")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response("<html>"), "answers with no JSON"),
        (JSONResponse({"hello": 1}, 404), "gives no GraphQL answer (status 404)"),
        (JSONResponse([]), "gives no GraphQL answer (status 200)"),
    ],
)
async def test_what_is_wrong_with_a_service(
    services: Services, monkeypatch: pytest.MonkeyPatch, answer: Response, told: str
) -> None:
    serve(services, monkeypatch, "said", PLAIN, answer)
    (wrong,) = [finding for finding in await found() if finding.state != "ok"]
    assert wrong.told.startswith(told)


@pytest.mark.parametrize(("seconds", "told"), [(0, []), (-3, []), (60, ["ahead"]), (-90, ["behind"])])
def test_clocks(seconds: int, told: list[str]) -> None:
    """By the header Date, which the server of these tests sets itself."""
    said = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    findings = list(_clock("thing", said))
    assert [finding.state for finding in findings] == ["warning"] * len(told)
    assert all(f" s {way} " in finding.told for finding, way in zip(findings, told, strict=True))
    assert list(_clock("thing", "soon")) == list(_clock("thing", None)) == []


async def test_nobody_is_there(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(services, monkeypatch, "said", PLAIN, None)
    monkeypatch.setenv("SAID_MICROSERVICE_URL", "http://user:secret@127.0.0.1:1/")
    gone = {"redis_url": "redis://127.0.0.1:1/0", "jwt_jwks_url": "http://127.0.0.1:1/keys"}
    findings = await found(**gone)
    states = {finding.subject: finding.state for finding in findings}
    assert states == {
        "schema": "ok",
        "said at http://127.0.0.1:1/": "problem",
        "keys": "problem",
        "redis": "problem",
    }
    assert all(finding.advice for finding in findings if finding.state != "ok")


@pytest.mark.parametrize("answer", [JSONResponse({"keys": []}), JSONResponse([]), Response("<html>")])
async def test_no_keys(services: Services, monkeypatch: pytest.MonkeyPatch, answer: Response) -> None:
    serve(services, monkeypatch, "said", PLAIN, JSONResponse({"data": {}}))
    services.answers["keys"] = answer
    findings = await found(jwt_jwks_url=f"{services.address}/keys")
    assert [finding.state for finding in findings if finding.subject == "keys"] == ["problem"]


def test_a_schema_that_does_not_compose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    monkeypatch.chdir(tmp_path)
    Path("schemas").mkdir()
    Path("schemas", "said.graphql").write_text("type Query { said: Strin }")
    with pytest.raises(typer.Exit):
        doctor(None, None, as_json=True)
    findings = json.loads(capsys.readouterr().out)
    assert {finding["state"] for finding in findings} == {"problem"}
    with pytest.raises(typer.Exit):
        doctor(None, None, as_json=False)
    assert "✗ schema" in capsys.readouterr().out
