"""Two users, two gateways on one Redis, a clock in the test's hand: no value is too old, or somebody else's.

What is asked, changed, purged and lost is random; each value of an answer says whose and which version it is.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from redis import Redis

from tests.caching.world import AGES, IDS, World, world
from tests.redis_server import RedisServer, redis_binary
from tests.searching import examples
from tests.waiting import until

STEPS = 50
MACHINES = 40

SLACK = 5

HEADERS: list[tuple[dict[str, str], int]] = [
    ({}, 0),
    ({"Cache-Control": "max-age=8"}, 0),
    ({"Cache-Control": "private, max-age=60"}, 0),
    ({"Cache-Control": f"max-age=60, stale-while-revalidate={SLACK}"}, SLACK),
]

LEAVES = {
    "Thing": ("serial", "model", "note", "note(loud: true)", "id", "__typename"),
    "Client": ("name", "balance", "id", "__typename"),
}
LINKS = {"Thing": ("owner", "Client"), "Client": ("favourite", "Thing")}


@st.composite
def selections(draw: Any, type_name: str, depth: int) -> str:
    """Draw what is asked of an object: some fields, in any order, under any alias."""
    fields = draw(st.lists(st.sampled_from(LEAVES[type_name]), min_size=1, max_size=4))
    parts = [
        f"{'abcd'[number] * 2}: {each}" if draw(st.booleans()) else each for number, each in enumerate(fields)
    ]
    plain = [part for part in parts if part not in ("note", "note(loud: true)")]
    notes = [
        f"n{number}: {part}" for number, part in enumerate(parts) if part in ("note", "note(loud: true)")
    ]
    parts = [*plain, *notes]
    if depth and draw(st.booleans()):
        name, below = LINKS[type_name]
        parts.append(f"{name} {{ {draw(selections(below, depth - 1))} }}")
    draw(st.randoms()).shuffle(parts)
    return " ".join(dict.fromkeys(parts))


@st.composite
def operations(draw: Any) -> str:
    roots = []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("things", "thing", "client", "mine")))
        id_ = draw(st.sampled_from(IDS))
        if kind == "things":
            given = draw(st.sampled_from(("", '(kind: "any")', '(kind: "meter")')))
            text = f"things{given} {{ {draw(selections('Thing', 2))} }}"
        elif kind == "thing":
            text = f'thing(id: "{id_}") {{ {draw(selections("Thing", 2))} }}'
        elif kind == "client":
            text = f'client(id: "c{id_}") {{ {draw(selections("Client", 2))} }}'
        else:
            text = "mine"
        roots.append(f"r{number}: {text}")
    return f"{{ {' '.join(roots)} }}"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str) and value.count(":") == 4:
        yield value


class NeverWrong(RuleBasedStateMachine):
    """Asks and changes, and checks each value."""

    runner: asyncio.Runner
    redis: RedisServer
    hits = 0
    steps = 0  # of all machines

    def __init__(self) -> None:
        super().__init__()
        self.stack = AsyncExitStack()
        Redis.from_url(self.redis.url).flushall()
        self.floors: dict[str, int] = {}
        self.slack = 0
        self.world: World = self.runner.run(
            self.stack.enter_async_context(world(self.redis.url, gateways=2, size=64 * 20_000))
        )

    def teardown(self) -> None:
        for cache in self.world.caches:
            type(self).hits += sum(tally.hits for tally in cache.tallies.values())
        self.runner.run(self.stack.aclose())

    @initialize(said=st.sampled_from(HEADERS), pool=st.lists(operations(), min_size=2, max_size=4))
    def begin(self, said: tuple[dict[str, str], int], pool: list[str]) -> None:
        self.world.headers, self.slack = said
        self.pool = pool

    @rule(
        asked=st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(("alice", "alice", "bob", "")), st.integers(0, 1)),
            min_size=1,
            max_size=3,
        )
    )
    def ask(self, asked: list[tuple[int, str, int]]) -> None:
        async def ask() -> list[Any]:
            pool = self.pool
            found = await asyncio.gather(
                *(self.world.data(pool[number % len(pool)], who, at) for number, who, at in asked)
            )
            await self.settle()
            return found

        for (_, who, _), data in zip(asked, self.runner.run(ask()), strict=True):
            for text in texts(data):
                self.check(text, who)

    def check(self, text: str, who: str) -> None:
        kind, id_, name, number, whose = text.split(":")
        what, version = f"{kind}:{id_}:{name}", int(number)
        assert whose in ("all", who or "nobody"), (text, who)
        assert version >= self.floors.get(what, 1), (text, "was purged")
        began = self.world.versions[what]
        until = began[version] if version < len(began) else None
        assert until is None or until > self.world.time - AGES[name] - self.slack, (
            text,
            began,
            self.world.time,
        )

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    async def settle(self) -> None:
        await until(lambda: not any(cache._tasks for cache in self.world.caches))

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds: int) -> None:
        self.world.time += seconds

    @rule(
        id_=st.sampled_from(IDS), name=st.sampled_from(("serial", "model", "note", "name", "balance", "mine"))
    )
    def change(self, id_: str, name: str) -> None:
        self.world.change(self.what(id_, name))

    def what(self, id_: str, name: str) -> str:
        if name == "mine":
            return "query:0:mine"
        return f"client:c{id_}:{name}" if name in ("name", "balance") else f"thing:{id_}:{name}"

    @rule(
        id_=st.sampled_from(IDS),
        at=st.integers(0, 1),
        way=st.sampled_from(("entity", "type", "tag", "subgraph")),
        name=st.sampled_from(("serial", "model", "note", "name", "balance")),
    )
    def purge(self, id_: str, at: int, way: str, name: str) -> None:
        self.world.change(self.what(id_, name))
        type_name = "Client" if name in ("name", "balance") else "Thing"
        tagging = self.world.gateways[at].tagging
        assert tagging is not None
        key = f"c{id_}" if type_name == "Client" else id_
        ids, names = [id_], ["name", "balance"] if type_name == "Client" else ["serial", "model", "note"]
        if way == "tag" and type_name == "Thing":
            words = tagging.tag(f"thing-{id_}")
        elif way == "subgraph":
            words = [f"subgraph:{name}" for name in ("thing", "client")]
            ids, names = list(IDS), ["serial", "model", "note", "name", "balance", "mine"]
        elif way == "type":
            words, ids = tagging.type(type_name), list(IDS)
        else:
            words = tagging.entity(type_name, key)
        self.runner.run(self.world.caches[at].purge(words))
        self.ended(ids, names)

    @rule(id_=st.sampled_from(IDS), at=st.integers(0, 1), many=st.booleans())
    def mutate(self, id_: str, at: int, many: bool) -> None:
        if many:
            query = f'mutation {{ changeKind(kind: "any", ids: ["{id_}"]) }}'
        else:
            query = f'mutation {{ change(id: "{id_}") }}'
        self.runner.run(self.world.data(query, at=at))
        self.ended(list(IDS) if many else [id_], ["serial", "model", "note"])

    def ended(self, ids: list[str], names: list[str]) -> None:
        for what in (self.what(each, name) for each in ids for name in names):
            self.floors[what] = len(self.world.versions[what])

    @rule(at=st.integers(0, 1))
    def forget(self, at: int) -> None:
        """Lose what is kept near, or the whole Redis, the log of purges with it."""
        if at:
            self.world.caches[0].near.clear()
        else:
            Redis.from_url(self.redis.url).flushall()


@pytest.mark.search
def test_no_value_is_older_than_it_may_be_or_anothers() -> None:
    with tempfile.TemporaryDirectory() as directory, asyncio.Runner() as runner:
        NeverWrong.runner = runner
        NeverWrong.redis = RedisServer(redis_binary(), Path(directory))
        NeverWrong.hits = 0
        runner.run(NeverWrong.redis.start())
        try:
            run_state_machine_as_test(
                NeverWrong,
                settings=settings(
                    max_examples=examples(MACHINES),
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(NeverWrong.redis.stop())
        print(f"{NeverWrong.steps} steps, {NeverWrong.hits} hits")
        assert NeverWrong.hits > examples(MACHINES) * STEPS / 20
