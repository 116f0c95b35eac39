"""client's resolvers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ariadne import QueryType
from ariadne.contrib.federation import FederatedObjectType
from sqlalchemy import select

from services.client.models import Client
from services.common.app import Info
from services.common.database import by_id
from services.common.paging import check_page
from services.common.scalars import date_time

__all__ = ["bindables"]

query = QueryType()
client_type = FederatedObjectType("Client")


@query.field("client")
async def resolve_client(_: None, info: Info, id: str) -> Client | None:
    """Return a client by id."""
    return await info.context.loader.load(by_id, id, Client)


@query.field("clients")
async def resolve_clients(_: None, info: Info, first: int, offset: int) -> Sequence[Client]:
    """Return a page of clients."""
    check_page(first, offset)
    async with info.context.database.session() as session:
        page = select(Client).order_by(Client.name, Client.id).limit(first).offset(offset)
        return (await session.scalars(page)).all()


@client_type.reference_resolver
async def resolve_client_reference(_: Any, info: Info, reference: dict[str, Any]) -> Client | None:
    """Return the client that a representation stands for."""
    return await info.context.loader.load(by_id, reference["id"], Client)


@client_type.field("address")
def resolve_address(client: Client, _: Info) -> Client:
    """Return where a client lives: columns of its own row."""
    return client


bindables = (query, client_type, date_time)
"""What the schema is made executable with."""
