"""Metrics on a port of their own, which clients don't reach."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from stitcher.server.ops.metrics import PATH

__all__ = ["MetricsPort"]

log = structlog.get_logger(__name__)


class MetricsPort:
    """Answers with metrics at a port, in a thread.

    Args:
        host: Where to listen.
        port: The port. Of several processes, one has it; it answers for all.
        text: Returns the metrics; it is called on the event loop.
    """

    def __init__(self, host: str, port: int, text: Callable[[], bytes]) -> None:
        self._address = host, port
        self._text = text
        self._server: WSGIServer | None = None

    async def open(self) -> None:
        """Listen, unless another process does."""
        loop = asyncio.get_running_loop()

        def answer(environment: WSGIEnvironment, start: StartResponse) -> list[bytes]:
            if environment["PATH_INFO"] != PATH:
                start("404 Not Found", [])
                return []
            body = asyncio.run_coroutine_threadsafe(self._read(), loop).result(10)
            start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [body]

        try:
            self._server = make_server(*self._address, answer, handler_class=_Quiet)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            log.info("another process has the port of metrics", port=self._address[1])
            return
        Thread(target=self._server.serve_forever, daemon=True, name="metrics").start()

    async def _read(self) -> bytes:
        return self._text()

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await asyncio.to_thread(self._server.shutdown)
            self._server.server_close()


class _Quiet(WSGIRequestHandler):
    """Logs no request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
