"""Bytes that no well-behaved client sends, to a real server with this protocol."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from stitcher.server.http import protocol
from stitcher.server.http.protocol import HEAD_LIMIT, HttpProtocol
from tests.asgi_server import serving


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> set[HttpProtocol]:
    """The connections that are open."""
    found: set[HttpProtocol] = set()
    made, lost = HttpProtocol.connection_made, HttpProtocol.connection_lost

    def connection_made(self: HttpProtocol, transport: asyncio.Transport) -> None:
        found.add(self)
        made(self, transport)

    def connection_lost(self: HttpProtocol, exc: Exception | None) -> None:
        found.discard(self)
        lost(self, exc)

    monkeypatch.setattr(HttpProtocol, "connection_made", connection_made)
    monkeypatch.setattr(HttpProtocol, "connection_lost", connection_lost)
    return found


LEAST = b"POST / HTTP/1.1\r\nHost: x\r\n"


UNREAD = 12_000_000  # more than what two sockets keep


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the names of the headers, as they are before and after the body is read, and its length."""
    with suppress(ValueError):
        await asyncio.sleep(float(scope["path"][1:]))
    before = [name.decode() for name, _ in scope["headers"]]
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    after = [name.decode() for name, _ in scope["headers"]]
    padding = "x" * UNREAD if scope["path"] == "/large" else ""
    body = json.dumps({"before": before, "after": after, "length": length, "padding": padding}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with serving(echo) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        yield reader, writer
        writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    body = await reader.readexactly(length)
    status = int(head.split()[1])
    return status, json.loads(body) if status == 200 else body.decode()


async def test_requests_on_one_connection() -> None:
    body = b"y" * 300_000
    get = b"GET / HTTP/1.1\r\nHost: x\r\nX-Padding: %b\r\n\r\n" % (b"x" * (HEAD_LIMIT - 100))
    post = b"%bContent-Length: %d\r\n\r\n%b" % (LEAST, len(body), body)
    async with connected() as (reader, writer):
        for sent, length in ((get, 0), (post, len(body)), (get, 0)):
            writer.write(sent)
            status, echoed = await answer(reader)
            assert (status, echoed["length"]) == (200, length)
        writer.write(get * 5)
        assert [(await answer(reader))[0] for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("chunk", [1, 100, 10_000])
async def test_a_body_in_chunks(chunk: int) -> None:
    piece = b"%x\r\n%b\r\n" % (chunk, b"y" * chunk)
    async with connected() as (reader, writer):
        writer.write(LEAST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(piece * (200_000 // chunk // 20))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        status, echoed = await answer(reader)
        assert (status, echoed["length"]) == (200, 200_000)


@pytest.mark.parametrize(
    "start",
    [
        LEAST + b"Cookie: ",
        LEAST + b"X-Many: x\r\n" * (HEAD_LIMIT // 4),
        LEAST,
        LEAST + b"Transfer-Encoding: chunked\r\n\r\n1;",
        LEAST + b"Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\nX-Trailer: ",
    ],
    ids=["one header", "many headers", "a name of a header", "an extension of a chunk", "a trailer"],
)
async def test_what_never_ends(start: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(start)
        began = time.process_time()
        sent = 0
        while not reader.at_eof() and not reader._buffer and sent < 50_000_000:  # type: ignore[attr-defined]
            writer.write(b"x" * 100_000)
            sent += 100_000
            await asyncio.sleep(0)
            try:
                await writer.drain()
            except ConnectionError:
                break
        assert sent < 5_000_000
        assert time.process_time() - began < 1
        # The answer may be lost with what had not been read.
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            assert (await answer(reader))[0] == 400


async def test_long_headers_all_at_once() -> None:
    headers = b"".join(b"X-%d: x\r\n" % number for number in range(8_000))
    assert HEAD_LIMIT < len(headers) < 2 * HEAD_LIMIT
    async with connected() as (reader, writer):
        writer.write(LEAST + headers + b"\r\n")
        assert await answer(reader) == (400, "The request's headers are too long.")
        assert await reader.read() == b""


async def test_trailers_are_no_headers() -> None:
    rest = (
        b"Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\nCookie: a=b\r\n\r\n"
    )
    async with connected() as (reader, writer):
        for wait in (0.0, 0.05):
            writer.write(LEAST + rest[:30])
            await asyncio.sleep(wait)
            writer.write(rest[30:])
            names = ["host", "transfer-encoding"]
            status, echoed = await answer(reader)
            assert (status, echoed["before"], echoed["after"], echoed["length"]) == (200, names, names, 1)


SLOW = {
    "nothing": [],
    "half a head": [LEAST],
    "a head, byte by byte": [LEAST, *[b"x"] * 1000],
    "half a body": [LEAST + b"Content-Length: 9\r\n\r\n", b"y"],
    "a body, byte by byte": [LEAST + b"Content-Length: 1000\r\n\r\n", *[b"y"] * 1000],
    "a second request that doesn't end": [LEAST + b"Content-Length: 1\r\n\r\ny", LEAST],
}


@pytest.mark.parametrize("pieces", SLOW.values(), ids=SLOW)
async def test_what_takes_too_long(pieces: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_TIMEOUT", 0.2)
    began = time.monotonic()
    async with connected() as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.01)
            if reader.at_eof():
                break
        async with asyncio.timeout(2):
            with suppress(ConnectionError):
                await reader.read()
        assert time.monotonic() - began < 1


async def test_who_has_sent_all_of_a_request_may_wait_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_TIMEOUT", 0.1)
    async with connected() as (reader, writer):
        for wait in (0.3, 0.0, 0.3):
            writer.write(b"GET /%f HTTP/1.1\r\nHost: x\r\n\r\n" % wait)
            assert (await answer(reader))[0] == 200
            await asyncio.sleep(wait)


LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def small_buffers() -> Iterator[socket.socket]:
    """A client's socket that takes little of what it doesn't read."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        yield client


async def is_gone(connections: set[HttpProtocol], seconds: float) -> bool:
    for _ in range(int(seconds / 0.02)):
        await asyncio.sleep(0.02)
        if not connections:
            return True
    return False


CLOSING = b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("asked", [LARGE, LARGE * 50, CLOSING], ids=["one", "many", "the last"])
@pytest.mark.parametrize("pace", [0, 100], ids=["nothing is read", "a few bytes are read"])
async def test_answers_that_nobody_takes(
    asked: bytes, pace: int, connections: set[HttpProtocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SEND_TIMEOUT", 0.4)
    loop = asyncio.get_running_loop()
    async with serving(echo) as url:
        with small_buffers() as client:
            await loop.sock_connect(client, ("127.0.0.1", urlsplit(url).port))
            await loop.sock_sendall(client, asked)
            await asyncio.sleep(0.05)
            (connection,) = connections
            for _ in range(10):
                await asyncio.sleep(0.02)
                assert connection.transport.get_write_buffer_size() < 2 * UNREAD  # one answer, not many
                if pace:
                    await loop.sock_recv(client, pace)
            assert await is_gone(connections, 2)


async def test_an_answer_that_is_taken_slowly_comes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SEND_TIMEOUT", 0.4)
    async with connected() as (reader, writer):
        writer.write(CLOSING)
        taken = 0
        began = time.monotonic()
        while piece := await reader.read(100_000):
            taken += len(piece)
            await asyncio.sleep(0.01)
        assert taken > UNREAD
        assert time.monotonic() - began > 1


async def test_no_more_is_read_than_can_wait(connections: set[HttpProtocol]) -> None:
    get = b"GET /0.05 HTTP/1.1\r\nHost: x\r\nX-Padding: %b\r\n\r\n" % (b"x" * 10_000)
    async with connected() as (reader, writer):
        writer.write(get * 500)
        answered = 0
        for _ in range(10):
            assert (await answer(reader))[0] == 200
            answered += 1
            (connection,) = connections
            assert len(connection.pipeline) < 60  # what one piece of data has brought
        assert answered == 10


async def test_who_keeps_a_connection_may_use_it_once_more_when_the_server_ends(
    connections: set[HttpProtocol],
) -> None:
    get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    async with connected() as (reader, writer):
        writer.write(get)
        assert (await answer(reader))[0] == 200
        (connection,) = connections
        connection.config.timeout_graceful_shutdown = 1
        connection.shutdown()
        await asyncio.sleep(0.05)
        writer.write(get)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close\r\n" in head
        assert await is_gone(connections, 0.1)


async def test_who_does_not_use_it_any_more_is_not_waited_for(connections: set[HttpProtocol]) -> None:
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await answer(reader))[0] == 200
        (connection,) = connections
        connection.config.timeout_graceful_shutdown = 1
        connection.shutdown()
        assert not await is_gone(connections, 0.1)
        assert await is_gone(connections, 0.3)
