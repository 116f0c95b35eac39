"""Looks up which machines a host's name stands for, as the system does.

Compose and headless services of Kubernetes give a name several addresses: one for each instance. A name that
has an IPv4 and an IPv6 address is one machine all the same, which aiohttp reaches by whichever answers.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import ip_address

__all__ = ["PATIENCE", "Names"]

PATIENCE = 5.0
"""Seconds that answers of a name server are waited for. A late one counts at the next look."""


class Names:
    """Asks the system's resolver, about each name at most once at a time: it may take long to give up."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Task[tuple[str, ...] | None]] = {}

    async def look_up(self, hosts: Iterable[str], patience: float = PATIENCE) -> dict[str, tuple[str, ...]]:
        """Return the addresses of the machines that names stand for; one that isn't found is left out.

        With several machines, they have the addresses of the kind that there are more of. There is no address
        for one machine that has both kinds.

        Args:
            hosts: The names; addresses among them are left out.
            patience: Seconds after which those that haven't been found are left out.
        """
        names = {host for host in hosts if not _is_address(host)}
        for name in names - self._asked.keys():
            self._asked[name] = asyncio.create_task(_addresses(name))
        if not self._asked:
            return {}
        answered, _ = await asyncio.wait(self._asked.values(), timeout=patience)
        found = {}
        for name in [name for name, task in self._asked.items() if task in answered]:
            machines = self._asked.pop(name).result()
            if machines is not None:
                found[name] = machines
        return found


async def _addresses(name: str) -> tuple[str, ...] | None:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    if not found:
        return None
    kinds: dict[int, dict[str, None]] = {}
    for family, _, _, _, address in found:
        if "%" not in str(address[0]):  # else it counts on one link alone, which aiohttp knows how to write
            kinds.setdefault(family, {})[str(address[0])] = None
    machines = max(kinds.values(), key=len, default={})
    return () if len(kinds) > 1 and len(machines) == 1 else tuple(sorted(machines))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
