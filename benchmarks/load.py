"""Load on a gateway: equal requests over kept connections, for a while, and what they cost it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import orjson

from benchmarks.processes import Process

__all__ = ["Load", "measure", "waits_of_others"]

HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Load:
    """``cpu`` is the gateway's CPU milliseconds a request; ``latencies`` are milliseconds, in order."""

    requests: int
    cpu: float
    latencies: list[float]
    answer: bytes

    def percentile(self, share: float) -> float:
        """Return the milliseconds that a share of the requests, 0 to 1, took at most."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


async def measure(
    url: str,
    query: str,
    process: Process,
    *,
    connections: int,
    seconds: float,
    clients: Sequence[Mapping[str, str]] = ({},),
) -> Load:
    """Warm up, then ask for so many seconds, and at least three times.

    ``clients`` are the headers of those who ask; connections are theirs in turn.

    Raises:
        RuntimeError: an answer isn't a success, or differs from the first.
    """
    body = orjson.dumps({"query": query})
    asking = [clients[number % len(clients)] for number in range(connections)]
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), headers=HEADERS, cookie_jar=jar
    ) as session:
        first = await _ask(session, url, body, asking[0])
        if b'"errors":' in first[:20] or b'"data":' not in first:
            raise RuntimeError(f"{url} answers {first[:300]!r}")
        await _repeat(session, url, body, first, asking, min(1.0, seconds / 2))
        before = process.cpu()
        latencies = await _repeat(session, url, body, first, asking, seconds)
        cost = (process.cpu() - before) * 1000 / len(latencies)
    return Load(len(latencies), cost, sorted(latencies), first)


async def _repeat(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    first: bytes,
    asking: Sequence[Mapping[str, str]],
    seconds: float,
) -> list[float]:
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def one(headers: Mapping[str, str]) -> None:
        while time.perf_counter() < end or len(latencies) < 3:
            start = time.perf_counter()
            if await _ask(session, url, body, headers) != first:
                raise RuntimeError(f"{url} doesn't answer the same each time")
            latencies.append((time.perf_counter() - start) * 1000)

    async with asyncio.TaskGroup() as group:
        for headers in asking:
            group.create_task(one(headers))
    return latencies


async def waits_of_others(url: str, query: str, times: int) -> float:
    """Return the longest wait, in ms, of a client that asks for next to nothing beside large answers."""
    body = orjson.dumps({"query": query})
    small = orjson.dumps({"query": "{ __typename }"})
    worst = 0.0
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        await _ask(session, url, body)

        async def large() -> None:
            for _ in range(times):
                async with session.post(url, data=body) as response:
                    async for _ in response.content.iter_any():
                        pass

        working = asyncio.create_task(large())
        while not working.done():
            start = time.perf_counter()
            await _ask(session, url, small)
            worst = max(worst, time.perf_counter() - start)
            await asyncio.sleep(0.002)
        await working
    return worst * 1000


async def _ask(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str] | None = None
) -> bytes:
    async with session.post(url, data=body, headers=headers) as response:
        return await response.read()
