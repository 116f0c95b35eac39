"""For any operation, three ways answer alike: the gateway's own, plain ``ariadne.graphql``, and one schema
with all the data, which has no gateway at all.

Two graphs are written by hand and served over HTTP. The others are random, and so is the way in which they
are split over services, which run in this process.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import ariadne
import pytest
from graphql import ExecutionResult, GraphQLSchema, graphql_sync, parse, validate
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.supergraph import Supergraph
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests import bookshop, museum
from tests.operations import Request, requests
from tests.random_graphs.graphs import RandomGraph, graphs
from tests.random_graphs.model import Done
from tests.searching import examples
from tests.subgraph_server import serve

EXAMPLES = examples(60)
"""How many operations are compared on each graph."""
DEPTH = int(os.environ.get("SAME_ANSWERS_DEPTH", "4"))
"""How deep they are nested; some defects take more than a small operation to show."""


SETTINGS = partial(
    settings, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

Essence: TypeAlias = tuple[Any, set[tuple[Any, ...]], Done]
"""An answer without what may differ: its data, which nulls are errors, and the mutations that were done."""


@dataclass(frozen=True)
class World:
    """A graph in both forms; ``values`` are what arguments are drawn from, by name."""

    sdls: Mapping[str, str]
    subgraph_schemas: Callable[[], Mapping[str, GraphQLSchema]]
    whole_schema: Callable[[GraphQLSchema], GraphQLSchema]
    values: dict[str, list[Any]]


BOOKSHOP = World(
    bookshop.SDL,
    lambda: bookshop.subgraph_schemas(bookshop.fresh_data()),
    bookshop.whole_schema,
    {
        "id": ["b1", "b4", "g2", "a1", "none"],
        "ids": [["a1", "a3"], ["a2", "none"], []],
        "first": [1, 5, 20],
        "title": ["Book", "Game 1", "zzz"],
        "loud": [True, False],
    },
)
MUSEUM = World(museum.SDL, museum.subgraph_schemas, museum.whole_schema, museum.VALUES)


OPERATIONS = int(os.environ.get("SAME_ANSWERS_OPERATIONS", "4"))
"""How many operations are compared on each random graph."""


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="ariadne")  # it would log each error that the worlds have


@pytest.mark.search
@pytest.mark.parametrize("world", [BOOKSHOP, MUSEUM], ids=["bookshop", "museum"])
def test_every_operation_is_answered_alike(world: World) -> None:
    """Mutations are left to random graphs: here they would change what the next one is answered."""
    supergraph = composed(world.sdls)
    whole = world.whole_schema(supergraph.schema)

    with asyncio.Runner() as runner:

        async def check(find: Any) -> None:
            async with serve(world.subgraph_schemas()) as server, HttpPool() as pool:
                transports = {
                    name: HttpTransport(name, Upstream.at(server.url(name)), pool, timeout=5)
                    for name in world.sdls
                }
                gateway = Gateway(supergraph, transports)
                await asyncio.to_thread(find, gateway, asyncio.get_running_loop())

        def find(gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
            @SETTINGS(max_examples=EXAMPLES)
            @given(request=requests(supergraph.schema, world.values, DEPTH, mutations=False))
            def differ(request: Request) -> None:
                answered = asyncio.run_coroutine_threadsafe(answers(gateway, request), loop).result(30)
                assume(answered)
                result = graphql_sync(whole, request.query, variable_values=request.variables)
                assert_alike(answered, result)

            differ()

        runner.run(check(find))


@pytest.mark.search
def test_every_random_graph_answers_alike() -> None:
    drawn: list[bool] = []
    compared = 0

    with asyncio.Runner() as runner:

        @SETTINGS(max_examples=examples(40))
        @given(graph=graphs(), data=st.data())
        def differ(graph: RandomGraph, data: st.DataObject) -> None:
            nonlocal compared
            try:
                supergraph = composed(graph.sdls)
            except CompositionError:
                drawn.append(False)
                assume(False)
            drawn.append(True)
            gateway = Gateway(supergraph, graph.services)
            for _ in range(OPERATIONS):
                request = data.draw(requests(supergraph.schema, graph.values, DEPTH))
                answered = runner.run(answers(gateway, request, graph.done))
                if answered:
                    result = graph.whole(supergraph.schema, request.query, request.variables)
                    assert_alike(answered, result, taken(graph.done))
                    compared += 1

        differ()
    assert sum(drawn) > 0.7 * len(drawn)
    assert compared > EXAMPLES


def composed(sdls: Mapping[str, str]) -> Supergraph:
    return compose([Source(name, sdl, f"{name}.graphql", ()) for name, sdl in sdls.items()])


async def answers(gateway: Gateway, request: Request, done: Done | None = None) -> list[Essence]:
    """Return how the gateway and Ariadne answer an operation; nothing if it isn't valid.

    ``done`` is where the services tell the mutations that they do.
    """
    done = [] if done is None else done
    own = await gateway.execute(ClientRequest(request.query, request.variables))
    if not own.executed:
        too_large = own.errors[0]["message"] == "Validation aborted."
        assert too_large or validate(gateway.supergraph.schema, parse(request.query)), own.errors
        return []
    first = essence(own.data, own.errors, taken(done))
    body = {"query": request.query, "variables": request.variables}
    _, plain = await ariadne.graphql(gateway.schema, body)
    return [first, essence(plain.get("data"), plain.get("errors", ()), taken(done))]


def taken(done: Done) -> Done:
    """Take out what was told."""
    told = list(done)
    done.clear()
    return told


def assert_alike(answered: list[Essence], whole: ExecutionResult, done: Done | None = None) -> None:
    expected = essence(whole.data, [error.formatted for error in whole.errors or ()], done or [])
    for answer in answered:
        assert alike(answer, expected), (answer, expected)


def essence(data: Any, errors: Any, done: Done) -> Essence:
    """Reduce an answer to what has to be alike whoever gave it.

    An error at an object that is there tells of a field that the gateway asked for itself, and that only a
    field which the client's conditions leave out would have needed.
    """
    cut = (_cut(data, error["path"]) for error in errors)
    return data, {path for path, end in cut if type(end) is not dict}, done


def alike(answer: Essence, expected: Essence) -> bool:
    """Compare two essences: an error is at a null of the other's, and there is one if the other has any.

    Data is the same down to the order of its keys.

    An entity that fails does so once, in however many places it stands; and of several errors that end in
    the same null, one is enough (GraphQL specification, Handling Execution Errors).
    """
    same_data = json.dumps(answer[0]) == json.dumps(expected[0])
    same_errors = answer[1] <= expected[1] and bool(answer[1]) == bool(expected[1])
    return same_data and same_errors and answer[2] == expected[2]


def _cut(data: Any, path: list[Any]) -> tuple[tuple[Any, ...], Any]:
    """Cut an error's path where the data ends, and return what is there."""
    for length, segment in enumerate(path):
        if data is None:
            return tuple(path[:length]), None
        data = data[segment]
    return tuple(path), data
