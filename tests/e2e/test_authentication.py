"""The gateway verifies the tokens that auth signs, by the keys that auth publishes."""

from pathlib import Path

import pytest

from tests.e2e.conftest import run_gateway
from tests.stack import Stack, ask

ISSUER = "https://auth.stitcher.example"


@pytest.mark.parametrize(
    ("issuer", "code"), [(ISSUER, None), ("https://elsewhere.example", "UNAUTHENTICATED")]
)
async def test_a_token_of_auth(stack: Stack, tmp_path: Path, issuer: str, code: str | None) -> None:
    token = await stack.login()
    told = {"JWT_JWKS_URL": f"{stack.base_url('auth')}/.well-known/jwks.json", "JWT_ISSUER": issuer}
    with run_gateway(stack, token, tmp_path / "log", **told) as gateway:
        answer = await gateway.ask("{ me { name } things(first: 1) { serial } }")
        assert [error["extensions"]["code"] for error in answer.get("errors", ())] == ([code] if code else [])
        if code is None:
            assert answer["data"]["me"] == {"name": "Ada Lovelace"}
        forged = await ask(gateway.url, "{ __typename }", token=f"{token[:-20]}{'A' * 20}")
        assert forged["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await ask(gateway.url, "{ __typename }") == {"data": {"__typename": "Query"}}
    assert token not in (tmp_path / "log").read_text()
