"""What the gateway's edge adds to a small request: tokens, sessions, the CSRF check, limits in Redis.

One gateway for each combination runs beside the others, in front of the same services, and they are measured
in turn, several times over: what is told is the median of the differences to the gateway with nothing on.
Each connection is a user of its own, so that nothing is found in a cache because all ask the same.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from jose import jwt  # type: ignore[import-untyped]
from redis import Redis
from redis.exceptions import RedisError

from benchmarks.contestants import SESSION_SECRET, Gateway, serving
from benchmarks.graphs import GRAPHS
from benchmarks.load import measure
from benchmarks.processes import Process, free_port
from benchmarks.report import table
from stitcher.redis.client import RedisClient
from stitcher.redis.store import RedisStore
from stitcher.server.sessions.cookie import SessionCookie
from stitcher.server.sessions.csrf import CsrfTokens
from stitcher.server.sessions.sessions import Sessions

__all__ = ["edge"]

JWT_SECRET = "what tokens are signed with" * 2
ROUNDS = 5
CONNECTIONS = (1, 50)
HOUR = 3600
MANY = "1000000000/hour"

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """Settings of a gateway beside its Redis, and whether its clients come with a token or by a session."""

    name: str
    settings: Mapping[str, str]
    has_redis: bool = False
    bearer: bool = False
    session: bool = False


TOKENS = {"JWT_SECRET": JWT_SECRET, "JWT_ISSUER": "benchmarks", "JWT_AUDIENCE": "gateway"}

OFF = Edge("nothing", {})
EDGES = (
    Edge("tokens", TOKENS, bearer=True),
    Edge("limits in Redis", {"RATE_LIMIT": MANY}, has_redis=True),
    Edge("sessions and their CSRF tokens", {}, has_redis=True, session=True),
    Edge("all of it, by a session", {**TOKENS, "RATE_LIMIT": MANY}, has_redis=True, session=True),
    Edge("all of it, by a token", {**TOKENS, "RATE_LIMIT": MANY}, has_redis=True, bearer=True),
)


def edge(seconds: float, say: Callable[[str], None]) -> str:
    """Return the table of what each combination adds, in CPU milliseconds a request.

    Args:
        seconds: how long each load lasts.
        say: shows progress.
    """
    with ExitStack() as stack:
        redis = stack.enter_context(_redis())
        if redis is None:
            return "Not measured: there is no redis-server on the PATH."
        url, redis_process = redis
        clients = {each: asyncio.run(_clients(each, url)) for each in (OFF, *EDGES)}
        gateways = {each: stack.enter_context(_gateway(each, url)) for each in (OFF, *EDGES)}
        rows = []
        for connections in CONNECTIONS:
            costs: dict[Edge, list[float]] = {each: [] for each in gateways}
            redis_costs: dict[Edge, list[float]] = {each: [] for each in gateways}
            for number in range(ROUNDS):
                for each, gateway in gateways.items():
                    own, its = _measure(gateway, clients[each], redis_process, connections, seconds / 2)
                    costs[each].append(own)
                    redis_costs[each].append(its)
                say(f"round {number + 1} of {ROUNDS} at {connections} connections")
            for each in EDGES:
                added = [on - off for on, off in zip(costs[each], costs[OFF], strict=True)]
                off, theirs = median(costs[OFF]), median(redis_costs[each])
                cells = (
                    each.name,
                    f"{off:.3f}",
                    f"{median(added):+.3f}",
                    f"{max(added):+.3f}",
                    f"{theirs:.3f}",
                )
                rows.append([str(connections), *cells])
    head = ["connections", "on", "CPU ms a request without", "added", "at most", "Redis' own"]
    return table(head, rows)


def _measure(
    gateway: Gateway, clients: Sequence[Headers], redis: Process, connections: int, seconds: float
) -> tuple[float, float]:
    """Return the CPU milliseconds a request of the gateway, and about those of Redis."""
    before = redis.cpu()
    load = asyncio.run(
        measure(
            gateway.url,
            GRAPHS["answer"](1).operation,
            gateway.process,
            connections=connections,
            seconds=seconds,
            clients=clients,
        )
    )
    warming = 1 + min(1.0, seconds / 2) / seconds
    return load.cpu, (redis.cpu() - before) * 1000 / (load.requests * warming)


@contextmanager
def _gateway(edge: Edge, redis: str) -> Iterator[Gateway]:
    settings = {**edge.settings, **({"REDIS_URL": redis} if edge.has_redis else {})}
    with serving("answer", 1, settings=settings) as gateway:
        yield gateway


async def _clients(edge: Edge, redis: str) -> list[Headers]:
    """Return the headers of as many users as there are connections."""
    ends = int(time.time()) + HOUR
    tokens = [
        jwt.encode({"sub": f"user-{number}", "exp": ends, "iss": "benchmarks", "aud": "gateway"}, JWT_SECRET)
        for number in range(max(CONNECTIONS))
    ]
    if edge.bearer:
        return [{"authorization": f"Bearer {token}"} for token in tokens]
    if not edge.session:
        return [{}]
    client = RedisClient(redis)
    sessions = Sessions(RedisStore(client, "stitcher:session:"))
    cookie = SessionCookie([SESSION_SECRET], lambda _: False)
    csrf = CsrfTokens([SESSION_SECRET])
    ids = [await sessions.start(token, HOUR) for token in tokens]
    await client.close()
    return [
        {
            "cookie": cookie.write({"type": "http", "headers": []}, id_, HOUR).partition(b";")[0].decode(),
            "x-csrf-token": csrf.issue(id_),
        }
        for id_ in ids
    ]


@contextmanager
def _redis() -> Iterator[tuple[str, Process] | None]:
    """Run a Redis that keeps nothing on a disk; None where there is none on this machine."""
    if shutil.which("redis-server") is None:
        yield None
        return
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        with Redis.from_url(url) as client:
            for _ in range(500):
                try:
                    client.ping()
                    break
                except RedisError:
                    time.sleep(0.01)
        yield url, Process(child.pid)
    finally:
        child.terminate()
        child.wait()
