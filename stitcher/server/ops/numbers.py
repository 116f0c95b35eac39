"""Numbers of one process, and of several added up: plain dicts, since counting must cost next to nothing.

``prometheus_client`` writes them out (``metrics``). It could count, too, but takes ten times as long for it.
With several processes, each writes its numbers into a file every second; whoever is read adds up all files.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import orjson

__all__ = ["BOUNDS", "Key", "Numbers"]

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which durations are counted together."""

Key: TypeAlias = tuple[str, ...]
"""The name of a metric, and the values of its labels."""


class Numbers:
    """What was counted.

    Attributes:
        counts: Numbers that only grow.
        gauges: Numbers as they are now.
        durations: For each: how many there were up to each bound, how many more, and seconds in all.
    """

    def __init__(self) -> None:
        self.counts: dict[Key, float] = {}
        self.gauges: dict[Key, float] = {}
        self.durations: dict[Key, list[float]] = {}

    def count(self, key: Key, number: float = 1) -> None:
        """Add to a number."""
        self.counts[key] = self.counts.get(key, 0) + number

    def observe(self, key: Key, seconds: float) -> None:
        """Count a duration."""
        found = self.durations.get(key)
        if found is None:
            self.durations[key] = found = [0.0] * (len(BOUNDS) + 2)
        found[bisect_left(BOUNDS, seconds)] += 1
        found[-1] += seconds

    def add(self, other: Numbers, *, is_alive: bool) -> None:
        """Add those of another process; of one that has ended, not what was so then."""
        for key, value in other.counts.items():
            self.count(key, value)
        for key, values in other.durations.items():
            own = self.durations.setdefault(key, [0.0] * len(values))
            own[:] = [mine + its for mine, its in zip(own, values, strict=True)]
        for key, value in other.gauges.items() if is_alive else ():
            self.gauges[key] = self.gauges.get(key, 0) + value

    def write(self, directory: Path) -> None:
        """Put them into this process's file."""
        parts = [[[list(key), value] for key, value in part.items()] for part in self._parts()]
        file = directory / f"{os.getpid()}.json"
        file.with_suffix(".new").write_bytes(orjson.dumps(parts))
        file.with_suffix(".new").replace(file)

    @classmethod
    def of_all(cls, directory: Path) -> Numbers:
        """Return what all processes have written, added up."""
        every = cls()
        for pid, numbers in cls._written(directory.glob("*.json")):
            every.add(numbers, is_alive=_is_alive(pid))
        return every

    @classmethod
    def _written(cls, files: Iterable[Path]) -> Iterator[tuple[int, Numbers]]:
        for file in files:
            numbers = cls()
            for part, written in zip(numbers._parts(), orjson.loads(file.read_bytes()), strict=True):
                part.update((tuple(key), value) for key, value in written)
            yield int(file.stem), numbers

    def _parts(self) -> tuple[dict[Key, object], ...]:
        return self.counts, self.gauges, self.durations  # type: ignore[return-value]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
