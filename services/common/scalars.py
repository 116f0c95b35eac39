"""The custom scalar that all five services share."""

from __future__ import annotations

from datetime import UTC, datetime

from ariadne import ScalarType

from services.common.errors import bad_input

__all__ = ["date_time"]


def _serialize(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        pass  # not a date, or one before the year 1 in UTC
    raise bad_input("A DateTime is written as in ISO 8601 with an offset: 2026-03-01T12:30:00Z.")


date_time = ScalarType("DateTime", serializer=_serialize, value_parser=_parse)
"""``DateTime``: ISO 8601 with an offset coming in, in UTC going out."""
