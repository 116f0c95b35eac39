"""Attacks on browsers' sessions: each would work if one rule were missing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from itsdangerous import Signer
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tests.asgi_server import serving
from tests.logins import LOGIN, LOGOUT, ME, RENAME, AuthService, Browser, browsing, codes, make_gateway
from tests.redis_server import RedisServer
from tests.server.conftest import OpenBrowser
from tests.subgraph_server import SubgraphServer
from tests.waiting import until

ADA = {"data": {"me": {"name": "Ada"}}}
BOB = {"data": {"me": {"name": "Bob"}}}

SECRET, OTHER_SECRET = "s" * 32, "t" * 32


@pytest.fixture
async def pair(
    tmp_path: Path, auth_server: SubgraphServer, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Browser, Browser]]:
    """Browsers at two gateways that share Redis and secret."""
    monkeypatch.chdir(tmp_path)
    async with AsyncExitStack() as stack:
        bases = [
            await stack.enter_async_context(
                serving(make_gateway(tmp_path, redis_url=redis.url, session_secret=SECRET))
            )
            for _ in range(2)
        ]
        one, two = [await stack.enter_async_context(browsing(base)) for base in bases]
        yield one, two


async def sessions_in(redis: RedisServer) -> list[bytes]:
    async with Redis.from_url(redis.url) as client:
        return [key for key in await client.keys("stitcher:session:*") if isinstance(key, bytes)]


# Fixation


async def test_an_id_that_the_attacker_chose_is_never_adopted(browser: Browser) -> None:
    for planted in ("chosen", Signer("x" * 32).sign("chosen").decode()):
        browser.cookies = {"stitcher_session": planted}
        assert "errors" not in await browser.ask(LOGIN, {"email": "ada"})
        assert browser.session_cookie != planted
        async with browsing(browser.base) as attacker:
            attacker.cookies = {"stitcher_session": planted}
            assert codes(await attacker.ask(ME)) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]


async def test_a_session_of_the_attackers_is_not_logged_in_by_the_victim(browser: Browser) -> None:
    async with browsing(browser.base) as attacker:
        await attacker.login("bob")
        planted = dict(attacker.cookies)
        browser.cookies = dict(planted)
        await browser.login("ada")
        assert browser.cookies != planted
        assert await browser.ask(ME) == ADA
        # The planted session isn't Ada's, and has ended with her login.
        assert codes(await attacker.ask(ME)) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]


async def test_the_id_changes_at_every_login(browser: Browser) -> None:
    seen = set()
    for _ in range(3):
        await browser.login()
        seen.add(browser.session_cookie)
    assert len(seen) == 3


async def test_a_second_cookie_from_the_domain_next_door(browser: Browser) -> None:
    async with browsing(browser.base) as attacker:
        await attacker.login("bob")
        await browser.login("ada")
        both = [browser.session_cookie, attacker.session_cookie]
    for order in (both, both[::-1]):
        cookie = "; ".join(f"stitcher_session={each}" for each in order)
        assert codes(await browser.ask(ME, cookie=cookie))[0] == "SESSION_EXPIRED"


# Theft and replay


async def test_a_stolen_cookie_is_worth_nothing_after_logout(
    pair: tuple[Browser, Browser], redis: RedisServer
) -> None:
    victim, thief = pair
    await victim.login()
    stolen = dict(victim.cookies)
    thief.cookies = dict(stolen)
    assert await thief.ask(ME) == ADA  # as long as the session lasts, whoever has the cookie is logged in
    assert len(await sessions_in(redis)) == 1

    # Nor do requests that come at the same time as the logout outlive it.
    answers = await asyncio.gather(victim.mutate(LOGOUT), *(thief.ask(ME) for _ in range(5)))
    assert answers[0] == {"data": {"logout": True}}
    for browser in pair:
        for query in (ME, RENAME):
            browser.cookies = dict(stolen)
            assert "SESSION_EXPIRED" in codes(await browser.ask(query))
    assert await sessions_in(redis) == []
    await victim.login()
    thief.cookies = dict(stolen)
    assert codes(await thief.ask(ME))[0] == "SESSION_EXPIRED"


async def test_an_old_cookie_is_worth_nothing_after_the_next_login(pair: tuple[Browser, Browser]) -> None:
    victim, thief = pair
    await victim.login()
    thief.cookies = dict(victim.cookies)
    await victim.login()
    assert codes(await thief.ask(ME))[0] == "SESSION_EXPIRED"
    assert await victim.ask(ME) == ADA


async def test_a_csrf_token_of_one_session_is_worth_nothing_in_another(pair: tuple[Browser, Browser]) -> None:
    victim, attacker = pair
    await victim.login("ada")
    await attacker.login("bob")
    token = await attacker.csrf_token()
    assert token
    assert codes(await victim.ask(RENAME, x_csrf_token=token)) == ["CSRF_TOKEN_INVALID"]
    own = await victim.csrf_token()
    await victim.login("ada")
    assert own
    assert codes(await victim.ask(RENAME, x_csrf_token=own)) == ["CSRF_TOKEN_INVALID"]


async def test_what_is_in_redis_logs_nobody_in(pair: tuple[Browser, Browser], redis: RedisServer) -> None:
    victim, attacker = pair
    await victim.login()
    (key,) = await sessions_in(redis)
    async with Redis.from_url(redis.url) as client:
        value = await client.get(key)
    assert isinstance(value, bytes)
    name = key.decode().rpartition(":")[2]
    assert b"eyJ" not in value
    for guess in (name, key.decode(), value.hex(), f"{name}.{name}"):
        attacker.cookies = {"stitcher_session": guess}
        assert codes(await attacker.ask(ME))[0] == "SESSION_EXPIRED"
        assert "UNAUTHENTICATED" in codes(await attacker.ask(ME, authorization=f"Bearer {guess}"))


# Tampering


async def test_a_cookie_that_was_changed_anywhere(browser: Browser) -> None:
    await browser.login()
    good = browser.session_cookie
    for place in range(len(good) - 1):  # the last character has bits that mean nothing
        changed = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        browser.cookies = {"stitcher_session": changed}
        assert (place, codes(await browser.ask(ME))[0]) == (place, "SESSION_EXPIRED")
    browser.cookies = {"stitcher_session": good}
    assert await browser.ask(ME) == ADA


async def test_a_tampered_cookie_is_not_even_looked_up(
    pair: tuple[Browser, Browser], redis: RedisServer
) -> None:
    browser, _ = pair
    await browser.login()
    good = browser.session_cookie
    await redis.stop()
    assert codes(await browser.ask(ME)) == ["SESSIONS_UNAVAILABLE"]
    for bad in (good[:-3], "x", good.replace(".", "")):
        browser.cookies = {"stitcher_session": bad}
        assert codes(await browser.ask(ME)) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]


async def test_a_cookie_signed_by_a_secret_that_was_given_up(
    open_browser: OpenBrowser, redis: RedisServer
) -> None:
    settings = {"redis_url": redis.url}
    async with open_browser(session_secret=SECRET, **settings) as browser:
        await browser.login()
        old = dict(browser.cookies)
        token = await browser.csrf_token()
        assert token
    async with open_browser(session_secret=f"{OTHER_SECRET},{SECRET}", **settings) as browser:
        browser.cookies = dict(old)
        assert "errors" not in await browser.ask(RENAME, x_csrf_token=token)
        new = await browser.csrf_token()
        assert new != token
    async with open_browser(session_secret=OTHER_SECRET, **settings) as browser:
        browser.cookies = dict(old)
        assert codes(await browser.ask(ME))[0] == "SESSION_EXPIRED"


# Redis


async def test_without_redis_nobody_is_taken_for_anonymous(
    pair: tuple[Browser, Browser], redis: RedisServer
) -> None:
    browser, other = pair
    await browser.login()
    cookies = dict(browser.cookies)
    await redis.stop()
    with capture_logs() as logs:
        for query in (ME, "{ public }", RENAME, LOGOUT):
            answer = await browser.ask(query)
            assert (query, browser.status, codes(answer)) == (query, 503, ["SESSIONS_UNAVAILABLE"])
            assert "data" not in answer
            assert "try again" in answer["errors"][0]["message"]
        assert browser.cookies == cookies
        # Who has no cookie goes on, but can't log in by one.
        assert await other.ask("{ public }") == {"data": {"public": "for all"}}
        answer = await other.ask(LOGIN, {"email": "ada"})
        assert (other.status, codes(answer)) == (200, ["SESSIONS_UNAVAILABLE"])
        assert other.set_cookies == []
        assert {entry["log_level"] for entry in logs} == {"warning"}
        await redis.start()
        await until(lambda: "redis answers again" in {entry["event"] for entry in logs})
    assert codes(await browser.ask(ME))[0] == "SESSION_EXPIRED"  # this Redis keeps nothing on a disk
    await browser.login()
    assert await browser.ask(ME) == ADA


# Mixing users up


async def test_requests_of_many_browsers_in_flight(
    browser: Browser, auth: AuthService, auth_server: SubgraphServer
) -> None:
    async with browsing(browser.base) as bob, browsing(browser.base) as anonymous:
        await browser.login("ada")
        await bob.login("bob")
        auth_server.delays["auth"] = 0.05
        answers = await asyncio.gather(*(each.ask(ME) for each in (browser, bob, anonymous) * 10))
    assert answers[0::3] == [ADA] * 10
    assert answers[1::3] == [BOB] * 10
    assert [codes(answer) for answer in answers[2::3]] == [["UNAUTHENTICATED"]] * 10


# Limits


async def test_logging_in_again_gives_no_more_requests(open_browser: OpenBrowser) -> None:
    async with open_browser(rate_limit="6/minute") as browser:  # and no token is verified: no user is known
        statuses = []
        for _ in range(4):
            browser.cookies = {}
            await browser.ask(LOGIN, {"email": "ada"})
            statuses.append(browser.status)
            await browser.ask(ME)
            statuses.append(browser.status)
    assert statuses == [200] * 6 + [429] * 2
