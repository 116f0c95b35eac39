"""What is kept of one entity, or of one root field: its JSON, for how long it is good, and what ends it."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import orjson

__all__ = ["Entry", "pack", "unpack"]

COMPRESSED = 2048
"""The bytes from which on a value is compressed on its way to the store that all gateways share."""


class Entry(NamedTuple):
    """One value that may be given again.

    Times are seconds of ``time.time``: it is ``fresh`` until then, may be given ``while_asking`` anew until
    then, and until ``if_error`` where asking fails. ``took`` is how many seconds it took to ask for it.
    ``since`` is the place in the log of purges before which nothing was asked. ``tags`` are what ends it.
    """

    body: bytes
    fresh: float
    while_asking: float
    if_error: float
    took: float
    since: int
    is_private: bool
    tags: tuple[str, ...]

    @property
    def ends(self) -> float:
        """When it is of no use any more."""
        return max(self.fresh, self.while_asking, self.if_error)


def pack(entry: Entry) -> bytes:
    """Return an entry as bytes."""
    body, *rest = entry
    is_compressed = len(body) >= COMPRESSED
    return b"".join(
        (
            b"z" if is_compressed else b"j",
            orjson.dumps(rest),
            b"\n",
            zlib.compress(body, 1) if is_compressed else body,
        )
    )


def unpack(packed: bytes) -> Entry | None:
    """Return the entry that was packed; None for what is none."""
    head, _, body = packed[1:].partition(b"\n")
    try:
        rest = orjson.loads(head)
        *numbers, since, is_private, tags = rest
        if packed[:1] == b"z":
            body = zlib.decompress(body)
        fresh, while_asking, if_error, took = map(float, numbers)
        return Entry(body, fresh, while_asking, if_error, took, int(since), bool(is_private), tuple(tags))
    except (ValueError, TypeError, zlib.error):
        return None
