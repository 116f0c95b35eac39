"""account's first rows: an account or more for each client, and a year of payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from services.account.models import Account, Payment
from services.common.database import Row
from services.common.fleet import ACCOUNTS, NOW, account_id, client_id, dice, home, owner, payment_id

__all__ = ["seed"]


def seed() -> Iterator[tuple[type[Account | Payment], list[Row]]]:
    """Yield the rows of an empty database."""
    yield Account, [_account(number) for number in range(1, ACCOUNTS + 1)]
    numbers = count(1)
    yield (
        Payment,
        [
            {"id": payment_id(next(numbers)), **payment}
            for number in range(1, ACCOUNTS + 1)
            for payment in _payments(number)
        ],
    )


def _account(number: int) -> Row:
    client = owner(number, "account")
    return {
        "id": account_id(number),
        "client_id": client_id(client),
        "balance_cents": dice("balance", number).randint(-40_000, 120_000),
        "currency": home(client).currency,
    }


def _payments(account: int) -> Iterator[Row]:
    """Yield an account's monthly payments, of about the same amount, for as long as it has been there."""
    chance = dice("payments", account)
    usual = chance.randint(3_500, 42_000)
    for month in range(chance.randint(3, 12)):
        yield {
            "account_id": account_id(account),
            "amount_cents": round(usual * chance.uniform(0.9, 1.1)),
            "paid_at": NOW
            - timedelta(days=30 * month + chance.randint(1, 5), minutes=chance.randint(0, 720)),
        }
