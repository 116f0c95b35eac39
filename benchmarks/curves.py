"""How the cost of a request grows with each kind of work: CPU milliseconds, in all and a unit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.contestants import serving
from benchmarks.graphs import GRAPHS
from benchmarks.load import measure

__all__ = ["CURVES", "Curve", "Point", "draw"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One direction of growth: a graph's size, or the connections to the shop.

    ``flat`` says that the cost should stay as it is, rather than grow with the size.
    """

    name: str
    unit: str
    graph: str
    sizes: tuple[int, ...]
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """``cpu`` is in milliseconds a request, ``each`` a unit of its size."""

    size: int
    cpu: float
    each: float


CURVES = (
    Curve("Entities in one answer", "entity", "entities", (10, 100, 1_000, 10_000)),
    Curve("Fetches one after the other", "hop", "hops", (1, 2, 4, 8, 12)),
    Curve("Root fields, of 5 services", "field", "roots", (1, 10, 30, 100)),
    Curve("Services in the graph, 5 of them asked", "service", "subgraphs", (5, 50, 500), flat=True),
    Curve("Bytes of one answer", "KB", "answer", (1_000, 100_000, 1_000_000, 20_000_000)),
    Curve("Connections at one time", "connection", "shop", (1, 10, 100, 500), flat=True),
)


def draw(curve: Curve, seconds: float, say: Callable[[str], None]) -> list[Point]:
    """Measure a curve's points, from the smallest on."""
    points = []
    for size in curve.sizes:
        connections = size if curve.graph == "shop" else 4
        with serving(curve.graph, size) as gateway:
            operation = GRAPHS[curve.graph](size).operation
            load = asyncio.run(
                measure(gateway.url, operation, gateway.process, connections=connections, seconds=seconds)
            )
        units = len(load.answer) / 1000 if curve.unit == "KB" else size
        points.append(Point(size, load.cpu, load.cpu / units))
        each = f"{load.cpu / units * 1000:.1f} µs per {curve.unit}"
        say(f"{curve.name}: {size:,}: {load.cpu:.3f} ms per request, {each}")
    return points
