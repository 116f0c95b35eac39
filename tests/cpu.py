"""The CPU time that a piece of work takes, without what measuring coverage adds to it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan

__all__ = ["CpuTime", "cpu_time"]


@dataclass(slots=True)
class CpuTime:
    """What a block of work took, in seconds; not a number before it has ended."""

    seconds: float = nan


@contextmanager
def cpu_time() -> Iterator[CpuTime]:
    """Measure what this process does within the block, whose lines don't count as covered."""
    taken = CpuTime()
    trace = sys.gettrace()
    sys.settrace(None)
    start = time.process_time()
    try:
        yield taken
    finally:
        taken.seconds = time.process_time() - start
        sys.settrace(trace)
