"""Logging in by a cookie: one gateway, real HTTP, sessions in memory."""

import asyncio

from tests.logins import JWT_SECRET, LOGIN, LOGOUT, ME, RENAME, AuthService, Browser, browsing, codes
from tests.server.conftest import OpenBrowser
from tests.subgraph_server import SubgraphServer

ADA = {"data": {"me": {"name": "Ada"}}}


async def test_a_login_is_remembered_by_a_cookie(browser: Browser, auth_server: SubgraphServer) -> None:
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]
    assert browser.set_cookies == []
    assert await browser.ask(LOGIN, {"email": "ada"}) == {"data": {"login": {"user": {"name": "Ada"}}}}
    (cookie,) = browser.set_cookies
    assert cookie.key == "stitcher_session"
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/", "Lax", True)
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert 3590 <= int(cookie["max-age"]) <= 3600
    assert browser.headers["cache-control"] == "no-store"

    assert await browser.ask(ME) == ADA
    assert browser.set_cookies == []
    sent = auth_server.headers[-1]
    assert sent["authorization"].startswith("Bearer ey")
    assert "cookie" not in sent


async def test_the_cookie_is_the_gateways_own_affair(
    open_browser: OpenBrowser, auth_server: SubgraphServer
) -> None:
    async with open_browser(forward_headers="authorization,cookie") as browser:
        await browser.login()
        browser.cookies["theme"] = "dark"
        assert await browser.ask(ME) == ADA
    assert auth_server.headers[-1]["cookie"] == "theme=dark"


async def test_the_rest_of_the_operation_is_the_users(browser: Browser) -> None:
    mutation = """mutation {
        login(email: "ada", password: "right") { token user { name role motto } }
        rename(name: "Countess") { name }
        logout
    }"""
    answer = await browser.ask(mutation)
    assert "errors" not in answer
    assert answer["data"]["login"]["token"].startswith("ey")
    assert answer["data"]["login"]["user"] == {"name": "Ada", "role": "ADMIN", "motto": "onwards"}
    assert answer["data"]["rename"] == {"name": "Countess"}
    assert answer["data"]["logout"] is True
    assert browser.cookies == {}


async def test_tokens_go_no_further_than_all_headers(
    open_browser: OpenBrowser, auth_server: SubgraphServer
) -> None:
    async with open_browser(forward_headers="x-request-id") as browser:
        assert codes(await browser.ask(LOGIN.replace("name", "name motto"), {"email": "ada"})) == [
            "UNAUTHENTICATED"
        ]
    assert all("authorization" not in headers for headers in auth_server.headers)


async def test_registering_logs_in(browser: Browser) -> None:
    register = 'mutation { register(email: "eve", password: "right", name: "Eve") { user { id name } } }'
    assert await browser.ask(register) == {"data": {"register": {"user": {"id": "eve", "name": "Eve"}}}}
    assert await browser.ask(ME) == {"data": {"me": {"name": "Eve"}}}


async def test_a_login_that_fails_changes_nothing(browser: Browser) -> None:
    await browser.login()
    before = dict(browser.cookies)
    wrong = LOGIN.replace("right", "wrong")
    answer = await browser.mutate(wrong, {"email": "bob"})
    assert codes(answer) == ["UNAUTHENTICATED"]
    assert answer["errors"][0]["path"] == ["login"]
    assert browser.cookies == before
    assert await browser.ask(ME) == ADA


async def test_a_cookie_comes_with_a_partial_answer_too(browser: Browser) -> None:
    answer = await browser.ask('mutation { rename(name: "x") { id } ' + LOGIN[LOGIN.index("login") :], {})
    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert browser.set_cookies == []
    mutation = 'mutation { rename(name: "x") { id } login(email: "ada", password: "right") { user { id } } }'
    answer = await browser.ask(mutation)
    assert codes(answer) == ["UNAUTHENTICATED"]
    assert answer["data"] == {"rename": None, "login": {"user": {"id": "ada"}}}
    assert await browser.ask(ME) == ADA


async def test_logging_out(browser: Browser) -> None:
    assert await browser.ask(LOGOUT) == {"data": {"logout": False}}
    await browser.login()
    assert await browser.mutate(LOGOUT) == {"data": {"logout": True}}
    (cookie,) = browser.set_cookies
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", "0", "/")
    assert browser.cookies == {}
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]


async def test_who_is_asking(browser: Browser) -> None:
    query = "{ session { authenticated user { name role motto } } }"
    nobody = {"data": {"session": {"authenticated": False, "user": None}}}
    assert await browser.ask(query) == nobody
    await browser.login()
    ada = {"name": "Ada", "role": "ADMIN", "motto": "onwards"}
    assert await browser.ask(query) == {"data": {"session": {"authenticated": True, "user": ada}}}
    await browser.mutate(LOGOUT)
    assert await browser.ask(query) == nobody


async def test_a_session_ends_with_its_token_and_says_so(browser: Browser, auth: AuthService) -> None:
    auth.seconds = 2
    await browser.login()
    stale = dict(browser.cookies)
    assert await browser.ask(ME) == ADA
    await asyncio.sleep(2.1)
    answer = await browser.ask(ME)
    assert codes(answer) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]
    assert "log in again" in answer["errors"][0]["message"]
    assert browser.cookies == {}

    # Whatever needs no login goes on as it should, with the old cookie still there.
    for query, expected in (
        ("{ public }", {"public": "for all"}),
        ("{ session { authenticated } }", {"session": {"authenticated": False}}),
        (LOGOUT, {"logout": False}),
    ):
        browser.cookies = dict(stale)
        assert await browser.ask(query) == {"data": expected}
        assert browser.cookies == {}
    browser.cookies = dict(stale)
    auth.seconds = 3600
    assert "errors" not in await browser.ask(LOGIN, {"email": "ada"})
    assert browser.session_cookie != stale["stitcher_session"]
    assert await browser.ask(ME) == ADA


async def test_an_ended_session_is_not_told_to_others(browser: Browser, auth_server: SubgraphServer) -> None:
    """Equal queries in flight share an answer, but not what is one client's news."""
    await browser.login()
    async with browsing(browser.base) as stale, browsing(browser.base) as anonymous:
        stale.cookies = dict(browser.cookies)
        await browser.mutate(LOGOUT)
        auth_server.delays["auth"] = 0.2
        answers = await asyncio.gather(stale.ask(ME), anonymous.ask(ME))
    assert [codes(answer) for answer in answers] == [
        ["SESSION_EXPIRED", "UNAUTHENTICATED"],
        ["UNAUTHENTICATED"],
    ]
    assert anonymous.set_cookies == []


async def test_the_clients_own_authorization_wins(browser: Browser, auth: AuthService) -> None:
    await browser.login("ada")
    bob = f"Bearer {auth.token('bob')}"
    assert await browser.ask(ME, authorization=bob) == {"data": {"me": {"name": "Bob"}}}
    # Such a client needs no CSRF token, and its own token outlives the session that it ends.
    mutation = 'mutation { logout rename(name: "Robert") { id } }'
    assert await browser.ask(mutation, authorization=bob) == {
        "data": {"logout": True, "rename": {"id": "bob"}}
    }
    assert browser.cookies == {}


async def test_paths_without_sessions_look_nothing_up(browser: Browser) -> None:
    browser.cookies["stitcher_session"] = "whatever"
    await browser._send("GET", "/health", {})
    assert browser.status == 200
    assert browser.set_cookies == []


async def test_with_verified_tokens(open_browser: OpenBrowser, auth: AuthService) -> None:
    async with open_browser(jwt_secret=JWT_SECRET) as browser:
        await browser.login()
        assert await browser.ask(ME) == ADA


async def test_a_session_whose_token_is_not_accepted_can_log_in_again(
    open_browser: OpenBrowser, auth: AuthService
) -> None:
    async with open_browser(jwt_secret=JWT_SECRET, jwt_audience="shop") as browser:
        await browser.login()
        answer = await browser.ask(ME)
        assert browser.status == 200
        assert codes(answer) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]
        await browser.login()
        assert codes(await browser.ask(ME, authorization=f"Bearer {auth.token('ada')}")) == [
            "UNAUTHENTICATED"
        ]
        assert browser.status == 401


async def test_where_everybody_has_to_log_in(open_browser: OpenBrowser) -> None:
    async with open_browser(jwt_secret=JWT_SECRET, auth_required=True) as browser:
        assert codes(await browser.ask("{ public }")) == ["UNAUTHENTICATED"]
        await browser.login()
        assert await browser.ask("{ public }") == {"data": {"public": "for all"}}
        stale = dict(browser.cookies)
        await browser.mutate(LOGOUT)
        browser.cookies = dict(stale)
        assert codes(await browser.ask("{ public }")) == ["SESSION_EXPIRED", "UNAUTHENTICATED"]
        browser.cookies = dict(stale)
        await browser.login()
        assert await browser.ask(ME) == ADA


async def test_a_cookie_over_tls_is_for_this_host_alone(open_browser: OpenBrowser) -> None:
    async with open_browser(trusted_proxies="127.0.0.0/8") as browser:
        await browser.ask(LOGIN, {"email": "ada"}, x_forwarded_proto="https")
        (cookie,) = browser.set_cookies
        assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-stitcher_session", True, "/")
        assert cookie["domain"] == ""
        assert await browser.ask(ME, x_forwarded_proto="https") == ADA
        # It isn't taken where there is no TLS, nor is one of the other name where there is.
        assert codes(await browser.ask(ME))[-1] == "UNAUTHENTICATED"
        browser.cookies = {"stitcher_session": cookie.value}
        assert codes(await browser.ask(ME, x_forwarded_proto="https"))[-1] == "UNAUTHENTICATED"


async def test_a_proxy_that_is_not_trusted_is_not_believed(browser: Browser) -> None:
    await browser.ask(LOGIN, {"email": "ada"}, x_forwarded_proto="https")
    (cookie,) = browser.set_cookies
    assert (cookie.key, cookie["secure"]) == ("stitcher_session", "")


async def test_mutations_need_the_sessions_token(browser: Browser) -> None:
    assert await browser.csrf_token() is None
    await browser.login()
    token = await browser.csrf_token()
    assert token
    assert browser.headers["cache-control"] == "no-store"
    assert codes(await browser.ask(RENAME)) == ["CSRF_TOKEN_INVALID"]
    for wrong in ("", token[:-1], "x" + token[1:]):
        answer = await browser.ask(RENAME, x_csrf_token=wrong)
        assert (browser.status, codes(answer)) == (403, ["CSRF_TOKEN_INVALID"])
        assert "data" not in answer
    assert await browser.ask(ME) == ADA  # a query needs none
    assert await browser.ask(RENAME, x_csrf_token=token) == {"data": {"rename": {"name": "Eve"}}}
