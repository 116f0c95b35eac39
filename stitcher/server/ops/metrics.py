"""What monitoring reads, in Prometheus' text format: what became of requests, services and all that is kept.

A. *Events* are counted when they happen.
B. What others count or know by themselves is *sampled*: every second, and before this process is read.
C. Where several processes answer, each writes its numbers down every second, and is read with those of all.

Labels are bounded: of names that clients choose, the first hundred have a label of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stitcher.events import AttemptEnded, BreakerMoved, Event, OperationPrepared, RequestEnded, SessionMoved
from stitcher.server.ops.numbers import BOUNDS, Numbers

__all__ = ["DIRECTORY", "PATH", "Metrics", "Reading", "Sampled"]

PATH = "/metrics"

DIRECTORY = "STITCHER_METRICS_DIRECTORY"
"""The variable that says where processes write their numbers down; one that is alone has none."""

MOST_NAMES = 100
"""How many names that clients choose have a label of their own."""

EVERY = 1.0
"""Seconds between samples."""


class _Known(NamedTuple):
    """What a metric is: its words, and the names of its labels."""

    documentation: str
    labels: tuple[str, ...] = ()


REQUEST = "stitcher_request_duration_seconds"
SUBGRAPH = "stitcher_subgraph_request_duration_seconds"
PREPARATION = "stitcher_operation_preparation_seconds"
LAG = "stitcher_event_loop_lag_seconds"

DURATIONS: Mapping[str, _Known] = {
    REQUEST: _Known(
        "Clients' requests, from the head to the last byte of the answer.", ("operation", "kind", "status")
    ),
    SUBGRAPH: _Known("What services were asked for clients, all attempts included.", ("subgraph", "result")),
    PREPARATION: _Known("Operations that weren't known: parsed, checked and planned.", ("result",)),
    LAG: _Known("How late the event loop was."),
}

COUNTS: Mapping[str, _Known] = {
    "stitcher_errors": _Known("Errors that clients were told.", ("code",)),
    "stitcher_client_requests": _Known("Requests by the name that a client gives itself.", ("client",)),
    "stitcher_response_bytes": _Known("Bytes of answers to clients."),
    "stitcher_reused_answers": _Known(
        "Requests that got another's answer in flight (shared), or one that was kept.", ("by",)
    ),
    "stitcher_subgraph_response_bytes": _Known("Bytes of services' answers.", ("subgraph",)),
    "stitcher_attempts": _Known(
        "Requests to services' instances: first, retry, hedge or probe.",
        ("subgraph", "address", "kind", "result"),
    ),
    "stitcher_instance_outages": _Known("How often an instance went out of use.", ("subgraph", "address")),
    "stitcher_sessions": _Known("Browsers' sessions that began or ended.", ("what",)),
}


class Sampled(NamedTuple):
    """A metric that others count: its words, whether it only grows, and where its values are by labels."""

    name: str
    documentation: str
    labels: tuple[str, ...]
    is_count: bool
    values: Callable[[], Iterable[tuple[tuple[str, ...], float]]]


class _Names:
    """Names as labels, as many as there may be."""

    def __init__(self) -> None:
        self._known: dict[str | None, str] = {None: ""}

    def label(self, name: str | None) -> str:
        """Return the label of a name."""
        label = self._known.get(name)
        if label is None:
            if len(self._known) > MOST_NAMES:
                return "other"
            self._known[name] = label = str(name)
        return label


# A. Events


class Metrics:
    """Counts what happens; an :class:`stitcher.events.Observer`.

    Attributes:
        numbers: What was counted.
    """

    def __init__(self) -> None:
        self.numbers = Numbers()
        self._names, self._clients = _Names(), _Names()

    def notice(self, event: Event) -> None:
        """Count an event."""
        _NOTICES[type(event)](self, event)

    def _request(self, event: RequestEnded) -> None:
        trail, count, observe = event.trail, self.numbers.count, self.numbers.observe
        seen = trail.seen
        if seen is None:
            observe((REQUEST, "", "", str(event.status)), event.seconds)
        else:
            observe((REQUEST, self._names.label(seen.name), seen.kind, str(event.status)), event.seconds)
            for code in set(seen.codes):
                count(("stitcher_errors", _code(code)))
        for code in set(trail.codes):
            count(("stitcher_errors", _code(code)))
        count(("stitcher_response_bytes",), event.size)
        if event.client[0] is not None:
            count(("stitcher_client_requests", self._clients.label(event.client[0])))
        if trail.came_by is not None:
            count(("stitcher_reused_answers", trail.came_by))
        for subgraph, seconds, size, failed in trail.fetches:
            observe((SUBGRAPH, subgraph, failed or "ok"), seconds)
            count(("stitcher_subgraph_response_bytes", subgraph), size)

    def _attempt(self, event: AttemptEnded) -> None:
        result = event.code or "ok"
        self.numbers.count(("stitcher_attempts", event.subgraph, event.instance, event.kind, result))

    def _breaker(self, event: BreakerMoved) -> None:
        if event.is_out:
            self.numbers.count(("stitcher_instance_outages", event.subgraph, event.instance))

    def _prepared(self, event: OperationPrepared) -> None:
        self.numbers.observe((PREPARATION, event.code or "ok"), event.seconds)

    def _session(self, event: SessionMoved) -> None:
        self.numbers.count(("stitcher_sessions", "began" if event.has_begun else "ended"))


_Notice: TypeAlias = Callable[[Metrics, Any], None]

_NOTICES: Mapping[type, _Notice] = {
    RequestEnded: Metrics._request,
    AttemptEnded: Metrics._attempt,
    BreakerMoved: Metrics._breaker,
    OperationPrepared: Metrics._prepared,
    SessionMoved: Metrics._session,
}


def _code(code: str) -> str:
    """Return a code as a label: services may say anything."""
    return code if len(code) <= 50 and code.replace("_", "").isalnum() else "other"


# B. and C. Reading


class Reading(Collector):
    """Takes samples while it is open, and writes metrics out.

    Args:
        metrics: What was counted.
        sampled: What others count.
    """

    def __init__(self, metrics: Metrics, sampled: Iterable[Sampled]) -> None:
        self._metrics = metrics
        self._sampled = list(sampled)
        directory = os.environ.get(DIRECTORY)
        self._directory = Path(directory) if directory else None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        for collector in () if directory else (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            self._registry.register(collector)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep_sampling())

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_sampling(self) -> None:
        while True:
            due = monotonic() + EVERY
            await asyncio.sleep(EVERY)
            self._metrics.numbers.observe((LAG,), max(0.0, monotonic() - due))
            if self._directory is not None:
                self._sample()
                self._metrics.numbers.write(self._directory)

    def _sample(self) -> None:
        numbers = self._metrics.numbers
        for sampled in self._sampled:
            taken = numbers.counts if sampled.is_count else numbers.gauges
            taken.update(((sampled.name, *labels), value) for labels, value in sampled.values())

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, as they are now."""
        self._sample()
        numbers = self._metrics.numbers
        if self._directory is not None:
            numbers.write(self._directory)
            numbers = Numbers.of_all(self._directory)
        counts: dict[str, _Known | Sampled] = {**COUNTS}
        counts.update({each.name: each for each in self._sampled if each.is_count})
        gauges = {each.name: each for each in self._sampled if not each.is_count}
        yield from _families(CounterMetricFamily, counts, numbers.counts)
        yield from _families(GaugeMetricFamily, gauges, numbers.gauges)
        for name, known in DURATIONS.items():
            family = HistogramMetricFamily(name, known.documentation, labels=known.labels)
            for key, values in numbers.durations.items():
                if key[0] == name:
                    family.add_metric(key[1:], _buckets(values), values[-1])
            yield family

    def text(self) -> bytes:
        """Return all metrics as text."""
        return generate_latest(self._registry)

    @property
    def route(self) -> Route:
        """The route at which they are read."""
        return Route(PATH, self._read)

    async def _read(self, _: Request) -> Response:
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST)


def _families(
    kind: type[CounterMetricFamily | GaugeMetricFamily],
    known: Mapping[str, _Known | Sampled],
    values: Mapping[tuple[str, ...], float],
) -> Iterator[Metric]:
    for name, each in known.items():
        family = kind(name, each.documentation, labels=each.labels)
        for key, value in values.items():
            if key[0] == name:
                family.add_metric(key[1:], value)
        yield family


def _buckets(values: list[float]) -> list[tuple[str, float]]:
    """Return how many there are up to each bound, all that are shorter included."""
    total = 0.0
    buckets: list[tuple[str, float]] = []
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), values[:-1], strict=True):
        total += number
        buckets.append((bound, total))
    return buckets
