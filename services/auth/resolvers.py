"""auth's resolvers: logins, registrations, and who is who."""

from __future__ import annotations

import re
import uuid
from typing import Any, TypeAlias

from ariadne import MutationType, ObjectType, QueryType
from graphql import GraphQLResolveInfo
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.auth.models import User
from services.auth.passwords import LONGEST, hash_password, is_password
from services.auth.signing import SigningKey
from services.common.app import Context
from services.common.database import by_id
from services.common.errors import bad_input, unauthenticated
from services.common.scalars import date_time

__all__ = ["bindables"]

Info: TypeAlias = GraphQLResolveInfo[Context[SigningKey]]

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SHORTEST = 10

query = QueryType()
mutation = MutationType()
user_type = ObjectType("User")


@query.field("me")
async def resolve_me(_: None, info: Info) -> User | None:
    """Return the user that the token was made for, unless it is gone."""
    claims = info.context.claims or {}
    return await info.context.loader.load(by_id, claims["sub"], User)


@query.field("user")
async def resolve_user(_: None, info: Info, id: str) -> User | None:
    """Return a user by id."""
    return await info.context.loader.load(by_id, id, User)


@mutation.field("login")
async def resolve_login(_: None, info: Info, email: str, password: str) -> dict[str, Any]:
    """Return a session. Whether the address or the password is wrong can't be told, not by the time either.

    Raises:
        GraphQLError: one of the two is wrong.
    """
    async with info.context.database.session() as session:
        user = await session.scalar(select(User).where(User.email == _normal(email)))
    if not await is_password(password, user.password_hash if user else None) or user is None:
        raise unauthenticated("The email address or the password is wrong.")
    return _session(info, user)


@mutation.field("register")
async def resolve_register(_: None, info: Info, email: str, password: str, name: str) -> dict[str, Any]:
    """Make a user, a customer, and return a session.

    Raises:
        GraphQLError: the address is taken, or something isn't as it has to be.
    """
    email, name = _normal(email), name.strip()
    _check(email, password, name)
    user = User(
        id=f"user-{uuid.uuid4().hex}",
        email=email,
        name=name,
        role="CUSTOMER",
        password_hash=await hash_password(password),
    )
    try:
        async with info.context.database.session.begin() as session:
            session.add(user)
    except IntegrityError:
        raise bad_input("This email address has a login already.", argument="email") from None
    return _session(info, user)


@user_type.field("client")
def resolve_client(user: User, _: Info) -> dict[str, str] | None:
    """Return the client that a user belongs to, as far as this service knows it."""
    return {"id": user.client_id} if user.client_id else None


def _session(info: Info, user: User) -> dict[str, Any]:
    token, expires_at = info.context.keys.sign(user.id, [user.role], info.context.settings)
    return {"token": token, "expires_at": expires_at, "user": user}


def _normal(email: str) -> str:
    return email.strip().lower()


def _check(email: str, password: str, name: str) -> None:
    if len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise bad_input("This is no email address.", argument="email")
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise bad_input("A name has 1 to 100 characters, all printable.", argument="name")
    if not _SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise bad_input(
            f"A password has {_SHORTEST} to {LONGEST} characters, all printable.", argument="password"
        )
    if password.lower() in (email, email.partition("@")[0], name.lower()) or len(set(password)) < 4:
        raise bad_input("This password is too easy to guess.", argument="password")


bindables = (query, mutation, user_type, date_time)
"""What the schema is made executable with."""
