"""Rate limits as they are written: ``10/second;1000/hour``, in the notation of the ``limits`` library."""

from __future__ import annotations

from dataclasses import dataclass

from limits import RateLimitItem, parse_many

__all__ = ["Window", "parse_windows"]

LARGEST = 10**12
"""More than this is a mistake, and no Integer of a structured header field (RFC 9651, section 3.3.1)."""


@dataclass(frozen=True, slots=True)
class Window:
    """So many in so many seconds; ``name`` says of what, such as ``requests/minute``, and is unique."""

    name: str
    amount: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.name}: {self.amount} in {self.seconds} s"


def parse_windows(what: str, *limits: str) -> tuple[Window, ...]:
    """Return the windows of all these limits, shortest first; of two that are as long, the stricter.

    Args:
        what: What is limited; the windows' names begin with it.
        limits: Such as ``100/minute``, or several in one: ``10/second;1000/hour``.

    Raises:
        ValueError: one of them is no limit.
    """
    strictest: dict[int, Window] = {}
    for item in (item for limit in limits for item in parse_many(limit)):
        if not 1 <= item.amount <= LARGEST:
            raise ValueError(f"{item.amount} is no amount")
        seconds = item.get_expiry()
        window = Window(f"{what}/{_name(item)}", item.amount, seconds)
        strictest[seconds] = min(strictest.get(seconds, window), window, key=lambda window: window.amount)
    return tuple(strictest[seconds] for seconds in sorted(strictest))


def _name(item: RateLimitItem) -> str:
    return item.GRANULARITY.name if item.multiples == 1 else f"{item.multiples}-{item.GRANULARITY.name}s"
