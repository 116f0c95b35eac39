"""Failures and reloads, one after the other, for minutes: memory, sockets and tasks have to stay flat.

python -m tests.faults.soak [MINUTES]
"""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from tests.faults.load import Outcome, load
from tests.faults.table import both, kill_one, one, stop_one
from tests.faults.world import World, ask, running

STEP = 10
"""Seconds from one failure to the next."""

FAULTS = ("status_503", "reset", "hang", "slow", "truncated", "byte_by_byte", "half_closed", "every_third")

OWN = "type Query { tasks: Int }\n"

RESOLVERS = (
    "import asyncio\n"
    "from ariadne import QueryType\n"
    "query = QueryType()\n"
    "query.set_field('tasks', lambda *_: len(asyncio.all_tasks()))\n"
    "bindables = [query]\n"
)


class Reading(NamedTuple):
    """The gateway at one time: memory in MiB, open files and sockets, tasks."""

    memory: float
    files: int
    tasks: int


def read(world: World) -> Reading:
    assert world.gateway is not None
    process = Path("/proc") / str(world.gateway.pid)
    pages = int((process / "statm").read_text().split()[1])
    tasks = ask(f"{world.url}/graphql?query={{tasks}}")["data"]["tasks"]
    return Reading(pages * 4096 / 2**20, len(list((process / "fd").iterdir())), tasks)


async def change_schema(world: World) -> None:
    sdl = world.directory / "schemas" / "thing.graphql"
    text = sdl.read_text()
    has_more = "\n  more: String" in text
    sdl.write_text(
        text.replace("\n  more: String", "") if has_more else text.replace("label:", "more: String\n  label:")
    )


async def break_schema(world: World) -> None:
    sdl = world.directory / "schemas" / "thing.graphql"
    text = sdl.read_text()
    sdl.write_text(text + "type {")
    await asyncio.sleep(2)
    sdl.write_text(text)


async def hang_up(world: World) -> None:
    assert world.gateway is not None
    world.gateway.send_signal(signal.SIGHUP)


def mend(world: World) -> None:
    for instances in world.instances.values():
        for instance in instances:
            instance.mend()


async def soak(world: World, minutes: float) -> int:
    """Go on for so many minutes; return 0 if everything stayed flat and nothing was lost."""
    events: list[Callable[[World], Awaitable[None]]] = [
        *(one(fault) for fault in FAULTS),
        *(kill_one, stop_one, both("half_fail")),
        *(change_schema, change_schema, change_schema, break_schema, hang_up),
    ]
    readings: list[Reading] = []
    total = Outcome()
    ends = time.monotonic() + 60 * minutes
    while time.monotonic() < ends:
        event = random.choice(events)
        sending = asyncio.create_task(load(world.url, STEP - 2))
        await asyncio.sleep(1)
        await event(world)
        outcome = await sending
        total.counts.update(outcome.counts)
        await asyncio.to_thread(mend, world)
        await asyncio.sleep(2)
        readings.append(await asyncio.to_thread(read, world))
        print(f"{outcome}; {readings[-1]}", flush=True)
    third = len(readings) // 3
    early = [statistics.median(column) for column in zip(*readings[third : 2 * third], strict=True)]
    late = [statistics.median(column) for column in zip(*readings[2 * third :], strict=True)]
    reloads = world.log.read_text().count("a changed schema is served")
    print(f"{dict(total.counts)}, {reloads} reloads; medians of the second third {early}, of the last {late}")
    is_flat = late[0] < early[0] + 5 and late[1] < early[1] + 20 and late[2] < early[2] + 10
    return 0 if is_flat and not total.counts["lost"] and not total.counts["wrong"] else 1


def main() -> int:
    """Run it; the argument is the number of minutes."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as world:
        (world.directory / "schemas" / "gateway.graphql").write_text(OWN)
        (world.directory / "resolvers.py").write_text(RESOLVERS)
        world.restart()
        return asyncio.run(soak(world, minutes))


if __name__ == "__main__":
    sys.exit(main())
