"""Batching: what the resolvers of one request ask for together becomes one statement.

A. A resolver asks for one key. It is put with the others that want the same function and arguments.
B. When nobody has asked for anything for some turns of the event loop, all batches are closed. Some turns,
   not one: graphql-core resolves a list of one item a turn earlier than it does a longer one.
C. Each function is called once, with all keys, and each resolver gets its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.common.database import Database

__all__ = ["Fetch", "Loader"]

Ts = TypeVarTuple("Ts")
V = TypeVar("V")

Fetch: TypeAlias = Callable[[AsyncSession, list[str], *Ts], Awaitable[Mapping[str, V]]]
"""``(session, keys, *arguments)`` → what belongs to each key; a key may be missing."""

_Batch: TypeAlias = dict[str, list[asyncio.Future[Any]]]

_QUIET_TURNS = 4
"""More than the levels by which lists of one item can be ahead of others in a usual operation."""


class Loader:
    """Batches the loading of one request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: dict[tuple[Any, ...], _Batch] = {}
        self._quiet_turns = 0
        self._running: set[asyncio.Task[None]] = set()

    def load(self, fetch: Fetch[*Ts, V], key: str, *arguments: *Ts) -> asyncio.Future[V | None]:
        """Return what ``fetch`` finds for the key, or None; the arguments are handed on to it."""
        # A
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V | None] = loop.create_future()
        if not self._batches:
            loop.call_soon(self._turn)
        batch = self._batches.setdefault((fetch, *arguments), {})
        batch.setdefault(key, []).append(future)
        self._quiet_turns = 0
        return future

    def _turn(self) -> None:
        # B
        self._quiet_turns += 1
        if self._quiet_turns < _QUIET_TURNS:
            asyncio.get_running_loop().call_soon(self._turn)
            return
        closed, self._batches = self._batches, {}
        for what, batch in closed.items():
            task = asyncio.create_task(self._run(batch, *what))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, batch: _Batch, fetch: Callable[..., Any], *arguments: Any) -> None:
        # C
        try:
            async with self._database.session() as session:
                found = await fetch(session, list(batch), *arguments)
        except Exception as error:  # noqa: BLE001  it is raised where it is awaited
            for futures in batch.values():
                for future in _waiting(futures):
                    future.set_exception(error)
            return
        for key, futures in batch.items():
            for future in _waiting(futures):
                future.set_result(found.get(key))


def _waiting(futures: Iterable[asyncio.Future[Any]]) -> list[asyncio.Future[Any]]:
    """Return those that nobody has given up on."""
    return [future for future in futures if not future.done()]
