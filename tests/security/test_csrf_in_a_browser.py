"""Pages of other origins, in Chromium, against a gateway at which the browser's user is logged in.

The attackers are another site (127.0.0.1 for localhost) and, worse, another origin of the same site (another
port of localhost): there ``SameSite=Lax`` holds nothing back. Each page tries all that a page can.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.asgi_server import serving
from tests.logins import AuthService, make_gateway
from tests.needs import need
from tests.subgraph_server import SubgraphServer

ATTEMPTS = Path(__file__).with_name("foreign_page.js").read_text()

LOG_IN = """async name => {
  const query = `mutation { login(email: "${name}", password: "right") { user { name } } }`;
  const headers = {"content-type": "application/json"};
  const response = await fetch("/graphql", {method: "POST", headers, body: JSON.stringify({query})});
  return (await response.json()).data.login.user.name;
}"""

WHO = """async () => {
  const [headers, body] = [{"content-type": "application/json"}, JSON.stringify({query: "{ me { name } }"})];
  const response = await fetch("/graphql", {method: "POST", headers, body});
  return (await response.json()).data.me?.name;
}"""

TOKEN = "async () => (await (await fetch('/csrf-token')).json()).csrfToken"

FORM = """<form method="{method}" action="{gateway}/graphql" enctype="{enctype}">{fields}</form>
<script>document.forms[0].submit()</script>"""

QUERY = "mutation { rename(name: &quot;Mallory&quot;) { name } }"

FIELDS = f'<input name="query" value="{QUERY}">'
# A body of text/plain that is JSON, by what stands before and after the "=".
DISGUISED = """<input name='{"query":"mutation { rename(name: \\"Mallory\\") { name } }","x":"' value='"}'>"""

TAGS = """<img src="{url}"><script src="{url}"></script><link rel="stylesheet" href="{url}">
<iframe src="{url}"></iframe><video src="{url}"></video><object data="{url}"></object>"""


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; nothing is downloaded."""
    path = shutil.which("chromium")
    need(path, "Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


def attackers_pages() -> Starlette:
    """Serve ``?html=`` as a page, as an attacker would."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(request.query_params.get("html", "<p>kittens</p>"))

    return Starlette(routes=[Route("/", page)])


@dataclass(frozen=True)
class World:
    """A gateway at localhost, a page of its own, and an attacker's page in the same browser."""

    gateway: str
    attacker: str
    own: Page
    foreign: Page
    auth: AuthService

    async def show(self, html: str) -> None:
        """Let the attacker's page have this content, and wait until it has done its worst."""
        await self.foreign.goto(f"{self.attacker}/?{urlencode({'html': html})}", wait_until="networkidle")

    def names(self) -> dict[str, Any]:
        return {key: user["name"] for key, user in self.auth.users.items()}


@pytest.fixture
def open_world(
    chromium: Browser,
    auth: AuthService,
    auth_server: SubgraphServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    monkeypatch.chdir(tmp_path)

    @asynccontextmanager
    async def opened(host: str, *, trusted: bool = False) -> AsyncIterator[World]:
        async with AsyncExitStack() as stack:
            attacker = await stack.enter_async_context(serving(attackers_pages()))
            attacker = attacker.replace("127.0.0.1", host)
            settings = {"cors_origins": attacker} if trusted else {}
            gateway = await stack.enter_async_context(serving(make_gateway(tmp_path, **settings)))
            gateway = gateway.replace("127.0.0.1", "localhost")
            context = await chromium.new_context()
            own, foreign = await context.new_page(), await context.new_page()
            await own.goto(f"{gateway}/graphql")
            await foreign.goto(attacker)
            yield World(gateway, attacker, own, foreign, auth)
            await context.close()

    return opened


BOB = '{"data":{"me":{"name":"Bob"}}}'

STRANGERS = pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["cross-site", "same-site"])


@STRANGERS
async def test_a_foreign_page_changes_and_reads_nothing(
    open_world: Any, host: str, auth_server: SubgraphServer
) -> None:
    async with open_world(host) as world:
        assert await world.own.evaluate(LOG_IN, "ada") == "Ada"
        assert await world.own.evaluate("() => document.cookie") == ""
        token = await world.own.evaluate(TOKEN)
        before = len(auth_server.requests)

        # Even with the token, as if it had leaked.
        outcomes = await world.foreign.evaluate(ATTEMPTS, [world.gateway, token])
        assert len(outcomes) > 20
        assert set(outcomes.values()) <= {"opaque", "refused"}

        url = f"{world.gateway}/graphql?query={QUERY}"
        await world.show(TAGS.format(url=url))
        await world.show(TAGS.format(url=f"{world.gateway}/graphql?query={{ me {{ name }} }}"))
        for enctype in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
            for fields in (FIELDS, DISGUISED):
                await world.show(
                    FORM.format(method="post", gateway=world.gateway, enctype=enctype, fields=fields)
                )
                assert world.foreign.url.startswith(f"{world.gateway}/graphql")  # it was sent
                assert "CSRF_REFUSED" in await world.foreign.content()
        await world.show(FORM.format(method="get", gateway=world.gateway, enctype="", fields=FIELDS))
        assert "CSRF_REFUSED" in await world.foreign.content()

        assert [body for _, body in auth_server.requests[before:]] == []  # nothing came through, not a query
        assert world.names() == {"ada": "Ada", "bob": "Bob"}
        assert await world.own.evaluate(WHO) == "Ada"


@STRANGERS
async def test_a_foreign_page_logs_nobody_in(open_world: Any, host: str, auth_server: SubgraphServer) -> None:
    async with open_world(host) as world:
        outcomes = await world.foreign.evaluate(ATTEMPTS, [world.gateway, ""])
        assert set(outcomes.values()) <= {"opaque", "refused"}
        assert auth_server.requests == []
        cookies = await world.own.context.cookies()
        assert cookies == []
        assert await world.own.evaluate(WHO) is None


async def test_a_trusted_page_may_do_all_of_it(open_world: Any) -> None:
    """The same page, whose origin ``CORS_ORIGINS`` lists: what else is refused is not for want of trying."""
    async with open_world("localhost", trusted=True) as world:
        assert await world.own.evaluate(LOG_IN, "ada") == "Ada"
        token = await world.own.evaluate(TOKEN)
        outcomes = await world.foreign.evaluate(ATTEMPTS, [world.gateway, token])
        assert '"Mallory"' in outcomes["change json, token"]
        assert '"Bob"' in outcomes["login json, token"]
        # From then on the session is another: the token too.
        assert outcomes["read json"] == outcomes["read"] == outcomes["read, header"] == BOB
        assert '"csrfToken":"' in outcomes["token"]
        assert token not in outcomes["token"]
        for what in ("change", "login"):
            assert "CSRF_TOKEN_INVALID" in outcomes[f"{what} json"]
            assert "UNSUPPORTED_MEDIA_TYPE" in outcomes[f"{what} cors text/plain"]
            assert "MUTATION_NOT_ALLOWED" in outcomes[f"{what} cors get"]
        assert world.names() == {"ada": "Mallory", "bob": "Bob"}


async def test_the_cookie_stays_within_the_site_even_for_a_trusted_page(open_world: Any) -> None:
    async with open_world("127.0.0.1", trusted=True) as world:
        assert await world.own.evaluate(LOG_IN, "ada") == "Ada"
        outcomes = await world.foreign.evaluate(ATTEMPTS, [world.gateway, ""])
        assert outcomes["token"] == '{"csrfToken":null}'
        assert "UNAUTHENTICATED" in outcomes["read json"]
