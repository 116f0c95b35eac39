"""The services as they are known: what is found out about them outlasts the gateways that ask them.

While it is open, the names of their hosts are looked up every few seconds, so that each machine that a name
stands for is an instance; one that is gone is asked no more, and ends what it is doing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

import structlog

from stitcher.transport.budget import Budget
from stitcher.transport.bulkhead import Bulkhead
from stitcher.transport.exchange import HttpPool
from stitcher.transport.instances import Instances
from stitcher.transport.names import PATIENCE, Names
from stitcher.transport.usual import Usual

__all__ = ["Upstream", "Upstreams"]

log = structlog.get_logger(__name__)

LOOK_UP_EVERY = 3.0
"""Seconds."""

FIRST_LOOK_UP = 2.0
"""Seconds that the first answers of a name server are waited for."""


@dataclass(eq=False, slots=True)
class Upstream:
    """One service: its instances, and what its requests have in common."""

    instances: Instances
    budget: Budget = field(default_factory=Budget)
    usual: Usual = field(default_factory=Usual)
    bulkhead: Bulkhead = field(default_factory=Bulkhead)

    @classmethod
    def at(cls, *addresses: str) -> Upstream:
        """Return a service that is served at these addresses."""
        return cls(Instances(addresses))


class Upstreams:
    """All services, by name.

    Args:
        pool: The connections to them, which are open for as long as this is.
    """

    def __init__(self, pool: HttpPool) -> None:
        self.pool = pool
        self.known: dict[str, Upstream] = {}
        self._machines: dict[str, tuple[str, ...]] = {}
        self._names = Names()
        self._lock = Lock()  # a reload tells of other addresses from a thread
        self._looking: asyncio.Task[None] | None = None

    def reach(self, addresses: Mapping[str, Iterable[str]]) -> Mapping[str, Upstream]:
        """Return the services at these addresses, and know no others from now on.

        One that was known stays as it is but for its addresses.
        """
        with self._lock:
            known = {name: self.known.get(name) or Upstream.at() for name in addresses}
            for name, upstream in known.items():
                upstream.instances.serve(addresses[name])
                upstream.instances.locate(self._machines)
            self.known = known
        return known

    async def open(self) -> None:
        """Look names up, now and from now on. One that isn't found yet is looked up when it is asked, too."""
        await self.look_up(FIRST_LOOK_UP)
        self._looking = asyncio.create_task(self._keep_looking())

    async def close(self) -> None:
        """Look nothing up any more."""
        if self._looking is not None:
            self._looking.cancel()

    async def look_up(self, patience: float = PATIENCE) -> None:
        """Look up all names. What isn't found any more stays where it was."""
        hosts = {host for upstream in self.known.values() for host in upstream.instances.hosts}
        found = await self._names.look_up(hosts, patience)
        with self._lock:
            kept = {host: machines for host, machines in self._machines.items() if host in hosts}
            self._machines = {**kept, **found}
            for name, upstream in self.known.items():
                is_first = not any(host in kept for host in upstream.instances.hosts)
                changed = upstream.instances.locate(self._machines)
                if changed and not is_first:
                    log.info("a service's machines have changed", subgraph=name, machines=changed)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_UP_EVERY)
            try:
                await self.look_up()
            except Exception:
                log.exception("names of services can't be looked up")
