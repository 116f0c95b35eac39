"""Runs one Lua script in Redis for many callers, over one connection.

A. A call waits for its turn; calls that come while others are under way go together, next. Under load this
   shares out the cost of a round trip, which is mostly redis-py's and the event loop's.
B. All of a turn's commands go out at once, and their replies are read in order.
C. A new connection loads the script. A kept one that fails may have been closed meanwhile, as by a restart of
   Redis: its commands are repeated on a new one, once.
D. A turn that takes too long fails, with all who wait behind it. What counts as long isn't the time in which
   this process itself was held up: when its timer comes late, replies may be there, and are read first.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

__all__ = ["RedisScript"]


_Command: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Call:
    command: _Command
    reply: asyncio.Future[Any]


class RedisScript:
    """A script that is run in Redis.

    Args:
        url: Redis' address, as redis-py takes it.
        text: The script.
        timeout: Seconds that Redis has for a turn, a connection included.
    """

    def __init__(self, url: str, text: str, timeout: float) -> None:
        # It is a pool only in name: redis-py reads addresses nowhere else.
        self._connections = ConnectionPool.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            encoding_errors="surrogatepass",  # a key may hold what a token says
        )
        self._connection: AbstractConnection | None = None
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self._timeout = timeout
        self._waiting: list[_Call] = []
        self._turns: asyncio.Task[None] | None = None

    async def call(self, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        """Return what the script returns.

        Raises:
            RedisError: Redis refuses, or isn't there.
            OSError: it isn't there.
            TimeoutError: it doesn't answer in time.
        """
        command: _Command = ("EVALSHA", self._digest, len(keys), *keys, *arguments)
        call = _Call(command, asyncio.get_running_loop().create_future())
        self._waiting.append(call)  # A
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        return await call.reply

    async def close(self) -> None:
        """Close the connection; calls that wait for an answer are cancelled."""
        if self._turns is not None:
            self._turns.cancel()
            await asyncio.wait([self._turns])
        await self._disconnect()

    async def _take_turns(self) -> None:
        calls: list[_Call] = []
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                turn = asyncio.create_task(self._take_turn([call.command for call in calls]))
                error = await self._outcome(turn)
                if error is not None:
                    await self._disconnect()
                    calls, self._waiting = [*calls, *self._waiting], []
                for index, call in enumerate(calls):
                    if call.reply.done():  # who waited for it has gone
                        continue
                    if error is not None:
                        call.reply.set_exception(error)
                    else:
                        call.reply.set_result(turn.result()[index])
        finally:
            self._turns = None
            for call in (*calls, *self._waiting):
                call.reply.cancel()  # does nothing where there is a reply

    async def _outcome(self, turn: asyncio.Task[list[Any]]) -> BaseException | None:
        """Wait for a turn to end, and return what went wrong."""
        try:
            for _ in range(2):  # D
                if not turn.done():
                    await asyncio.wait([turn], timeout=self._timeout / 2)
        finally:
            turn.cancel()  # does nothing where it has ended
        if not turn.done():
            await asyncio.wait([turn])
        return TimeoutError("no answer in time") if turn.cancelled() else turn.exception()

    async def _take_turn(self, commands: list[_Command]) -> list[Any]:
        if self._connection is not None:
            try:
                return await self._exchange(self._connection, commands)
            except (RedisError, OSError):
                await self._disconnect()
        connection: AbstractConnection = self._connections.make_connection()  # type: ignore[no-untyped-call]
        self._connection = connection  # C
        await connection.connect()  # type: ignore[no-untyped-call]
        await self._exchange(connection, [("SCRIPT", "LOAD", self._text)])
        return await self._exchange(connection, commands)

    async def _exchange(self, connection: AbstractConnection, commands: list[_Command]) -> list[Any]:
        await connection.send_packed_command(connection.pack_commands(commands))  # B
        return [await connection.read_response() for _ in commands]

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(RedisError, OSError):  # it is given up, whatever becomes of it
                await connection.disconnect(nowait=True)
