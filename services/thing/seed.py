"""thing's first rows: the devices of all clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.common.database import Row
from services.common.fleet import NOW, THINGS, client_id, device, dice, home, owner, thing_id
from services.thing.models import Thing

__all__ = ["seed"]

_MODELS = {
    "METER": ("Lumen M1", "Lumen M3"),
    "INVERTER": ("Helio 5K", "Helio 8K", "Helio 12K"),
    "BATTERY": ("Reserve 7", "Reserve 13"),
    "HEAT_PUMP": ("Thermia Air 6", "Thermia Ground 9"),
    "CHARGER": ("Volta 11", "Volta 22"),
}
_STATUSES = {"ONLINE": 85, "OFFLINE": 7, "MAINTENANCE": 4, "FAULT": 4}


def seed() -> Iterator[tuple[type[Thing], list[Row]]]:
    """Yield the rows of an empty database."""
    yield Thing, [_thing(number) for number in range(1, THINGS + 1)]


def _thing(number: int) -> Row:
    chance = dice("thing", number)
    kind, client = device(number), owner(number, "thing")
    city = home(client)
    return {
        "id": thing_id(number),
        "serial": f"{kind[:2]}-{chance.randint(2019, 2026)}-{number:05}",
        "kind": kind,
        "model": chance.choice(_MODELS[kind]),
        "status": chance.choices(list(_STATUSES), list(_STATUSES.values()))[0],
        "city": city.name,
        "latitude": round(city.latitude + chance.uniform(-0.05, 0.05), 5),
        "longitude": round(city.longitude + chance.uniform(-0.05, 0.05), 5),
        "installed_at": NOW - timedelta(days=chance.randint(120, 2000), minutes=chance.randint(0, 600)),
        "owner_id": client_id(client),
    }
