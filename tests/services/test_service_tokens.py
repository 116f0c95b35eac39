"""Who is let in: nobody without a token that auth has signed and that is still good."""

import base64
import hmac
import importlib
import json
import time
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
)
from jose import jwk, jwt  # type: ignore[import-untyped]

from services.auth.signing import SigningKey
from services.common.settings import Settings
from tests.stack import SERVICES, Stack

PUBLIC = {("auth", "login"), ("auth", "register"), ("thing", "_service"), ("client", "_service")}


def root_operations() -> list[tuple[str, str, str]]:
    """An operation for each root field of each service, from its executable schema."""
    operations = []
    for name in SERVICES:
        schema = importlib.import_module(f"services.{name}.app").service.schema
        for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
            for field_name, field in root.fields.items() if root else ():
                required = [(key, arg) for key, arg in field.args.items() if is_required_argument(arg)]
                given = ", ".join(f"{key}: {literal(argument.type)}" for key, argument in required)
                selection = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
                arguments = f"({given})" if given else ""
                operations.append((name, field_name, f"{kind} {{ {field_name}{arguments}{selection} }}"))
    return operations


def literal(type_: Any) -> str:
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        return "[]"
    return next(iter(inner.values)) if isinstance(inner, GraphQLEnumType) else '"x"'


OPERATIONS = root_operations()
GUARDED = [each for each in OPERATIONS if each[:2] not in PUBLIC]
OPEN = [each for each in OPERATIONS if each[:2] in PUBLIC]

FIELD = {
    "auth": "me { id }",
    "thing": 'thing(id: "thing-1") { id }',
    "client": 'client(id: "client-1") { id }',
    "account": 'account(id: "account-1") { id }',
    "event": 'event(id: "event-1") { id }',
}


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


@pytest.mark.parametrize(("name", "field", "operation"), GUARDED)
async def test_a_root_field_without_a_token(name: str, field: str, operation: str, stack: Stack) -> None:
    answer = await stack.ask(name, operation)
    assert codes(answer) == ["UNAUTHENTICATED"]
    assert answer["errors"][0]["path"] == [field]
    assert answer["data"] in (None, {field: None})


@pytest.mark.parametrize(("name", "field", "operation"), GUARDED)
async def test_a_root_field_with_a_token(
    name: str, field: str, operation: str, stack: Stack, token: str
) -> None:
    answer = await stack.ask(name, operation, token=token)
    assert "UNAUTHENTICATED" not in codes(answer)


@pytest.mark.parametrize(("name", "field", "operation"), OPEN)
async def test_what_is_open_to_everybody(name: str, field: str, operation: str, stack: Stack) -> None:
    answer = await stack.ask(name, operation)
    assert codes(answer) == {"login": ["UNAUTHENTICATED"], "register": ["BAD_USER_INPUT"]}.get(field, [])
    assert "access token" not in json.dumps(answer)


@pytest.mark.parametrize("name", SERVICES)
async def test_introspection_needs_no_token(name: str, stack: Stack) -> None:
    answer = await stack.ask(name, "{ __typename __schema { queryType { name } } }")
    assert answer == {"data": {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.parametrize("name", SERVICES)
async def test_each_refused_field_has_its_own_error(name: str, stack: Stack) -> None:
    answer = await stack.ask(name, f"{{ a: {FIELD[name]} b: {FIELD[name]} __typename }}")
    assert answer["data"] == {"a": None, "b": None, "__typename": "Query"}
    assert [error["path"] for error in answer["errors"]] == [["a"], ["b"]]


@pytest.mark.parametrize(
    "query", ["{ thing(id: 1) { id } }", "{ _entities(representations: []) { __typename } }"]
)
async def test_a_refusal_has_status_200_also_when_it_leaves_no_data(query: str, stack: Stack) -> None:
    async with (
        aiohttp.ClientSession() as client,
        client.post(stack.url("thing"), json={"query": query}) as response,
    ):
        assert response.status == 200
        assert codes(await response.json()) == ["UNAUTHENTICATED"]


# ---- tokens made here, with the key that the running auth signs with


@pytest.fixture(scope="module")
def private_key(stack: Stack) -> str:
    return (stack.directory / "auth-key.pem").read_text()


@pytest.fixture(scope="module")
def kid(private_key: str) -> str:
    return str(SigningKey(private_key).jwks["keys"][0]["kid"])


def claims(**changed: Any) -> dict[str, Any]:
    """Claims of a good token, but for those that are given; one that is given as None is left out."""
    now = int(time.time())
    good = {"iss": Settings().jwt_issuer, "sub": "user-1", "iat": now, "exp": now + 60, "roles": ["ADMIN"]}
    return {key: value for key, value in {**good, **changed}.items() if value is not None}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def another_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def forgeries(key: str, kid: str) -> dict[str, str]:
    """Tokens that must not be taken, each wrong in one way."""

    def signed(with_key: str = key, algorithm: str = "RS256", **changed: Any) -> str:
        return str(jwt.encode(claims(**changed), with_key, algorithm, {"kid": kid}))

    def head(**header: Any) -> str:
        return b64(json.dumps({"typ": "JWT", "alg": "RS256", "kid": kid, **header}).encode())

    now = int(time.time())
    good_head, payload, signature = signed().split(".")
    pair = jwk.construct(key, "RS256")
    public = pair.public_key().to_pem()
    misnamed = f"{head(alg='RS512')}.{payload}"
    confused = f"{head(alg='HS256')}.{payload}"
    confusing = b64(hmac.digest(public, confused.encode(), "sha256"))
    return {
        "expired": signed(exp=now - 10),
        "never ending": signed(exp=None),
        "ending at a word": signed(exp="soon"),
        "ending at a list": signed(exp=[1]),
        "ending at infinity": signed(exp=float("inf")),
        "not yet good": signed(nbf=now + 600),
        "of nobody": signed(sub=None),
        "of a number": signed(sub=1),
        "without a start": signed(iat=None),
        "without an issuer": signed(iss=None),
        "of another issuer": signed(iss="https://elsewhere.example"),
        "for another audience": signed(aud="somebody"),
        "signed by another key": signed(another_key()),
        "with another algorithm": signed(algorithm="RS512"),
        "with another algorithm's name": f"{misnamed}.{b64(pair.sign(misnamed.encode()))}",
        "of an unknown key": str(jwt.encode(claims(), key, "RS256", {"kid": "unknown"})),
        "without a key's name": str(jwt.encode(claims(), key, "RS256")),
        "with a key's name that is a list": f"{head(kid=[kid])}.{payload}.{signature}",
        "with the public key as a secret": f"{confused}.{confusing}",
        "with no algorithm": f"{head(alg='none')}.{payload}.",
        "without a signature": f"{good_head}.{payload}.",
        "with other claims": f"{good_head}.{b64(json.dumps(claims(sub='user-2')).encode())}.{signature}",
        "too long": signed(padding="x" * 8192),
        "empty": "",
        "garbage": "garbage",
        "dots": "..",
        "deeply nested": f"{b64(b'[' * 3000)}.{payload}.{signature}",
    }


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_takes_a_good_token(name: str, stack: Stack, private_key: str, kid: str) -> None:
    token = jwt.encode(claims(), private_key, "RS256", {"kid": kid})
    answer = await stack.ask(name, f"{{ it: {FIELD[name]} }}", token=token)
    assert codes(answer) == []
    assert answer["data"]["it"]["id"]


@pytest.mark.parametrize("name", SERVICES)
async def test_no_service_takes_a_bad_token(name: str, stack: Stack, private_key: str, kid: str) -> None:
    taken = {}
    for what, token in forgeries(private_key, kid).items():
        answer = await stack.ask(name, f"{{ it: {FIELD[name]} }}", token=token)
        if codes(answer) != ["UNAUTHENTICATED"]:
            taken[what] = answer
    assert taken == {}


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
async def test_only_bearer_tokens_count(scheme: str, stack: Stack, token: str) -> None:
    headers = {"Authorization": f"{scheme} {token}".strip()}
    body = {"query": f"{{ {FIELD['thing']} }}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(stack.url("thing"), json=body) as response,
    ):
        assert codes(await response.json()) == ["UNAUTHENTICATED"]
