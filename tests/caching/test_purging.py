"""Ending what is kept: by entity, type, tag and subgraph, on all gateways, in Redis or without."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from stitcher.caching.cache import ResponseCache
from stitcher.caching.entries import Entry, pack, unpack
from stitcher.caching.purges import REMEMBERED, Purges
from stitcher.stores import StoreUnavailableError
from tests.caching.world import World, world
from tests.redis_server import RedisServer
from tests.waiting import until

THING = '{ thing(id: "1") { serial note owner { name } } }'


@pytest.fixture
async def alone() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
async def two(redis: RedisServer) -> AsyncIterator[World]:
    async with world(redis.url, gateways=2) as made:
        yield made


def tagging(made: World, at: int = 0) -> Any:
    return made.gateways[at].tagging


async def asked_anew(made: World, query: str, at: int = 0) -> list[str]:
    """Return the services that are asked for something that was kept."""
    made.asked.clear()
    await made.data(query, at=at)
    return sorted(name for name, _ in made.asked)


async def settle(made: World) -> None:
    await until(lambda: not any(cache._tasks for cache in made.caches))


@pytest.mark.parametrize(
    ("words", "anew"),
    [
        (lambda tagging: tagging.entity("Thing", "1"), ["client", "thing"]),
        (lambda tagging: tagging.entity("Thing", 1), ["client", "thing"]),
        (lambda tagging: tagging.entity("Thing", "2"), []),
        (lambda tagging: tagging.entity("Client", "c1"), ["client", "thing"]),
        (lambda tagging: tagging.entity("Client", "c2"), []),
        (lambda tagging: tagging.type("Thing"), ["client", "thing"]),
        (lambda tagging: tagging.type("Thing", ["client"]), ["client"]),
        (lambda tagging: tagging.type("Client", ["client"]), ["client"]),
        (lambda tagging: tagging.tag("thing-1"), ["client", "thing"]),
        (lambda tagging: tagging.tag("kind-any"), []),
        (lambda tagging: ["subgraph:client"], ["client"]),
        (lambda tagging: ["subgraph:thing"], ["thing"]),
        (lambda tagging: [], []),
    ],
)
async def test_what_ends_what(alone: World, words: Any, anew: list[str]) -> None:
    await alone.data(THING)
    assert await asked_anew(alone, THING) == []
    await alone.caches[0].purge(words(tagging(alone)))
    assert sorted(set(await asked_anew(alone, THING))) == anew
    assert await asked_anew(alone, THING) == []


async def test_tags_of_arguments(alone: World) -> None:
    query, other = "{ things { id serial } }", '{ things(kind: "meter") { id serial } }'
    await alone.data(query)
    await alone.data(other)
    await alone.caches[0].purge(tagging(alone).tag("kind-any"))  # which is the default
    assert await asked_anew(alone, other) == []
    assert await asked_anew(alone, query) == ["thing"]
    by_variable = "query ($kind: String) { things(kind: $kind) { id serial } }"
    await alone.data(by_variable, variables={"kind": "meter"})
    await alone.caches[0].purge(tagging(alone).tag("kind-meter"))
    alone.asked.clear()
    await alone.data(by_variable, variables={"kind": "meter"})
    assert alone.asked


async def test_what_cannot_be_named_ends_with_any_of_its_type(alone: World) -> None:
    query = '{ thing(id: "1") { serial } }'
    await alone.data(query)
    await alone.caches[0].purge(tagging(alone).entity("Thing", "2"))  # is it that one? its id isn't known
    assert await asked_anew(alone, query) == ["thing"]


async def test_a_list_ends_with_what_is_in_it(alone: World) -> None:
    query = "{ things { id serial } }"
    await alone.data(query)
    await alone.caches[0].purge(tagging(alone).entity("Thing", "none"))
    assert await asked_anew(alone, query) == []
    await alone.caches[0].purge(tagging(alone).entity("Thing", "3"))
    assert await asked_anew(alone, query) == ["thing"]


async def test_services_may_tag_their_answers(alone: World) -> None:
    alone.extensions = {
        "apolloCacheTags": ["hot"],
        "apolloEntityCacheTags": [["note-1"], ["note-2"], ["note-3"]],
    }
    query = "{ things { note } }"
    await alone.data(query)
    await alone.caches[0].purge(tagging(alone).tag("note-2"))
    alone.asked.clear()
    await alone.data(query)
    ((name, body),) = alone.asked
    assert name == "client"
    assert [each["id"] for each in body["variables"]["_0_representations"]] == ["2"]
    await alone.caches[0].purge(tagging(alone).tag("hot", ["thing"]))
    assert await asked_anew(alone, query) == ["thing"]
    alone.extensions = {"apolloCacheTags": "hot", "apolloEntityCacheTags": [7, [None]]}
    await alone.data('{ thing(id: "1") { model note } }')


async def test_a_mutation_ends_what_it_says(two: World) -> None:
    query = '{ thing(id: "1") { id serial note } }'
    for at in (0, 1):
        await two.data(query, at=at)
    for at in (0, 1):
        before = await two.data(query, at=at)
        await two.data("mutation ($id: ID!) { change(id: $id) }", variables={"id": "1"}, at=1 - at)
        after = await two.data(query, at=at)
        assert after["thing"]["serial"] != before["thing"]["serial"]
        assert after["thing"]["note"] != before["thing"]["note"]
    before = await two.data("{ things { id serial } }", at=0)
    await two.data('mutation { changeKind(kind: "any", ids: ["2"]) }', at=1)
    assert await two.data("{ things { id serial } }", at=0) != before


async def test_what_one_gateway_keeps_the_other_has(two: World) -> None:
    first = await two.data(THING, "alice", at=0)
    await settle(two)
    two.asked.clear()
    assert await two.data(THING, "alice", at=1) == first
    assert two.asked == []
    assert await two.data('{ client(id: "c1") { balance } }', "alice", at=0)
    await settle(two)
    two.asked.clear()
    data = await two.data('{ client(id: "c1") { balance } }', "bob", at=1)
    assert data["client"]["balance"].endswith("bob")


def test_large_values_are_compressed() -> None:
    small = Entry(b'"small"', 1.0, 2.0, 3.0, 0.5, 7, False, ("a", "b"))
    large = small._replace(body=b'"' + b"large" * 1000 + b'"')
    assert unpack(pack(small)) == small
    assert unpack(pack(large)) == large
    assert len(pack(large)) < 500
    for broken in (b"", b"z", b"j[1]\nx", b"z[1,2,3,4,5,6,7]\nx", b"j{}\n"):
        assert unpack(broken) is None


async def test_what_was_asked_before_a_purge_is_not_kept_after_it(two: World) -> None:
    """A purge on the other gateway, while a service is being asked."""
    query = '{ thing(id: "1") { serial } }'
    await two.data(query)
    two.time += 30
    asking = asyncio.create_task(two.data(query))
    await until(lambda: len(two.asked) == 2)
    two.change("thing:1:serial")
    await two.caches[1].purge(tagging(two, 1).entity("Thing", "1"))
    await asking
    await settle(two)
    for at in (0, 1):
        data = await two.data(query, at=at)
        assert data["thing"]["serial"] == "thing:1:serial:2:all"


async def test_without_redis_services_are_asked_as_ever(two: World, redis: RedisServer) -> None:
    first = await two.data(THING)
    await redis.stop()
    two.change("thing:1:serial")
    second = await two.data(THING)
    assert second != first
    with pytest.raises(StoreUnavailableError):
        await two.caches[0].purge(tagging(two).entity("Thing", "1"))
    await redis.start()
    for _ in range(100):
        await asyncio.sleep(0.02)
        two.asked.clear()
        data = await two.data(THING)
        if not two.asked:
            break
    else:
        pytest.fail("nothing is kept any more")
    assert data["thing"]["serial"] == "thing:1:serial:2:all"


async def test_what_could_not_be_purged_is_purged_before_anything_is_read(
    two: World, redis: RedisServer
) -> None:
    await two.data(THING)
    await settle(two)
    redis.freeze()
    two.change("thing:1:serial")
    with pytest.raises(StoreUnavailableError):
        await two.caches[0].purge(tagging(two).entity("Thing", "1"))
    redis.thaw()
    for _ in range(50):
        await asyncio.sleep(0.02)
        data = await two.data(THING)
        assert data["thing"]["serial"] == "thing:1:serial:2:all"
    assert (await two.data(THING, at=1))["thing"]["serial"] == "thing:1:serial:2:all"


async def test_what_was_kept_before_the_log_was_lost_is_not_used(two: World, redis: RedisServer) -> None:
    first = await two.data(THING)
    await settle(two)
    two.change("thing:1:serial")
    await two.caches[1].purge(tagging(two).entity("Thing", "1"))
    Redis.from_url(redis.url).delete("stitcher:cache:purges")
    for at in (0, 1):
        assert await two.data(THING, at=at) != first


async def test_many_purges_at_once_are_learned_of(two: World) -> None:
    await two.data(THING)
    await asyncio.gather(*(two.caches[1].purge([f"tag:thing:{number}"]) for number in range(2500)))
    two.change("thing:1:serial")
    await two.caches[1].purge(tagging(two).entity("Thing", "1"))
    assert (await two.data(THING))["thing"]["serial"] == "thing:1:serial:2:all"
    assert len(two.caches[0].purges._last) > 2500


def test_the_log_is_bounded() -> None:
    purges = Purges()
    for place in range(1, REMEMBERED + 2):
        purges.record(place, [f"tag:{place}"])
    assert purges.have_ended(REMEMBERED, ["another"])
    assert not purges.have_ended(REMEMBERED + 1, ["another"])
    assert len(purges._last) == 0


async def test_a_plan_is_no_larger_for_what_is_known_of_keeping(alone: World) -> None:
    """The schema, which all of them know, doesn't count: else none would be kept."""
    gateway = alone.gateways[0]
    gateway.prepare(THING)
    gateway.prepare('mutation { change(id: "1") }')
    assert len(gateway.prepared) == 2
    assert gateway.prepared.size < 60_000


async def test_what_is_kept_is_bounded() -> None:
    async with world(size=64 * 3000) as made:
        for number in range(200):
            await made.data(f'{{ client(id: "c{number}") {{ name }} }}')
        assert made.caches[0].near.size <= 64 * 3000
        assert isinstance(made.caches[0], ResponseCache)


async def test_what_began_before_a_purge_is_not_shared_with_who_comes_after_it(alone: World) -> None:
    """Where nothing may be kept, equal requests to a service share an answer all the same."""
    alone.headers = {"Cache-Control": "no-store"}
    first = asyncio.create_task(alone.data("{ said }"))
    await until(lambda: alone.asked)
    alone.change("query:0:said")
    await alone.caches[0].purge(["subgraph:thing"])
    second = await alone.data("{ said }")
    await first
    assert second == {"said": "query:0:said:2:all"}


def test_another_process_knows_the_same_keys() -> None:
    """So that what is in Redis is of use after a restart."""
    code = """
import asyncio
from tests.caching.world import world
async def main():
    async with world() as made:
        await made.data('{ b: thing(id: "1") { serial a: note owner { name } } }', "alice")
        print(sorted(map(str, made.caches[0].near.keys())))
asyncio.run(main())
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.splitlines()[-1]
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert printed[0].count("'") == 6
