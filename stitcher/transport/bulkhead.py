"""How many requests a service is sent at a time: one that is slow must not take the gateway down with it.

What comes while there is no room waits in a short queue, in order of arrival.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Bulkhead"]


class Bulkhead:
    """The room of one service.

    Args:
        room: The most requests at a time.
        queue: The most that wait for room.
    """

    def __init__(self, room: int = 500, queue: int = 500) -> None:
        self.room = room
        self.queue = queue
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether a request that finds no room can't even wait."""
        return len(self._waiting) >= self.queue

    def take(self) -> bool:
        """Take room, if there is some; say whether there was."""
        has_room = self._running < self.room
        self._running += has_room
        return has_room

    async def wait(self) -> None:
        """Wait for room, and take it."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # it was given room, and doesn't need it any more
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give room back: to whoever waits longest, if somebody does."""
        while self._waiting and self._running <= self.room:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
