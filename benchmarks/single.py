"""What one number tells: cold starts, latency, stalls beside large answers, several processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from graphql import parse, validate

from benchmarks.contestants import serving
from benchmarks.graphs import GRAPHS, Graph
from benchmarks.load import measure, waits_of_others
from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.planning.planner import plan_operation

__all__ = ["SINGLE"]


def cold() -> str:
    """Return what an operation costs that is seen for the first time, and what composing does."""
    graph = GRAPHS["shop"](0)
    composing = _cpu(lambda: compose(_sources(graph)))
    supergraph = compose(_sources(graph))
    document = parse(graph.operation)
    parsing = _cpu(lambda: parse(graph.operation))
    validating = _cpu(lambda: validate(supergraph.schema, document))
    planning = _cpu(lambda: plan_operation(supergraph, document))
    return (
        f"composing {composing:.1f} ms of CPU; parsing {parsing:.1f} + validating {validating:.1f} "
        f"+ planning {planning:.1f} = {parsing + validating + planning:.1f} ms"
    )


def start() -> str:
    """Return how long a gateway takes from its start to its first answer."""
    before = time.perf_counter()
    with serving("shop") as gateway:
        services = time.perf_counter() - before
        return (
            f"{gateway.start_cpu:.2f} s of CPU, at most {services:.2f} s of time with the services' own start"
        )


def latency() -> str:
    """Return what the gateway adds where each service takes 20 ms."""
    graph = GRAPHS["shop"](0)
    plan = plan_operation(compose(_sources(graph)), parse(graph.operation))
    depth = 0
    levels: dict[int, int] = {}
    for fetch in plan.fetches:
        levels[fetch.id] = 1 + max((levels[each] for each in fetch.after), default=0)
        depth = max(depth, levels[fetch.id])
    with serving("shop", delay=0.02) as gateway:
        one = asyncio.run(measure(gateway.url, graph.operation, gateway.process, connections=1, seconds=3))
        many = asyncio.run(measure(gateway.url, graph.operation, gateway.process, connections=20, seconds=3))
    return (
        f"{depth} fetches one after the other, {depth * 20} ms; median {one.percentile(0.5):.1f} ms at one "
        f"connection, {many.percentile(0.5):.1f} ms at 20 (fastest {many.latencies[0]:.1f})"
    )


def stalls() -> str:
    """Return how long a small request waits while the gateway answers others with 20 MB."""
    with serving("answer", 20_000_000) as gateway:
        worst = asyncio.run(waits_of_others(gateway.url, GRAPHS["answer"](1).operation, 4))
    return f"at most {worst:.0f} ms for a small request beside answers of 20 MB"


def processes() -> str:
    """Return what a second process brings, on as many cores as there are for both."""
    costs = []
    for count in (1, 2):
        with serving("shop", options=("--workers", str(count))) as gateway:
            before = [(member.pid, member.cpu()) for member in gateway.process.members()]
            load = asyncio.run(
                measure(gateway.url, GRAPHS["shop"](0).operation, gateway.process, connections=50, seconds=4)
            )
            after = {member.pid: member.cpu() for member in gateway.process.members()}
        shares = sorted((after[pid] - cpu for pid, cpu in before if pid in after), reverse=True)
        costs.append((load.cpu, shares))
    (one, _), (two, shares) = costs
    busiest = shares[0] / sum(shares)
    return (
        f"{one:.2f} ms of CPU per request in one process, {two:.2f} in two, the busier of which has "
        f"{busiest:.0%}: {one / (two * busiest):.2f} times the requests where each has a core"
    )


SINGLE: dict[str, Callable[[], str]] = {
    "Cold": cold,
    "Start": start,
    "Latency": latency,
    "Stalls": stalls,
    "Processes": processes,
}


def _sources(graph: Graph) -> list[Source]:
    return [Source(name, sdl, f"{name}.graphql", ("http://localhost/",)) for name, sdl in graph.sdls.items()]


def _cpu(run: Callable[[], object]) -> float:
    """Return the CPU milliseconds of a call: the least of five, since others' work gets in between."""
    taken = []
    for _ in range(5):
        before = time.process_time()
        run()
        taken.append((time.process_time() - before) * 1000)
    return min(taken)
