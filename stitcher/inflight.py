"""Sharing in flight: what is already being asked is not asked again, but waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

__all__ = ["Inflight"]

T = TypeVar("T")


class Inflight(Generic[T]):
    """Runs one of several equal calls; the others join it and get the same result, or the same error.

    The call is a task of its own: it outlives the one who asked first, so that a client that goes away takes
    nothing from those who joined. It is forgotten at its end; nothing is cached.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the call under way for ``key``, which ``start`` makes if there is none."""
        running = self.running(key)
        if running is None:
            self._running[key] = task = asyncio.create_task(start())
            task.add_done_callback(partial(self._forget, key))
            running = asyncio.shield(task)
        return await running

    def _forget(self, key: Hashable, task: asyncio.Task[T]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # nobody may be left to take it

    def running(self, key: Hashable) -> Awaitable[T] | None:
        """Return the result of the call under way for ``key`` to wait for, None if there is none."""
        task = self._running.get(key)
        return None if task is None else asyncio.shield(task)
