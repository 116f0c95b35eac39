"""Bytes that no well-behaved client sends, to a real server with this protocol."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from stitcher.server import http_protocol
from stitcher.server.http_protocol import HEAD_LIMIT
from tests.asgi_server import serving

LEAST = b"POST / HTTP/1.1\r\nHost: x\r\n"


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
    body = json.dumps({"before": before, "after": after, "length": length}).encode()
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
        assert await answer(reader) == (400, "Invalid HTTP request received.")
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
            assert await answer(reader) == (200, {"before": names, "after": names, "length": 1})


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
    monkeypatch.setattr(http_protocol, "REQUEST_TIMEOUT", 0.2)
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
    monkeypatch.setattr(http_protocol, "REQUEST_TIMEOUT", 0.1)
    async with connected() as (reader, writer):
        for wait in (0.3, 0.0, 0.3):
            writer.write(b"GET /%f HTTP/1.1\r\nHost: x\r\n\r\n" % wait)
            assert (await answer(reader))[0] == 200
            await asyncio.sleep(wait)
