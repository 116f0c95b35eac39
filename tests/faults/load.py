"""So many requests a second, each answer judged: right, in part, wrong or lost."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

__all__ = ["MUTATION", "QUERY", "Outcome", "load"]

QUERY = "{ things { id label } clients { id } events { id } }"

RIGHT = {
    "things": [{"id": str(number), "label": f"thing {number}"} for number in range(5)],
    "clients": [{"id": str(number)} for number in range(5)],
    "events": [{"id": str(number)} for number in range(5)],
}

MUTATION = "mutation ($key: String!) { addThing(key: $key) }"


@dataclass
class Outcome:
    """What became of the requests, and how many ``seconds`` each took."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return sum(self.counts.values())

    @property
    def slowest(self) -> float:
        return max(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(0.99 * len(self.seconds))]

    def after(self, seconds: float) -> Outcome:
        """Return what became of those that were sent so many seconds after the first one, or later."""
        taken = [second for at, second in zip(self.sent_at, self.seconds, strict=True) if at >= seconds]
        return Outcome(self.counts, self.codes, taken)

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[kind]} {kind}" for kind in ("right", "in part", "wrong", "lost"))
        times = f"median {1000 * self.median:.0f} ms, slowest {1000 * self.slowest:.0f} ms"
        return f"{self.sent} sent: {counts}; {times}"


async def load(url: str, seconds: float, rate: float = 50, *, mutations: bool = False) -> Outcome:
    """Send requests at a steady rate, whatever becomes of those before."""
    outcome = Outcome()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.monotonic()
        sending = []
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            key = f"key {number}" if mutations else None
            sending.append(asyncio.create_task(_send(session, f"{url}/graphql", outcome, began, key)))
        await asyncio.gather(*sending)
    return outcome


async def _send(
    session: aiohttp.ClientSession, url: str, outcome: Outcome, began: float, key: str | None
) -> None:
    body: dict[str, Any] = {"query": QUERY}
    if key is not None:
        body = {"query": MUTATION, "variables": {"key": key}}
    start = time.monotonic()
    try:
        async with session.post(url, json=body, timeout=aiohttp.ClientTimeout(20)) as response:
            answer = await response.json()
            kind = _judge(answer, response.status, key)
            if kind != "right":
                errors = answer.get("errors", ())
                outcome.codes.update(error.get("extensions", {}).get("code") for error in errors)
            elif key is not None:
                outcome.keys.append(key)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        kind = "lost"
        outcome.codes[type(error).__name__] += 1
    outcome.counts[kind] += 1
    outcome.sent_at.append(start - began)
    outcome.seconds.append(time.monotonic() - start)


def _judge(answer: Any, status: int, key: str | None) -> str:
    if "errors" in answer:
        return "in part"
    right = RIGHT if key is None else {"addThing": True}
    return "right" if status == 200 and answer.get("data") == right else "wrong"
