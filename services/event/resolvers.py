"""event's resolvers: events, and things as far as this service knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ariadne import ObjectType, QueryType
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.common.app import Info
from services.common.database import by_id, first_of_each
from services.common.paging import check_page
from services.common.scalars import date_time
from services.event.models import Event

__all__ = ["bindables"]

_LATEST = (Event.at.desc(), Event.id)

query = QueryType()
event_type = ObjectType("Event")
thing_type = ObjectType("Thing")


@query.field("event")
async def resolve_event(_: None, info: Info, id: str) -> Event | None:
    """Return an event by id."""
    return await info.context.loader.load(by_id, id, Event)


@query.field("events")
async def resolve_events(
    _: None, info: Info, first: int, thing_id: str | None = None, since: datetime | None = None
) -> Sequence[Event]:
    """Return the latest events."""
    check_page(first)
    latest = select(Event).order_by(*_LATEST).limit(first)
    if thing_id is not None:
        latest = latest.where(Event.thing_id == thing_id)
    if since is not None:
        latest = latest.where(Event.at >= since)
    async with info.context.database.session() as session:
        return (await session.scalars(latest)).all()


@query.field("thingsByIds")
def resolve_things_by_ids(_: None, info: Info, ids: list[str]) -> list[dict[str, str]]:
    """Return things in the order of their ids. Which there are is not for this service to say."""
    return [{"id": id} for id in ids]


@event_type.field("thing")
def resolve_thing(event: Event, _: Info) -> dict[str, str]:
    """Return the device that reported an event."""
    return {"id": event.thing_id}


@event_type.field("acknowledgedBy")
def resolve_acknowledged_by(event: Event, _: Info) -> dict[str, str] | None:
    """Return the user who has seen to an event."""
    return {"id": event.acknowledged_by_id} if event.acknowledged_by_id else None


@thing_type.field("events")
async def resolve_thing_events(
    thing: dict[str, str], info: Info, first: int, severity: str | None = None
) -> list[Event]:
    """Return a device's latest events."""
    check_page(first)
    return await info.context.loader.load(_events_of_things, thing["id"], first, severity) or []


@thing_type.field("lastEvent")
async def resolve_last_event(thing: dict[str, str], info: Info) -> Event | None:
    """Return a device's latest event."""
    latest = await info.context.loader.load(_events_of_things, thing["id"], 1, None)
    return latest[0] if latest else None


async def _events_of_things(
    session: AsyncSession, thing_ids: list[str], first: int, severity: str | None
) -> Mapping[str, list[Event]]:
    conditions = [] if severity is None else [Event.severity == severity]
    return await first_of_each(session, Event.thing_id, thing_ids, *conditions, order=_LATEST, first=first)


bindables = (query, event_type, thing_type, date_time)
"""What the schema is made executable with."""
