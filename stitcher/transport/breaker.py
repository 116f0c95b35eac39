"""Takes one instance of a service out of use while it fails, and lets it back in little by little.

A. Three failures in a row, or failures in half of 20 or more requests in ten seconds, take it out: for a
   second at first, and each time for twice as long as the last time, up to half a minute.
B. When that is over, one request at a time is let through, to see how it fares.
C. Once one succeeds, the instance is back in use. Its share of the requests begins small, and grows for ten
   seconds: a service that has just started isn't buried under what it missed.

Envoy's outlier detection and slow start are the models. Time is that of ``time.monotonic``, in seconds.
"""

from __future__ import annotations

from stitcher.transport.window import Window

__all__ = ["Breaker"]

IN_A_ROW = 3
ENOUGH = 20
"""Requests in a window before their failures are compared with them."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
RAMP = 10.0
"""Seconds until an instance that is back has its whole share."""

SMALLEST_SHARE = 0.1


class Breaker:
    """What is known of one instance's health."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._requests = Window()
        self._failures = Window()
        self._pause = FIRST_PAUSE
        self._out_until = 0.0
        self._is_out = False
        self._is_probed = False
        self._back_since = -RAMP

    @property
    def is_out(self) -> bool:
        """Whether the instance is out of use, but for a probe."""
        return self._is_out

    def warm_up(self, now: float) -> None:
        """Let the share of an instance that is new begin small."""
        self._back_since = now

    def admits(self, now: float) -> bool:
        """Say whether a request may be sent: always, but to an instance that is out."""
        return not self._is_out or (now >= self._out_until and not self._is_probed)

    def share(self, now: float) -> float:
        """Return how much of an instance's usual share this one takes: from a tenth to 1."""
        grown = (now - self._back_since) / RAMP
        return 1.0 if grown >= 1 else max(SMALLEST_SHARE, grown)

    def begin(self) -> bool:
        """Note that a request is sent; say whether it is the probe of an instance that is out."""
        if self._is_out:
            self._is_probed = True
        return self._is_out

    def end_probe(self) -> None:
        """Note that the probe has ended, whether or not it has told anything."""
        self._is_probed = False

    def succeed(self, now: float) -> bool:
        """Note that a request was answered; say whether that brought the instance back."""
        self._in_a_row = 0
        if not self._is_out:
            self._requests.add(now)
            return False
        self._is_out = False
        self._back_since = now
        self._requests, self._failures = Window(), Window()
        return True

    def fail(self, now: float) -> float | None:
        """Note that a request failed; return for how many seconds that takes the instance out, if it does."""
        self._in_a_row += 1
        self._requests.add(now)
        self._failures.add(now)
        if now < self._out_until or not (self._is_out or self._is_failing(now)):
            return None  # what fails while the instance is out, was sent before it went out
        is_again = self._is_out or now - self._back_since <= RAMP
        self._pause = min(LONGEST_PAUSE, 2 * self._pause) if is_again else FIRST_PAUSE
        self._is_out = True
        self._out_until = now + self._pause
        return self._pause

    def _is_failing(self, now: float) -> bool:
        if self._in_a_row >= IN_A_ROW:
            return True
        requests = self._requests.sum(now)
        return requests >= ENOUGH and 2 * self._failures.sum(now) >= requests
