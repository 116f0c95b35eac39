"""The time that a client has, and what instances have of it."""

import asyncio
import time
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stitcher.errors import SubgraphError
from stitcher.transport.exchange import DEADLINE_HEADER, HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.asgi_server import serving
from tests.transport.test_attempts import MUTATION, QUERY, Instance, answer, hang


async def test_services_are_told_how_much_time_is_left() -> None:
    told: list[int] = []

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(int(Request(scope).headers[DEADLINE_HEADER]))
        await Response(b'{"data":{"a":1}}', media_type="application/json")(scope, receive, send)

    async with serving(service) as url, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(url), pool, timeout=10)
        await transport.send(QUERY)
        await transport.send(replace(QUERY, deadline=time.monotonic() + 2))
        await transport.send(replace(QUERY, deadline=time.monotonic() + 20))
    assert 9_000 < told[0] <= 10_000
    assert 1_000 < told[1] <= 2_000
    assert 9_000 < told[2] <= 10_000


async def test_what_the_client_has_no_time_for_is_not_the_instances_fault() -> None:
    service = Instance(hang)
    async with serving(service) as url, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(url), pool, timeout=10)
        for _ in range(4):
            with pytest.raises(SubgraphError) as caught:
                await transport.send(replace(QUERY, deadline=time.monotonic() + 0.05))
            assert caught.value.code == "DEADLINE_EXCEEDED"
        service.behave = answer
        assert (await transport.send(QUERY)).data == {"a": 1}


async def test_a_request_whose_time_is_over_is_not_sent() -> None:
    service = Instance()
    async with serving(service) as url, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(url), pool)
        with pytest.raises(SubgraphError) as caught:
            await transport.send(replace(QUERY, deadline=time.monotonic() - 1))
        assert caught.value.code == "DEADLINE_EXCEEDED"
    assert not service.seen


async def test_one_who_has_little_time_takes_none_from_those_who_ask_the_same() -> None:
    service = Instance()

    async def take_a_moment() -> Response:
        await asyncio.sleep(0.4)
        return await answer()

    service.behave = take_a_moment
    async with serving(service) as url, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(url), pool, share=True)
        hasty = asyncio.create_task(transport.send(replace(QUERY, deadline=time.monotonic() + 0.2)))
        await asyncio.sleep(0.05)
        patient = asyncio.create_task(transport.send(QUERY))
        with pytest.raises(SubgraphError):
            await hasty
        assert (await patient).data == {"a": 1}


async def test_a_query_is_asked_of_another_when_one_has_had_its_time() -> None:
    hanging, good = Instance(hang), Instance()
    async with serving(hanging) as first, serving(good) as second, HttpPool() as pool:
        upstream = Upstream.at(first, second)
        upstream.usual.hedge_after = 60
        transport = HttpTransport("thing", upstream, pool, timeout=10, attempt_timeout=0.1)
        start = time.monotonic()
        for _ in range(6):
            assert (await transport.send(QUERY)).data == {"a": 1}
        assert time.monotonic() - start < 5
    assert hanging.seen


async def test_a_mutation_has_all_of_the_time_at_one_instance() -> None:
    instances = [Instance(hang), Instance(hang)]
    async with serving(instances[0]) as first, serving(instances[1]) as second, HttpPool() as pool:
        upstream = Upstream.at(first, second)
        transport = HttpTransport("thing", upstream, pool, timeout=0.6, attempt_timeout=0.1)
        start = time.monotonic()
        with pytest.raises(SubgraphError) as caught:
            await transport.send(MUTATION)
        assert caught.value.code == "SUBGRAPH_TIMEOUT"
        assert time.monotonic() - start > 0.5
    assert sum(len(instance.seen) for instance in instances) == 1


async def test_clients_do_not_wait_long_for_an_instance_that_was_out() -> None:
    service = Instance(hang)
    async with serving(service) as url, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(url), pool, timeout=1.5)
        await asyncio.gather(*(transport.send(QUERY) for _ in range(3)), return_exceptions=True)
        await asyncio.sleep(1.1)
        start = time.monotonic()
        with pytest.raises(SubgraphError) as caught:
            await transport.send(QUERY)
        assert caught.value.code == "SERVICE_UNAVAILABLE"
        assert 0.4 < time.monotonic() - start < 1.4
        assert len(service.seen) == 4  # it goes on to find out
