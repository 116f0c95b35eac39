"""The keys of auth, as another service gets them over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from services.auth.signing import SigningKey, own_key
from services.common.keys import RemoteKeys, remote_keys
from services.common.settings import Settings
from tests.stack import Stack, free_ports, start_services


class Jwks:
    """A JWKS address whose answer a test may change, and that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.text = '{"keys": []}'
        self.status = 200
        self._port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self._port}/jwks"

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/jwks", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            yield
        finally:
            await runner.cleanup()

    def publish(self, *keys: SigningKey) -> None:
        self.text = json.dumps({"keys": [one for key in keys for one in key.jwks["keys"]]})

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(text=self.text, status=self.status)


async def make_key(directory: Path) -> SigningKey:
    async with own_key(Settings(data_dir=directory)) as key:
        return key


def kid(key: SigningKey) -> str:
    return str(key.jwks["keys"][0]["kid"])


@pytest.fixture
async def key(tmp_path: Path) -> SigningKey:
    return await make_key(tmp_path / "first")


@pytest.fixture
async def next_key(tmp_path: Path) -> SigningKey:
    return await make_key(tmp_path / "next")


async def test_a_key_is_fetched_once(key: SigningKey) -> None:
    jwks = Jwks()
    jwks.publish(key)
    keys = RemoteKeys(jwks.url)
    async with jwks.up():
        found = await asyncio.gather(*(keys.find(kid(key)) for _ in range(20)))
    assert None not in found
    assert jwks.asked == 1
    assert keys.known


async def test_unknown_names_do_not_make_it_ask_again_before_the_pause_is_over(
    key: SigningKey, next_key: SigningKey
) -> None:
    jwks = Jwks()
    jwks.publish(key)
    keys = RemoteKeys(jwks.url, pause=0.5)
    async with jwks.up():
        assert await keys.find(kid(key)) is not None
        jwks.publish(next_key)
        assert [await keys.find(f"invented-{number}") for number in range(20)] == [None] * 20
        assert jwks.asked == 1
        await asyncio.sleep(0.6)
        assert await keys.find(kid(next_key)) is not None
        assert await keys.find(kid(key)) is None  # withdrawn
        assert jwks.asked == 2


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("no", 200),
        ("[]", 200),
        ("{}", 200),
        ('{"keys": 1}', 200),
        ('{"keys": [1]}', 200),
        ('{"keys": [{"alg": "RS256"}]}', 200),
        ('{"keys": [{"alg": "RS256", "kid": "a", "kty": "RSA"}]}', 200),
        ('{"keys": [{"alg": "HS256", "kid": "a", "kty": "oct", "k": "YQ"}]}', 200),
        ("x" * 100_000, 200),
        ("", 500),
        ("", 302),
    ],
)
async def test_an_answer_that_is_no_jwks_leaves_what_is_there(
    text: str, status: int, key: SigningKey
) -> None:
    jwks = Jwks()
    jwks.publish(key)
    keys = RemoteKeys(jwks.url, pause=0)
    async with jwks.up():
        assert await keys.find(kid(key)) is not None
        jwks.text, jwks.status = text, status
        assert await keys.find("a") is None
        assert await keys.find(kid(key)) is not None
        assert jwks.asked == 2


async def test_auth_may_come_up_later(key: SigningKey) -> None:
    jwks = Jwks()
    jwks.publish(key)
    async with remote_keys(Settings(jwt_jwks_url=jwks.url)) as keys:
        await asyncio.sleep(0.1)
        assert not keys.known
        async with jwks.up():
            await asyncio.sleep(1)
            assert keys.known
        assert await keys.find(kid(key)) is not None  # and auth may go again


async def test_a_service_starts_before_auth_and_outlives_it(tmp_path: Path) -> None:
    with start_services(tmp_path, ["client"]) as stack:
        assert stack.health("client") == 503
        assert code(await ask_for_a_client(stack, "a.b.c")) == "UNAUTHENTICATED"

        stack.start("auth")
        stack.wait("auth", "client")
        token = await stack.login()
        assert (await ask_for_a_client(stack, token))["data"]["client"]["name"]

        stack.kill("auth")
        assert stack.health("auth") == 0
        assert stack.health("client") == 200
        assert (await ask_for_a_client(stack, token))["data"]["client"]["name"]

        stack.start("auth")
        stack.wait("auth")
        assert (await ask_for_a_client(stack, await stack.login()))["data"]["client"]["name"]


async def ask_for_a_client(stack: Stack, token: str) -> dict[str, Any]:
    return await stack.ask("client", '{ client(id: "client-1") { name } }', token=token)


def code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])
