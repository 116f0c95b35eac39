import asyncio
from typing import Any

import aiohttp
import pytest

from tests.subgraph_server import SubgraphServer

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}
DEFAULTS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/graphql?query={__typename}", 200),
        ("HEAD", "/graphql?query={__typename}", 200),
        ("OPTIONS", "/graphql", 204),
        ("GET", "/graphql", 400),
        ("PUT", "/graphql", 405),
        ("POST", "/graphql", 415),
        ("GET", "/health", 200),
        ("GET", "/nowhere", 404),
    ],
)
async def test_every_answer_has_them(
    http: aiohttp.ClientSession, url: str, method: str, path: str, status: int
) -> None:
    async with http.request(method, url.replace("/graphql", path)) as response:
        assert response.status == status
        for name, value in (EVERYWHERE | DEFAULTS).items():
            assert response.headers.getall(name) == [value]
        assert "server" not in response.headers


async def test_a_page_has_its_own_policy(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with (
        open_gateway(explorer="builtin") as url,
        http.get(url, headers={"accept": "text/html"}) as page,
    ):
        assert page.headers.getall("cache-control") == ["no-cache"]
        (policy,) = page.headers.getall("content-security-policy")
        assert "script-src 'sha256-" in policy
        assert "frame-ancestors 'none'" in policy
        for name, value in EVERYWHERE.items():
            assert page.headers.getall(name) == [value]


async def test_a_response_that_requests_share_has_them_once(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    async def ask() -> list[str]:
        async with http.post(url, json={"query": "{ things { id } }"}) as response:
            assert response.status == 200
            return [name.lower() for name in response.headers]

    answers = await asyncio.gather(*(ask() for _ in range(8)))
    assert len(services.asked()) < 8
    for names in answers:
        assert sorted(names) == sorted(set(names))
        assert set(EVERYWHERE | DEFAULTS) <= set(names)
