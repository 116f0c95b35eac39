"""For any operation, three ways answer alike: the gateway's own, plain ``ariadne.graphql``, and one schema
with all the data, which has no gateway at all.
"""

import asyncio
from typing import Any

import ariadne
from graphql import graphql_sync, parse, validate
from hypothesis import HealthCheck, assume, given, settings

from stitcher.gateway import Gateway
from stitcher.supergraph import Supergraph
from stitcher.transport.http import HttpPool, HttpTransport
from tests.bookshop import fresh_data, subgraph_schemas, whole_schema
from tests.operations import Request, requests
from tests.subgraph_server import serve

VALUES: dict[str, list[Any]] = {
    "id": ["b1", "b4", "g2", "a1", "none"],
    "ids": [["a1", "a3"], ["a2", "none"], []],
    "first": [1, 5, 20],
    "title": ["Book", "Game 1", "zzz"],
    "loud": [True, False],
}


def test_every_operation_is_answered_alike(bookshop: Supergraph) -> None:
    whole = whole_schema(bookshop.schema)

    with asyncio.Runner() as runner:

        async def answers(gateway: Gateway, request: Request) -> tuple[Any, Any]:
            own = await gateway.execute(request.query, request.variables)
            assert own.executed, own.errors
            body = {"query": request.query, "variables": request.variables}
            _, plain = await ariadne.graphql(gateway.schema, body)
            return (own.data, _essence(own.errors)), (plain.get("data"), _essence(plain.get("errors", ())))

        async def check(find: Any) -> None:
            async with serve(subgraph_schemas(fresh_data())) as server, HttpPool() as pool:
                transports = {
                    name: HttpTransport(name, (server.url(name),), pool, timeout=5)
                    for name in bookshop.subgraphs
                }
                gateway = Gateway(bookshop, transports)
                await asyncio.to_thread(find, gateway, asyncio.get_running_loop())

        def find(gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
            @settings(
                max_examples=200,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            @given(request=requests(bookshop.schema, VALUES))
            def differ(request: Request) -> None:
                assume(not validate(bookshop.schema, parse(request.query)))
                expected = graphql_sync(whole, request.query, variable_values=request.variables)
                own, plain = asyncio.run_coroutine_threadsafe(answers(gateway, request), loop).result(30)
                assert own == (expected.data, _essence([error.formatted for error in expected.errors or ()]))
                assert plain == own

            differ()

        runner.run(check(find))


def _essence(errors: Any) -> list[Any]:
    """Reduce errors to what has to be alike whoever found them: where they are."""
    return sorted(str(error.get("path")) for error in errors)
