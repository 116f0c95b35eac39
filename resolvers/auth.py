"""The client's login: the auth service knows users and makes tokens, the gateway keeps them for browsers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ariadne import MutationType, QueryType
from graphql import GraphQLError, GraphQLResolveInfo

from stitcher import delegate

__all__ = ["mutation", "query"]

query = QueryType()
mutation = MutationType()

ME = "{ me { id email name role } }"

LOGIN = """
mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { token expiresAt user { id email name role } }
}
"""

REGISTER = """
mutation ($email: String!, $password: String!, $name: String!) {
  register(email: $email, password: $password, name: $name) { token expiresAt user { id email name role } }
}
"""


@query.field("session")
async def resolve_session(_: object, info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """Tell who the client is; one without an accepted access token is nobody, and that is no error."""
    try:
        user = (await delegate(info, "auth", ME))["me"]
    except GraphQLError as error:
        if (error.extensions or {}).get("code") != "UNAUTHENTICATED":
            raise
        user = None
    return {"authenticated": user is not None, "user": user}


@mutation.field("login")
async def resolve_login(
    _: object, info: GraphQLResolveInfo[Any], **credentials: str
) -> dict[str, Any] | None:
    """Log in, and keep the token for a browser."""
    return await _start_session(info, (await delegate(info, "auth", LOGIN, credentials))["login"])


@mutation.field("register")
async def resolve_register(_: object, info: GraphQLResolveInfo[Any], **user: str) -> dict[str, Any] | None:
    """Make a user, log them in, and keep the token for a browser."""
    return await _start_session(info, (await delegate(info, "auth", REGISTER, user))["register"])


@mutation.field("logout")
async def resolve_logout(_: object, info: GraphQLResolveInfo[Any]) -> bool:
    """End the browser's session; say whether there was one."""
    ended: bool = await info.context.end_session()
    return ended


async def _start_session(
    info: GraphQLResolveInfo[Any], login: dict[str, Any] | None
) -> dict[str, Any] | None:
    if login is not None:
        await info.context.start_session(login["token"], _time(login))
    return login


def _time(login: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(login["expiresAt"])
