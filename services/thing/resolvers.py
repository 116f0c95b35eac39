"""thing's resolvers: devices, and the clients who own them as far as this service knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ariadne import MutationType, QueryType
from ariadne.contrib.federation import FederatedObjectType
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.common.app import Info, require_role
from services.common.database import by_id, first_of_each
from services.common.errors import failure
from services.common.paging import check_page
from services.common.scalars import date_time
from services.thing.models import Thing

__all__ = ["bindables"]

query = QueryType()
mutation = MutationType()
thing_type = FederatedObjectType("Thing")
client_type = FederatedObjectType("Client")


@query.field("thing")
async def resolve_thing(_: None, info: Info, id: str) -> Thing | None:
    """Return a device by id."""
    return await info.context.loader.load(by_id, id, Thing)


@query.field("things")
async def resolve_things(
    _: None, info: Info, first: int, offset: int, status: str | None = None
) -> Sequence[Thing]:
    """Return a page of devices."""
    check_page(first, offset)
    async with info.context.database.session() as session:
        page = select(Thing).order_by(Thing.serial).limit(first).offset(offset)
        return (await session.scalars(page.where(*_has(status)))).all()


@mutation.field("updateThingStatus")
async def resolve_update_thing_status(_: None, info: Info, id: str, status: str) -> Thing:
    """Change a device's status.

    Raises:
        GraphQLError: the caller may not, or there is no such device.
    """
    require_role(info, "OPERATOR", "ADMIN")
    async with info.context.database.session.begin() as session:
        thing = await session.get(Thing, id)
        if thing is None:
            raise failure("NOT_FOUND", "There is no such thing.")
        thing.status = status
    return thing


@thing_type.reference_resolver
async def resolve_thing_reference(_: Any, info: Info, reference: dict[str, Any]) -> Thing | None:
    """Return the device that a representation stands for."""
    return await info.context.loader.load(by_id, reference["id"], Thing)


@thing_type.field("location")
def resolve_location(thing: Thing, _: Info) -> Thing:
    """Return where a device stands: columns of its own row."""
    return thing


@thing_type.field("owner")
def resolve_owner(thing: Thing, _: Info) -> dict[str, str]:
    """Return the client who owns a device."""
    return {"id": thing.owner_id}


@client_type.reference_resolver
def resolve_client_reference(_: Any, info: Info, reference: dict[str, Any]) -> dict[str, Any]:
    """Return the client that a representation stands for."""
    return {"id": reference["id"]}


@client_type.field("things")
async def resolve_client_things(
    client: dict[str, str], info: Info, first: int, status: str | None = None
) -> list[Thing]:
    """Return a client's devices."""
    check_page(first)
    return await info.context.loader.load(_things_of_clients, client["id"], first, status) or []


async def _things_of_clients(
    session: AsyncSession, client_ids: list[str], first: int, status: str | None
) -> Mapping[str, list[Thing]]:
    return await first_of_each(
        session, Thing.owner_id, client_ids, *_has(status), order=[Thing.serial], first=first
    )


def _has(status: str | None) -> list[Any]:
    return [] if status is None else [Thing.status == status]


bindables = (query, mutation, thing_type, client_type, date_time)
"""What the schema is made executable with."""
