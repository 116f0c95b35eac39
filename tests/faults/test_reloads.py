"""Changes without a restart, ends in order, workers that die: a real gateway under load."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.faults.load import load
from tests.faults.world import World, ask, running, write_schemas
from tests.searching import examples
from tests.waiting import until


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(Path(tmp_path_factory.mktemp("reloads"))) as world:
        yield world


@pytest.fixture
def world(services: World) -> World:
    services.stop()
    write_schemas(services.directory / "schemas")
    (services.directory / "gateway.toml").unlink(missing_ok=True)
    services.log.write_text("")
    services.restart()
    return services


def add_field(world: World, name: str) -> None:
    sdl = world.directory / "schemas" / "thing.graphql"
    sdl.write_text(sdl.read_text().replace("label: String", f"label: String\n  {name}: String", 1))


def knows(world: World, field: str) -> Callable[[], bool]:
    def asked() -> bool:
        answer = ask(f"{world.url}/graphql?query={{__type(name:%22Thing%22){{fields{{name}}}}}}")
        return field in str(answer)

    return asked


def has_reloaded(world: World, times: int) -> bool:
    return world.log.read_text().count("a changed schema is served") >= times


async def test_a_changed_schema_is_served_within_five_seconds_and_nothing_is_lost(world: World) -> None:
    sending = asyncio.create_task(load(world.url, 4))
    await asyncio.sleep(0.5)
    add_field(world, "colour")
    await until(lambda: "a changed schema is served" in world.log.read_text())
    assert await asyncio.to_thread(knows(world, "colour"))
    outcome = await sending
    assert outcome.counts["right"] == outcome.sent, outcome
    assert "Thing.colour" in world.log.read_text()  # what has changed is told


async def test_a_broken_schema_changes_nothing_until_it_is_mended(world: World) -> None:
    before = await asyncio.to_thread(world.ready)
    sdl = world.directory / "schemas" / "thing.graphql"
    good = sdl.read_text()
    sdl.write_text(good + "type {")
    await until(lambda: "newest schema is broken" in world.log.read_text())
    outcome = await load(world.url, 0.5)
    assert outcome.counts["right"] == outcome.sent, outcome
    told = await asyncio.to_thread(world.ready)
    assert (told["status"], told["schema"]["problems"]) == ("ready", ["INVALID_GRAPHQL"])
    assert told["schema"]["hash"] == before["schema"]["hash"]
    sdl.write_text(good)
    ends = time.monotonic() + 5
    while (await asyncio.to_thread(world.ready))["schema"]["problems"]:
        assert time.monotonic() < ends
        await asyncio.sleep(0.1)
    assert "a changed schema is served" not in world.log.read_text()  # it is the one from before


async def test_a_schema_that_was_replaced_as_a_whole_is_served(world: World) -> None:
    schemas, old = world.directory / "schemas", world.directory / "old"
    schemas.rename(old)
    await asyncio.sleep(0.2)
    write_schemas(schemas)
    add_field(world, "size")
    await until(lambda: "a changed schema is served" in world.log.read_text(), 8)
    for file in old.iterdir():
        file.unlink()
    old.rmdir()


async def test_settings_of_the_file_are_reloaded_and_what_needs_a_restart_is_told(world: World) -> None:
    file = world.directory / "gateway.toml"
    file.write_text("port = 1\nintrospection = false\n")
    await until(lambda: "a changed schema is served" in world.log.read_text())
    assert await asyncio.to_thread(lambda: not knows(world, "label")())
    assert "restart" not in world.log.read_text()  # PORT of the environment comes first
    file.write_text("max_requests = 7\nintrospection = true\n")
    await until(lambda: '"settings": ["MAX_REQUESTS"]' in world.log.read_text())
    await until(partial(has_reloaded, world, 2))
    assert await asyncio.to_thread(knows(world, "label"))
    file.write_text("introspection = maybe\n")
    await until(lambda: "newest schema is broken" in world.log.read_text())
    assert await asyncio.to_thread(knows(world, "label"))


async def test_a_hangup_reloads_where_nothing_is_watched(world: World) -> None:
    world.restart(SCHEMA_WATCH="off")
    await asyncio.sleep(1)  # until it has looked for the first time
    add_field(world, "weight")
    await asyncio.sleep(1)
    assert not await asyncio.to_thread(knows(world, "weight"))
    assert world.gateway is not None
    world.gateway.send_signal(signal.SIGHUP)
    await until(lambda: "a changed schema is served" in world.log.read_text())


@pytest.mark.search
async def test_reloads_under_load_lose_nothing(world: World) -> None:
    reloads = examples(8)
    calm = await load(world.url, 2)
    sending = asyncio.create_task(load(world.url, reloads * 0.7 + 1))
    for number in range(reloads):
        add_field(world, f"more{number}")
        await until(partial(has_reloaded, world, number + 1))
    assert await asyncio.to_thread(knows(world, f"more{reloads - 1}"))
    outcome = await sending
    assert outcome.counts["right"] == outcome.sent, outcome
    assert outcome.p99 < max(3 * calm.p99, 0.3), (calm.p99, outcome.p99)  # other tests run beside this one


async def test_an_end_is_told_before_it_comes(world: World) -> None:
    world.restart(DRAIN_SECONDS="1.5")
    assert world.gateway is not None
    sending = asyncio.create_task(load(world.url, 1.5))
    await asyncio.sleep(0.3)
    world.gateway.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{world.url}/health/ready") as answer:
            assert (answer.status, (await answer.json())["status"]) == (503, "draining")
            assert answer.headers["Connection"] == "close"
        async with http.get(f"{world.url}/health/live") as answer:
            assert answer.status == 200
    outcome = await sending
    assert outcome.counts["right"] == outcome.sent, outcome
    assert await asyncio.to_thread(world.gateway.wait, 10) == 0


async def test_a_worker_that_dies_is_replaced_and_the_others_reload(world: World) -> None:
    world.stop()
    world.log.write_text("")
    world.restart(WORKERS="2")
    assert world.gateway is not None

    def workers() -> set[int]:
        path = Path(f"/proc/{world.gateway.pid}/task/{world.gateway.pid}/children")  # type: ignore[union-attr]
        children = map(int, path.read_text().split())
        return {child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}

    await until(lambda: world.log.read_text().count("gateway is open") >= 2, 20)
    first = workers()
    os.kill(min(first), signal.SIGKILL)
    await until(lambda: len(workers() - first) == 1, 20)
    await until(lambda: world.log.read_text().count("gateway is open") >= 3, 20)
    outcome = await load(world.url, 1)
    assert outcome.counts["right"] == outcome.sent, outcome
    add_field(world, "shape")
    await until(lambda: world.log.read_text().count("a changed schema is served") == 2, 10)
    world.gateway.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(world.gateway.wait, 20) == 0
