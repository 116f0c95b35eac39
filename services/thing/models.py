"""thing's tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.common.database import UtcDateTime

__all__ = ["Base", "Thing"]


class Base(DeclarativeBase):
    """The tables of this service."""


class Thing(Base):
    """A device."""

    __tablename__ = "things"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(16), index=True)
    city: Mapped[str] = mapped_column(String(60))
    latitude: Mapped[float]
    longitude: Mapped[float]
    installed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner_id: Mapped[str] = mapped_column(String(40), index=True)
