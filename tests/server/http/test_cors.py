from typing import Any

import pytest

from tests.logins import LOGIN, Browser
from tests.server.conftest import OpenBrowser

APP = "https://app.example"
EVIL = "https://evil.example"

PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,x-csrf-token",
}


async def asked_beforehand(browser: Browser, origin: str) -> tuple[int, Any]:
    """Return the status and the headers of the answer to a preflight."""
    headers = {"origin": origin, **PREFLIGHT}
    async with browser.client.options(f"{browser.base}/graphql", headers=headers) as response:
        allowed = {
            name.lower(): value
            for name, value in response.headers.items()
            if "access-control" in name.lower()
        }
        return response.status, allowed


async def test_off_by_default(browser: Browser) -> None:
    status, allowed = await asked_beforehand(browser, APP)
    assert (status, allowed) == (204, {})
    await browser.ask("{ public }", origin=APP)
    assert browser.status == 403
    assert not [name for name in browser.headers if "access-control" in name.lower()]


async def test_listed_origins_and_no_others(open_browser: OpenBrowser) -> None:
    async with open_browser(cors_origins=f"http://other.example:8080,{APP}") as browser:
        status, allowed = await asked_beforehand(browser, APP)
        assert status == 200
        assert allowed["access-control-allow-origin"] == APP
        assert allowed["access-control-allow-credentials"] == "true"
        assert {"content-type", "x-csrf-token"} <= set(
            allowed["access-control-allow-headers"].lower().replace(" ", "").split(",")
        )
        assert "PUT" not in allowed["access-control-allow-methods"]
        for origin in (EVIL, "null", f"{APP}.evil.example", f"{APP}:8443", "http://app.example"):
            status, allowed = await asked_beforehand(browser, origin)
            assert (origin, status) == (origin, 400)
            assert "access-control-allow-origin" not in allowed

        answer = await browser.ask(LOGIN, {"email": "ada"}, origin=APP)
        assert answer == {"data": {"login": {"user": {"name": "Ada"}}}}
        assert browser.headers["access-control-allow-origin"] == APP
        assert browser.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in browser.headers["vary"]
        assert "X-Request-ID" in browser.headers["access-control-expose-headers"]
        assert await browser.csrf_token(origin=APP)
        await browser.ask("{ public }", origin=EVIL)
        assert browser.status == 403
        assert "access-control-allow-origin" not in browser.headers


async def test_the_csrf_token_is_for_own_and_trusted_pages(browser: Browser) -> None:
    await browser.login()
    for headers in ({"origin": EVIL}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        with pytest.raises(KeyError):
            await browser.csrf_token(**headers)
        assert browser.status == 403
    assert await browser.csrf_token(**{"sec-fetch-site": "same-origin"})


async def test_strict(open_browser: OpenBrowser) -> None:
    async with open_browser(csrf_prevention="strict") as browser:
        answer = await browser.ask("{ public }", method="GET")
        assert (browser.status, answer["errors"][0]["extensions"]) == (403, {"code": "CSRF_REFUSED"})
        public = {"data": {"public": "for all"}}
        assert await browser.ask("{ public }", method="GET", graphql_require_preflight="1") == public
        assert await browser.ask("{ public }") == public


async def test_a_get_with_a_cookie_needs_a_header(browser: Browser) -> None:
    me = {"data": {"me": {"name": "Ada"}}}
    assert await browser.ask("{ public }", method="GET") == {"data": {"public": "for all"}}
    await browser.login()
    await browser.ask("{ me { name } }", method="GET")
    assert browser.status == 403
    assert await browser.ask("{ me { name } }", method="GET", graphql_require_preflight="1") == me
    assert await browser.ask("{ me { name } }", method="GET", sec_fetch_site="same-origin") == me
    # The page itself is for everybody.
    async with browser.client.get(f"{browser.base}/graphql", headers={"accept": "text/html"}) as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_the_token_and_the_page_while_nobody_knows(open_browser: OpenBrowser, redis: Any) -> None:
    async with open_browser(redis_url=redis.url) as browser:
        await browser.login()
        await redis.stop()
        with pytest.raises(KeyError):
            await browser.csrf_token()
        assert browser.status == 503
        cookie = {"cookie": f"stitcher_session={browser.session_cookie}"}
        headers = {"accept": "text/html", **cookie}
        async with browser.client.get(f"{browser.base}/graphql", headers=headers) as response:
            assert response.status == 200
