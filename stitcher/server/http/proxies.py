"""What trusted proxies say of a client: its address, and whether it came by TLS.

A client's address is that of the connection. Where that is a trusted proxy's, it is what the proxies say in
``X-Forwarded-For``, read from the right: the first address that is no trusted proxy's itself. What stands to
the left of it may be the client's invention. An entry that is no address ends the search at the proxy that
wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

__all__ = ["TrustedProxies", "parse_address"]

FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"


class TrustedProxies:
    """The proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.

    Args:
        networks: Their networks. Without any, only the connection counts.
    """

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._networks = tuple(networks)

    def client_address(self, scope: Scope) -> str:
        """Return the address that a request comes from, as text; empty where a connection has none."""
        peer = _peer(scope)
        if not self._networks or not self._trusts(parse_address(peer)):
            return peer
        for entry in _forwarded(scope):
            address = parse_address(entry)
            if address is None:
                break
            peer = str(address)
            if not self._trusts(address):
                break
        return peer

    def came_by_tls(self, scope: Scope) -> bool:
        """Say whether a request came by TLS. Of several proxies' words, the nearest one's counts."""
        if scope.get("scheme") in ("https", "wss"):
            return True
        if not self._networks or not self._trusts(parse_address(_peer(scope))):
            return False
        said = [value for name, value in scope["headers"] if name == FORWARDED_PROTO]
        return bool(said) and said[-1].rpartition(b",")[2].strip().lower() in (b"https", b"wss")

    def _trusts(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, which may be written with a port; None if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _forwarded(scope: Scope) -> Iterator[str]:
    """Yield the entries of ``X-Forwarded-For``, the last first."""
    for name, value in reversed(scope["headers"]):
        if name == FORWARDED_FOR:
            yield from reversed(value.decode("latin-1").split(","))
