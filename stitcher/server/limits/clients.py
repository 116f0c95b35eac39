"""Whose request it is, for whatever counts by client: a user, or else an address.

A session whose user isn't known, where no token is verified, is none: whoever logs in again has another one.

An IPv6 client has a network of its own, not a single address, so each /64 counts as one (RFC 4291, 2.5.4).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network

from starlette.types import Scope

from stitcher.server.auth.identity import identity_of
from stitcher.server.http.proxies import TrustedProxies, parse_address

__all__ = ["Clients"]

UNKNOWN = "unknown"
"""Who comes by a connection that has no address."""


class Clients:
    """Tells clients apart."""

    def __init__(self, proxies: TrustedProxies) -> None:
        self._proxies = proxies

    def of(self, scope: Scope) -> str:
        """Return who asks, as user or address: a name that no two clients share."""
        subject = identity_of(scope).subject
        return self.address_of(scope) if subject is None else f"user:{subject}"

    def address_of(self, scope: Scope) -> str:
        """Return the address that asks, whoever is logged in there."""
        return _name(self._proxies.client_address(scope))


@lru_cache(4096)
def _name(peer: str) -> str:
    address = parse_address(peer)
    if isinstance(address, IPv6Address):
        return f"address:{IPv6Network((int(address), 64), strict=False)}"
    return f"address:{address or UNKNOWN}"
