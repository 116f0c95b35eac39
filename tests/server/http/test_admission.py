"""How many clients are let in: a real server, real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stitcher.server.http.admission import ADMISSION, Admission
from tests.asgi_server import serving


@asynccontextmanager
async def admitting(admission: Admission, release: asyncio.Event) -> AsyncIterator[str]:
    async def wait(request: Request) -> Response:
        await release.wait()
        return PlainTextResponse("done")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Admission]]:
        yield {ADMISSION: admission}

    routes = [Route("/", wait, methods=["GET", "POST"]), Route("/health", health)]
    async with serving(Starlette(routes=routes, lifespan=lifespan)) as url:
        yield url


async def test_one_request_too_many_is_told_to_come_back() -> None:
    release = asyncio.Event()
    async with admitting(Admission(max_requests=2), release) as url, aiohttp.ClientSession() as http:
        waiting = [asyncio.create_task(http.get(url)) for _ in range(2)]
        await asyncio.sleep(0.1)
        async with http.post(url, data=b"x" * 100_000) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
            answer = await refused.json()
            assert answer["errors"][0]["extensions"]["code"] == "GATEWAY_OVERLOADED"
        async with http.get(f"{url}/health") as probed:
            assert await probed.text() == "ok"
        release.set()
        for waited in waiting:
            async with await waited as response:
                assert await response.text() == "done"
        async with http.get(url) as response:
            assert response.status == 200


async def test_one_connection_too_many_is_refused_with_its_first_request_and_closed() -> None:
    release = asyncio.Event()
    release.set()
    async with admitting(Admission(max_connections=2), release) as url, AsyncExitStack() as stack:
        port = int(url.rpartition(":")[2])
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for _, writer in opened:
            stack.callback(writer.close)
        await asyncio.sleep(0.05)
        for reader, writer in opened[:2]:
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        reader, writer = opened[2]
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        whole = (await asyncio.wait_for(reader.read(), 5)).lower()
        assert b"503" in whole
        assert b"connection: close" in whole
        assert b"gateway_overloaded" in whole


async def test_while_it_drains_each_answer_is_the_last_of_its_connection() -> None:
    admission, release = Admission(), asyncio.Event()
    release.set()
    async with admitting(admission, release) as url, aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            assert "Connection" not in response.headers
        admission.is_draining = True
        async with http.get(url) as response:
            assert (response.status, response.headers["Connection"]) == (200, "close")
