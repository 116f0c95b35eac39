import base64
import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ariadne.asgi import GraphQL
from ariadne.explorer import Explorer
from starlette.requests import Request
from structlog.testing import capture_logs

from stitcher.gateway.current import CurrentGateway
from stitcher.gateway.gateway import Gateway
from stitcher.server.endpoint.handler import GatewayHandler
from stitcher.server.explorer import assets, page
from stitcher.server.http.proxies import TrustedProxies
from stitcher.server.limits.clients import Clients
from stitcher.server.limits.field_limiter import FieldLimiter
from stitcher.server.limits.limiter import MemoryLimiter
from stitcher.server.sessions.csrf import CsrfGuard, CsrfTokens
from tests.asgi_server import serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FILES = ("playground.js", "playground.css", "graphiql.js", "graphiql.css", "react.js", "react-dom.js")


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the files of Playground and GraphiQL."""
    directory = tmp_path / "vendor"
    directory.mkdir()
    for name in FILES:
        (directory / f"{name}.gz").write_bytes(gzip.compress(f"/* {name} */".encode()))
    monkeypatch.setattr(assets, "VENDOR", directory)
    return directory


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (each.split() for each in policy.split("; "))}


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def inline(tag: str, html: str) -> list[str]:
    return [digest(text) for text in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)]


async def get_page(http: aiohttp.ClientSession, url: str) -> tuple[str, dict[str, list[str]]]:
    async with http.get(url, headers=BROWSER) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert response.headers["vary"] == "Accept"
        return await response.text(), directives(response.headers["content-security-policy"])


@pytest.mark.parametrize("name", ["playground", "graphiql", "builtin"])
@pytest.mark.usefixtures("vendor")
async def test_a_browser_gets_a_page_that_runs_its_own_scripts_only(
    http: aiohttp.ClientSession, open_gateway: Any, name: str
) -> None:
    async with open_gateway(explorer=name) as url:
        html, policy = await get_page(http, url)
        loaded = re.findall(r'(?:src|href)="(\w[^"]*)" integrity="([^"]*)"', html)
        for address, integrity in loaded:
            async with http.get(url.replace("/graphql", f"/{address}")) as response:
                assert response.status == 200
                assert digest(await response.text()) == f"'{integrity}'"
    wanted = {each for each in FILES if each.startswith(name) or (name == "graphiql" and "react" in each)}
    assert {re.split("[/?]", address)[2] for address, _ in loaded} == wanted
    scripts = [f"'{integrity}'" for address, integrity in loaded if ".js?" in address]
    styled = ["'self'"] if any(".css?" in address for address, _ in loaded) else []
    assert policy == {
        "default-src": ["'none'"],
        "script-src": inline("script", html) + scripts,
        "style-src": inline("style", html) + styled,
        "connect-src": ["'self'"],
        "img-src": ["data:"],
        "font-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    # No other host, no handler or style in a tag, and no script without a digest.
    assert not re.search(r"https?:|[\"'(]//|@import|url\(|<[^>]+ (on[a-z]+|style)=", html)
    assert len(re.findall("<script", html)) == len(policy["script-src"])


@pytest.mark.parametrize("name", ["playground", "graphiql"])
async def test_without_its_files_the_builtin_page_is_served(
    http: aiohttp.ClientSession, open_gateway: Any, vendor: Path, name: str
) -> None:
    (vendor / f"{name}.js.gz").unlink()
    with capture_logs() as logs:
        async with open_gateway(explorer=name) as url:
            html, _ = await get_page(http, url)
    assert html == page.Page("builtin").html(None)
    assert [(log["log_level"], log["explorer"]) for log in logs if "explorer" in log] == [("warning", name)]


@pytest.mark.parametrize("name", ["playground", "graphiql", "builtin"])
@pytest.mark.usefixtures("vendor")
def test_every_page_sends_the_sessions_token(name: page.PageName) -> None:
    assert page.Page(name).html(None).count('headers.set("X-CSRF-Token"') == 1


async def test_a_browser_with_a_query_gets_its_answer(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url, headers=BROWSER, params={"query": "{ __typename }"}) as response:
        assert await response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(("accept", "status"), [(BROWSER["accept"], 400), ("text/html", 406)])
async def test_off_is_no_page(
    http: aiohttp.ClientSession, open_gateway: Any, accept: str, status: int
) -> None:
    async with open_gateway(explorer="off") as url:
        async with http.get(url, headers={"accept": accept}) as response:
            assert response.status == status
            assert response.content_type == "application/json"
        async with http.get(f"{url}/assets/playground.js") as response:
            assert response.status == 404


async def test_another_explorer_of_ariadne(http: aiohttp.ClientSession, gateway: Gateway) -> None:
    class Waiting(Explorer):
        async def html(self, request: Request) -> str:
            return "<p>another</p>"

    handler = GatewayHandler(
        CurrentGateway(gateway),
        csrf=CsrfGuard(),
        csrf_tokens=CsrfTokens(["x" * 32]),
        body_limit=1,
        request_timeout=1,
        share=False,
        debug=False,
        field_limiter=FieldLimiter(MemoryLimiter(), Clients(TrustedProxies())),
    )
    app = GraphQL(gateway.schema, http_handler=handler, explorer=Waiting())
    async with serving(app) as url, http.get(url, headers=BROWSER) as response:
        assert await response.text() == "<p>another</p>"
