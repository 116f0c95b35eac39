"""account's tables. Money is kept in cents: sums must come out even."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.common.database import UtcDateTime

__all__ = ["Account", "Base", "Payment"]


class Base(DeclarativeBase):
    """The tables of this service."""


class Account(Base):
    """What a client owes or has to its credit."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(40), index=True)
    balance_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))


class Payment(Base):
    """Money that came in."""

    __tablename__ = "payments"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey(Account.id))
    amount_cents: Mapped[int]
    paid_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("payments_of_account", "account_id", "paid_at"),)
