"""account's resolvers: accounts, payments, and clients as far as this service knows them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ariadne import ObjectType, QueryType
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.account.models import Account, Payment
from services.common.app import Info
from services.common.database import by_id, first_of_each
from services.common.paging import check_page
from services.common.scalars import date_time

__all__ = ["bindables"]

query = QueryType()
account_type = ObjectType("Account")
payment_type = ObjectType("Payment")
client_type = ObjectType("Client")


@query.field("account")
async def resolve_account(_: None, info: Info, id: str) -> Account | None:
    """Return an account by id."""
    return await info.context.loader.load(by_id, id, Account)


@query.field("accountsByIds")
async def resolve_accounts_by_ids(_: None, info: Info, ids: list[str]) -> list[Account | None]:
    """Return accounts in the order of their ids."""
    return await asyncio.gather(*(info.context.loader.load(by_id, id, Account) for id in ids))


@query.field("clientsByIds")
def resolve_clients_by_ids(_: None, info: Info, ids: list[str]) -> list[dict[str, str]]:
    """Return clients in the order of their ids. Which there are is not for this service to say."""
    return [{"id": id} for id in ids]


@account_type.field("balance")
def resolve_balance(account: Account, _: Info) -> float:
    """Return the balance in units of the currency."""
    return account.balance_cents / 100


@account_type.field("payments")
async def resolve_payments(account: Account, info: Info, first: int) -> list[Payment]:
    """Return an account's latest payments."""
    check_page(first)
    return await info.context.loader.load(_payments_of_accounts, account.id, first) or []


@account_type.field("client")
def resolve_client(account: Account, _: Info) -> dict[str, str]:
    """Return the client whose account it is."""
    return {"id": account.client_id}


@payment_type.field("amount")
def resolve_amount(payment: Payment, _: Info) -> float:
    """Return the amount in units of the currency."""
    return payment.amount_cents / 100


@payment_type.field("account")
async def resolve_payment_account(payment: Payment, info: Info) -> Account | None:
    """Return the account that a payment was made to."""
    return await info.context.loader.load(by_id, payment.account_id, Account)


@client_type.field("accounts")
async def resolve_accounts(client: dict[str, str], info: Info) -> list[Account]:
    """Return a client's accounts."""
    return await info.context.loader.load(_accounts_of_clients, client["id"]) or []


async def _accounts_of_clients(session: AsyncSession, client_ids: list[str]) -> dict[str, list[Account]]:
    rows = await session.scalars(
        select(Account).where(Account.client_id.in_(client_ids)).order_by(Account.id)
    )
    found: dict[str, list[Account]] = {}
    for account in rows:
        found.setdefault(account.client_id, []).append(account)
    return found


async def _payments_of_accounts(
    session: AsyncSession, account_ids: list[str], first: int
) -> Mapping[str, list[Payment]]:
    latest = [Payment.paid_at.desc(), Payment.id]
    return await first_of_each(session, Payment.account_id, account_ids, order=latest, first=first)


bindables = (query, account_type, payment_type, client_type, date_time)
"""What the schema is made executable with."""
