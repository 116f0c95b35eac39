"""How often a service may be asked once more than it has to be: retries and hedges together.

A service that fails is asked again, and one that is overloaded fails because it is asked too often. So what
is sent beyond the clients' own requests is bounded by their number, as in Envoy's retry budgets.
"""

from __future__ import annotations

from stitcher.transport.window import Window

__all__ = ["Budget"]

PART = 0.2
"""Of the requests in the last ten seconds, how many may be sent again …"""

LEAST = 10
"""… and how many in any second, so that a service with few requests has its retries too."""


class Budget:
    """The budget of one service."""

    def __init__(self) -> None:
        self._requests = Window()
        self._spent = Window()

    def count(self, now: float) -> None:
        """Note a request of a client."""
        self._requests.add(now)

    def spend(self, now: float) -> bool:
        """Say whether one more may be sent, and count it if it may."""
        if self._spent.current(now) >= LEAST and self._spent.sum(now) >= PART * self._requests.sum(now):
            return False
        self._spent.add(now)
        return True
