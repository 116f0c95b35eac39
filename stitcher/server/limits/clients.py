"""Whose request it is, for whatever counts by client: a user, or else an address.

A session whose user isn't known, where no token is verified, is none: whoever logs in again has another one.

The address is that of the connection. Where that is a trusted proxy's, it is what the proxies say in
``X-Forwarded-For``, read from the right: the first address that is no trusted proxy's itself. What stands to
the left of it may be the client's invention. An entry that is no address ends the search at the proxy that
wrote it.

An IPv6 client has a network of its own, not a single address, so each /64 counts as one (RFC 4291, 2.5.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import chain

from starlette.types import Scope

from stitcher.server.auth.identity import identity_of

__all__ = ["Clients"]

FORWARDED_FOR = b"x-forwarded-for"

UNKNOWN = "unknown"
"""Who comes by a connection that has no address."""


class Clients:
    """Tells clients apart.

    Args:
        trusted_proxies: The networks of the proxies whose ``X-Forwarded-For`` is believed.
    """

    def __init__(self, trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def of(self, scope: Scope) -> str:
        """Return who asks, as user or address: a name that no two clients share."""
        subject = identity_of(scope).subject
        return self.address_of(scope) if subject is None else f"user:{subject}"

    def address_of(self, scope: Scope) -> str:
        """Return the address that asks, whoever is logged in there."""
        peer: str = scope["client"][0] if scope.get("client") else ""
        if not self._trusted:
            return _name(peer)
        for entry in chain([peer], _forwarded(scope)):
            address = _parsed(entry)
            if address is None:
                break
            peer = str(address)
            if not any(address in network for network in self._trusted):
                break
        return _name(peer)


def _forwarded(scope: Scope) -> Iterator[str]:
    """Yield the entries of ``X-Forwarded-For``, the last first."""
    for name, value in reversed(scope["headers"]):
        if name == FORWARDED_FOR:
            yield from reversed(value.decode("latin-1").split(","))


@lru_cache(4096)
def _name(peer: str) -> str:
    address = _parsed(peer)
    if isinstance(address, IPv6Address):
        return f"address:{IPv6Network((int(address), 64), strict=False)}"
    return f"address:{address or UNKNOWN}"


def _parsed(entry: str) -> IPv4Address | IPv6Address | None:
    """Return an entry's address, which may have a port behind it; None if it is no address."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
