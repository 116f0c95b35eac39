import base64
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jws  # type: ignore[import-untyped]

from stitcher.server.auth.identity import TokenError
from stitcher.server.auth.keys import (
    ASYMMETRIC,
    SYMMETRIC,
    OneKey,
    UnusableKeyError,
    key_of_jwk,
    key_of_pem,
    key_of_secret,
)
from stitcher.server.auth.tokens import ClaimRules, TokenVerifier
from tests.issuer import claims, ec_pair, rsa_pair

RSA, ELLIPTIC = rsa_pair(), ec_pair()


@pytest.mark.parametrize(("algorithm", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_its_hash(algorithm: str, least: int) -> None:
    assert key_of_secret("x" * least, algorithm).materials.keys() == {algorithm}
    with pytest.raises(UnusableKeyError, match=f"at least {least} bytes for {algorithm}, not {least - 1}"):
        key_of_secret("x" * (least - 1), algorithm)


def test_bytes_count_not_characters() -> None:
    assert key_of_secret("ü" * 16, "HS256")


@pytest.mark.parametrize("pem", [RSA.public_pem, RSA.private_pem, ELLIPTIC.public_pem])
def test_a_public_key_is_no_secret(pem: str) -> None:
    with pytest.raises(UnusableKeyError, match="a random secret, not a public key"):
        key_of_secret(pem, "HS256")


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
def test_a_curve_is_for_one_algorithm(algorithm: str) -> None:
    pair = ec_pair(algorithm=algorithm)
    assert key_of_pem(pair.public_pem).materials.keys() == {algorithm}
    assert key_of_jwk(pair.jwk).materials.keys() == {algorithm}
    unnamed = {name: value for name, value in pair.jwk.items() if name != "alg"}
    assert key_of_jwk(unnamed).materials.keys() == {algorithm}
    with pytest.raises(UnusableKeyError, match="a key for RS256"):
        key_of_pem(pair.public_pem, ["RS256"])


def test_an_rsa_key_is_for_the_algorithm_that_is_named_or_else_the_first() -> None:
    unnamed = {name: value for name, value in RSA.jwk.items() if name != "alg"}
    assert key_of_pem(RSA.public_pem).materials.keys() == {"RS256"}
    assert key_of_pem(RSA.public_pem, ["RS512"]).materials.keys() == {"RS512"}
    assert key_of_jwk(unnamed).materials.keys() == {"RS256"}
    assert key_of_jwk(unnamed, ["ES256", "RS384"]).materials.keys() == {"RS384"}
    assert key_of_jwk({**unnamed, "alg": "RS512"}).materials.keys() == {"RS512"}


def test_private_keys_stay_with_the_issuer() -> None:
    for pair in (RSA, ELLIPTIC):
        with pytest.raises(UnusableKeyError, match="not a private one"):
            key_of_pem(pair.private_pem)
        with pytest.raises(UnusableKeyError, match="not a private one"):
            key_of_jwk({**pair.jwk, "d": "AQAB"})


def test_a_key_that_is_too_short() -> None:
    short = rsa_pair(bits=1024)
    with pytest.raises(UnusableKeyError, match="at least 2048 bits, not 1024"):
        key_of_pem(short.public_pem)
    with pytest.raises(UnusableKeyError, match="at least 2048 bits, not 1024"):
        key_of_jwk(short.jwk)


def test_keys_that_nothing_here_can_verify_with() -> None:
    for private in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())):
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        with pytest.raises(UnusableKeyError, match=r"a key for|P-256"):
            key_of_pem(pem)


@pytest.mark.parametrize(
    "pem", ["", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "é"]
)
def test_what_is_no_pem(pem: str) -> None:
    with pytest.raises(UnusableKeyError, match="a public key in PEM"):
        key_of_pem(pem)


@pytest.mark.parametrize(
    "changed",
    [
        {"kty": "oct", "k": "x"},
        {"kty": None},
        {"kty": ["RSA"]},
        {"kty": "EC"},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": ["RS256"]},
        {"alg": "ES256"},
        {"n": 1},
        {"n": ""},
        {"n": "é"},
        {"e": "AA"},
        {"n": None},
    ],
)
def test_what_is_no_jwk_for_signatures(changed: dict[str, Any]) -> None:
    with pytest.raises(UnusableKeyError):
        key_of_jwk({**RSA.jwk, **changed})


def test_there_are_no_other_algorithms() -> None:
    assert not set(SYMMETRIC) & set(ASYMMETRIC)


def test_an_rsa_key_is_for_all_of_its_algorithms_that_are_named() -> None:
    unnamed = {name: value for name, value in RSA.jwk.items() if name != "alg"}
    named = ["RS512", "ES256", "RS256"]
    assert key_of_pem(RSA.public_pem, named).materials.keys() == {"RS256", "RS512"}
    assert key_of_jwk(unnamed, named).materials.keys() == {"RS256", "RS512"}
    assert key_of_jwk({**unnamed, "alg": "RS256"}, named).materials.keys() == {"RS256"}
    with pytest.raises(UnusableKeyError, match="a key for RS512, ES256, RS256"):
        key_of_jwk({**unnamed, "alg": "RS384"}, named)


async def test_tokens_of_one_key_by_several_algorithms() -> None:
    keys = OneKey(key_of_pem(RSA.public_pem, ["RS256", "RS512"]))
    verifier = TokenVerifier(keys, ClaimRules())
    for algorithm, is_accepted in (("RS256", True), ("RS512", True), ("RS384", False)):
        token = jws.sign(claims(), RSA.private_pem, algorithm=algorithm).encode()
        if is_accepted:
            assert (await verifier.verify(token)).subject == "user-1"
        else:
            with pytest.raises(TokenError, match="an algorithm that is not accepted"):
                await verifier.verify(token)
    _, payload, _ = token.split(b".")
    forged = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=") + b"." + payload
    digest = hmac.digest(RSA.public_pem.encode(), forged, "sha256")
    with pytest.raises(TokenError, match="an algorithm that is not accepted"):
        await verifier.verify(forged + b"." + base64.urlsafe_b64encode(digest).rstrip(b"="))
