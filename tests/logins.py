"""An auth service over HTTP, a gateway that logs in there, and a browser's part: cookies and CSRF token."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
from ariadne import MutationType, QueryType, make_executable_schema
from graphql import GraphQLError, GraphQLSchema
from jose import JWTError, jwt  # type: ignore[import-untyped]
from starlette.types import ASGIApp

from stitcher.server.app import create_app
from stitcher.settings.load import load_settings

JWT_SECRET = "what the auth service signs tokens with, in tests"
SESSION_SECRET = "what the gateway signs cookies with in tests"

ROOT = Path(__file__).parents[1]

SERVICE = """
scalar DateTime
type Query { me: User user(id: ID!): User public: String }
type Mutation {
  login(email: String!, password: String!): Session
  register(email: String!, password: String!, name: String!): Session
  rename(name: String!): User
}
type Session { token: String! expiresAt: DateTime! user: User! }
type User { id: ID! email: String name: String role: Role motto: String }
enum Role { ADMIN OPERATOR CUSTOMER }
"""

MERGED = SERVICE.replace(
    "user(id: ID!): User", 'user(id: ID!): User @merge(keyField: "id") @inaccessible'
).replace("type User {", 'type User @key(selectionSet: "{ id }") {')

LOGIN = 'mutation($email: String!) { login(email: $email, password: "right") { user { name } } }'
ME = "{ me { name } }"
RENAME = 'mutation { rename(name: "Eve") { name } }'
LOGOUT = "mutation { logout }"


class AuthService:
    """Has the users ada and bob, whose password is ``right``; its tokens last for ``seconds``."""

    def __init__(self) -> None:
        self.seconds = 3600
        self.users = {name: _user(name, name.title(), "ADMIN") for name in ("ada", "bob")}

    def token(self, name: str, **claims: Any) -> str:
        token: str = jwt.encode({"sub": name, "exp": int(time.time()) + self.seconds, **claims}, JWT_SECRET)
        return token

    def schema(self) -> GraphQLSchema:
        query, mutation = QueryType(), MutationType()
        query.set_field("me", lambda _, info: self._whoever(info))
        query.set_field("user", lambda _, info, id: self._whoever(info) and self.users[id])
        query.set_field("public", lambda *_: "for all")
        mutation.set_field("login", self._login)
        mutation.set_field("register", self._register)
        mutation.set_field("rename", self._rename)
        return make_executable_schema(SERVICE, query, mutation)

    def _whoever(self, info: Any) -> dict[str, Any]:
        scheme, _, token = info.context["request"].headers.get("authorization", "").partition(" ")
        try:
            name = jwt.decode(token, JWT_SECRET)["sub"] if scheme == "Bearer" else None
        except JWTError:
            name = None
        if name is None:
            raise GraphQLError("Log in first.", extensions={"code": "UNAUTHENTICATED"})
        return self.users[name]

    def _login(self, _: object, info: Any, email: str, password: str) -> dict[str, Any]:
        if password != "right" or email not in self.users:
            raise GraphQLError("The password is wrong.", extensions={"code": "UNAUTHENTICATED"})
        ends = datetime.fromtimestamp(int(time.time()) + self.seconds, UTC)
        return {"token": self.token(email), "expiresAt": ends.isoformat(), "user": self.users[email]}

    def _register(self, _: object, info: Any, email: str, password: str, name: str) -> dict[str, Any]:
        self.users[email] = _user(email, name, "CUSTOMER")
        return self._login(_, info, email, "right")

    def _rename(self, _: object, info: Any, name: str) -> dict[str, Any]:
        user = self.users[self._whoever(info)["id"]]
        user["name"] = name
        return user


def _user(name: str, full_name: str, role: str) -> dict[str, Any]:
    return {"id": name, "name": full_name, "role": role, "motto": "onwards"}


def make_gateway(directory: Path, **settings: Any) -> ASGIApp:
    """Return a gateway with this project's own logins, in front of the auth service.

    ``AUTH_MICROSERVICE_URL`` has to be set to its address.
    """
    schemas = directory / "login-schemas"
    schemas.mkdir(exist_ok=True)
    (schemas / "auth.graphql").write_text(MERGED)
    (schemas / "gateway.graphql").write_text((ROOT / "schemas/gateway.graphql").read_text())
    defaults = {
        "schemas": schemas,
        "rate_limit": "off",
        "login_rate_limit": "off",
        "explorer": "builtin",
        "session_secret": SESSION_SECRET,
    }
    return create_app(load_settings(**{**defaults, **settings}))


class Browser:
    """Keeps cookies, and sends a session's CSRF token with mutations unless told otherwise."""

    def __init__(self, client: aiohttp.ClientSession, base: str) -> None:
        self.client = client
        self.base = base
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[Morsel[str]] = []
        """The cookies that the last answer has set."""
        self.status = 0
        self.headers: Mapping[str, str] = {}

    @property
    def session_cookie(self) -> str:
        (value,) = (value for name, value in self.cookies.items() if name.endswith("stitcher_session"))
        return value

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
        **headers: str,
    ) -> dict[str, Any]:
        """Send an operation with these headers, ``_`` in their names standing for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"query": query, "variables": variables or {}}
        options: dict[str, Any] = {"json": body} if method == "POST" else {"params": {"query": query}}
        answer: dict[str, Any] = await self._send(method, "/graphql", sent, **options)
        return answer

    async def csrf_token(self, **headers: str) -> str | None:
        answer = await self._send("GET", "/csrf-token", headers)
        token: str | None = answer["csrfToken"]
        return token

    async def mutate(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a mutation as a well-behaved page does."""
        token = await self.csrf_token()
        return await self.ask(query, variables, **({"x_csrf_token": token} if token else {}))

    async def login(self, name: str = "ada") -> None:
        answer = await self.mutate(LOGIN, {"email": name})
        assert "errors" not in answer, answer

    async def _send(self, method: str, path: str, headers: Mapping[str, str], **options: Any) -> Any:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**({"cookie": cookies} if cookies else {}), **headers}
        async with self.client.request(method, self.base + path, headers=sent, **options) as response:
            self.status, self.headers = response.status, response.headers
            self.set_cookies = []
            for line in response.headers.getall("set-cookie", []):
                for cookie in SimpleCookie(line).values():
                    self.set_cookies.append(cookie)
                    self.cookies[cookie.key] = cookie.value
                    if cookie["max-age"] == "0":
                        del self.cookies[cookie.key]
            return await response.json(content_type=None)


def codes(answer: Mapping[str, Any]) -> list[str]:
    """Return the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


@asynccontextmanager
async def browsing(base: str) -> AsyncIterator[Browser]:
    """Open a browser at a gateway's address. Each request has a connection of its own."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=connector) as client:
        yield Browser(client, base)
