"""What stands before the routes treats a WebSocket's handshake as it does any other request."""

from pathlib import Path
from typing import Any

import pytest

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings


@pytest.fixture
def handshake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send a handshake to a gateway with these settings, with further headers; return what it sends."""
    (tmp_path / "things.graphql").write_text("type Query { hello: String }")
    monkeypatch.setenv("THINGS_MICROSERVICE_URL", "http://127.0.0.1:1/")

    def gateway(**settings: Any) -> Any:
        app = create_app(load_settings(schemas=tmp_path, **settings))

        async def shake(path: str = "/graphql", **headers: str) -> list[Any]:
            sent: list[Any] = []

            async def receive() -> Any:
                return {"type": "websocket.connect"}

            async def send(message: Any) -> None:
                sent.append(message)

            given = [(name.encode(), value.encode()) for name, value in headers.items()]
            scope = {
                "type": "websocket",
                "path": path,
                "query_string": b"",
                "headers": [(b"host", b"localhost"), *given],
                "client": ("127.0.0.1", 1),
                "subprotocols": [],
                "extensions": {"websocket.http.response": {}},
            }
            await app(scope, receive, send)
            return sent

        return shake

    return gateway


def told(sent: list[Any]) -> tuple[int, set[bytes]]:
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[-1]["type"] == "websocket.http.response.body"
    return sent[0]["status"], {name for name, _ in sent[0]["headers"]}


async def test_of_another_host(handshake: Any) -> None:
    status, headers = told(await handshake(allowed_hosts=("api.example",))())
    assert status == 421
    assert {b"x-request-id", b"x-content-type-options", b"content-security-policy"} <= headers


async def test_with_a_bad_token(handshake: Any) -> None:
    shake = handshake(jwt_secret="s" * 32, rate_limit="off")
    status, headers = told(await shake(authorization="Bearer nonsense"))
    assert status == 401
    assert b"www-authenticate" in headers


async def test_of_a_client_over_its_limit(handshake: Any) -> None:
    shake = handshake(rate_limit="1/minute")
    await shake()
    status, headers = told(await shake())
    assert status == 429
    assert {b"retry-after", b"ratelimit", b"ratelimit-policy"} <= headers


@pytest.mark.parametrize("path", ["/graphql", "/elsewhere"])
async def test_no_route_takes_one(handshake: Any, path: str) -> None:
    assert [message["type"] for message in await handshake()(path)] == ["websocket.close"]
