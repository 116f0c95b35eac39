"""What was used last: a cache that is bounded by number and by bytes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Hashable
from functools import partial
from operator import itemgetter
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Generic, TypeVar

__all__ = ["Recent", "footprint"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SHARE = 64
"""One value may take this part of a cache: what is larger isn't worth the others that would have to go."""

_SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType, MappingProxyType, partial)


class Recent(Generic[K, V]):
    """The values that were used last.

    Args:
        number: how many are kept.
        size: how many bytes all of them may take; one may take a 64th of it.
    """

    def __init__(self, number: int, size: int) -> None:
        self._number = number
        self._most = size
        self._values: dict[K, tuple[V, int, int]] = {}  # with its bytes, and how often it was used
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return the value of a key, None if it isn't kept."""
        found = self._values.pop(key, None)
        if found is None:
            return None
        value, size, uses = found
        self._values[key] = value, size, uses + 1  # to the end: the first one goes first
        return value

    def most_used(self, number: int) -> list[K]:
        """Return the keys of the values that were used most, the most used first. Any thread may ask."""
        uses = [(found[2], key) for key, found in self._values.copy().items()]
        uses.sort(key=itemgetter(0), reverse=True)
        return [key for _, key in uses[:number]]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of so many bytes, unless it is too large."""
        self._drop(key)
        if size > self._most // SHARE:
            return
        self._values[key] = value, size, 0
        self.size += size
        while self.size > self._most or len(self._values) > self._number:
            self._drop(next(iter(self._values)))

    def _drop(self, key: K) -> None:
        dropped = self._values.pop(key, None)
        self.size -= dropped[1] if dropped else 0


def footprint(value: object) -> int:
    """Return how many bytes a value takes with all that hangs on it."""
    seen: set[int] = set()
    size = 0
    pending = [value]
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, _SHARED):
            continue
        seen.add(id(each))
        size += sys.getsizeof(each)
        pending += gc.get_referents(each)
    return size
