"""The instances of one service, and which of them is asked next."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import random

from yarl import URL

from stitcher.transport.breaker import Breaker

__all__ = ["Instance", "Instances"]


@dataclass(eq=False, slots=True)
class Instance:
    """One instance: where it is, what its address adds to requests, and how it fares.

    ``headers`` are those that requests to it have beside their own: the credentials of its address, and the
    host's name where ``url`` has the address of a machine instead. ``tls_name`` is the name that its
    certificate is for, if that isn't in ``url``. ``outstanding`` is how many requests it hasn't answered yet.
    """

    url: URL
    headers: Mapping[str, str] = field(default_factory=dict)
    tls_name: str | None = None
    outstanding: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    @classmethod
    def at(cls, url: URL, machine: str | None = None) -> Instance:
        """Return the instance at an address, on one of the machines that its host's name stands for.

        aiohttp refuses credentials in an address beside a header, so they become one.
        """
        headers = {}
        if url.user is not None or url.password is not None:
            encoded = b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode()
            headers["authorization"] = f"Basic {encoded}"
            url = url.with_user(None)
        if machine is None:
            return cls(url, headers)
        headers["host"] = url.host_port_subcomponent or ""
        return cls(url.with_host(machine), headers, url.host if url.scheme == "https" else None)

    @property
    def address(self) -> str:
        """The address as it may be logged: without what may be a password."""
        name = f" ({self.headers['host']})" if "host" in self.headers else ""
        return f"{self.url.with_query(None)}{name}"


class Instances:
    """Chooses among the instances of one service.

    The one with fewer requests outstanding of two that chance picks: nearly as even as comparing all, and
    without the herd that follows whoever looks free (Mitzenmacher, "The Power of Two Choices").

    Args:
        addresses: Where it is served. A host's name that is found to stand for several machines is as many
            instances.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._places: dict[tuple[URL, str | None], Instance] = {}
        self._machines: Mapping[str, Sequence[str]] = {}
        self._urls: list[URL] = []
        self.all: list[Instance] = []
        self.serve(addresses)

    @property
    def hosts(self) -> set[str]:
        """The hosts of all addresses."""
        return {url.host for url in self._urls if url.host}

    def serve(self, addresses: Iterable[str]) -> None:
        """Take the service to be at these addresses from now on; an instance that stays is left alone."""
        self._urls = [URL(address) for address in addresses]
        self._arrange()

    def locate(self, machines: Mapping[str, Sequence[str]]) -> list[str]:
        """Take host names to stand for these machines; return what came and went, for the log."""
        before = set(self._places)
        self._machines = machines
        self._arrange()
        return [
            f"{sign} {machine or url.host}"
            for sign, places in (("+", self._places.keys() - before), ("-", before - self._places.keys()))
            for url, machine in sorted(places, key=str)
        ]

    def _arrange(self) -> None:
        wanted = [
            (url, machine)
            for url in self._urls
            for machine in self._machines.get(url.host or "") or (None,)  # then aiohttp looks it up
        ]
        is_work_shared = any(place in self._places for place in wanted)
        arranged = {}
        for place in wanted:
            instance = self._places.get(place) or Instance.at(*place)
            is_new = place not in self._places and (place[0], None) not in self._places
            if is_new and is_work_shared:
                instance.breaker.warm_up(time.monotonic())
            arranged[place] = instance
        self._places = arranged
        self.all = list(arranged.values())

    def pick(self, tried: Collection[Instance] = (), *, may_probe: bool = True) -> Instance | None:
        """Return the instance to ask next, or None if all that haven't been tried are out of use.

        One that is out, and may be back, is asked before the others; without ``may_probe``, after them.
        """
        now = time.monotonic()
        usable = [instance for instance in self.all if instance not in tried and instance.breaker.admits(now)]
        if len(usable) < 2:
            return usable[0] if usable else None
        probed = next((instance for instance in usable if instance.breaker.is_out), None)
        if probed is not None:
            if may_probe:
                return probed
            usable = [instance for instance in usable if not instance.breaker.is_out] or [probed]
            if len(usable) < 2:
                return usable[0]
        first = int(random() * len(usable))  # noqa: S311 - it is no secret
        second = (first + 1 + int(random() * (len(usable) - 1))) % len(usable)  # noqa: S311
        one, other = usable[first], usable[second]
        share, others_share = one.breaker.share(now), other.breaker.share(now)
        if one.outstanding / share > other.outstanding / others_share:
            one, other, share, others_share = other, one, others_share, share
        # While it has nothing to do, an instance that is new has its share by chance alone.
        return one if share >= others_share or random() < share else other  # noqa: S311
