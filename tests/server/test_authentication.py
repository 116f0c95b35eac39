from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from tests.issuer import SECRET, hmac_token
from tests.subgraph_server import SubgraphServer

QUERY = {"query": "{ things { name } }"}


async def test_without_a_key_the_header_is_passed_on_as_it_is(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    for given in ("Bearer anything", "Basic dXNlcjpwYXNz", "x"):
        async with http.post(url, json=QUERY, headers={"Authorization": given}) as response:
            assert response.status == 200
        assert services.headers[-1]["authorization"] == given


async def test_without_a_token_the_client_is_anonymous(
    open_gateway: Any, http: aiohttp.ClientSession
) -> None:
    async with open_gateway(jwt_secret=SECRET) as url, http.post(url, json=QUERY) as response:
        assert response.status == 200
        assert "www-authenticate" not in response.headers
        assert "errors" not in await response.json()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_may_be_in_any_case(
    open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer, scheme: str
) -> None:
    header = f"{scheme} {hmac_token()}"
    async with (
        open_gateway(jwt_secret=SECRET) as url,
        http.post(url, json=QUERY, headers={"Authorization": header}) as response,
    ):
        assert response.status == 200
        assert services.headers[-1]["authorization"] == header


@pytest.mark.parametrize("given", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "", "Digest x", "Bearerx y"])
async def test_other_credentials_are_refused_without_an_error_code(
    open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer, given: str
) -> None:
    async with (
        open_gateway(jwt_secret=SECRET) as url,
        http.post(url, json=QUERY, headers={"Authorization": given}) as response,
    ):
        assert response.status == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="graphql"'
        assert response.headers["x-request-id"]
        message = "The Authorization header has no Bearer token."
        error = {"message": message, "extensions": {"code": "UNAUTHENTICATED"}}
        assert await response.json() == {"errors": [error]}
    assert services.asked() == []


async def test_the_limiter_counts_bad_tokens(open_gateway: Any, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": "Bearer guess"}
    async with open_gateway(jwt_secret=SECRET, rate_limit="3/minute") as url:
        statuses = []
        for _ in range(5):
            async with http.post(url, json=QUERY, headers=headers) as response:
                statuses.append(response.status)
    assert statuses == [401, 401, 401, 429, 429]


async def test_a_refusal_is_logged_without_the_token(open_gateway: Any, http: aiohttp.ClientSession) -> None:
    token = hmac_token("another secret")
    async with open_gateway(jwt_secret=SECRET) as url:
        with capture_logs() as logs:
            async with http.post(url, json=QUERY, headers={"Authorization": f"Bearer {token}"}) as response:
                assert response.status == 401
                assert token not in await response.text()
    assert [entry["reason"] for entry in logs if entry["event"] == "token refused"] == [
        "The token's signature does not match."
    ]
    assert token not in str(logs)


async def test_local_resolvers_see_who_asks_and_delegate_passes_the_token_on(
    open_gateway: Any, http: aiohttp.ClientSession, schemas: Any, services: SubgraphServer, monkeypatch: Any
) -> None:
    (schemas / "gateway.graphql").write_text("type Query { who: String things2: Int }")
    (schemas.parent / "own_resolvers.py").write_text(
        "from ariadne import QueryType\n"
        "from stitcher import delegate\n"
        "query = QueryType()\n"
        "@query.field('who')\n"
        "def who(_, info):\n"
        "    identity = info.context.identity\n"
        "    return f'{identity.subject} {sorted(identity.scopes)}' if identity.is_authenticated else None\n"
        "@query.field('things2')\n"
        "async def things2(_, info):\n"
        "    return len((await delegate(info, 'thing', '{ things { id } }'))['things'])\n"
        "bindables = [query]\n"
    )
    monkeypatch.syspath_prepend(schemas.parent)
    token = hmac_token(scope="b a")
    query = {"query": "{ who things2 }"}
    async with open_gateway(jwt_secret=SECRET, resolvers="own_resolvers") as url:
        async with http.post(url, json=query) as response:
            assert await response.json() == {"data": {"who": None, "things2": 2}}
        assert "authorization" not in services.headers[-1]
        async with http.post(url, json=query, headers={"Authorization": f"Bearer {token}"}) as response:
            assert await response.json() == {"data": {"who": "user-1 ['a', 'b']", "things2": 2}}
        assert services.headers[-1]["authorization"] == f"Bearer {token}"
