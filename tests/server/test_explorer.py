import base64
import hashlib
import re
from typing import Any

import aiohttp
import pytest
from ariadne.asgi import GraphQL
from ariadne.explorer import Explorer
from starlette.requests import Request

from stitcher.gateway import Gateway
from stitcher.server.handler import GatewayHandler
from tests.asgi_server import serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_gets_the_page(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url, headers=BROWSER) as response:
        page = await response.text()
        assert response.status == 200
        assert response.content_type == "text/html"
        assert response.headers["vary"] == "Accept"
        policy = response.headers["content-security-policy"]
    assert page.startswith("<!doctype html>")
    # Nothing is loaded from anywhere: no address, no file, no inline handler.
    assert not re.search(r"https?:|//[a-z]|\bsrc=|@import|url\(|\son[a-z]+=", page)
    assert re.findall(r'href="([^"]*)"', page) == ["data:,"]
    assert "default-src 'none'" in policy
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


async def test_a_browser_with_a_query_gets_its_answer(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url, headers=BROWSER, params={"query": "{ __typename }"}) as response:
        assert await response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(("accept", "status"), [(BROWSER["accept"], 400), ("text/html", 406)])
async def test_off_is_no_page(
    http: aiohttp.ClientSession, open_gateway: Any, accept: str, status: int
) -> None:
    async with open_gateway(explorer="off") as url, http.get(url, headers={"accept": accept}) as response:
        assert response.status == status
        assert response.content_type == "application/json"


async def test_another_explorer_of_ariadne(http: aiohttp.ClientSession, gateway: Gateway) -> None:
    class Waiting(Explorer):
        async def html(self, request: Request) -> str:
            return "<p>another</p>"

    handler = GatewayHandler(gateway, body_limit=1, forward_headers=())
    app = GraphQL(gateway.schema, http_handler=handler, explorer=Waiting())
    async with serving(app) as url, http.get(url, headers=BROWSER) as response:
        assert await response.text() == "<p>another</p>"
