"""The instances of one service, and which of them is asked next."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import random

from yarl import URL

from stitcher.transport.breaker import Breaker

__all__ = ["Instance", "Instances"]


@dataclass(eq=False, slots=True)
class Instance:
    """One instance: where it is, the credentials that its address had, as a header, and how it fares.

    ``outstanding`` is how many requests it hasn't answered yet.
    """

    url: URL
    credentials: str | None = None
    outstanding: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    @classmethod
    def at(cls, address: str) -> Instance:
        """Take an address apart: aiohttp refuses credentials in one beside a header."""
        url = URL(address)
        if url.user is None and url.password is None:
            return cls(url)
        encoded = b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode()
        return cls(url.with_user(None), f"Basic {encoded}")

    @property
    def address(self) -> str:
        """The address as it may be logged: without what may be a password."""
        return str(self.url.with_user(None).with_query(None))


class Instances:
    """Chooses among the instances of one service.

    The one with fewer requests outstanding of two that chance picks: nearly as even as comparing all, and
    without the herd that follows whoever looks free (Mitzenmacher, "The Power of Two Choices").
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self.all = [Instance.at(address) for address in addresses]

    def pick(self, tried: Collection[Instance] = ()) -> Instance | None:
        """Return the instance to ask next, or None if all that haven't been tried are out of use."""
        now = time.monotonic()
        usable = [instance for instance in self.all if instance not in tried and instance.breaker.admits(now)]
        if len(usable) < 2:
            return usable[0] if usable else None
        probed = next((instance for instance in usable if instance.breaker.is_out), None)
        if probed is not None:
            return probed
        first = int(random() * len(usable))  # noqa: S311 - it is no secret
        second = (first + 1 + int(random() * (len(usable) - 1))) % len(usable)  # noqa: S311
        one, other = usable[first], usable[second]
        if one.outstanding / one.breaker.share(now) <= other.outstanding / other.breaker.share(now):
            chosen, passed = one, other
        else:
            chosen, passed = other, one
        # While it has nothing to do, an instance that is new has its share by chance alone.
        return chosen if random() < chosen.breaker.share(now) else passed  # noqa: S311
