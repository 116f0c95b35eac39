"""Faults, and what is promised for each: a table, each row of which is a test."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.load import Outcome, load
from tests.faults.world import World

__all__ = ["ROWS", "Row"]

Promise = Callable[[Outcome, World], None]


@dataclass(frozen=True)
class Row:
    """One fault: how it is brought about while requests are under way, and what is promised all the same.

    ``seconds`` is how long requests are sent; in the short version, ``shortly``.
    """

    name: str
    begin: Callable[[World], Awaitable[None]]
    promise: Promise
    told: str
    seconds: float = 6
    shortly: float = 2.5
    mutations: bool = False

    async def run(self, world: World, *, is_short: bool) -> Outcome:
        """Return what became of the requests."""
        seconds = self.shortly if is_short else self.seconds
        sending = asyncio.create_task(load(world.url, seconds, mutations=self.mutations))
        await asyncio.sleep(0.5)
        await self.begin(world)
        return await sending

    def broken(self, outcome: Outcome, world: World) -> str:
        """Return what of the promise wasn't kept, nothing if it was."""
        try:
            self.promise(outcome, world)
        except AssertionError as error:
            return str(error).partition("\n")[0]
        return ""


def all_right(outcome: Outcome, world: World) -> None:
    """Every request is answered right, and none takes a second."""
    assert outcome.counts["right"] == outcome.sent, outcome
    assert outcome.slowest < world.second, outcome


def all_right_and_quick(outcome: Outcome, world: World) -> None:
    """Besides, half of them take less than 200 ms."""
    all_right(outcome, world)
    assert outcome.median < 0.2 * world.second, outcome


def none_lost(outcome: Outcome, world: World) -> None:
    """Every request is answered, right or in part: what other services answer is there."""
    assert not outcome.counts["lost"], outcome
    assert not outcome.counts["wrong"], outcome


def done_once(outcome: Outcome, world: World) -> None:
    """No mutation is done twice, and none that was answered right isn't done."""
    none_lost(outcome, world)
    done = world.journal.read_text().splitlines()
    assert len(done) == len(set(done)), outcome
    assert set(outcome.keys) <= set(done), outcome


def at_once_when_known(seconds: float) -> Promise:
    """After some seconds, what can't be had is told at once."""

    def promise(outcome: Outcome, world: World) -> None:
        none_lost(outcome, world)
        late = outcome.after(seconds)
        assert late.slowest < world.second, late

    return promise


def one(fault: str) -> Callable[[World], Awaitable[None]]:
    """Let one of the two instances of a service misbehave."""

    async def begin(world: World) -> None:
        await asyncio.to_thread(world.things[0].misbehave, fault)

    return begin


def both(fault: str) -> Callable[[World], Awaitable[None]]:
    """Let both misbehave."""

    async def begin(world: World) -> None:
        for instance in world.things:
            await asyncio.to_thread(instance.misbehave, fault)

    return begin


async def kill_one(world: World) -> None:
    await asyncio.to_thread(world.things[0].kill)


async def kill_both(world: World) -> None:
    for instance in world.things:
        await asyncio.to_thread(instance.kill)


async def kill_both_and_start_them(world: World) -> None:
    await kill_both(world)
    await asyncio.sleep(1)
    for instance in world.things:
        await asyncio.to_thread(instance.start)


async def stop_one(world: World) -> None:
    world.things[0].signal(signal.SIGSTOP)


async def stop_both(world: World) -> None:
    for instance in world.things:
        instance.signal(signal.SIGSTOP)


async def nothing(world: World) -> None:
    """Leave everything as it is."""


def bounded_storm(outcome: Outcome, world: World) -> None:
    """A service that fails half of its requests is asked at most a fifth more, or ten a second more."""
    none_lost(outcome, world)
    received = sum(instance.received() for instance in world.things)
    more = max(0.2 * outcome.sent, 10 * (max(outcome.sent_at) + 2))
    assert received - world.before <= outcome.sent + more, f"{received - world.before} received; {outcome}"


ROWS = [
    Row("nothing", nothing, all_right_and_quick, "all right, half within 200 ms"),
    Row("one of two killed", kill_one, all_right, "all right, none over 1 s"),
    *(
        Row(f"one of two: {fault.replace('_', ' ')}", one(fault), all_right, "all right, none over 1 s")
        for fault in (
            *("status_503", "status_502", "html", "truncated", "short_body", "garbage", "reset", "closed"),
            *("half_closed", "hang", "slow_headers", "byte_by_byte", "every_third"),
        )
    ),
    Row("one of two stopped (SIGSTOP)", stop_one, all_right, "all right, none over 1 s"),
    Row("one of two takes 1 s", one("slow"), all_right_and_quick, "all right, half within 200 ms"),
    Row("both killed", kill_both, none_lost, "none lost or wrong"),
    Row("both killed, and back", kill_both_and_start_them, none_lost, "none lost or wrong"),
    Row("both: 503", both("status_503"), none_lost, "none lost or wrong"),
    Row(
        "both stopped (SIGSTOP)",
        stop_both,
        at_once_when_known(7.5),
        "in part at once after 7 s",
        seconds=11,
        shortly=9,
    ),
    Row(
        "half of all answers are 503",
        both("half_fail"),
        bounded_storm,
        "a fifth more requests at most",
    ),
    Row("mutations, one of two killed", kill_one, done_once, "none done twice", mutations=True),
    Row("mutations, one of two resets", one("reset"), done_once, "none done twice", mutations=True),
    Row("mutations, one of two takes 1 s", one("slow"), done_once, "none done twice", mutations=True),
]
"""The table."""
