from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from stitcher.errors import SettingsError
from stitcher.server.auth.verification import assemble_verifier
from stitcher.settings.load import load_settings
from stitcher.transport.exchange import HttpPool
from tests.issuer import SECRET, ec_pair, hmac_token, rsa_pair

RSA = rsa_pair()
LONG = "a-very-long-secret-" * 4


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(**settings: str) -> str:
    with pytest.raises(SettingsError) as caught:
        assemble_verifier(load_settings(**settings), HttpPool())
    assert caught.value.__cause__ is None
    return str(caught.value)


async def holds(token: str, **settings: str) -> bool:
    verifier = assemble_verifier(load_settings(**settings), HttpPool())
    return (await verifier.verify(token.encode())).subject == "user-1"


async def test_a_secret_and_its_algorithm() -> None:
    assert await holds(hmac_token(), jwt_secret=SECRET)
    for algorithm in ("HS256", "HS384", "HS512"):
        token = hmac_token(LONG, {"alg": algorithm})
        assert await holds(token, jwt_secret=LONG, jwt_algorithms=algorithm)


async def test_a_public_key_as_text_on_one_line_or_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(RSA.public_pem)
    for given in (RSA.public_pem, RSA.public_pem.replace("\n", "\\n"), "key.pem", str(path)):
        assert await holds(RSA.sign(), jwt_public_key=given)
    for algorithm in ("ES256", "ES384", "ES512"):
        pair = ec_pair(algorithm=algorithm)
        assert await holds(pair.sign(), jwt_public_key=pair.public_pem)


def test_a_key_that_cannot_be_used_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(RSA.public(Encoding.DER))
    (tmp_path / "empty.pem").touch()
    pem = "a public key in PEM"
    for given, expected in (
        ("key.der", pem),
        ("empty.pem", pem),
        ("missing.pem", pem),
        (".", pem),
        ("\0", pem),
        (RSA.private_pem, "a public key, not a private one"),
    ):
        complaint = refused(jwt_public_key=given)
        assert complaint.startswith(f"JWT_PUBLIC_KEY: its value can't be used; expected {expected}")
        assert "BEGIN PRIVATE" not in complaint
    assert refused(jwt_secret="hunter2") == (
        "JWT_SECRET: its value can't be used; expected a random secret of at least 32 bytes for HS256, not 7."
    )
    assert "a key for ES256" in refused(jwt_public_key=RSA.public_pem, jwt_algorithms="ES256")


@pytest.mark.parametrize(
    "address",
    [
        "https://issuer.example/jwks",
        "http://localhost:4001/jwks",
        "http://127.0.0.1/jwks",
        "http://127.8.8.8/jwks",
        "http://[::1]:80/jwks",
    ],
)
def test_addresses_that_nobody_on_the_way_can_answer_for(address: str) -> None:
    assert assemble_verifier(load_settings(jwt_jwks_url=address), HttpPool())


@pytest.mark.parametrize(
    "address",
    [
        "http://issuer.example/jwks",
        "http://10.0.0.1/jwks",
        "http://localhost.evil.example/jwks",
        "http://127.0.0.1.evil.example/jwks",
        "http://127.0.0.1@evil.example/jwks",
        "http://auth:4000/jwks",
    ],
)
def test_addresses_that_somebody_on_the_way_could_answer_for(address: str) -> None:
    assert refused(jwt_jwks_url=address) == (
        "JWT_JWKS_URL: its value can't be used; expected https://…; http:// elsewhere than on this machine "
        "needs JWT_JWKS_PLAIN_HTTP=on."
    )
    assert assemble_verifier(load_settings(jwt_jwks_url=address, jwt_jwks_plain_http="on"), HttpPool())
