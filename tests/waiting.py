"""Waits for what another process or task does, and no event tells of."""

import asyncio
import re
import time
from collections.abc import Callable

__all__ = ["GATEWAY_IS_OPEN", "until", "until_sync"]

GATEWAY_IS_OPEN = re.compile(r'"(http://[^"]+)", "event": "gateway is open"')
"""What ``stitcher serve`` logs, with its address, once it can be asked."""


async def until(holds: Callable[[], object], within: float = 5.0) -> None:
    """Wait until something holds; fail after some seconds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


def until_sync(holds: Callable[[], object], within: float = 5.0) -> None:
    """Wait as ``until`` does, where no event loop runs."""
    ends = time.monotonic() + within
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError(f"not after {within:g} s")
        time.sleep(0.02)
