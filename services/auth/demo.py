"""The demo logins. The passwords are public: they are for a demo, and for nothing else."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DEMO_LOGINS", "DemoLogin"]


class DemoLogin(NamedTuple):
    """A user that is there from the start; ``client`` is the number of the client that it belongs to."""

    email: str
    password: str
    name: str
    role: str
    client: int


DEMO_LOGINS = (
    DemoLogin("ada@example.org", "demo-password-ada", "Ada Lovelace", "ADMIN", 1),
    DemoLogin("grace@example.org", "demo-password-grace", "Grace Hopper", "OPERATOR", 2),
    DemoLogin("katherine@example.org", "demo-password-katherine", "Katherine Johnson", "CUSTOMER", 3),
)
