"""What is not an attack: see tests/security for those."""

import asyncio
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from stitcher.server.auth.identity import TokenError
from stitcher.server.auth.keys import OneKey, TokenKey, key_of_secret
from stitcher.server.auth.tokens import ClaimRules, TokenVerifier
from tests.issuer import SECRET, hmac_token


class Counting(OneKey):
    """Counts how often a key is needed, and can withdraw it or fail."""

    def __init__(self) -> None:
        super().__init__(key_of_secret(SECRET, "HS256"))
        self.version = 0
        self.asked = 0
        self.failure: Exception | None = None

    async def find(self, kid: str | None) -> TokenKey:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return await super().find(kid)


@pytest.fixture
def keys() -> Counting:
    return Counting()


def verifier(keys: Counting, remembered: int = 10, **rules: Any) -> TokenVerifier:
    return TokenVerifier(keys, ClaimRules(**rules), remembered=remembered)


async def test_claims_are_the_identitys(keys: Counting) -> None:
    identity = await verifier(keys).verify(hmac_token(scope="read write", roles=["ADMIN"]).encode())
    assert identity.is_authenticated
    assert (identity.subject, set(identity.scopes)) == ("user-1", {"read", "write"})
    assert identity.claims["roles"] == ["ADMIN"]
    with pytest.raises(TypeError):
        identity.claims["sub"] = "root"  # type: ignore[index]


@pytest.mark.parametrize("scope", [None, 5, {"read": 1}, [1, ["x"], None], ""])
async def test_scopes_that_are_none(keys: Counting, scope: object) -> None:
    assert (await verifier(keys).verify(hmac_token(scope=scope).encode())).scopes == frozenset()


async def test_a_token_without_a_subject_is_somebodys(keys: Counting) -> None:
    identity = await verifier(keys).verify(hmac_token(sub=None).encode())
    assert identity.is_authenticated
    assert identity.subject is None


async def test_a_verified_token_is_remembered(keys: Counting) -> None:
    verify = verifier(keys).verify
    token = hmac_token().encode()
    assert await verify(token) is await verify(token)
    assert keys.asked == 1
    await verify(hmac_token(jti="another").encode())
    assert keys.asked == 2


async def test_it_is_forgotten_when_a_key_is_withdrawn(keys: Counting) -> None:
    verify = verifier(keys).verify
    token = hmac_token().encode()
    await verify(token)
    keys.version += 1
    await verify(token)
    assert keys.asked == 2


async def test_it_is_forgotten_when_it_expires(keys: Counting) -> None:
    verify = verifier(keys).verify
    ends = int(time.time()) + 1
    token = hmac_token(exp=ends).encode()
    await verify(token)
    await asyncio.sleep(ends - time.time() + 0.01)
    with pytest.raises(TokenError, match="has expired"):
        await verify(token)


async def test_what_is_remembered_is_bounded_and_the_least_used_goes(keys: Counting) -> None:
    verify = verifier(keys, remembered=2).verify
    first, second, third = (hmac_token(jti=jti).encode() for jti in "abc")
    for token in (first, second, first, third, first):
        await verify(token)
    assert keys.asked == 3
    await verify(second)
    assert keys.asked == 4


async def test_bad_tokens_are_not_remembered(keys: Counting) -> None:
    verify = verifier(keys, remembered=1).verify
    good = hmac_token().encode()
    await verify(good)
    for _ in range(3):
        with pytest.raises(TokenError):
            await verify(hmac_token("another secret").encode())
    await verify(good)
    assert keys.asked == 4


def changed(claim: str, value: Any) -> bytes:
    """Return a token with a claim of its own."""
    claims = {claim: value}
    return hmac_token(**claims).encode()


async def test_clocks_may_differ_by_the_leeway(keys: Counting) -> None:
    now = int(time.time())
    strict, lenient = verifier(keys), verifier(keys, leeway=60)
    for claim, moment in (("exp", now - 30), ("nbf", now + 30), ("iat", now + 30)):
        token = changed(claim, moment)
        with pytest.raises(TokenError):
            await strict.verify(token)
        assert (await lenient.verify(token)).is_authenticated
    for claim, moment in (("exp", now - 90), ("nbf", now + 90), ("iat", now + 90)):
        with pytest.raises(TokenError):
            await lenient.verify(changed(claim, moment))


async def test_what_nobody_foresaw_refuses_the_token_and_tells_the_client_nothing(keys: Counting) -> None:
    keys.failure = RuntimeError("a secret detail")
    with capture_logs() as logs, pytest.raises(TokenError) as caught:
        await verifier(keys).verify(hmac_token().encode())
    assert str(caught.value) == "The token can't be verified."
    assert logs == [{"event": "verifying a token failed", "cause": "RuntimeError", "log_level": "warning"}]
