"""Tokens that must not be taken, over HTTP, against each way of verifying; no service sees any of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from stitcher.errors import SettingsError
from stitcher.server.app import create_app
from stitcher.settings.load import load_settings
from tests.issuer import SECRET, Issuer, KeyPair, claims, ec_pair, encoded, hmac_token, rsa_pair
from tests.subgraph_server import SubgraphServer

QUERY = {"query": "{ things { name } }"}
RSA = rsa_pair("rsa")
ELLIPTIC = ec_pair("ec")
OTHER = rsa_pair("rsa")


class Target:
    """A gateway under attack."""

    def __init__(self, http: aiohttp.ClientSession, url: str, services: SubgraphServer) -> None:
        self._http = http
        self._url = url
        self._services = services

    async def takes(self, token: str) -> None:
        """Check that a token is taken, and passed on as it is."""
        status, body, _ = await self.ask(f"Bearer {token}")
        assert status == 200, body
        assert "errors" not in body
        assert self._services.headers[-1]["authorization"] == f"Bearer {token}"

    async def refuses(self, token: str, why: str) -> None:
        """Check that a token is refused, for this reason, and that no service has seen it."""
        self._services.asked()
        status, body, headers = await self.ask(f"Bearer {token}")
        assert status == 401, (token[:200], body)
        assert body == {"errors": [{"message": why, "extensions": {"code": "UNAUTHENTICATED"}}]}
        assert headers["www-authenticate"] == f'Bearer error="invalid_token", error_description="{why}"'
        assert self._services.asked() == []

    async def ask(self, authorization: str) -> tuple[int, Any, Any]:
        headers = {"Authorization": authorization}
        async with self._http.post(self._url, json=QUERY, headers=headers) as response:
            return response.status, await response.json(), response.headers


@pytest.fixture
def attack(open_gateway: Any, http: aiohttp.ClientSession, services: SubgraphServer) -> Any:
    """Open a gateway with these settings."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Target]:
        async with open_gateway(**settings) as url:
            yield Target(http, url, services)

    return opened


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer([RSA.jwk, ELLIPTIC.jwk])
    await issuer.start()
    yield issuer
    await issuer.stop()


NO_MATCH = "The token's signature does not match."
NOT_ACCEPTED = "The token is signed by an algorithm that is not accepted."
NO_JWT = "The token is no signed JWT."
UNKNOWN_KEY = "The token names a key that is not known here."


# ---- What python-jose accepts and must be kept from, in the order of its list


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_public_key_as_the_secret_of_an_hmac(
    attack: Any, issuer: Issuer, encoding: Encoding, algorithm: str
) -> None:
    token = hmac_token(RSA.public(encoding), {"alg": algorithm, "kid": RSA.kid})
    async with attack(jwt_public_key=RSA.public_pem) as gateway:
        await gateway.takes(RSA.sign())
        await gateway.refuses(token, NOT_ACCEPTED)
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        await gateway.takes(RSA.sign())
        await gateway.refuses(token, NOT_ACCEPTED)


@pytest.mark.parametrize("way", [{"jwt_secret": SECRET}, {"jwt_public_key": RSA.public_pem}])
def test_a_key_for_two_kinds_of_algorithms_is_no_setting(schemas: Any, way: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="'RS256,HS256' can't be used"):
        load_settings(jwt_algorithms="RS256,HS256", **way)


async def test_an_empty_secret(attack: Any, schemas: Any) -> None:
    for secret in ("", "x" * 31):
        with pytest.raises(SettingsError, match="JWT_SECRET: its value can't be used; expected a random"):
            create_app(load_settings(jwt_secret=secret))
    async with attack(jwt_secret=SECRET) as gateway:
        for secret in ("", "\0", "secret", SECRET + "x"):
            await gateway.refuses(hmac_token(secret), NO_MATCH)


async def test_an_empty_secret_among_published_keys(attack: Any, issuer: Issuer) -> None:
    issuer.keys.append({"kty": "oct", "k": "", "kid": "empty", "alg": "HS256"})
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        await gateway.takes(RSA.sign())
        await gateway.refuses(hmac_token("", {"kid": "empty"}), UNKNOWN_KEY)


async def test_a_missing_or_another_audience(attack: Any) -> None:
    async with attack(jwt_secret=SECRET, jwt_audience="gateway,second") as gateway:
        await gateway.takes(hmac_token(aud="gateway"))
        await gateway.takes(hmac_token(aud=["other", "second"]))
        others: list[Any] = [None, "other", ["other"], [], "", 1, {"gateway": 1}, "gateway2", [[]]]
        for audience in others:
            await gateway.refuses(hmac_token(aud=audience), "The token is for another audience.")


async def test_an_audience_that_nobody_asked_for(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        await gateway.refuses(hmac_token(aud="elsewhere"), "The token is for another audience.")


async def test_a_missing_expiry(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        await gateway.refuses(hmac_token(exp=None), "The token never expires; it needs an exp.")


async def test_an_extension_that_has_to_be_understood(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for crit in (["unknown"], ["b64"], ["exp"], [], "exp", False):
            token = hmac_token(header={"crit": crit, "b64": True})
            await gateway.refuses(token, "The token has an extension that is not known here (crit).")


async def test_another_type(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for kind in (None, "JWT", "jwt", "at+jwt", "application/at+jwt"):
            await gateway.takes(hmac_token(header={"typ": kind}))
        for other in ("JWE", "dpop+jwt", "logout+jwt", "secevent+jwt", "", 1, ["JWT"]):
            await gateway.refuses(hmac_token(header={"typ": other}), "The token is of another type than JWT.")


async def test_a_token_from_the_future(attack: Any) -> None:
    later = int(time.time()) + 3600
    async with attack(jwt_secret=SECRET) as gateway:
        await gateway.refuses(hmac_token(iat=later, exp=later + 60), "The token was issued in the future.")
        await gateway.refuses(hmac_token(nbf=later, exp=later + 60), "The token is not valid yet.")


async def test_a_key_that_is_not_in_the_set(attack: Any, issuer: Issuer) -> None:
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        await gateway.takes(RSA.sign())
        await gateway.takes(ELLIPTIC.sign())
        for kid in ("elsewhere", "", "ec ", "../rsa", "rsa' OR 1=1 --", "\0"):
            await gateway.refuses(RSA.sign({"kid": kid}), UNKNOWN_KEY)
            await gateway.refuses(OTHER.sign({"kid": kid}), UNKNOWN_KEY)


async def test_a_token_that_names_no_key_of_several(attack: Any, issuer: Issuer) -> None:
    token = RSA.sign()
    nameless = f"{encoded({'alg': 'RS256'})}.{token.split('.', 1)[1]}"
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        await gateway.refuses(nameless, UNKNOWN_KEY)


async def test_a_name_of_a_key_that_is_no_name(attack: Any, issuer: Issuer) -> None:
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        for kid in (["rsa"], 1, {"rsa": 1}, True):
            await gateway.refuses(RSA.sign({"kid": kid}), "The name of the token's key is no text.")


async def test_a_token_of_two_megabytes(attack: Any, services: SubgraphServer) -> None:
    token = hmac_token(padding="x" * 2_000_000)
    async with attack(jwt_secret=SECRET) as gateway:
        began = time.monotonic()
        with pytest.raises(aiohttp.ClientError) as caught:  # as HTTP it is too long already
            await gateway.ask(f"Bearer {token}")
        assert getattr(caught.value, "status", 400) == 400  # or the connection ended before that was read
        assert services.asked() == []
        assert time.monotonic() - began < 2
        await gateway.refuses(hmac_token(padding="x" * 40_000), "The token is longer than 8192 bytes.")
        await gateway.refuses(hmac_token(padding="x" * 8192), "The token is longer than 8192 bytes.")
        await gateway.takes(hmac_token(padding="x" * 5000))


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
async def test_times_that_are_no_time(attack: Any, claim: str) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for word in (b"Infinity", b"-Infinity", b"NaN", b"1e999"):
            payload = b'{"exp": 9999999999, "%b": %b}' % (claim.encode(), word)
            await gateway.refuses(hmac_token(payload=payload), "The token's payload is no JSON object.")
        values: list[Any] = ["9999999999", True, [9999999999], {}, "soon", ""]
        for value in values:
            changed = {claim: value}
            await gateway.refuses(hmac_token(**changed), f"The token's {claim} is no time.")


async def test_times_beyond_all_numbers(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for digits in (19, 25, 400, 5000):
            token = hmac_token(payload=b'{"exp": 9999999999, "nbf": 1%b}' % (b"0" * digits))
            status, body, _ = await gateway.ask(f"Bearer {token}")
            assert (status, body["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})


async def test_an_algorithm_that_is_not_on_the_list(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for algorithm in ("none", "None", "NONE", "HS384", "HS512", "RS256", "", "hs256", "PS256"):
            signed = hmac_token(header={"alg": algorithm})
            await gateway.refuses(signed, NOT_ACCEPTED)
            head, payload, _ = signed.split(".")
            await gateway.refuses(f"{head}.{payload}.", NO_JWT)


# ---- What else is tried


async def test_an_algorithm_that_is_no_name(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for algorithm in (1, None, ["HS256"], {"HS256": 1}, True):
            await gateway.refuses(hmac_token(header={"alg": algorithm}), "The token names no algorithm.")


@pytest.mark.parametrize("pair", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
async def test_a_key_that_the_token_brings_along(attack: Any, issuer: Issuer, pair: KeyPair) -> None:
    forger = rsa_pair(pair.kid) if pair is RSA else ec_pair(pair.kid)
    elsewhere = Issuer([forger.jwk])
    await elsewhere.start()
    try:
        async with attack(jwt_jwks_url=issuer.url) as gateway:
            for bait in ({"jwk": forger.jwk}, {"jku": elsewhere.url}, {"x5u": elsewhere.url}, {"x5c": ["x"]}):
                await gateway.refuses(forger.sign(bait), NO_MATCH)
    finally:
        await elsewhere.stop()
    assert elsewhere.requests == 0


async def test_one_key_under_the_algorithm_of_another(attack: Any, issuer: Issuer) -> None:
    wrong = KeyPair(RSA.private, "RS512", RSA.kid)
    async with attack(jwt_jwks_url=issuer.url) as gateway:
        await gateway.refuses(wrong.sign(), NOT_ACCEPTED)
        await gateway.refuses(RSA.sign({"kid": ELLIPTIC.kid}), NOT_ACCEPTED)


async def test_a_changed_token(attack: Any, issuer: Issuer) -> None:
    for way, token in (
        ({"jwt_secret": SECRET}, hmac_token()),
        ({"jwt_public_key": ELLIPTIC.public_pem}, ELLIPTIC.sign()),
        ({"jwt_jwks_url": issuer.url}, RSA.sign()),
    ):
        head, payload, signature = token.split(".")
        other = "B" if signature[0] == "A" else "A"
        async with attack(**way) as gateway:
            await gateway.takes(token)
            await gateway.refuses(f"{head}.{encoded(claims(sub='root'))}.{signature}", NO_MATCH)
            await gateway.refuses(f"{head}.{payload}.{other}{signature[1:]}", NO_MATCH)
            await gateway.refuses(f"{head}.{payload}.{encoded(bytes(64))}", NO_MATCH)
            await gateway.refuses(f"{head}.{payload}.{encoded(b'')}", NO_JWT)
            await gateway.takes(token)


async def test_what_is_no_jwt(attack: Any) -> None:
    garbage = (
        "x",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "a..c",
        "a.b.c=",
        "a b.c.d",
        "ä.b.c",
        "a.b.c,d.e.f",
    )
    async with attack(jwt_secret=SECRET) as gateway:
        for token in garbage:
            await gateway.refuses(token, NO_JWT)


NO_OBJECTS = (b"null", b"[]", b"1", b'"HS256"', b"{", b"\xff", b"{}x", b"[" * 5000, b'{"a":' * 1000)


async def test_a_header_that_is_no_object(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for part in (*map(encoded, NO_OBJECTS), "A"):  # which is a single character, and encodes nothing
            await gateway.refuses(f"{part}.e30.e30", "The token's header is no JSON object.")


async def test_signed_claims_that_are_no_object(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for payload in NO_OBJECTS:
            await gateway.refuses(hmac_token(payload=payload), "The token's payload is no JSON object.")


async def test_another_issuer(attack: Any) -> None:
    async with attack(jwt_secret=SECRET, jwt_issuer="https://issuer.example") as gateway:
        await gateway.takes(hmac_token(iss="https://issuer.example"))
        for other in (
            None,
            "https://evil.example",
            "https://issuer.example/",
            ["https://issuer.example"],
            1,
            "",
        ):
            await gateway.refuses(hmac_token(iss=other), "The token is of another issuer.")


async def test_a_subject_that_is_neither_text_nor_a_whole_number(attack: Any) -> None:
    async with attack(jwt_secret=SECRET) as gateway:
        for subject in (1.5, 2**70, ["user-1"], {"id": 1}, True, False):
            await gateway.refuses(
                hmac_token(sub=subject), "The token's subject is neither text nor a whole number."
            )


async def test_a_token_after_its_time(attack: Any) -> None:
    """It was verified, and is remembered, and still it ends in time."""
    ends = int(time.time()) + 2
    token = hmac_token(exp=ends)
    async with attack(jwt_secret=SECRET) as gateway:
        await gateway.takes(token)
        await asyncio.sleep(ends - time.time() + 0.01)
        await gateway.refuses(token, "The token has expired.")
        await gateway.refuses(hmac_token(exp=int(time.time()) - 3600), "The token has expired.")


async def test_two_headers_with_tokens(
    open_gateway: Any, services: SubgraphServer, http: aiohttp.ClientSession
) -> None:
    """The gateway would believe one, and a service the other."""
    headers = [("Authorization", f"Bearer {hmac_token()}"), ("Authorization", f"Bearer {hmac_token('x')}")]
    async with open_gateway(jwt_secret=SECRET) as url:
        for given in (headers, headers[::-1], [headers[0], headers[0]]):
            async with http.post(url, json=QUERY, headers=given) as response:
                assert response.status == 401
    assert services.asked() == []


async def test_tokens_in_other_places_do_not_count(
    open_gateway: Any, services: SubgraphServer, http: aiohttp.ClientSession
) -> None:
    """RFC 6750 has two more places for a token, which end up in logs and forms."""
    async with open_gateway(jwt_secret=SECRET) as url:
        params = {"query": "{ things { name } }", "access_token": hmac_token()}
        async with http.get(url, params=params) as response:
            assert response.status == 200
    assert "authorization" not in services.headers[-1]
