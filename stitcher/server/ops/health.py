"""What probes ask: whether the process lives, and whether it should be sent requests.

It is ready once it serves, until it is told to end, and while it has what READY_REQUIRES names. That a
service or Redis is gone is told, but doesn't make it unready by itself: every gateway would be, and nothing
would be served that doesn't need them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stitcher.gateway.current import CurrentGateway
from stitcher.server.http.admission import HEALTH, Admission
from stitcher.transport.upstreams import Upstream, Upstreams

if TYPE_CHECKING:
    from stitcher.redis.client import RedisClient

__all__ = ["Health"]


class Health:
    """Answers at three paths.

    Args:
        requires: What it isn't ready without: ``redis``, ``schema``, ``services``.
        admission: Knows whether the gateway is about to end.
        current: Knows the schema in use, and what was wrong with a newer one.
        upstreams: Knows how the services' instances fare.
        redis: Knows whether it is there; None where nothing is kept in Redis.
    """

    def __init__(
        self,
        requires: Collection[str],
        admission: Admission,
        current: CurrentGateway,
        upstreams: Upstreams,
        redis: RedisClient | None,
    ) -> None:
        self._requires = requires
        self._admission = admission
        self._current = current
        self._upstreams = upstreams
        self._redis = redis

    @property
    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route(HEALTH, self._live),
            Route(f"{HEALTH}/live", self._live),
            Route(f"{HEALTH}/ready", self._ready),
        ]

    async def _live(self, request: Request) -> Response:
        """Tell that this process answers; it says nothing about the microservices."""
        return JSONResponse({"status": "ok"})

    async def _ready(self, request: Request) -> Response:
        services = {name: _fares(upstream) for name, upstream in sorted(self._upstreams.known.items())}
        is_there = {
            "redis": self._redis is None or not self._redis.is_down,
            "schema": not self._current.problems,
            "services": all(fares["inUse"] for fares in services.values()),
        }
        missing = [name for name in sorted(is_there) if name in self._requires and not is_there[name]]
        status = "draining" if self._admission.is_draining else "not ready" if missing else "ready"
        told = {
            "status": status,
            "missing": missing,
            "schema": {
                "hash": self._current.digest,
                "ageSeconds": round(self._current.age, 1),
                "problems": list(self._current.problems),
            },
            "redis": "not used" if self._redis is None else "up" if is_there["redis"] else "down",
            "services": services,
        }
        return JSONResponse(told, 200 if status == "ready" else 503, headers={"Cache-Control": "no-store"})


def _fares(upstream: Upstream) -> dict[str, Any]:
    instances = upstream.instances.all
    return {
        "instances": len(instances),
        "inUse": sum(not instance.breaker.is_out for instance in instances),
        "outstanding": sum(instance.outstanding for instance in instances),
    }
