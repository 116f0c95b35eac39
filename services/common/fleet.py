"""The demo fleet in numbers: what the five seeds must agree on, so that ids fit together.

Everything is a function of a number that counts from 1. The fleet is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

__all__ = [
    "ACCOUNTS",
    "CLIENTS",
    "EVENTS",
    "NOW",
    "THINGS",
    "USERS",
    "City",
    "account_id",
    "client_id",
    "device",
    "dice",
    "event_id",
    "home",
    "owner",
    "payment_id",
    "thing_id",
    "user_id",
]

USERS, CLIENTS, ACCOUNTS, THINGS, EVENTS = 3, 50, 80, 200, 5_000

NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""When the demo's history ends."""

_DEVICES = ("INVERTER", "BATTERY", "HEAT_PUMP", "CHARGER")


@dataclass(frozen=True, slots=True)
class City:
    """A place where clients live."""

    name: str
    country: str
    postcode: str
    latitude: float
    longitude: float
    currency: str


_CITIES = (
    City("Berlin", "DE", "10115", 52.5200, 13.4050, "EUR"),
    City("Hamburg", "DE", "20095", 53.5511, 9.9937, "EUR"),
    City("Freiburg", "DE", "79098", 47.9990, 7.8421, "EUR"),
    City("Vienna", "AT", "1010", 48.2082, 16.3738, "EUR"),
    City("Graz", "AT", "8010", 47.0707, 15.4395, "EUR"),
    City("Utrecht", "NL", "3511", 52.0907, 5.1214, "EUR"),
    City("Lyon", "FR", "69001", 45.7640, 4.8357, "EUR"),
    City("Zurich", "CH", "8001", 47.3769, 8.5417, "CHF"),
    City("Basel", "CH", "4001", 47.5596, 7.5886, "CHF"),
    City("Malmö", "SE", "211 20", 55.6050, 13.0038, "SEK"),
)


def user_id(number: int) -> str:
    """Return the id of a user."""
    return f"user-{number}"


def client_id(number: int) -> str:
    """Return the id of a client."""
    return f"client-{number}"


def account_id(number: int) -> str:
    """Return the id of an account."""
    return f"account-{number}"


def payment_id(number: int) -> str:
    """Return the id of a payment."""
    return f"payment-{number}"


def thing_id(number: int) -> str:
    """Return the id of a thing."""
    return f"thing-{number}"


def event_id(number: int) -> str:
    """Return the id of an event."""
    return f"event-{number}"


def owner(number: int, what: str) -> int:
    """Return the client who has a thing or an account: each client has one, the rest fall where they may."""
    return number if number <= CLIENTS else dice("owner", what, number).randint(1, CLIENTS)


def device(thing: int) -> str:
    """Return what sort of device a thing is: the first of each client is its meter."""
    return "METER" if thing <= CLIENTS else _DEVICES[thing % len(_DEVICES)]


def home(client: int) -> City:
    """Return where a client lives."""
    return dice("home", client).choice(_CITIES)


def dice(*about: object) -> Random:
    """Return dice that always fall the same way for the same subject."""
    return Random("/".join(map(str, about)))  # noqa: S311  nothing secret depends on it
