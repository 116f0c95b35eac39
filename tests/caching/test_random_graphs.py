"""Random graphs behind a cache: whatever is asked, changed and purged, answers are as without one."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stitcher.cache_policies import CachePolicy, find_cache_policies
from stitcher.caching.cache import ResponseCache
from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions
from stitcher.transport.base import SubgraphRequest, SubgraphResponse, Transport
from tests.operations import requests
from tests.random_graphs.graphs import RandomGraph, graphs
from tests.random_graphs.model import ROOTS, Row, Type, at
from tests.searching import examples
from tests.test_same_answers import assert_alike, essence

SETTINGS = partial(
    settings, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

STEPS = 8
"""How often something is asked of each graph."""


class Kept:
    """A service that says that all of its answers may be kept for a minute."""

    def __init__(self, service: Transport) -> None:
        self.service = service

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return replace(await self.service.send(request), cache=CachePolicy(60))

    async def close(self) -> None:
        await self.service.close()


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="ariadne")


def behind_a_cache(graph: RandomGraph) -> tuple[Gateway, ResponseCache]:
    sources = [Source(name, sdl, f"{name}.graphql", (f"http://{name}",)) for name, sdl in graph.sdls.items()]
    supergraph = compose(sources)
    cache = ResponseCache(64 * 1024 * 1024)
    options = GatewayOptions(cache=cache, cache_policies=find_cache_policies(supergraph.whole))
    return Gateway(supergraph, {name: Kept(each) for name, each in graph.services.items()}, options), cache


def changeable(graph: RandomGraph) -> list[tuple[Type, Row, str]]:
    """Return what can be changed: a text of an object, and not part of a key."""
    return [
        (type_, row, each.name)
        for type_ in graph.types.values()
        if type_.kind == "type"
        for each in type_.plain
        if each.named == "String" and each.levels == 0
        for row in graph.rows[type_.name]
        if isinstance(row[each.name], str)
    ]


def words_for(draw: Callable[[Any], Any], gateway: Gateway, type_: Type, row: Row) -> list[str]:
    """Return what ends all that may have an object, by one of the ways in which that can be said."""
    assert gateway.tagging is not None
    keys = [key for key in type_.keys if all(at(row, path) is not None for path in key)]
    ways = ["type", *(["entity"] if keys and type_.name not in ROOTS else []), "subgraphs"]
    way = draw(st.sampled_from(ways))
    if way == "type":
        return gateway.tagging.type(type_.name)
    if way == "subgraphs":
        return [f"subgraph:{name}" for name in gateway.supergraph.subgraphs]
    return gateway.tagging.entity(type_.name, key_of(row, draw(st.sampled_from(keys))))


def key_of(row: Row, key: Any) -> Any:
    """Return an object's key as it is said to the gateway."""
    if len(key) == 1 and len(key[0]) == 1:
        return row[key[0][0]]
    told: dict[str, Any] = {}
    for path in key:
        place = told
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = at(row, path)
    return told


@pytest.mark.search
def test_answers_are_as_without_a_cache() -> None:
    hits = asked = 0

    with asyncio.Runner() as runner:

        @SETTINGS(max_examples=examples(40))
        @given(graph=graphs(), data=st.data())
        def differ(graph: RandomGraph, data: st.DataObject) -> None:
            nonlocal hits, asked
            try:
                gateway, cache = behind_a_cache(graph)
            except CompositionError:
                assume(False)
            made = requests(gateway.supergraph.schema, graph.values, 4)
            few = [data.draw(made) for _ in range(2)]
            for _ in range(STEPS):
                request = data.draw(st.sampled_from(few))
                whole = graph.whole(gateway.supergraph.schema, request.query, request.variables)
                done = list(graph.done)
                graph.done.clear()
                own = runner.run(gateway.execute(ClientRequest(request.query, request.variables)))
                if own.executed:
                    told = list(graph.done)
                    graph.done.clear()
                    assert_alike([essence(own.data, own.errors, told)], whole, done)
                    asked += 1
                changes = changeable(graph)
                draw: Callable[[Any], Any] = data.draw
                if changes and draw(st.booleans()):
                    type_, row, name = draw(st.sampled_from(changes))
                    row[name] += "~"
                    runner.run(cache.purge(words_for(draw, gateway, type_, row)))
            hits += sum(tally.hits for tally in cache.tallies.values())

        differ()
    assert asked > examples(40)
    assert hits > asked / 10
