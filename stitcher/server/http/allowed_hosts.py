"""Which hosts the gateway answers for, where that is known.

A page that has its own name point at the gateway's address (DNS rebinding) is of the gateway's own origin to
a browser, but not to the gateway: the name stands in ``Host``.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from stitcher.server.http.admission import PROBES
from stitcher.server.http.responses import error_response
from stitcher.server.http.scopes import REQUESTS

__all__ = ["AllowedHostsMiddleware"]


class AllowedHostsMiddleware:
    """Answers 421 to requests for other hosts (RFC 9110, 15.5.20).

    Not to probes: they may know no more than an address.

    Args:
        app: What answers those for these.
        hosts: Their names in lower case. One without a port stands for all ports; ``*.example`` for all names
            below ``example``.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.encode() for host in hosts)
        self._ends = tuple(host[1:].encode() for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, unless the request is for another host."""
        if scope["type"] not in REQUESTS or scope["path"] in PROBES or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        response = error_response(scope, 421, "HOST_NOT_ALLOWED", "The gateway doesn't answer for this host.")
        await response(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").lower()
        if host in self._hosts:
            return True
        name, colon, port = host.rpartition(b":")
        bare = name if colon and (port.isdigit() or not port) else host
        return bare in self._hosts or host.endswith(self._ends) or bare.endswith(self._ends)
