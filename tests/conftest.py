"""Fixtures that several parts of the tests share."""

import os
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.supergraph import Supergraph
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.bookshop import SDL, fresh_data, subgraph_schemas
from tests.redis_server import RedisServer, redis_binary
from tests.searching import untraced
from tests.subgraph_server import SubgraphServer, serve

os.environ.setdefault("DRAIN_SECONDS", "0")  # gateways that tests start end as soon as they are told to

UNTRACED = tuple(str(Path(__file__).parent / name) for name in ("conformance", "e2e", "services"))
"""Tests of the whole: smaller ones cover the same lines, and measuring would take half as much time again."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Run tests of the whole, and those that search, without measuring coverage."""
    if item.get_closest_marker("search") is None and not str(item.path).startswith(UNTRACED):
        return (yield)
    with untraced():
        return (yield)


@pytest.fixture(scope="session")
def bookshop() -> Supergraph:
    """The bookshop's supergraph; its addresses lead nowhere."""
    return compose([Source(name, sdl, f"{name}.graphql", ()) for name, sdl in SDL.items()])


@pytest.fixture
async def subgraphs() -> AsyncIterator[SubgraphServer]:
    """The bookshop's services, over HTTP, with data of their own."""
    async with serve(subgraph_schemas(fresh_data())) as server:
        yield server


@pytest.fixture
async def gateway(bookshop: Supergraph, subgraphs: SubgraphServer) -> AsyncIterator[Gateway]:
    """A gateway in front of the bookshop's services, with the patience that a busy machine needs."""
    async with in_front_of(bookshop, subgraphs, patience=10) as gateway:
        yield gateway


@pytest.fixture
async def impatient_gateway(bookshop: Supergraph, subgraphs: SubgraphServer) -> AsyncIterator[Gateway]:
    """A gateway that waits for a second."""
    async with in_front_of(bookshop, subgraphs, patience=1) as gateway:
        yield gateway


@asynccontextmanager
async def in_front_of(
    bookshop: Supergraph, subgraphs: SubgraphServer, patience: float
) -> AsyncIterator[Gateway]:
    async with HttpPool() as pool:
        transports = {
            name: HttpTransport(name, Upstream.at(subgraphs.url(name)), pool, timeout=patience)
            for name in bookshop.subgraphs
        }
        gateway = Gateway(bookshop, transports)
        yield gateway
        await gateway.close()


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A redis-server of its own."""
    server = RedisServer(redis_binary(), tmp_path)
    await server.start()
    yield server
    await server.stop()
