"""What monitoring reads: the gateway's metrics in Prometheus' text format, of this process."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stitcher.server.limits.redis_limiter import RedisLimiter

__all__ = ["PATH", "metrics_route"]

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


def metrics_route(limiter: object) -> Route:
    """Return the route at which metrics are read."""
    registry = CollectorRegistry()
    if isinstance(limiter, RedisLimiter):
        registry.register(LimiterCollector(limiter))

    async def read(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route(PATH, read)
