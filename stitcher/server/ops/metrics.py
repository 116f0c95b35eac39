"""What monitoring reads: the gateway's metrics in Prometheus' text format, of this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stitcher.caching.cache import ResponseCache
from stitcher.gateway.current import CurrentGateway
from stitcher.server.endpoint.answer_cache import AnswerCache
from stitcher.server.limits.redis_limiter import RedisLimiter

__all__ = ["PATH", "LimiterCollector", "collectors", "metrics_route"]

PATH = "/metrics"


class LimiterCollector(Collector):
    """Tells where requests are counted."""

    def __init__(self, limiter: RedisLimiter) -> None:
        self._limiter = limiter

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        yield GaugeMetricFamily(
            "stitcher_limiter_redis_up",
            "1 where requests are counted in Redis, 0 while this process counts on its own.",
            value=0 if self._limiter.redis.is_down else 1,
        )
        yield CounterMetricFamily(
            "stitcher_limiter_redis_outages", "How often Redis was lost.", value=self._limiter.redis.outages
        )
        yield CounterMetricFamily(
            "stitcher_limiter_counted_here",
            "Requests that this process counted on its own, since Redis didn't answer.",
            value=self._limiter.counted_here,
        )


class SchemaCollector(Collector):
    """Tells which reloads there were, and whether the newest schema is served."""

    def __init__(self, reloads: Mapping[str, int], current: CurrentGateway) -> None:
        self._reloads = reloads
        self._current = current

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        reloads = CounterMetricFamily(
            "stitcher_schema_reloads", "How often the schema was read again.", labels=["result"]
        )
        for result, count in self._reloads.items():
            reloads.add_metric([result], count)
        yield reloads
        yield GaugeMetricFamily(
            "stitcher_schema_broken",
            "1 while the newest schema can't be served, so that one before it is.",
            value=1 if self._current.problems else 0,
        )


class CacheCollector(Collector):
    """Tells what came of looking up what services answered."""

    def __init__(self, cache: ResponseCache) -> None:
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        where = ["subgraph", "type"]
        keys = CounterMetricFamily(
            "stitcher_cache_lookups",
            "Entities and root fields that were looked up, by what came of it: hit, miss, or renewed.",
            labels=[*where, "result"],
        )
        given = CounterMetricFamily("stitcher_cache_bytes", "Bytes that weren't asked for.", labels=where)
        for at, tally in self._cache.tallies.items():
            keys.add_metric([*at, "hit"], tally.hits)
            keys.add_metric([*at, "miss"], tally.misses)
            keys.add_metric([*at, "renewed"], tally.renewed)
            given.add_metric(list(at), tally.bytes)
        yield keys
        yield given
        yield CounterMetricFamily(
            "stitcher_cache_reads", "How often something was looked up for a fetch.", value=self._cache.reads
        )
        yield CounterMetricFamily(
            "stitcher_cache_read_seconds", "Seconds that this took.", value=self._cache.seconds
        )
        yield CounterMetricFamily("stitcher_cache_purges", "Purges made here.", value=self._cache.purged)
        yield GaugeMetricFamily(
            "stitcher_cache_kept_bytes", "About how many bytes are kept here.", value=self._cache.near.size
        )


class AnswerCollector(Collector):
    """Tells how many requests were answered from the cache."""

    def __init__(self, answers: AnswerCache) -> None:
        self._answers = answers

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        yield CounterMetricFamily(
            "stitcher_answer_cache_hits",
            "Requests that were answered from the cache.",
            value=self._answers.hits,
        )
        yield CounterMetricFamily(
            "stitcher_answer_cache_misses",
            "Requests that weren't, whether or not their answers may be kept.",
            value=self._answers.misses,
        )


def collectors(
    limiter: object,
    reloads: Mapping[str, int],
    current: CurrentGateway,
    cache: ResponseCache | None,
    answers: AnswerCache | None,
) -> Iterator[Collector]:
    """Yield what there is to tell of."""
    if cache is not None:
        yield CacheCollector(cache)
    if answers is not None:
        yield AnswerCollector(answers)
    yield SchemaCollector(reloads, current)
    if isinstance(limiter, RedisLimiter):
        yield LimiterCollector(limiter)


def metrics_route(collectors: Iterable[Collector]) -> Route:
    """Return the route at which metrics are read."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)

    async def read(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route(PATH, read)
