"""Who may see what, over HTTP: scopes of a token, required logins, policies, and no one else's answer."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.issuer import SECRET, hmac_token
from tests.subgraph_server import SubgraphServer

OpenGateway = Callable[..., AbstractAsyncContextManager[str]]

THING = """
type Query { thing(id: ID!): Thing @policy(policies: [["grown_up"]]) things: [Thing!] @public }
type Mutation { rename(id: ID!, name: String!): Thing @requiresScopes(scopes: [["write"]]) }
type Thing { id: ID! name: String @authenticated }
"""

POLICIES = """
bindables = []

async def grown_up(context):
    return context.identity.claims.get("age", 0) >= 18

policies = {"grown_up": grown_up}
"""


@pytest.fixture
def marked(schemas: Path, open_gateway: OpenGateway, monkeypatch: pytest.MonkeyPatch) -> OpenGateway:
    """Gateways that verify tokens, over a schema with marks."""
    (schemas / "thing.graphql").write_text(THING)
    (schemas.parent / "access_rules.py").write_text(POLICIES)
    monkeypatch.syspath_prepend(schemas.parent)

    def opened(**settings: Any) -> AbstractAsyncContextManager[str]:
        return open_gateway(jwt_secret=SECRET, resolvers="access_rules", **settings)

    return opened


async def ask(
    http: aiohttp.ClientSession, url: str, query: str, token: str | None = None
) -> tuple[int, Any, Any]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with http.post(url, json={"query": query}, headers=headers) as response:
        return response.status, await response.json(), response.headers


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


async def test_a_token_opens_what_is_marked(http: aiohttp.ClientSession, marked: OpenGateway) -> None:
    async with marked() as url:
        status, answer, _ = await ask(http, url, "{ things { id name } }")
        assert status == 200
        assert answer["data"]["things"][0] == {"id": "1", "name": None}
        assert codes(answer) == ["UNAUTHORIZED_FIELD_OR_TYPE"]
        _, answer, _ = await ask(http, url, "{ things { id name } }", hmac_token())
        assert answer["data"]["things"][0] == {"id": "1", "name": "Pump"}
        assert codes(answer) == []


async def test_the_scopes_of_a_token(http: aiohttp.ClientSession, marked: OpenGateway) -> None:
    mutation = 'mutation { rename(id: "1", name: "New") { id } }'
    async with marked() as url:
        _, answer, _ = await ask(http, url, mutation, hmac_token(scope="read"))
        assert (answer["data"], codes(answer)) == ({"rename": None}, ["UNAUTHORIZED_FIELD_OR_TYPE"])
        _, answer, _ = await ask(http, url, mutation, hmac_token(scope="read write"))
        assert answer == {"data": {"rename": {"id": "1"}}}


async def test_a_policy_of_the_package_of_resolvers(http: aiohttp.ClientSession, marked: OpenGateway) -> None:
    query = '{ thing(id: "1") { id } }'
    async with marked() as url:
        for token, sees in ((None, False), (hmac_token(age=17), False), (hmac_token(age=18), True)):
            _, answer, _ = await ask(http, url, query, token)
            assert answer["data"] == {"thing": {"id": "1"} if sees else None}


@pytest.mark.parametrize("forwarded", ["authorization", "x-request-id"])
async def test_nobody_gets_what_another_may_see(
    http: aiohttp.ClientSession, marked: OpenGateway, services: SubgraphServer, forwarded: str
) -> None:
    services.delays["thing"] = 0.2
    tokens = [hmac_token(), None, hmac_token(sub="user-2"), None]
    async with marked(forward_headers=forwarded) as url:
        answers = await asyncio.gather(*(ask(http, url, "{ things { name } }", token) for token in tokens))
    seen = [answer["data"]["things"][0]["name"] for _, answer, _ in answers]
    assert seen == ["Pump", None, "Pump", None]


async def test_a_login_that_is_required(
    http: aiohttp.ClientSession, marked: OpenGateway, services: SubgraphServer
) -> None:
    async with marked(auth_required=True) as url:
        for query in ("{ me { id } }", "{ __schema { queryType { name } } }", "{ nothing }"):
            status, answer, headers = await ask(http, url, query)
            assert status == 401
            assert headers["www-authenticate"] == "Bearer"
            assert answer == {
                "errors": [{"message": "Log in first.", "extensions": {"code": "UNAUTHENTICATED"}}]
            }
        assert services.asked() == []
        status, answer, _ = await ask(http, url, "{ __typename things { id } }")
        assert (status, answer["data"]["things"][0]) == (200, {"id": "1"})
        async with http.get(url.replace("/graphql", "/health")) as response:
            assert response.status == 200
        status, answer, _ = await ask(http, url, "{ __schema { queryType { name } } }", hmac_token())
        assert (status, codes(answer)) == (200, [])


@pytest.mark.parametrize(
    ("settings", "suggests"),
    [
        ({}, True),
        ({"suggestions": False}, False),
        ({"introspection": False}, False),
        ({"introspection": False, "suggestions": True}, True),
    ],
)
async def test_suggestions(
    http: aiohttp.ClientSession, open_gateway: OpenGateway, settings: Any, suggests: bool
) -> None:
    async with open_gateway(**settings) as url:
        for query in ("{ thingz { id } }", '{ thing(idd: "1") { id } }', "{ ... on Quer { __typename } }"):
            _, answer, _ = await ask(http, url, query)
            assert any("Did you mean" in error["message"] for error in answer["errors"]) is suggests


async def test_the_same_problem_is_told_once(http: aiohttp.ClientSession, url: str) -> None:
    _, answer, _ = await ask(http, url, "{ things { id " + "@aa " * 10 + "} }")
    assert [error["message"] for error in answer["errors"]] == ["Unknown directive '@aa'."]
