"""event's tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.common.database import UtcDateTime

__all__ = ["Base", "Event"]


class Base(DeclarativeBase):
    """The tables of this service."""


class Event(Base):
    """Something that a device reported."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    thing_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    severity: Mapped[str] = mapped_column(String(16))
    message: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reading: Mapped[float | None]
    acknowledged_by_id: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (Index("events_of_thing", "thing_id", "at"),)
