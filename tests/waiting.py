"""Waits for what another process or task does, and no event tells of."""

import asyncio
from collections.abc import Callable

__all__ = ["until"]


async def until(holds: Callable[[], object], within: float = 10.0) -> None:
    """Wait until something holds; fail after some seconds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
