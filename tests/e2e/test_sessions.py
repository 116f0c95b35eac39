"""Browsers' sessions on the whole stack: two gateways on one Redis, in front of the real auth service."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.auth.demo import DEMO_LOGINS
from tests.e2e.conftest import RunningGateway, run_gateway
from tests.logins import LOGOUT, SESSION_SECRET, Browser, browsing, codes
from tests.redis_server import RedisServer, redis_binary
from tests.stack import Stack

ADA, BOB = DEMO_LOGINS[0], DEMO_LOGINS[1]

LOGIN = """mutation($email: String!, $password: String!) {
  login(email: $email, password: $password) { user { name client { name } } }
}"""

DASHBOARD = "{ session { authenticated } me { name } clients(first: 1) { name things(first: 1) { serial } } }"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with asyncio.Runner() as runner:
        server = RedisServer(redis_binary(), tmp_path_factory.mktemp("redis"))
        runner.run(server.start())
        yield server.url
        runner.run(server.stop())


@pytest.fixture(scope="module")
def gateways(
    stack: Stack, redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningGateway, RunningGateway]]:
    logs = tmp_path_factory.mktemp("gateways")
    settings = {
        "REDIS_URL": redis,
        "SESSION_SECRET": SESSION_SECRET,
        "JWT_JWKS_URL": stack.base_url("auth") + "/.well-known/jwks.json",
    }
    with (
        run_gateway(stack, "", logs / "one", **settings) as one,
        run_gateway(stack, "", logs / "two", **settings) as two,
    ):
        yield one, two
    written = (logs / "one").read_text() + (logs / "two").read_text()
    assert SESSION_SECRET not in written
    assert "eyJ" not in written  # how each JWT begins


def base(gateway: RunningGateway) -> str:
    return f"http://127.0.0.1:{gateway.port}"


async def test_logging_in_at_one_gateway_and_out_at_the_other(
    gateways: tuple[RunningGateway, RunningGateway],
) -> None:
    async with browsing(base(gateways[0])) as one, browsing(base(gateways[1])) as two:
        login = {"email": ADA.email, "password": ADA.password}
        answer = await one.ask(LOGIN, login)
        assert answer["data"]["login"]["user"]["name"] == "Ada Lovelace"
        two.cookies = dict(one.cookies)
        for browser in (one, two):
            answer = await browser.ask(DASHBOARD)
            assert "errors" not in answer
            assert answer["data"]["session"] == {"authenticated": True}
            assert answer["data"]["clients"][0]["things"][0]["serial"]

        mutation = 'mutation { updateThingStatus(id: "thing-1", status: ONLINE) { status } }'
        assert codes(await two.ask(mutation)) == ["CSRF_TOKEN_INVALID"]
        token = await one.csrf_token()
        assert token
        answer = await two.ask(mutation, x_csrf_token=token)
        assert answer == {"data": {"updateThingStatus": {"status": "ONLINE"}}}

        assert await two.mutate(LOGOUT) == {"data": {"logout": True}}
        answer = await one.ask(DASHBOARD)
        assert codes(answer)[0] == "SESSION_EXPIRED"
        assert answer["data"] == {"session": {"authenticated": False}, "me": None, "clients": None}
        assert one.cookies == {}


async def test_each_browser_is_its_own_user(gateways: tuple[RunningGateway, RunningGateway]) -> None:
    async def name(browser: Browser) -> str:
        answer = await browser.ask("{ me { email } }")
        email: str = answer["data"]["me"]["email"]
        return email

    async with browsing(base(gateways[0])) as ada, browsing(base(gateways[0])) as bob:
        await ada.ask(LOGIN, {"email": ADA.email, "password": ADA.password})
        await bob.ask(LOGIN, {"email": BOB.email, "password": BOB.password})
        # All in flight at the same time.
        names = await asyncio.gather(*(name(browser) for browser in (ada, bob) * 20))
    assert names == [ADA.email, BOB.email] * 20


async def test_all_processes_of_a_gateway_have_the_secret_that_one_made_up(
    stack: Stack, redis: str, tmp_path: Path
) -> None:
    settings = {"REDIS_URL": redis, "SESSION_SECRET": "", "WORKERS": "2"}
    with run_gateway(stack, "", tmp_path / "log", **settings) as gateway:
        async with browsing(base(gateway)) as browser:
            await browser.ask(LOGIN, {"email": ADA.email, "password": ADA.password})
            answers = [await browser.ask("{ me { name } }") for _ in range(30)]
    assert answers == [{"data": {"me": {"name": "Ada Lovelace"}}}] * 30
    assert (tmp_path / "log").read_text().count("SESSION_SECRET isn't set") == 1
