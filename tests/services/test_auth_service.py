import asyncio
import os
import stat
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher
from jose import jwt  # type: ignore[import-untyped]
from pydantic import SecretStr

from services.auth.demo import DEMO_LOGINS, DemoLogin
from services.auth.signing import SigningKey, own_key
from services.common.settings import Settings
from tests.stack import Stack

SESSION = "{ token expiresAt user { id email name role client { id } } }"
LOGIN = f"""
    mutation ($email: String!, $password: String!) {{ login(email: $email, password: $password) {SESSION} }}
"""
REGISTER = f"""
    mutation ($email: String!, $password: String!, $name: String!) {{
        register(email: $email, password: $password, name: $name) {SESSION}
    }}
"""
ME = "{ me { id email name role client { id } } }"
ADA = DEMO_LOGINS[0]


async def jwks(stack: Stack) -> dict[str, Any]:
    url = stack.base_url("auth") + "/.well-known/jwks.json"
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        keys: dict[str, Any] = await response.json()
        return keys


async def login(stack: Stack, email: str, password: str) -> dict[str, Any]:
    return await stack.ask("auth", LOGIN, {"email": email, "password": password})


@pytest.mark.parametrize("demo", DEMO_LOGINS, ids=lambda demo: demo.email)
async def test_a_demo_login_gives_a_token_that_its_jwks_verifies(demo: DemoLogin, stack: Stack) -> None:
    before = int(time.time())
    session = (await login(stack, demo.email, demo.password))["data"]["login"]

    keys = await jwks(stack)
    claims = jwt.decode(session["token"], keys, algorithms=["RS256"], issuer=Settings().jwt_issuer)
    assert claims["sub"] == session["user"]["id"]
    assert claims["roles"] == [demo.role]
    assert before <= claims["iat"] <= time.time()
    assert claims["exp"] == claims["iat"] + Settings().auth_token_seconds
    assert jwt.get_unverified_header(session["token"])["kid"] == keys["keys"][0]["kid"]
    assert session["expiresAt"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims["exp"]))
    assert session["user"] == {
        "id": claims["sub"],
        "email": demo.email,
        "name": demo.name,
        "role": demo.role,
        "client": {"id": f"client-{demo.client}"},
    }

    assert (await stack.ask("auth", ME, token=session["token"]))["data"]["me"] == session["user"]


async def test_the_address_may_be_written_in_capitals(stack: Stack) -> None:
    answer = await login(stack, f" {ADA.email.upper()} ", ADA.password)
    assert answer["data"]["login"]["user"]["email"] == ADA.email


async def test_a_wrong_password_and_an_unknown_user_can_not_be_told_apart(stack: Stack) -> None:
    wrong = await login(stack, ADA.email, "wrong-password")
    unknown = await login(stack, "nobody@example.org", ADA.password)
    assert wrong == unknown
    assert wrong["data"] == {"login": None}
    assert wrong["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_nor_by_the_time_that_the_answer_takes(stack: Stack) -> None:
    async def shortest(email: str) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            await login(stack, email, "wrong-password")
            times.append(time.perf_counter() - begin)
        return min(times)

    known, unknown = await shortest(ADA.email), await shortest("nobody@example.org")
    hashing = time_of_a_hash()
    assert known > hashing / 2
    assert unknown > hashing / 2


def time_of_a_hash() -> float:
    hasher = PasswordHasher()
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        hasher.hash("password")
        times.append(time.perf_counter() - begin)
    return min(times)


@pytest.mark.parametrize("password", ["", "x" * 1_000_000, "\ud800", "\x00"])
async def test_an_odd_password_is_a_wrong_one(password: str, stack: Stack) -> None:
    answer = await login(stack, ADA.email, password)
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_new_user_can_log_in(stack: Stack) -> None:
    new = {"email": "Mary@Example.org", "password": "a good password", "name": " Mary Jackson "}
    session = (await stack.ask("auth", REGISTER, new))["data"]["register"]
    assert {**session["user"], "id": ""} == {
        "id": "",
        "email": "mary@example.org",
        "name": "Mary Jackson",
        "role": "CUSTOMER",
        "client": None,
    }
    assert (await stack.ask("auth", ME, token=session["token"]))["data"]["me"] == session["user"]
    assert (await login(stack, "mary@example.org", new["password"]))["data"]["login"]["user"] == session[
        "user"
    ]

    again = await stack.ask("auth", REGISTER, {**new, "email": "mary@example.org"})
    assert again["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "email"}


async def test_of_two_who_register_one_address_at_once_one_gets_it(stack: Stack) -> None:
    new = {"email": "twins@example.org", "password": "a good password", "name": "Twin"}
    answers = await asyncio.gather(*(stack.ask("auth", REGISTER, new) for _ in range(4)))
    assert sum("errors" not in answer for answer in answers) == 1
    assert [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer] == [
        "BAD_USER_INPUT"
    ] * 3


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("email", ""),
        ("email", "no address"),
        ("email", "a@b"),
        ("email", "a@b."),
        ("email", "a b@example.org"),
        ("email", "a\x00b@example.org"),
        ("email", "a@" + "b" * 250 + ".org"),
        ("password", "short"),
        ("password", "x" * 129),
        ("password", "aaaaaaaaaaaa"),
        ("password", "valid@example.org"),
        ("password", "Valid Name"),
        ("name", "   "),
        ("name", "x" * 101),
        ("name", "two\nlines"),
        ("name", "\ud800"),
    ],
)
async def test_a_registration_that_is_refused(argument: str, value: str, stack: Stack) -> None:
    new = {"email": "valid@example.org", "password": "a good password", "name": "Valid Name", argument: value}
    answer = await stack.ask("auth", REGISTER, new)
    assert answer["data"] == {"register": None}
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}


async def test_a_user_by_id(stack: Stack, token: str) -> None:
    answer = await stack.ask(
        "auth", '{ a: user(id: "user-2") { name } b: user(id: "x") { name } }', token=token
    )
    assert answer == {"data": {"a": {"name": DEMO_LOGINS[1].name}, "b": None}}


async def test_the_jwks_has_no_private_part(stack: Stack) -> None:
    (key,) = (await jwks(stack))["keys"]
    assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
    assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")


def test_the_private_key_is_for_its_owner_alone(stack: Stack) -> None:
    assert stat.S_IMODE((stack.directory / "auth-key.pem").stat().st_mode) == 0o600
    assert [path.name for path in stack.directory.glob("auth-key*")] == ["auth-key.pem"]


async def test_the_key_is_made_once_however_often_auth_is_started(tmp_path: Path) -> None:
    async def start() -> SigningKey:
        async with own_key(Settings(data_dir=tmp_path / "data")) as key:
            return key

    def in_a_thread() -> SigningKey:
        return asyncio.run(start())

    keys = await asyncio.gather(*(asyncio.to_thread(in_a_thread) for _ in range(4)))
    keys.append(await start())
    assert len({key.jwks["keys"][0]["kid"] for key in keys}) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["auth-key.pem"]


async def test_the_key_may_be_given(tmp_path: Path, stack: Stack) -> None:
    pem = (stack.directory / "auth-key.pem").read_text()
    for given in (pem, pem.replace("\n", "\\n")):
        settings = Settings(data_dir=tmp_path, auth_private_key=SecretStr(given))
        async with own_key(settings) as key:
            assert key.jwks == await jwks(stack)
    assert os.listdir(tmp_path) == []
