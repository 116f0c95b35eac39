"""Where one request ends and the next begins: each is answered, and no body is taken for one."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from stitcher.server.http import protocol
from stitcher.server.http.framing import RefusedRequestError, check_head
from tests.asgi_server import serving

SMUGGLED = b"POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nbad"

UPGRADES = {
    "h2c of Java's HttpClient": b"Connection: Upgrade, HTTP2-Settings\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n",
    "WebSocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "TLS": b"Upgrade: TLS/1.0\r\nConnection: upgrade\r\n",
    "several": b"Connection: keep-alive, Upgrade\r\nUpgrade: foo/2, h2c, websocket\r\n",
    "several lines": b"Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n",
    "no name": b"Connection: Upgrade\r\nUpgrade:\r\n",
    "in Connection alone": b"Connection: upgrade\r\n",
    "not in Connection": b"Upgrade: h2c\r\n",
}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what has come; some answers are begun before the body is there, some take a while."""
    path = scope["path"]
    if "slow" in path:
        await asyncio.sleep(0.005)
    body, more = b"", "unread" not in path
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    text = json.dumps({"method": scope["method"], "path": path, "body": body.decode("latin-1")}).encode()
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes, *, at: list[int] | None = None) -> None:
        """Send data, with a pause at these places."""
        places = [0, *sorted(at or []), len(data)]
        for start, end in pairwise(places):
            self.writer.write(data[start:end])
            await asyncio.sleep(0.0002)

    async def answer(self) -> tuple[int, Any]:
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            body = await self.reader.readexactly(length)
        status = int(head.split()[1])
        return status, json.loads(body) if status == 200 else body.decode()

    async def ends(self) -> bool:
        async with asyncio.timeout(5):
            return await self.reader.read() == b""


@asynccontextmanager
async def connected() -> AsyncIterator[Client]:
    async with serving(echo) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        yield Client(reader, writer)
        writer.close()


def framed(body: bytes, how: str) -> bytes:
    """Return a body with its header, the empty line between them."""
    if how == "length":
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    size = {"one chunk": len(body) or 1, "chunks": 7}[how]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"Transfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % chunks


@pytest.mark.parametrize("how", ["length", "one chunk", "chunks"])
@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
async def test_a_request_that_asks_for_another_protocol_is_answered_in_this_one(
    upgrade: bytes, how: str
) -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\n%b%b" % (upgrade, framed(SMUGGLED, how))
    after = b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
    async with connected() as client:
        splits: list[list[int]] = [[], [request.index(b"\r\n\r\n") + 4], [len(request)]]
        for at in splits:
            await client.send(request + after, at=at)
            expected = {"method": "POST", "path": "/a", "body": SMUGGLED.decode()}
            assert await client.answer() == (200, expected)
            assert await client.answer() == (200, {"method": "GET", "path": "/b", "body": ""})
        assert not client.reader._buffer  # type: ignore[attr-defined]


async def test_a_whole_url() -> None:
    async with connected() as client:
        for url, host in ((b"http://x/a?b", b"x"), (b"HTTP://X:80/a", b"x:80")):
            await client.send(b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (url, host))
            assert (await client.answer())[1]["path"] == "/a"


async def test_split_at_every_byte() -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\n%b%b" % (UPGRADES["several"], framed(SMUGGLED, "chunks"))
    async with connected() as client:
        for place in range(1, len(request)):
            await client.send(request, at=[place])
            assert (await client.answer())[1]["body"] == SMUGGLED.decode(), place
        await client.send(request, at=list(range(1, len(request))))
        assert (await client.answer())[1]["body"] == SMUGGLED.decode()


@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE", b"OPTIONS", b"HEAD"])
async def test_without_a_body(method: bytes) -> None:
    async with connected() as client:
        for upgrade in UPGRADES.values():
            await client.send(method + b" /a HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
            if method == b"HEAD":
                await client.reader.readuntil(b"\r\n\r\n")
                continue
            answer = {"method": method.decode(), "path": "/a", "body": ""}
            assert await client.answer() == (200, answer)


async def test_a_connection_that_is_to_close_does() -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n"
    async with connected() as client:
        await client.send(request + framed(SMUGGLED, "length") + SMUGGLED)
        assert (await client.answer())[1]["body"] == SMUGGLED.decode()
        assert await client.ends()


async def test_a_client_that_waits_for_100() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
    async with connected() as client:
        for upgrade in (b"", UPGRADES["h2c of Java's HttpClient"]):
            await client.send(head + upgrade + b"\r\n")
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await client.send(b"abc")
            assert (await client.answer())[1]["body"] == "abc"
        await client.send(head.replace(b"1.1", b"1.0") + b"\r\nabc")
        assert (await client.answer())[1]["body"] == "abc"  # who speaks HTTP/1.0 knows no 100


LEAST = b"POST / HTTP/1.1\r\nHost: x\r\n"

REFUSED = {
    "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT of a path": b"CONNECT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
    "two Hosts in HTTP/1.0": b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    "two hosts in one": b"GET / HTTP/1.1\r\nHost: x, y\r\n\r\n",
    "Host with a path": b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "Host with a user": b"GET / HTTP/1.1\r\nHost: a@x\r\n\r\n",
    "another host in the URL": b"GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a user in the URL": b"GET http://a@x/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "both framings": LEAST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a length with a sign": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
    "a coding that isn't known": LEAST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two codings": LEAST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "nearly chunked": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked, with an upgrade": b"POST / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
    b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc",
    "a line feed alone": b"POST / HTTP/1.1\nHost: x\n\n",
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
async def test_what_leaves_a_doubt_is_refused(request_: bytes) -> None:
    async with connected() as client:
        await client.send(request_ + SMUGGLED)
        assert (await client.answer())[0] == 400
        assert await client.ends()


@pytest.mark.parametrize(
    "host",
    ["", "x", "a.example:80", "my_service:3000", "[::1]:3000", "192.0.2.1", "xn--bcher-kva.example", "x:"],
)
def test_hosts(host: str) -> None:
    check_head(b"GET", b"/", "1.1", [(b"host", host.encode())])
    for wrong in (" ", "/", "@", "\\", "\xe9", "?", "#", '"'):
        with pytest.raises(RefusedRequestError, match="Host"):
            check_head(b"GET", b"/", "1.1", [(b"host", (host + wrong).encode("latin-1"))])


def test_who_speaks_an_older_version_needs_no_host() -> None:
    check_head(b"GET", b"/", "1.0", [])


BROKEN = {
    "no HTTP": (b"nonsense\r\n\r\n", 2),
    "no Host": (b"GET /b HTTP/1.1\r\n\r\n", 2),
    "a bad chunk": (b"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 2),
}


@pytest.mark.parametrize(("broken", "answered"), BROKEN.values(), ids=BROKEN)
async def test_a_refusal_is_not_the_answer_to_a_request_before(broken: bytes, answered: int) -> None:
    async with connected() as client:
        await client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" * answered + broken + SMUGGLED)
        for _ in range(answered):
            assert (await client.answer())[1]["path"] == "/slow"
        assert (await client.answer())[0] == 400
        assert await client.ends()


async def test_only_so_many_requests_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PIPELINE_LIMIT", 5)
    async with connected() as client:
        await client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        answers = [await client.answer() for _ in range(7)]
        assert [status for status, _ in answers] == [200] * 6 + [400]
        assert "waiting" in answers[-1][1]
        assert await client.ends()


def random_request(rng: random.Random, number: int) -> tuple[bytes, dict[str, str]]:
    """Return a request, and what the answer to it has to be."""
    method = rng.choice([b"GET", b"POST", b"POST", b"POST", b"DELETE"])
    path = f"/{rng.choice(['', 'slow-', 'unread-'])}{number}"
    body = (
        b""
        if method == b"GET" and rng.random() < 0.8
        else rng.choice(
            [
                b"",
                b"x",
                SMUGGLED,
                SMUGGLED * 20,
                b"0\r\n\r\n" + SMUGGLED,
                bytes(rng.randbytes(rng.randrange(300))),
            ]
        )
    )
    headers = [b"Host: x\r\n", b"X-Padding: %b\r\n" % (b"y" * rng.randrange(50))]
    if rng.random() < 0.6:
        headers.append(rng.choice(list(UPGRADES.values())))
    rng.shuffle(headers)
    how = rng.choice(["length", "one chunk", "chunks"])
    end = b"\r\n" if method == b"GET" and not body and rng.random() < 0.5 else framed(body, how)
    head = b"%b %b HTTP/1.1\r\n%b" % (method, path.encode(), b"".join(headers))
    seen = "" if "unread" in path else body.decode("latin-1")
    return head + end, {"method": method.decode(), "path": path, "body": seen}


@pytest.mark.parametrize("seed", range(40))
async def test_random_requests_each_get_their_own_answer(seed: int) -> None:
    rng = random.Random(seed)
    async with connected() as client:
        for _ in range(5):
            requests = [random_request(rng, number) for number in range(rng.randrange(1, 12))]
            data = b"".join(request for request, _ in requests)
            at = [rng.randrange(len(data)) for _ in range(rng.randrange(8))]
            await client.send(data, at=at)
            for _, expected in requests:
                assert await client.answer() == (200, expected)
        assert not client.reader._buffer  # type: ignore[attr-defined]
