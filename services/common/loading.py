"""Batching: what the resolvers of one request ask for together becomes one statement.

A. A resolver asks for one key. It is put with the others that want the same function and arguments.
B. When every resolver that could run has run, the event loop comes round and the batch is closed.
C. The function is called once, with all keys, and each resolver gets its own.
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


class Loader:
    """Batches the loading of one request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches: dict[tuple[Any, ...], _Batch] = {}
        self._running: set[asyncio.Task[None]] = set()

    def load(self, fetch: Fetch[*Ts, V], key: str, *arguments: *Ts) -> asyncio.Future[V | None]:
        """Return what ``fetch`` finds for the key, or None; the arguments are handed on to it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V | None] = loop.create_future()
        # A
        what = (fetch, *arguments)
        if what not in self._batches:
            self._batches[what] = {}
            loop.call_soon(self._close, what)
        self._batches[what].setdefault(key, []).append(future)
        return future

    def _close(self, what: tuple[Any, ...]) -> None:
        # B
        task = asyncio.create_task(self._run(self._batches.pop(what), *what))
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
