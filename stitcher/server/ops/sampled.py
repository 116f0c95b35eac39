"""What metrics take over of the numbers that the gateway's parts have by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from stitcher.caching.cache import ResponseCache
from stitcher.gateway.current import CurrentGateway
from stitcher.server.endpoint.answer_cache import AnswerCache
from stitcher.server.limits.limiter import Limiter, MemoryLimiter
from stitcher.server.ops.metrics import Sampled
from stitcher.transport.upstreams import Upstreams

if TYPE_CHECKING:
    from stitcher.server.limits.redis_limiter import RedisLimiter

__all__ = ["of_answers", "of_cache", "of_limiter", "of_schema", "of_upstreams"]

Values: TypeAlias = Iterator[tuple[tuple[str, ...], float]]

INSTANCE = ("subgraph", "address")


def of_schema(reloads: Mapping[str, int], current: CurrentGateway) -> Iterator[Sampled]:
    """Yield which reloads there were, and what is served."""
    yield Sampled(
        "stitcher_schema_reloads",
        "How often the schema was read again.",
        ("result",),
        True,
        lambda: (((result,), number) for result, number in reloads.items()),
    )
    yield Sampled(
        "stitcher_schema_broken",
        "1 while the newest schema can't be served, so that one before it is.",
        (),
        False,
        lambda: [((), 1 if current.problems else 0)],
    )
    yield Sampled(
        "stitcher_prepared_operations",
        "Operations that are kept prepared.",
        (),
        False,
        lambda: [((), len(current.gateway.prepared))],
    )


def of_upstreams(upstreams: Upstreams) -> Iterator[Sampled]:
    """Yield how services and their instances fare."""

    def in_flight() -> Values:
        for name, upstream in upstreams.known.items():
            for instance in upstream.instances.all:
                yield (name, instance.address), instance.outstanding

    def out_of_use() -> Values:
        for name, upstream in upstreams.known.items():
            for instance in upstream.instances.all:
                yield (name, instance.address), 1 if instance.breaker.is_out else 0

    yield Sampled(
        "stitcher_instance_requests_in_flight",
        "Requests that an instance hasn't answered yet.",
        INSTANCE,
        False,
        in_flight,
    )
    yield Sampled(
        "stitcher_instance_out_of_use", "1 while an instance is out of use.", INSTANCE, False, out_of_use
    )


def of_limiter(limiter: Limiter) -> Iterator[Sampled]:
    """Yield where requests are counted, if that is in Redis."""
    if isinstance(limiter, MemoryLimiter):
        return
    counted = cast("RedisLimiter", limiter)
    yield Sampled(
        "stitcher_limiter_redis_up",
        "1 where requests are counted in Redis, 0 while this process counts on its own.",
        (),
        False,
        lambda: [((), 0 if counted.redis.is_down else 1)],
    )
    yield Sampled(
        "stitcher_limiter_redis_outages",
        "How often Redis was lost.",
        (),
        True,
        lambda: [((), counted.redis.outages)],
    )
    yield Sampled(
        "stitcher_limiter_counted_here",
        "Requests that this process counted on its own, since Redis didn't answer.",
        (),
        True,
        lambda: [((), counted.counted_here)],
    )


def of_cache(cache: ResponseCache) -> Iterator[Sampled]:
    """Yield what came of looking up what services answered."""

    def lookups() -> Values:
        for at, tally in list(cache.tallies.items()):
            yield (*at, "hit"), tally.hits
            yield (*at, "miss"), tally.misses
            yield (*at, "renewed"), tally.renewed

    yield Sampled(
        "stitcher_cache_lookups",
        "Entities and root fields that were looked up, by what came of it: hit, miss, or renewed.",
        ("subgraph", "type", "result"),
        True,
        lookups,
    )
    yield Sampled(
        "stitcher_cache_bytes",
        "Bytes that weren't asked for.",
        ("subgraph", "type"),
        True,
        lambda: ((at, tally.bytes) for at, tally in list(cache.tallies.items())),
    )
    yield Sampled(
        "stitcher_cache_reads",
        "How often something was looked up for a fetch.",
        (),
        True,
        lambda: [((), cache.reads)],
    )
    yield Sampled(
        "stitcher_cache_read_seconds", "Seconds that this took.", (), True, lambda: [((), cache.seconds)]
    )
    yield Sampled("stitcher_cache_purges", "Purges made here.", (), True, lambda: [((), cache.purged)])
    yield Sampled(
        "stitcher_cache_kept_bytes",
        "About how many bytes are kept here.",
        (),
        False,
        lambda: [((), cache.near.size)],
    )


def of_answers(answers: AnswerCache) -> Iterator[Sampled]:
    """Yield how many requests were answered from the cache."""
    yield Sampled(
        "stitcher_answer_cache_hits",
        "Requests that were answered from the cache.",
        (),
        True,
        lambda: [((), answers.hits)],
    )
    yield Sampled(
        "stitcher_answer_cache_misses",
        "Requests that weren't, whether or not their answers may be kept.",
        (),
        True,
        lambda: [((), answers.misses)],
    )
