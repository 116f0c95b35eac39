"""How much work planning one operation may be.

What an operation is planned into may be far larger than its text: where a field has to be asked for type by
type, its selections are routed once for each type, and again at each level. So planning counts its steps, and
gives up beyond a budget. Looking for a way to a field takes about three times as long as compiling a response
key, or as marking what is denied, and so counts three times.
"""

from __future__ import annotations

from math import inf

from stitcher.planning.limits import too_large

__all__ = ["ROUTING", "STEPS", "Budget"]

ROUTING = 3
"""The steps of looking for a way to a field."""

STEPS = 12_000
"""Steps that take about a tenth of a second. 430 fields over five services take 6,000."""


class Budget:
    """The steps that planning one operation may still take; without a number, as many as it likes."""

    def __init__(self, steps: float = inf) -> None:
        self._left = steps

    @property
    def is_spent(self) -> bool:
        """Whether more was to be taken than there was."""
        return self._left < 0

    def spend(self, steps: int = 1) -> None:
        """Take steps.

        Raises:
            RequestError: there aren't as many left.
        """
        self._left -= steps
        if self._left < 0:
            raise too_large(
                "The operation takes too many steps to be planned: select fewer fields, or fewer levels, "
                "of interfaces and unions."
            )
