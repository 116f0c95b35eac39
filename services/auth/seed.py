"""auth's first rows: the demo logins."""

from __future__ import annotations

from collections.abc import Iterator

from services.auth.demo import DEMO_LOGINS
from services.auth.models import User
from services.auth.passwords import hash_password_now
from services.common.database import Row
from services.common.fleet import client_id, user_id

__all__ = ["seed"]


def seed() -> Iterator[tuple[type[User], list[Row]]]:
    """Yield the rows of an empty database."""
    yield (
        User,
        [
            {
                "id": user_id(number),
                "email": login.email,
                "name": login.name,
                "role": login.role,
                "password_hash": hash_password_now(login.password),
                "client_id": client_id(login.client),
            }
            for number, login in enumerate(DEMO_LOGINS, start=1)
        ],
    )
