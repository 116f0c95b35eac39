"""How long a service usually takes for the head of an answer, and when a query is hedged after that."""

from __future__ import annotations

from collections import deque
from time import monotonic

__all__ = ["Usual"]

SOONEST_HEDGE = 0.1
TIMES_USUAL = 3
REMEMBERED = 100
"""How many answers say what is usual, of which 95 in 100 took no longer than that."""


class Usual:
    """What is usual for one service; only of queries that may be hedged."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=REMEMBERED)
        self._since = 0
        self.hedge_after = SOONEST_HEDGE

    def add_since(self, start: float) -> None:
        """Note that a head has come; now and then, work out anew what is usual."""
        self._taken.append(monotonic() - start)
        self._since += 1
        if self._since >= REMEMBERED // 4:
            self._since = 0
            usual = sorted(self._taken)[int(0.95 * len(self._taken))]
            self.hedge_after = max(SOONEST_HEDGE, TIMES_USUAL * usual)
