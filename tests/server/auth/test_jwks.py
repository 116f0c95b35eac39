import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from stitcher.server.auth import jwks
from stitcher.server.auth.identity import KeysUnavailableError
from stitcher.server.auth.jwks import RemoteKeys
from stitcher.server.auth.keys import ASYMMETRIC
from stitcher.transport.exchange import HttpPool
from tests.issuer import Issuer, ec_pair, rsa_pair
from tests.subgraph_server import SubgraphServer
from tests.waiting import until

FIRST, SECOND = rsa_pair("first"), ec_pair("second")
QUERY = {"query": "{ things { name } }"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer([FIRST.jwk])
    await issuer.start()
    yield issuer
    await issuer.stop()


@asynccontextmanager
async def opened(issuer: Issuer, **options: Any) -> AsyncIterator[RemoteKeys]:
    async with HttpPool() as pool:
        keys = RemoteKeys(issuer.url, ASYMMETRIC, pool, **options)
        await keys.open()
        try:
            yield keys
        finally:
            await keys.close()


async def test_keys_are_fetched_at_the_start_and_kept(issuer: Issuer) -> None:
    async with opened(issuer) as keys:
        found = await keys.find("first")
        assert found is not None
        assert found.materials.keys() == {"RS256"}
        assert await keys.find("first") is found
        assert await keys.find(None) is found
        assert issuer.requests == 1


async def test_a_new_key_is_asked_for_at_once(issuer: Issuer) -> None:
    async with opened(issuer) as keys:
        assert await keys.find("first")
        issuer.keys = [FIRST.jwk, SECOND.jwk]
        assert await keys.find("second")
        assert await keys.find("first")
        assert await keys.find(None) is None  # which of the two?
        assert issuer.requests == 2


async def test_unknown_names_make_one_request_in_each_pause(issuer: Issuer) -> None:
    async with opened(issuer, pause=0.3) as keys:
        assert await keys.find("first")
        assert await asyncio.gather(*(keys.find(f"invented-{number}") for number in range(50))) == [None] * 50
        assert issuer.requests == 2
        issuer.keys = [SECOND.jwk]
        assert await keys.find("second") is None  # not yet again
        await asyncio.sleep(0.3)
        assert await keys.find("second")
        assert issuer.requests == 3


async def test_all_who_wait_share_one_request(issuer: Issuer) -> None:
    issuer.delay = 0.1
    async with opened(issuer) as keys:
        found = await asyncio.gather(*(keys.find("first") for _ in range(50)))
        assert all(found)
        assert issuer.requests == 1


async def test_one_who_gives_up_does_not_end_it_for_the_others(issuer: Issuer) -> None:
    issuer.delay = 0.1
    async with opened(issuer) as keys:
        patient, hasty = asyncio.create_task(keys.find("first")), asyncio.create_task(keys.find("first"))
        await until(lambda: issuer.requests == 1)
        hasty.cancel()
        assert await patient
        assert hasty.cancelled()


async def test_a_withdrawn_key_goes(issuer: Issuer) -> None:
    async with opened(issuer, renewal=0.05) as keys:
        assert await keys.find("first")
        before = keys.version
        issuer.keys = [SECOND.jwk]
        await until(lambda: keys.version > before)
        assert await keys.find("first") is None
        assert await keys.find("second")


async def test_equal_keys_withdraw_nothing(issuer: Issuer) -> None:
    async with opened(issuer, renewal=0.02) as keys:
        found = await keys.find("first")
        await until(lambda: issuer.requests > 3)
        assert keys.version == 1
        assert await keys.find("first") is found


def status(code: int, **headers: str) -> Callable[[web.Request], web.StreamResponse]:
    return lambda _: web.json_response({"keys": [SECOND.jwk]}, status=code, headers=headers)


def text(body: bytes) -> Callable[[web.Request], web.StreamResponse]:
    return lambda _: web.Response(body=body, content_type="application/json")


def listed(*keys: object) -> Callable[[web.Request], web.StreamResponse]:
    return lambda _: web.json_response({"keys": list(keys)})


BAD_ANSWERS = {
    "an error": status(500),
    "a redirect": status(302, Location="http://127.0.0.1:9/"),
    "another success": status(202),
    "no JSON": text(b"<html>"),
    "bad UTF-8": text(b'{"keys": ["\xff"]}'),
    "an array": text(b"[]"),
    "no keys": text(b'{"keys": null}'),
    "an empty list": listed(),
    "no key that can be used": listed(
        1,
        {"kty": "oct", "k": "c2VjcmV0", "kid": "second", "alg": "HS256"},
        {**SECOND.jwk, "kid": 2},
        {**SECOND.jwk, "use": "enc"},
        {**SECOND.jwk, "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ),
    "too much": text(b'{"keys": [%b]}' % b",".join([b'{"kty": "x"}'] * 30_000)),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS)
async def test_bad_answers_change_nothing(issuer: Issuer, answer: str) -> None:
    async with opened(issuer, pause=0.0) as keys:
        found = await keys.find("first")
        issuer.instead = BAD_ANSWERS[answer]
        with capture_logs() as logs:
            assert await keys.find("second") is None
            assert await keys.find("third") is None
        assert issuer.requests == 3
        assert await keys.find("first") is found
        # said once, not with each request
        assert [entry["event"] for entry in logs] == [
            "the issuer gives no keys; the keys that are known stay"
        ]
        issuer.instead = None
        with capture_logs() as logs:
            assert await keys.find("second") is None
        assert [entry["event"] for entry in logs] == ["the issuer answers again; its keys are the same"]


@pytest.mark.parametrize("answer", [*BAD_ANSWERS, "none at all"])
async def test_an_address_that_is_secret_is_not_logged(issuer: Issuer, answer: str) -> None:
    issuer.instead = BAD_ANSWERS.get(answer)
    if issuer.instead is None:
        await issuer.stop()
    url = issuer.url.replace("://", "://ada:hunter2@") + "?key=hunter2"
    async with HttpPool() as pool:
        keys = RemoteKeys(url, ASYMMETRIC, pool)
        with capture_logs() as logs:
            await keys.open()
            with pytest.raises(KeysUnavailableError):
                await keys.find("first")
        await keys.close()
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "hunter2" not in str(logs)


async def test_an_issuer_that_takes_too_long(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    async with opened(issuer) as keys:
        assert await keys.find("first")
        issuer.delay = 30
        began = time.monotonic()
        assert await keys.find("second") is None
        assert time.monotonic() - began < 2
        assert await keys.find("first")


async def test_what_is_not_used_is_said(issuer: Issuer) -> None:
    issuer.keys = [{**SECOND.jwk, "d": "x"}, FIRST.jwk, {**SECOND.jwk, "kid": "first"}]
    with capture_logs() as logs:
        async with opened(issuer) as keys:
            found = await keys.find("first")
    assert found is not None
    assert found.materials.keys() == {"RS256"}
    assert [(entry["keys"], entry["not_used"]) for entry in logs] == [
        (["first"], ["key 1: expected a public key, not a private one"])
    ]


async def test_a_gateway_whose_issuer_comes_late_goes_away_and_changes_its_key(
    open_gateway: Any, http: aiohttp.ClientSession
) -> None:
    issuer = Issuer([FIRST.jwk])

    async def ask(token: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with http.post(url, json=QUERY, headers=headers) as response:
            return response.status

    async with open_gateway(jwt_jwks_url=issuer.url) as url:
        assert await ask() == 200
        assert await ask(FIRST.sign()) == 503
        assert await ask("nonsense") == 401
        await issuer.start()
        deadline = time.monotonic() + 5
        while await ask(FIRST.sign()) == 503:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await issuer.stop()
        assert await ask(FIRST.sign(jti="never seen before")) == 200
        issuer.keys = [SECOND.jwk]
        await issuer.start()
        assert await ask(SECOND.sign()) == 401  # the issuer was asked when FIRST wasn't known
        await issuer.stop()
        assert await ask(FIRST.sign(jti="nor this")) == 200


async def test_while_there_are_no_keys_clients_are_told_to_come_back(
    open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer
) -> None:
    issuer = Issuer([FIRST.jwk])
    headers = {"Authorization": f"Bearer {FIRST.sign()}"}
    async with (
        open_gateway(jwt_jwks_url=issuer.url) as url,
        http.post(url, json=QUERY, headers=headers) as response,
    ):
        assert response.status == 503
        assert response.headers["retry-after"] == "1"
        assert "www-authenticate" not in response.headers
        (error,) = (await response.json())["errors"]
        assert error["extensions"]["code"] == "AUTHENTICATION_UNAVAILABLE"
        assert issuer.url not in str(error)
    assert services.asked() == []
