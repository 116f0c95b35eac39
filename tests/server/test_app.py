from typing import Any

import aiohttp
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
        ("gateway is open", ["auth", "thing"])
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
