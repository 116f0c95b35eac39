import time
from collections.abc import Callable

import pytest

from stitcher.server.limits import limiter as module
from stitcher.server.limits.limiter import Hit, MemoryLimiter, State, Verdict
from stitcher.windows import Window, parse_windows

MINUTE = Window("a/minute", 2, 60)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def hits(limits: str, client: str = "a", cost: int = 1) -> list[Hit]:
    return [Hit(f"{window.name}:{client}", window, cost) for window in parse_windows("a", limits)]


async def admitted(limiter: MemoryLimiter, request: Callable[[], list[Hit]], times: int) -> int:
    return sum([(await limiter.hit(request())).is_admitted for _ in range(times)])


async def test_what_a_verdict_says(clock: Clock) -> None:
    limiter = MemoryLimiter()
    hit = [Hit("a", MINUTE)]
    assert await limiter.hit(hit) == Verdict(True, (State(MINUTE, 1, 60.0),))
    clock.now += 12.5
    assert await limiter.hit(hit) == Verdict(True, (State(MINUTE, 0, 47.5),))
    refused = await limiter.hit(hit)
    assert refused == Verdict(False, (State(MINUTE, 0, 47.5),))
    assert refused.retry_after == 48


async def test_a_window_ends_with_its_time(clock: Clock) -> None:
    limiter = MemoryLimiter()
    assert await admitted(limiter, lambda: hits("2/minute"), 3) == 2
    clock.now += 59.9
    refused = await limiter.hit(hits("2/minute"))
    assert (refused.is_admitted, refused.retry_after) == (False, 1)
    clock.now += 0.1
    assert await admitted(limiter, lambda: hits("2/minute"), 3) == 2


async def test_clients_are_counted_apart(clock: Clock) -> None:
    limiter = MemoryLimiter()
    assert await admitted(limiter, lambda: hits("2/minute", "a"), 3) == 2
    assert await admitted(limiter, lambda: hits("2/minute", "b"), 3) == 2


async def test_what_one_window_refuses_counts_in_none(clock: Clock) -> None:
    limiter = MemoryLimiter()
    assert await admitted(limiter, lambda: hits("2/second;5/hour"), 10) == 2
    clock.now += 1
    assert await admitted(limiter, lambda: hits("2/second;5/hour"), 10) == 2
    clock.now += 1
    assert await admitted(limiter, lambda: hits("2/second;5/hour"), 10) == 1
    refused = await limiter.hit(hits("2/second;5/hour"))
    assert [state.window.name for state in refused.states] == ["a/hour"]
    assert refused.retry_after == 3598


async def test_a_cost_is_admitted_as_a_whole(clock: Clock) -> None:
    limiter = MemoryLimiter()
    assert not (await limiter.hit(hits("5/minute", cost=6))).is_admitted
    assert (await limiter.hit(hits("5/minute", cost=3))).is_admitted
    refused = await limiter.hit(hits("5/minute", cost=3))
    assert (refused.is_admitted, refused.states[0].remaining) == (False, 2)
    assert (await limiter.hit(hits("5/minute", cost=2))).is_admitted


async def test_ended_counters_are_dropped(clock: Clock) -> None:
    limiter = MemoryLimiter()
    for number in range(100):
        await limiter.hit(hits("2/minute;5/hour", str(number)))
    clock.now += 61
    await limiter.hit(hits("2/minute;5/hour", "last"))
    assert {seconds: len(counters) for seconds, counters in limiter._counters.items()} == {60: 1, 3600: 101}


async def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CAPACITY", 10)
    limiter = MemoryLimiter()
    for number in range(25):
        await limiter.hit(hits("1/minute", str(number)))
    assert len(limiter._counters[60]) == 10
    assert not (await limiter.hit(hits("1/minute", "24"))).is_admitted
    assert (await limiter.hit(hits("1/minute", "0"))).is_admitted


async def test_the_time_of_a_hit_does_not_grow_with_the_clients() -> None:
    async def measure(count: int) -> float:
        limiter = MemoryLimiter()
        for number in range(count):
            await limiter.hit(hits("100/hour", str(number)))
        best = float("inf")
        for _ in range(20):
            start = time.perf_counter()
            for number in range(100):
                await limiter.hit(hits("100/hour", str(number)))
            best = min(best, time.perf_counter() - start)
        return best

    assert await measure(100_000) < 5 * await measure(100)
