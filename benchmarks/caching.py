"""What keeping answers costs and saves: ``python -m benchmarks.caching [--rounds N]``.

Operations through one gateway in this process, their services in another: CPU milliseconds a request, and
beside those without a cache. With one, nothing, 90 % or all of the entities and root fields is found. They
take turns, request by request, and the lower quartile is told: what else the machine does comes to all alike.
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


def kept(sdl: str) -> str:
    """Return an SDL whose types and lists may all be kept for an hour."""
    marked = sdl.replace('@key(fields: "id") {', '@key(fields: "id") @cacheControl(maxAge: 3600) {')
    return re.sub(r"(type Query \{ \w+: \[\w+!\]!)", r"\1 @cacheControl(maxAge: 3600)", marked)


async def cost(gateway: Gateway, request: ClientRequest) -> float:
    """Return the CPU milliseconds of this process that one request takes."""
    began = time.process_time_ns()
    answer = await gateway.execute(request)
    spent = (time.process_time_ns() - began) / 1e6
    if answer.errors:
        raise SystemExit(str(answer.errors))
    return spent


async def compare(graph_name: str, size: int, rounds: int) -> None:
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

            caches = [ResponseCache(2**28) for _ in range(3)]

            def drop(cache: ResponseCache, share: float) -> None:
                for key in list(cache.near.keys()):
                    if random.random() < share:
                        cache.near.drop(key)

            ways: dict[str, tuple[Gateway, Callable[[], None]]] = {
                "no cache": (gateway(None), lambda: None),
                "nothing said of keeping": (gateway(ResponseCache(2**28), marked=False), lambda: None),
                "0 % found": (gateway(caches[0]), caches[0].near.clear),
                "90 % found": (gateway(caches[1]), lambda: drop(caches[1], 0.1)),
                "100 % found": (gateway(caches[2]), lambda: None),
            }
            request = ClientRequest(graph.operation)
            taken: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds):
                for name, (asked, before) in ways.items():
                    before()
                    taken[name].append(await cost(asked, request))
    quartiles = {name: sorted(each)[rounds // 4] for name, each in taken.items()}
    for name, milliseconds in quartiles.items():
        share = milliseconds / quartiles["no cache"]
        print(f"{graph_name:9} {size:5}   {name:24} {milliseconds:7.3f} ms   {share:5.2f}")


async def main() -> None:
    """Measure and print all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.caching", description="What a cache costs.")
    parser.add_argument("--rounds", type=int, default=400, help="how often each is asked (400)")
    options = parser.parse_args()
    for graph_name, size in (("shop", 0), ("entities", 10), ("entities", 300)):
        await compare(graph_name, size, options.rounds)


if __name__ == "__main__":
    asyncio.run(main())
