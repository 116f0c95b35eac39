"""Whether a client's connection is encrypted: by TLS here, or at a trusted proxy that says so."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

__all__ = ["Tls"]

FORWARDED_PROTO = b"x-forwarded-proto"


class Tls:
    """Tells requests that came by TLS.

    Args:
        trusted_proxies: The networks of the proxies whose ``X-Forwarded-Proto`` is believed.
    """

    def __init__(self, trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def carries(self, scope: Scope) -> bool:
        """Say whether the request came by TLS. Of several proxies' words, the nearest one's counts."""
        if scope.get("scheme") in ("https", "wss"):
            return True
        if not self._trusted or not self._is_proxy(scope["client"][0] if scope.get("client") else ""):
            return False
        said = [value for name, value in scope["headers"] if name == FORWARDED_PROTO]
        return bool(said) and said[-1].rpartition(b",")[2].strip().lower() in (b"https", b"wss")

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return any(address in network for network in self._trusted)
