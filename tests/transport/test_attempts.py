"""A service with several instances, one or all of which fail: real HTTP servers on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from stitcher.errors import SubgraphError
from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.asgi_server import serving
from tests.stack import free_ports
from tests.waiting import until

QUERY = SubgraphRequest(Document("{ a }"), {}, {})
MUTATION = SubgraphRequest(Document("mutation { a }", is_mutation=True), {}, {})

Behaviour = Callable[[], Awaitable[Response]]


async def answer() -> Response:
    return Response(b'{"data":{"a":1}}', media_type="application/json")


async def hang() -> Response:
    await asyncio.sleep(60)
    return await answer()


async def be_slow() -> Response:
    await asyncio.sleep(1)
    return await answer()


async def reset() -> Response:
    raise ConnectionResetError  # uvicorn closes the connection without an answer


def say(status: int, body: bytes, **headers: str) -> Behaviour:
    async def said() -> Response:
        return Response(body, status, {name.replace("_", "-"): value for name, value in headers.items()})

    return said


FAULTS = {
    "503": say(503, b"busy"),
    "503 with a GraphQL body": say(503, b'{"errors":[{"message":"busy"}]}'),
    "502": say(502, b"<html>"),
    "504": say(504, b""),
    "500 without GraphQL": say(500, b"Internal Server Error"),
    "HTML": say(200, b"<html>"),
    "truncated JSON": say(200, b'{"data":{"a":'),
}


@dataclass
class Instance:
    behave: Behaviour = answer
    seen: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.seen.append(await Request(scope, receive).body())
            await (await self.behave())(scope, receive, send)


@asynccontextmanager
async def running(*instances: Instance, within: float = 5, more: int = 0) -> AsyncIterator[HttpTransport]:
    """Give a transport to these instances, and to some more addresses at which nobody listens."""
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(instance)) for instance in instances]
        urls += [f"http://127.0.0.1:{port}/" for port in free_ports(more)]
        pool = await stack.enter_async_context(HttpPool())
        yield HttpTransport("thing", Upstream.at(*urls), pool, timeout=within)


async def outcomes(transport: HttpTransport, request: SubgraphRequest, times: int) -> list[str]:
    """Return how some requests end, one after the other: by a code, or "answered"."""
    ends = []
    for _ in range(times):
        try:
            assert (await transport.send(request)).data == {"a": 1}
            ends.append("answered")
        except SubgraphError as error:
            ends.append(error.code)
    return ends


async def seconds(transport: HttpTransport, times: int) -> list[float]:
    """Return how long some queries take, one after the other."""
    taken = []
    for _ in range(times):
        start = time.monotonic()
        await transport.send(QUERY)
        taken.append(time.monotonic() - start)
    return taken


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
async def test_a_query_is_asked_of_another_instance(fault: Behaviour) -> None:
    broken, sound = Instance(fault), Instance()
    async with running(broken, sound) as transport:
        assert await outcomes(transport, QUERY, 40) == ["answered"] * 40
    assert 1 <= len(broken.seen) <= 5  # then it is out of use, but for probes


async def test_so_it_is_if_one_is_not_there() -> None:
    sound = Instance()
    async with running(sound, more=1) as transport:
        assert await outcomes(transport, QUERY, 40) == ["answered"] * 40
    assert len(sound.seen) == 40


async def test_a_mutation_is_sent_again_only_if_nothing_was_sent() -> None:
    sound = Instance()
    async with running(sound, more=1) as transport:
        assert await outcomes(transport, MUTATION, 20) == ["answered"] * 20
    assert len(sound.seen) == 20

    broken = Instance(say(503, b"busy"))
    async with running(broken, sound) as transport:
        ends = await outcomes(transport, MUTATION, 20)
    assert len(broken.seen) + len(sound.seen) - 20 == 20
    assert ends.count("SUBGRAPH_BAD_RESPONSE") == len(broken.seen) > 0


async def test_one_that_hangs_costs_a_tenth_of_a_second_and_then_nothing() -> None:
    hung, sound = Instance(hang), Instance()
    async with running(hung, sound) as transport:
        taken = await seconds(transport, 40)
    assert max(taken) < 1
    assert sum(one > 0.09 for one in taken) == len(hung.seen)
    assert 1 <= len(hung.seen) <= 6


async def test_one_that_is_slow_is_passed_over() -> None:
    slow, sound = Instance(be_slow), Instance()
    async with running(slow, sound) as transport:
        taken = await seconds(transport, 40)
    assert sorted(taken)[20] < 0.1
    assert max(taken) < 0.9


async def test_where_all_fail_the_rest_fails_at_once() -> None:
    instances = [Instance(hang), Instance(hang)]
    async with running(*instances, within=0.3) as transport:
        with capture_logs() as logs:
            assert set(await outcomes(transport, QUERY, 6)) == {"SUBGRAPH_TIMEOUT", "SERVICE_UNAVAILABLE"}
            start = time.monotonic()
            assert await outcomes(transport, QUERY, 5) == ["SERVICE_UNAVAILABLE"] * 5
            assert time.monotonic() - start < 0.5
    out = [entry for entry in logs if entry["event"] == "an instance is out of use"]
    assert len({entry["address"] for entry in out}) == 2


async def test_a_single_instance_is_asked_twice_and_taken_back_when_it_answers() -> None:
    only = Instance(say(503, b"busy"))
    async with running(only) as transport:
        assert await outcomes(transport, QUERY, 1) == ["SUBGRAPH_BAD_RESPONSE"]
        assert len(only.seen) == 2
        assert await outcomes(transport, QUERY, 1) == ["SUBGRAPH_BAD_RESPONSE"]
        assert await outcomes(transport, QUERY, 3) == ["SERVICE_UNAVAILABLE"] * 3
        assert len(only.seen) == 3
        only.behave = answer
        await asyncio.sleep(1)
        assert await outcomes(transport, QUERY, 3) == ["answered"] * 3


async def test_a_request_that_is_wrong_itself_takes_nobody_out() -> None:
    instance = Instance(say(404, b"Not Found"))
    async with running(instance) as transport:
        assert await outcomes(transport, QUERY, 8) == ["SUBGRAPH_BAD_RESPONSE"] * 8
    assert len(instance.seen) == 8
    refusing = Instance(say(200, b'{"errors":[{"message":"no"}]}'))
    async with running(refusing) as transport:
        for _ in range(8):
            assert (await transport.send(QUERY)).errors[0]["message"] == "no"
    assert len(refusing.seen) == 8


async def test_retry_after_is_heeded() -> None:
    only = Instance(say(503, b"busy", retry_after="1"))
    async with running(only) as transport:
        start = time.monotonic()
        sending = asyncio.create_task(transport.send(QUERY))
        await until(lambda: only.seen)
        only.behave = answer
        assert (await sending).data == {"a": 1}
        assert time.monotonic() - start >= 1
    only.behave = say(503, b"busy", retry_after="60")
    async with running(only) as transport:
        start = time.monotonic()
        assert await outcomes(transport, QUERY, 1) == ["SUBGRAPH_BAD_RESPONSE"]
        assert time.monotonic() - start < 1


async def test_a_storm_of_failures_is_bounded() -> None:
    instances = [Instance(), Instance()]
    turns = iter(range(10**6))

    async def every_other() -> Response:
        return await (answer() if next(turns) % 2 else say(503, b"busy")())

    for instance in instances:
        instance.behave = every_other
    async with running(*instances) as transport:
        for _ in range(10):
            ends = await asyncio.gather(*(outcomes(transport, QUERY, 1) for _ in range(40)))
            assert len(ends) == 40
    sent = sum(len(instance.seen) for instance in instances)
    assert sent <= 400 + max(0.2 * 400, 20) + 10


async def test_a_client_that_leaves_ends_its_requests() -> None:
    ended = asyncio.Event()

    async def notice() -> Response:
        try:
            return await hang()
        finally:
            ended.set()

    only = Instance(notice)
    async with running(only) as transport:
        sending = asyncio.create_task(transport.send(QUERY))
        await until(lambda: only.seen)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        only.behave = answer
        assert await outcomes(transport, QUERY, 3) == ["answered"] * 3


@pytest.mark.parametrize("sent", [QUERY, MUTATION])
async def test_an_instance_whose_certificate_is_not_trusted_is_sent_nothing(
    certificate: tuple[str, str], sent: SubgraphRequest
) -> None:
    untrusted, good = Instance(), Instance()
    async with serving(untrusted, tls=certificate) as first, serving(good) as second, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(first, second), pool)
        for _ in range(6):
            assert (await transport.send(sent)).data == {"a": 1}
    assert not untrusted.seen
    assert len(good.seen) == 6


async def test_a_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    failing, good = Instance(say(503, b"")), Instance()
    clock = time.time
    async with serving(failing) as first, serving(good) as second, HttpPool() as pool:
        transport = HttpTransport("thing", Upstream.at(first, second), pool)
        for jump in (0, 86_400, -86_400, 10**9, -(10**9)):
            monkeypatch.setattr(time, "time", lambda jump=jump: clock() + jump)
            for _ in range(4):
                assert (await transport.send(QUERY)).data == {"a": 1}
    assert 3 <= len(failing.seen) < 8  # out of use for as long as ever
