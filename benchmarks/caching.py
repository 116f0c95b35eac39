"""What keeping answers costs and saves: ``python -m benchmarks.caching [--seconds N]``.

Operations through one gateway in this process, their services in another: CPU milliseconds a request, and
beside those without a cache. With one, nothing, 90 % or all of the entities and root fields is found.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
from collections.abc import Callable

from benchmarks.graphs import GRAPHS
from benchmarks.processes import free_port, running
from stitcher.cache_policies import find_cache_policies
from stitcher.caching.cache import ResponseCache
from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream

ROUNDS = 7


def kept(sdl: str) -> str:
    """Return an SDL whose types and lists may all be kept for an hour."""
    marked = sdl.replace('@key(fields: "id") {', '@key(fields: "id") @cacheControl(maxAge: 3600) {')
    return re.sub(r"(type Query \{ \w+: \[\w+!\]!)", r"\1 @cacheControl(maxAge: 3600)", marked)


async def cost(gateway: Gateway, query: str, seconds: float, before: Callable[[], None]) -> float:
    """Return CPU milliseconds of this process a request."""
    request = ClientRequest(query)
    count = 0
    spent = 0.0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        before()
        began = time.process_time()
        answer = await gateway.execute(request)
        spent += time.process_time() - began
        count += 1
        if answer.errors:
            raise SystemExit(str(answer.errors))
    return spent / count * 1000


async def compare(graph_name: str, size: int, seconds: float) -> None:
    """Measure and print one graph's operation."""
    graph = GRAPHS[graph_name](size)
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.subgraphs", str(port), graph_name, str(size)]
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/{next(iter(graph.sdls))}"):
        async with HttpPool() as pool:

            def gateway(cache: ResponseCache | None, *, marked: bool = True) -> Gateway:
                sdls = {name: kept(sdl) if marked else sdl for name, sdl in graph.sdls.items()}
                supergraph = compose(
                    [
                        Source(name, sdl, f"{name}.graphql", (f"{address}/{name}",))
                        for name, sdl in sdls.items()
                    ]
                )
                transports = {
                    name: HttpTransport(name, Upstream.at(subgraph.urls[0]), pool)
                    for name, subgraph in supergraph.subgraphs.items()
                }
                policies = find_cache_policies(supergraph.whole)
                return Gateway(supergraph, transports, GatewayOptions(cache=cache, cache_policies=policies))

            cache = ResponseCache(2**28)

            def drop(share: float) -> None:
                for key in list(cache.near.keys()):
                    if random.random() < share:
                        cache.near.drop(key)

            with_cache = gateway(cache)
            ways: dict[str, tuple[Gateway, Callable[[], None]]] = {
                "no cache": (gateway(None), lambda: None),
                "nothing said of keeping": (gateway(ResponseCache(2**28), marked=False), lambda: None),
                "0 % found": (with_cache, cache.near.clear),
                "90 % found": (with_cache, lambda: drop(0.1)),
                "100 % found": (with_cache, lambda: None),
            }
            best = dict.fromkeys(ways, float("inf"))
            for _ in range(ROUNDS):
                for name, (asked, before) in ways.items():
                    best[name] = min(best[name], await cost(asked, graph.operation, seconds, before))
    for name, milliseconds in best.items():
        share = milliseconds / best["no cache"]
        print(f"{graph_name:9} {size:5}   {name:24} {milliseconds:7.3f} ms   {share:5.2f}")


async def main() -> None:
    """Measure and print all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.caching", description="What a cache costs.")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each round lasts (1)")
    options = parser.parse_args()
    for graph_name, size in (("shop", 0), ("entities", 10), ("entities", 300)):
        await compare(graph_name, size, options.seconds)


if __name__ == "__main__":
    asyncio.run(main())
