from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs


async def test_health(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url.replace("/graphql", "/health")) as response:
        assert response.status == 200
        assert await response.json() == {"status": "ok"}


async def test_unknown_paths_and_methods_have_the_shape_of_graphql_errors(
    http: aiohttp.ClientSession, url: str
) -> None:
    for method, path, status, code in (
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("POST", "/graphql/", 404, "NOT_FOUND"),
        ("DELETE", "/health", 405, "METHOD_NOT_ALLOWED"),
    ):
        target = url.replace("/graphql", path)
        async with http.request(method, target, allow_redirects=False) as response:
            assert (path, response.status) == (path, status)
            assert (await response.json())["errors"][0]["extensions"] == {"code": code}


async def test_no_response_names_the_software(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(url, params={"query": "{ __typename }"}) as response:
        assert "server" not in response.headers


async def test_it_says_what_it_serves(open_gateway: Any) -> None:
    with capture_logs() as logs:
        async with open_gateway():
            pass
    assert [(entry["event"], entry["subgraphs"]) for entry in logs] == [
        ("schemas are merged", ["auth", "thing"])
    ]


async def test_metrics_are_there_where_they_are_asked_for(
    open_gateway: Any, http: aiohttp.ClientSession
) -> None:
    for metrics, status in ((False, 404), (True, 200)):
        async with (
            open_gateway(metrics=metrics) as url,
            http.get(url.replace("/graphql", "/metrics")) as response,
        ):
            assert response.status == status


BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
PLACES = {"endpoint": "/graphql", "csrfToken": "/csrf-token", "health": "/health"}


async def test_a_browser_at_the_root_is_sent_to_the_page(
    open_gateway: Any, http: aiohttp.ClientSession
) -> None:
    async with open_gateway() as url:
        root = url.removesuffix("graphql")
        for method in ("GET", "HEAD"):
            headers = {"accept": BROWSER, "host": "elsewhere.example"}
            async with http.request(method, root, headers=headers, allow_redirects=False) as response:
                assert (response.status, response.headers["location"]) == (307, "graphql")
                assert response.headers["vary"] == "Accept"
                assert response.headers["cache-control"] == "no-store"
                assert response.headers["x-frame-options"] == "DENY"
                assert response.headers["content-security-policy"].startswith("default-src 'none'")
        async with http.get(root, headers={"accept": BROWSER}) as response:
            assert (response.status, response.content_type, str(response.url)) == (200, "text/html", url)
        async with http.post(root, headers={"accept": BROWSER}) as response:
            assert response.status == 405


@pytest.mark.parametrize(
    ("settings", "accept", "places"),
    [
        ({}, "*/*", {**PLACES, "explorer": "/graphql"}),
        ({}, "text/html;q=0", {**PLACES, "explorer": "/graphql"}),
        ({"metrics": True}, "application/json", {**PLACES, "explorer": "/graphql", "metrics": "/metrics"}),
        ({"explorer": "off"}, BROWSER, PLACES),
    ],
)
async def test_others_at_the_root_are_told_what_there_is(
    open_gateway: Any, http: aiohttp.ClientSession, settings: Any, accept: str, places: Any
) -> None:
    async with open_gateway(**settings) as url:
        root = url.removesuffix("/graphql")
        async with http.get(root, headers={"accept": accept}) as response:
            assert (response.status, response.content_type) == (200, "application/json")
            assert await response.json() == places
            assert response.headers["vary"] == "Accept"
        for path in places.values():
            async with http.get(root + path, params={"query": "{ __typename }"}) as response:
                assert response.status == 200


async def test_the_root_counts_for_the_rate_limit(open_gateway: Any, http: aiohttp.ClientSession) -> None:
    async with open_gateway(rate_limit="1/minute") as url:
        for status in (200, 429):
            async with http.get(url.removesuffix("graphql")) as response:
                assert response.status == status
