"""Real HTTP servers for tests, on free ports of the loopback interface."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from stitcher.server.http.protocol import HttpProtocol

GRACE = 1.0
"""The seconds that requests have to end in when a server ends."""


@asynccontextmanager
async def serving(
    app: ASGIApp, host: str = "127.0.0.1", tls: tuple[str, str] | None = None
) -> AsyncIterator[str]:
    """Serve an ASGI app with uvicorn in this loop, as the command line does; gives its address.

    ``tls`` are the files of a certificate and of its key.
    """
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        host=host,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
        port=0,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            await task
            raise RuntimeError("the server didn't start")
        await asyncio.sleep(0.001)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        server.ended.set()
        await task


class _Server(uvicorn.Server):
    """A server that ends at once when it is told to: uvicorn's own looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(0.001)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()
