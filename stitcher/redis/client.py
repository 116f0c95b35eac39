"""One connection to Redis, shared by all who ask it something, and one answer to its failures.

A. A command waits for its turn; commands that come while others are under way go together, next. Under load
   this shares out the cost of a round trip, which is mostly redis-py's and the event loop's.
B. All of a turn's commands go out at once, and their replies are read in order. A command that Redis refuses
   fails alone.
C. A kept connection that fails may have been closed meanwhile, as by a restart of Redis: its commands are
   repeated on a new one, once.
D. A turn that takes too long fails, with all who wait behind it. What counts as long isn't the time in which
   this process itself was held up: when its timer comes late, replies may be there, and are read first.
E. After a turn that failed, Redis is down: commands fail at once, so that no request waits for it, and a task
   tries it until it can be written to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError, ResponseError

from stitcher.stores import StoreUnavailableError

__all__ = ["Command", "RedisClient", "RedisUnavailableError"]

log = structlog.get_logger(__name__)

TIMEOUT = 0.5
"""Seconds that Redis has for a turn, a connection included."""

RETRY_AFTER = 1.0
"""Seconds after which a Redis that is down is tried again."""

Command: TypeAlias = tuple[str | bytes | int, ...]

PROBE: Command = ("SET", "stitcher:probe", 1, "PX", 1000)
"""What a Redis that was down has to do before it is used again: a replica answers, but can't count."""

READ_ONLY = "READONLY"
"""What Redis before 7 says within the message of a script that wrote to a replica."""


class RedisUnavailableError(StoreUnavailableError):
    """Redis doesn't answer, or refuses a command."""


@dataclass(frozen=True, slots=True)
class _Call:
    command: Command
    reply: asyncio.Future[Any]


class RedisClient:
    """Sends commands to Redis.

    Args:
        url: Redis' address, as redis-py takes it.
        timeout: Seconds that Redis has for a turn, a connection included.
        retry_after: Seconds after which a Redis that is down is tried again.

    Attributes:
        outages: How often Redis was lost.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT, retry_after: float = RETRY_AFTER) -> None:
        # It is a pool only in name: redis-py reads addresses nowhere else.
        self._connections = ConnectionPool.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            encoding_errors="surrogatepass",  # a key may hold what a token says
        )
        self._connection: AbstractConnection | None = None
        self._timeout = timeout
        self._retry_after = retry_after
        self._waiting: list[_Call] = []
        self._turns: asyncio.Task[None] | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._refusals: set[str] = set()
        self.outages = 0

    @property
    def is_down(self) -> bool:
        """Whether Redis was lost, and hasn't been found again."""
        return self._recovery is not None

    async def call(self, *command: str | bytes | int) -> Any:
        """Return Redis' reply to a command.

        Raises:
            RedisUnavailableError: Redis is down, or refuses the command. It has been logged.
            NoScriptError: the command needs a script that Redis doesn't know.
        """
        if self._recovery is not None:
            raise RedisUnavailableError("redis is down")
        call = _Call(command, asyncio.get_running_loop().create_future())
        self._waiting.append(call)  # A
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        return await call.reply

    async def call_all(self, commands: Sequence[Command]) -> list[Any]:
        """Return Redis' replies to commands that go out together, in their order.

        Raises:
            RedisUnavailableError: Redis is down, or refuses one of them. It has been logged.
        """
        if self._recovery is not None:
            raise RedisUnavailableError("redis is down")
        loop = asyncio.get_running_loop()
        calls = [_Call(command, loop.create_future()) for command in commands]
        self._waiting.extend(calls)
        if self._turns is None and calls:
            self._turns = asyncio.create_task(self._take_turns())
        replies = await asyncio.gather(*(call.reply for call in calls), return_exceptions=True)
        for reply in replies:
            if isinstance(reply, BaseException):
                raise reply
        return replies

    async def close(self) -> None:
        """Close the connection; calls that wait for a reply are cancelled."""
        tasks = [task for task in (self._turns, self._recovery) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._disconnect()

    async def _take_turns(self) -> None:
        calls: list[_Call] = []
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                try:
                    replies = await self._in_time([call.command for call in calls])
                except Exception as error:  # noqa: BLE001 - whatever it is, nobody is to wait for Redis
                    await self._disconnect()
                    calls, self._waiting = [*calls, *self._waiting], []
                    self._lose(error)
                    replies = [RedisUnavailableError("redis doesn't answer") for _ in calls]
                for call, reply in zip(calls, replies, strict=True):
                    if call.reply.done():  # who waited for it has gone
                        continue
                    if isinstance(reply, Exception):
                        call.reply.set_exception(self._refused(call.command, reply))
                    else:
                        call.reply.set_result(reply)
        finally:
            self._turns = None
            for call in (*calls, *self._waiting):
                call.reply.cancel()  # does nothing where there is a reply

    async def _in_time(self, commands: list[Command]) -> list[Any]:
        """Return the replies to a turn's commands: an exception for one that Redis refuses.

        Raises:
            RedisError: the connection can't be made, or breaks.
            OSError: the same, or there is no reply in time.
            Exception: what answers is no Redis.
        """
        turn = asyncio.create_task(self._take_turn(commands))
        try:
            for _ in range(2):  # D
                if not turn.done():
                    await asyncio.wait([turn], timeout=self._timeout / 2)
        finally:
            turn.cancel()  # does nothing where it has ended
        if not turn.done():
            await asyncio.wait([turn])
        if turn.cancelled():
            raise TimeoutError("no answer in time")
        return turn.result()

    async def _take_turn(self, commands: list[Command]) -> list[Any]:
        if self._connection is not None:
            try:
                return await self._exchange(self._connection, commands)
            except (RedisError, OSError):
                await self._disconnect()  # C
        connection: AbstractConnection = self._connections.make_connection()  # type: ignore[no-untyped-call]
        self._connection = connection
        await connection.connect()  # type: ignore[no-untyped-call]
        return await self._exchange(connection, commands)

    async def _exchange(self, connection: AbstractConnection, commands: list[Command]) -> list[Any]:
        await connection.send_packed_command(connection.pack_commands(commands))  # B
        replies: list[Any] = []
        for _ in commands:
            try:
                replies.append(await connection.read_response())
            except ResponseError as error:
                if isinstance(error, ReadOnlyError) or READ_ONLY in str(error):
                    # Another Redis may be found at the address.
                    raise
                replies.append(error)
        return replies

    def _refused(self, command: Command, error: Exception) -> Exception:
        """Return what a caller is told, after logging what Redis refuses for the first time."""
        if isinstance(error, NoScriptError | RedisUnavailableError):
            return error
        cause = f"{command[0]!s}: {error}"
        if cause not in self._refusals and len(self._refusals) < 100:
            self._refusals.add(cause)
            log.warning("redis refuses a command", cause=cause)
        return RedisUnavailableError(str(error))

    def _lose(self, error: Exception) -> None:
        log.warning("redis doesn't answer", cause=repr(error))
        self.outages += 1
        self._recovery = asyncio.create_task(self._recover())  # E

    async def _recover(self) -> None:
        while True:
            try:
                (reply,) = await self._in_time([PROBE])
                if not isinstance(reply, Exception):
                    break
            except Exception:  # noqa: BLE001 - it is the outage that was logged
                await self._disconnect()
            await asyncio.sleep(self._retry_after)
        log.info("redis answers again")
        self._recovery = None

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(RedisError, OSError):  # it is given up, whatever becomes of it
                await connection.disconnect(nowait=True)
