"""So many requests at a time, and a short queue in order of arrival."""

import asyncio
import time
from dataclasses import replace

import pytest

from stitcher.errors import SubgraphError
from stitcher.transport.bulkhead import Bulkhead
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.asgi_server import serving
from tests.transport.test_attempts import QUERY, Instance, answer, hang
from tests.waiting import until


async def enter(bulkhead: Bulkhead) -> None:
    if not bulkhead.take():
        await bulkhead.wait()


async def test_those_who_wait_go_in_order_of_arrival() -> None:
    bulkhead = Bulkhead(room=1, queue=3)
    await enter(bulkhead)
    order: list[int] = []

    async def ask(number: int) -> None:
        await enter(bulkhead)
        order.append(number)
        bulkhead.leave()

    waiting = [asyncio.create_task(ask(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert bulkhead.is_full
    bulkhead.leave()
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2]
    assert bulkhead.take()


async def test_one_that_goes_while_it_waits_takes_no_room_along() -> None:
    bulkhead = Bulkhead(room=1, queue=3)
    await enter(bulkhead)
    first, second = (asyncio.create_task(enter(bulkhead)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    bulkhead.leave()
    await second
    bulkhead.leave()
    assert bulkhead.take()

    third = asyncio.create_task(enter(bulkhead))
    await asyncio.sleep(0)
    bulkhead.leave()  # to the third, which is told to end before it hears of it
    third.cancel()
    with pytest.raises(asyncio.CancelledError):
        await third
    assert bulkhead.take()


async def test_room_that_shrinks_is_kept_to() -> None:
    bulkhead = Bulkhead(room=2, queue=3)
    await enter(bulkhead)
    await enter(bulkhead)
    waiting = asyncio.create_task(enter(bulkhead))
    await asyncio.sleep(0)
    bulkhead.room = 1
    bulkhead.leave()
    await asyncio.sleep(0)
    assert not waiting.done()
    bulkhead.leave()
    await waiting


async def test_beyond_the_queue_a_request_fails_at_once_and_in_it_when_its_time_is_over() -> None:
    service = Instance(hang)
    async with serving(service) as url, HttpPool() as pool:
        upstream = Upstream.at(url)
        upstream.bulkhead.room, upstream.bulkhead.queue = 1, 1
        transport = HttpTransport("thing", upstream, pool, timeout=1)
        hasty = replace(QUERY, deadline=time.monotonic() + 0.4)
        sending = [asyncio.create_task(transport.send(sent)) for sent in (QUERY, hasty, QUERY)]
        await until(lambda: sending[2].done(), 0.3)
        codes = []
        for sent in sending:
            with pytest.raises(SubgraphError) as caught:
                await sent
            codes.append(caught.value.code)
        assert codes == ["SUBGRAPH_TIMEOUT", "SERVICE_OVERLOADED", "SERVICE_OVERLOADED"]
        assert len(service.seen) == 1
        service.behave = answer
        assert (await transport.send(QUERY)).data == {"a": 1}
