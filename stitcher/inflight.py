"""Sharing in flight: what is already being asked is not asked again, but waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

__all__ = ["Inflight"]

T = TypeVar("T")


class _Call(Generic[T]):
    """A call under way, and how many wait for it."""

    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting = 0


class Inflight(Generic[T]):
    """Runs one of several equal calls; the others join it and get the same result, or the same error.

    The call is a task of its own: it outlives the one who asked first, so that a client that goes away takes
    nothing from those who joined. When the last of them has gone, it is cancelled. At its end it is
    forgotten; nothing is cached.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, _Call[T]] = {}

    def __contains__(self, key: Hashable) -> bool:
        """Say whether a call is under way."""
        return key in self._running

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result of the call under way for ``key``, which ``start`` makes if there is none."""
        call = self._running.get(key)
        if call is None:
            self._running[key] = call = _Call(asyncio.create_task(start()))
            call.task.add_done_callback(partial(self._end, key, call))
        call.waiting += 1  # as in _wait, without a coroutine of its own: most who ask are the first
        try:
            return await asyncio.shield(call.task)
        finally:
            self._leave(key, call)

    def running(self, key: Hashable) -> Awaitable[T] | None:
        """Return the result of the call under way for ``key`` to wait for, None if there is none."""
        call = self._running.get(key)
        return None if call is None else self._wait(key, call)

    async def _wait(self, key: Hashable, call: _Call[T]) -> T:
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            self._leave(key, call)

    def _leave(self, key: Hashable, call: _Call[T]) -> None:
        call.waiting -= 1
        if not call.waiting and not call.task.done():
            call.task.cancel()
            self._forget(key, call)

    def _end(self, key: Hashable, call: _Call[T], task: asyncio.Task[T]) -> None:
        self._forget(key, call)
        if not task.cancelled():
            task.exception()  # nobody may be left to take it

    def _forget(self, key: Hashable, call: _Call[T]) -> None:
        if self._running.get(key) is call:  # else another has begun since
            del self._running[key]
