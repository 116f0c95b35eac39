from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from stitcher.server.auth.identity import Identity
from stitcher.server.auth.keys import OneKey, key_of_secret
from stitcher.server.auth.tokens import ClaimRules, TokenVerifier
from tests.issuer import SECRET, hmac_token
from tests.logins import LOGIN
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


@pytest.mark.parametrize("given", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Digest x", "Bearerx y"])
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


@pytest.mark.parametrize("given", ["", " ", "\t"])
async def test_an_empty_header_says_nothing(
    open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer, given: str
) -> None:
    """What Apollo Client's link sends for whoever isn't logged in, as ``token ? `Bearer ${token}` : ""``."""
    for settings in ({"jwt_secret": SECRET}, {}):
        async with open_gateway(**settings) as url:
            async with http.post(url, json=QUERY, headers={"Authorization": given}) as response:
                assert response.status == 200
                assert "errors" not in await response.json()
            assert "authorization" not in services.headers[-1]


async def test_an_empty_header_beside_a_token_leaves_the_token(
    open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer
) -> None:
    headers = [("Authorization", ""), ("Authorization", f"Bearer {hmac_token()}")]
    async with (
        open_gateway(jwt_secret=SECRET) as url,
        http.post(url, json=QUERY, headers=headers) as response,
    ):
        assert response.status == 200
        assert services.headers[-1]["authorization"].startswith("Bearer ")


async def test_an_empty_header_leaves_the_session(open_browser: Any) -> None:
    async with open_browser() as browser:
        await browser.ask(LOGIN, {"email": "ada"})
        answer = await browser.ask("{ me { name } }", authorization="")
        assert answer == {"data": {"me": {"name": "Ada"}}}


@pytest.mark.parametrize(
    ("sub", "subject"), [(5, "5"), (0, "0"), (-1, "-1"), (2**63, str(2**63)), (None, None)]
)
async def test_a_number_is_a_subject(
    open_gateway: Any, http: aiohttp.ClientSession, sub: int | None, subject: str | None
) -> None:
    token = hmac_token(sub=sub)
    verified = await TokenVerifier(OneKey(key_of_secret(SECRET, "HS256")), ClaimRules()).verify(
        token.encode()
    )
    assert verified.subject == subject
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        open_gateway(jwt_secret=SECRET, rate_limit="5/minute") as url,
        http.post(url, json=QUERY, headers=headers) as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("a b", {"a", "b"}),
        (" a  b ", {"a", "b"}),
        ("a\tb", {"a\tb"}),
        ("a\nadmin", {"a\nadmin"}),
        ("a\u00a0admin\u2003b", {"a\u00a0admin\u2003b"}),
        ("", set()),
        (["a b", "c", "", 1], {"a b", "c"}),
    ],
)
def test_scopes_are_divided_by_spaces_alone(scope: Any, scopes: set[str]) -> None:
    assert Identity({"scope": scope}).scopes == scopes


GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (f"{GRAPHQL},application/json;q=0.9", GRAPHQL),
        ("application/json", "application/json"),
        (f"application/json,{GRAPHQL};q=0.1", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
    ],
)
async def test_refusals_have_the_type_that_is_asked_for(
    open_gateway: Any, http: aiohttp.ClientSession, accept: str, media_type: str
) -> None:
    async with open_gateway(jwt_secret=SECRET, rate_limit="2/minute") as url:
        for status, method, path, given in (
            (401, "POST", "", "Bearer x"),
            (404, "GET", "/nothing", ""),
            (429, "POST", "", ""),
        ):
            headers = {"Accept": accept, "Authorization": given}
            async with http.request(method, url + path, json=QUERY, headers=headers) as response:
                assert (response.status, response.content_type) == (status, media_type)
                assert (await response.json(content_type=None))["errors"][0]["message"]
