"""For any operation, three ways answer alike: the gateway's own, plain ``ariadne.graphql``, and one schema
with all the data, which has no gateway at all.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ariadne
import pytest
from graphql import GraphQLSchema, graphql_sync, parse, validate
from hypothesis import HealthCheck, assume, given, settings

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway import Gateway
from stitcher.transport.http import HttpPool, HttpTransport
from tests import bookshop, museum
from tests.operations import Request, requests
from tests.subgraph_server import serve

EXAMPLES = int(os.environ.get("SAME_ANSWERS_EXAMPLES", "150"))
"""How many operations are compared on each graph."""
DEPTH = int(os.environ.get("SAME_ANSWERS_DEPTH", "4"))
"""How deep they are nested; some defects take more than a small operation to show."""


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


@pytest.mark.parametrize("world", [BOOKSHOP, MUSEUM], ids=["bookshop", "museum"])
def test_every_operation_is_answered_alike(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="ariadne")  # it would log each error that the worlds have
    supergraph = compose([Source(name, sdl, f"{name}.graphql", ()) for name, sdl in world.sdls.items()])
    whole = world.whole_schema(supergraph.schema)

    with asyncio.Runner() as runner:

        async def answers(gateway: Gateway, request: Request) -> tuple[Any, Any] | None:
            own = await gateway.execute(request.query, request.variables)
            if not own.executed:
                assert validate(supergraph.schema, parse(request.query)), own.errors
                return None
            body = {"query": request.query, "variables": request.variables}
            _, plain = await ariadne.graphql(gateway.schema, body)
            return essence(own.data, own.errors), essence(plain.get("data"), plain.get("errors", ()))

        async def check(find: Any) -> None:
            async with serve(world.subgraph_schemas()) as server, HttpPool() as pool:
                transports = {
                    name: HttpTransport(name, (server.url(name),), pool, timeout=5) for name in world.sdls
                }
                gateway = Gateway(supergraph, transports)
                await asyncio.to_thread(find, gateway, asyncio.get_running_loop())

        def find(gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            @given(request=requests(supergraph.schema, world.values, DEPTH))
            def differ(request: Request) -> None:
                answered = asyncio.run_coroutine_threadsafe(answers(gateway, request), loop).result(30)
                assume(answered)
                result = graphql_sync(whole, request.query, variable_values=request.variables)
                expected = essence(result.data, [error.formatted for error in result.errors or ()])
                for answer in answered or ():
                    assert alike(answer, expected), (answer, expected)

            differ()

        runner.run(check(find))


def essence(data: Any, errors: Any) -> tuple[Any, set[str]]:
    """Reduce an answer to what has to be alike whoever gave it: its data, and which nulls are errors."""
    return data, {str(_null_at(data, error["path"])) for error in errors}


def alike(answer: tuple[Any, set[str]], expected: tuple[Any, set[str]]) -> bool:
    """Compare two essences: an error is at a null of the other's, and there is one if the other has any.

    An entity that fails does so once, in however many places it stands; and of several errors that end in
    the same null, one is enough (GraphQL specification, Handling Execution Errors).
    """
    return answer[0] == expected[0] and answer[1] <= expected[1] and bool(answer[1]) == bool(expected[1])


def _null_at(data: Any, path: list[Any]) -> list[Any]:
    """Cut an error's path where the data ends."""
    for length, segment in enumerate(path):
        if data is None:
            return path[:length]
        data = data[segment]
    return path
