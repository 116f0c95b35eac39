"""event's first rows: three months of readings, alarms and repairs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.common.database import Row
from services.common.fleet import EVENTS, NOW, THINGS, USERS, device, dice, event_id, thing_id, user_id
from services.event.models import Event

__all__ = ["seed"]

_BETWEEN = timedelta(minutes=25)
_KINDS = {"READING": 86, "STATUS": 7, "ALARM": 5, "MAINTENANCE": 2}
_READINGS = {
    "METER": ("Drawing {} kW", 0.1, 9),
    "INVERTER": ("Feeding in {} kW", 0, 8),
    "BATTERY": ("Charged to {} %", 5, 100),
    "HEAT_PUMP": ("Flow temperature {} °C", 27, 55),
    "CHARGER": ("Charging at {} kW", 1.4, 22),
}
_ALARMS = {
    "METER": ("Voltage out of range", "No signal from the grid"),
    "INVERTER": ("Insulation fault", "Inverter too hot"),
    "BATTERY": ("Cell imbalance", "Battery too cold to charge"),
    "HEAT_PUMP": ("Refrigerant pressure low", "Compressor blocked"),
    "CHARGER": ("Residual current detected", "Connector can't be locked"),
}
_STATUSES = ("Came online", "Restarted after an update", "Lost the connection")
_REPAIRS = ("Yearly inspection done", "Firmware updated on site", "Part replaced")


def seed() -> Iterator[tuple[type[Event], list[Row]]]:
    """Yield the rows of an empty database."""
    yield Event, [_event(number) for number in range(1, EVENTS + 1)]


def _event(number: int) -> Row:
    chance = dice("event", number)
    thing = number if number <= THINGS else chance.randint(1, THINGS)
    kind = chance.choices(list(_KINDS), list(_KINDS.values()))[0]
    row: Row = {
        "id": event_id(number),
        "thing_id": thing_id(thing),
        "kind": kind,
        "severity": "INFO",
        "at": NOW - (EVENTS - number) * _BETWEEN - timedelta(seconds=chance.randint(0, 900)),
        "reading": None,
        "acknowledged_by_id": None,
    }
    if kind == "READING":
        text, low, high = _READINGS[device(thing)]
        reading = round(chance.uniform(low, high), 1)
        return {**row, "message": text.format(reading), "reading": reading}
    if kind == "ALARM":
        seen = chance.random() < 0.6
        return {
            **row,
            "message": chance.choice(_ALARMS[device(thing)]),
            "severity": chance.choice(("WARNING", "CRITICAL")),
            "acknowledged_by_id": user_id(chance.randint(1, USERS)) if seen else None,
        }
    return {**row, "message": chance.choice(_STATUSES if kind == "STATUS" else _REPAIRS)}
