"""How a process ends and is told to read its schema again: by signals.

A. SIGTERM: for some seconds everything goes on, but the gateway says that it isn't ready, and each answer is
   the last one of its connection, so that load balancers and clients turn to others.
B. Then nothing more is accepted, and what runs ends: that is uvicorn's part. So is SIGINT, which waits for
   nothing; and so is a second SIGTERM.
C. SIGHUP: the schema and the settings are read again.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog

from stitcher.server.http.admission import Admission

__all__ = ["Lifecycle"]

log = structlog.get_logger(__name__)


class Lifecycle:
    """Listens to the signals of a process whose main thread runs the event loop; else it does nothing.

    Args:
        admission: Is told that the gateway is about to end.
        drain_seconds: How long it still serves then.
        reload: What is called to read the schema again.
    """

    def __init__(self, admission: Admission, drain_seconds: float, reload: Callable[[], None]) -> None:
        self._admission = admission
        self._drain_seconds = drain_seconds
        self._reload = reload
        self._before: dict[int, Any] = {}

    async def open(self) -> None:
        """Listen from now on; what the server does at a SIGTERM is done later."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._loop = asyncio.get_running_loop()
        if callable(signal.getsignal(signal.SIGTERM)):  # else nobody waits for an end in order
            self._listen(signal.SIGTERM, self._drain)
        if hasattr(signal, "SIGHUP"):  # not on Windows
            self._listen(signal.SIGHUP, self._reload)

    async def close(self) -> None:
        """Leave signals to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _listen(self, number: int, react: Callable[[], None]) -> None:
        def heard(number: int, frame: FrameType | None) -> None:
            self._loop.call_soon_threadsafe(react)

        self._before[number] = signal.signal(number, heard)

    def _drain(self) -> None:
        if self._admission.is_draining or not self._drain_seconds:
            self._end()
            return
        self._admission.is_draining = True
        log.info("gateway ends soon", seconds=self._drain_seconds)
        self._loop.call_later(self._drain_seconds, self._end)

    def _end(self) -> None:
        self._before[signal.SIGTERM](signal.SIGTERM, None)
