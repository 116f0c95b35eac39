"""What is common to all who read a request's headers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

__all__ = ["Headers", "by_name", "of_connection"]

Headers: TypeAlias = Mapping[bytes, bytes]
"""By name, in lower case."""


def by_name(raw: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Return headers by name; one that comes several times has all its values.

    See RFC 9110, 5.3, and for cookies RFC 9113, 8.2.3.
    """
    headers = dict(raw)
    if len(headers) < len(raw):
        headers = {}
        for name, value in raw:
            divider = b"; " if name == b"cookie" else b", "
            headers[name] = headers[name] + divider + value if name in headers else value
    return headers


def of_connection(named: bytes | None) -> Collection[bytes]:
    """Return the names of the headers that are for this connection alone (RFC 9110, 7.6.1)."""
    return () if named is None else [name.strip() for name in named.lower().split(b",")]
