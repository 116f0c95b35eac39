"""A gateway that is replaced is closed after its last request."""

import asyncio

from stitcher.gateway.current import CurrentGateway
from stitcher.gateway.gateway import Gateway
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests.stitched import composed


class Noting:
    """A transport that notes that it is closed."""

    is_closed = False

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        raise NotImplementedError

    async def close(self) -> None:
        self.is_closed = True


def gateway() -> tuple[Gateway, Noting]:
    transport = Noting()
    return Gateway(composed(one="type Query { a: Int }"), {"one": transport}), transport


async def test_one_that_nobody_uses_is_closed_at_once() -> None:
    (first, old), (second, new) = gateway(), gateway()
    current = CurrentGateway(first)
    current.replace(second)
    await asyncio.sleep(0)
    assert current.gateway is second
    assert old.is_closed
    assert not new.is_closed
    await current.close()
    assert new.is_closed


async def test_one_in_use_is_closed_after_its_last_request() -> None:
    (first, old), (second, _) = gateway(), gateway()
    current = CurrentGateway(first)
    current.hold(first)
    current.hold(first)
    current.replace(second)
    current.release(first)
    await asyncio.sleep(0)
    assert not old.is_closed
    current.release(first)
    await asyncio.sleep(0)
    assert old.is_closed


async def test_the_one_in_use_stays_open_between_requests() -> None:
    first, transport = gateway()
    current = CurrentGateway(first)
    current.hold(first)
    current.release(first)
    current.replace(first)
    await asyncio.sleep(0)
    assert not transport.is_closed
