"""How far the random and exhaustive tests go: those that are marked ``search``.

``SEARCH=10`` makes ten times as many random examples, and takes ten times as much of what is exhaustive.
``SEARCH_SEED=7`` makes other ones, where a search isn't different in each run anyway.
"""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["SEARCH", "SEED", "examples", "part_of", "untraced"]

T = TypeVar("T")

SEARCH = float(os.environ.get("SEARCH", "1"))
SEED = int(os.environ.get("SEARCH_SEED", "1"))


def examples(number: int) -> int:
    """Return how many random examples to make, where the number is the usual one."""
    return max(1, round(number * SEARCH))


def part_of(cases: Sequence[T], every: int) -> Sequence[T]:
    """Return every so many of some cases: the same ones in each run."""
    return cases[:: max(1, round(every / SEARCH))]


@contextmanager
def untraced() -> Iterator[None]:
    """Run a block without measuring coverage, which takes as much time again as a search itself."""
    trace, trace_of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)
        threading.settrace(trace_of_threads)
