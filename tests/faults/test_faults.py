"""Real processes on loopback that fail under load: a part of the table that ``make faults`` prints."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.table import ROWS, Row
from tests.faults.world import World, running
from tests.searching import part_of


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(Path(tmp_path_factory.mktemp("faults"))) as world:
        world.second = 2.0  # other tests run beside these; `make faults` takes the second as it is
        yield world


@pytest.mark.search
@pytest.mark.parametrize("row", part_of(ROWS, 2), ids=lambda row: row.name)
async def test_what_is_promised_is_kept(world: World, row: Row) -> None:
    await asyncio.to_thread(world.mend)
    outcome = await row.run(world, is_short=True)
    row.promise(outcome, world)
