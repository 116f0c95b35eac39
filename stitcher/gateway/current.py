"""The gateway in use: another can take its place while requests are under way, which end with the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

from stitcher.gateway.gateway import Gateway

__all__ = ["CurrentGateway"]


class CurrentGateway:
    """The gateway in use. Each request asks once which it is, and holds that one until it ends.

    Args:
        gateway: the first one. All are closed by this class: one that has been replaced after its last
            request, the last one by ``close``.
        digest: A word for its schema, which is shown.

    Attributes:
        problems: The codes of what is wrong with a newer schema, because of which this one is still in use.
    """

    def __init__(self, gateway: Gateway, digest: str = "") -> None:
        self.gateway = gateway
        self.digest = digest
        self.problems: Sequence[str] = ()
        self._since = monotonic()
        self._holders: dict[Gateway, int] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def age(self) -> float:
        """How many seconds it has been in use."""
        return monotonic() - self._since

    def hold(self, gateway: Gateway) -> None:
        """Keep a gateway open for one request, until ``release``."""
        self._holders[gateway] = self._holders.get(gateway, 0) + 1

    def release(self, gateway: Gateway) -> None:
        """Let go of a gateway that was held."""
        self._holders[gateway] -= 1
        if not self._holders[gateway]:
            del self._holders[gateway]
            if gateway is not self.gateway:
                self._close(gateway)

    def replace(self, gateway: Gateway, digest: str = "") -> None:
        """Serve what comes from now on by another gateway."""
        old, self.gateway = self.gateway, gateway
        self.digest = digest
        self.problems = ()
        self._since = monotonic()
        if old is not gateway and old not in self._holders:
            self._close(old)

    async def close(self) -> None:
        """Close the gateway in use, and wait for those that are closing."""
        await asyncio.gather(self.gateway.close(), *self._closing)

    def _close(self, gateway: Gateway) -> None:
        task = asyncio.create_task(gateway.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
