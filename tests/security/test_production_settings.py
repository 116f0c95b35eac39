"""The documented settings for production leave nothing for scanners of GraphQL endpoints to find."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.documents import DOCS, blocks
from tests.e2e.conftest import RunningGateway, run_gateway
from tests.stack import Stack


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """The gateway's own process, as docs/operations.md has it in production; its services are down."""
    directory: Path = tmp_path_factory.mktemp("production")
    (block,) = (block for block in blocks(DOCS / "operations.md") if block.marks.get("ci") == "production")
    settings = dict(line.split("=", 1) for line in block.text.splitlines())
    with run_gateway(Stack(directory, {}), "", directory / "log", **settings) as gateway:
        yield gateway


async def send(gateway: RunningGateway, method: str = "POST", **request: Any) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, gateway.url, **request) as response,
    ):
        return response.status, await response.text()


async def errors_of(gateway: RunningGateway, query: str) -> list[dict[str, Any]]:
    """Return why an operation is refused; fails where there is data."""
    _, text = await send(gateway, json={"query": query, "operationName": "scan"})
    answer = json.loads(text)
    assert "data" not in answer
    errors: list[dict[str, Any]] = answer["errors"]
    return errors


REFUSED = {
    "introspection": "query scan { __schema { types { name fields { name } } } }",
    "introspection of one type": 'query scan { __type(name: "Query") { name } }',
    "introspection in circles": "query scan { __schema { types { fields { type { fields { name } } } } } }",
    "hundreds of aliases": f"query scan {{ {' '.join(f'a{number}: __typename' for number in range(101))} }}",
    "a field that isn't there": "query scan { clientz { name } }",
    "an argument that isn't there": "query scan { clients(frist: 1) { name } }",
    "a type that isn't there": "query scan { ... on Clientt { name } }",
    "no operation": "qwerty scan { abc }",
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_and_nothing_is_given_away(production: RunningGateway, query: str) -> None:
    for error in await errors_of(production, query):
        assert "Did you mean" not in error["message"]
        assert set(error["extensions"]) == {"code"}


async def test_the_same_mistake_many_times_is_one_error(production: RunningGateway) -> None:
    errors = await errors_of(production, f"query scan {{ __typename {'@aa' * 10} }}")
    assert [error["message"] for error in errors] == ["Unknown directive '@aa'."]


async def test_several_operations_in_one_request(production: RunningGateway) -> None:
    status, text = await send(production, json=[{"query": "{ __typename }"}] * 10)
    assert (status, len(json.loads(text)["errors"])) == (400, 1)


@pytest.mark.parametrize("operation", ["query scan { __typename }", "mutation scan { __typename }"])
async def test_what_a_foreign_page_could_send(production: RunningGateway, operation: str) -> None:
    for method, request in (
        ("GET", {"params": {"query": operation}}),
        ("POST", {"data": {"query": operation}}),
        ("POST", {"data": json.dumps({"query": operation}), "headers": {"content-type": "text/plain"}}),
    ):
        status, text = await send(production, method, **request)
        assert status in (400, 403, 405, 415)
        assert "data" not in json.loads(text)


async def test_there_is_no_page(production: RunningGateway) -> None:
    status, text = await send(production, "GET", headers={"accept": "text/html"})
    assert status in (400, 403, 406)
    assert "<" not in text


async def test_it_answers_all_the_same_and_names_no_software(production: RunningGateway) -> None:
    body = {"query": "query scan { __typename }", "operationName": "scan"}
    async with aiohttp.ClientSession() as http, http.post(production.url, json=body) as response:
        assert (response.status, await response.json()) == (200, {"data": {"__typename": "Query"}})
        assert {"server", "x-powered-by", "via"}.isdisjoint(map(str.lower, response.headers))
