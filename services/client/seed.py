"""client's first rows: households and businesses in ten cities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.client.models import Client
from services.common.database import Row
from services.common.fleet import CLIENTS, NOW, client_id, dice, home

__all__ = ["seed"]

_FIRST = ("Anna", "Ben", "Carla", "David", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Lena", "Milan")
_LAST = ("Almeida", "Berg", "Costa", "Dubois", "Eriksson", "Fischer", "Gruber", "Huber", "Jansen", "Keller")
_TRADES = ("Bakery", "Dairy", "Carpentry", "Garage", "Hotel", "Nursery", "Print Works", "Brewery")
_OFFICES = ("Primary School", "Town Hall", "Public Library", "Swimming Pool")
_STREETS = ("Station Road", "Mill Lane", "Garden Street", "Market Square", "River Walk", "Linden Avenue")
_KINDS = {"HOUSEHOLD": 70, "BUSINESS": 22, "PUBLIC": 8}


def seed() -> Iterator[tuple[type[Client], list[Row]]]:
    """Yield the rows of an empty database."""
    yield Client, [_client(number) for number in range(1, CLIENTS + 1)]


def _client(number: int) -> Row:
    chance, city = dice("client", number), home(number)
    kind = chance.choices(list(_KINDS), list(_KINDS.values()))[0]
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    names = {
        "HOUSEHOLD": f"{first} {last}",
        "BUSINESS": f"{last} {chance.choice(_TRADES)}",
        "PUBLIC": f"{city.name} {chance.choice(_OFFICES)}",
    }
    return {
        "id": client_id(number),
        "name": names[kind],
        "email": f"client-{number}@example.com",
        "kind": kind,
        "street": f"{chance.choice(_STREETS)} {chance.randint(1, 120)}",
        "postcode": city.postcode,
        "city": city.name,
        "country": city.country,
        "since": NOW - timedelta(days=chance.randint(200, 2500)),
    }
