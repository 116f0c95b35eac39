"""Asks a service over TLS by a name that stands for two machines: a process of its own.

    SSL_CERT_FILE=CERT python -m tests.transport.over_tls CERT KEY

The certificate is for ``thing.test``, and trusted by this process alone: aiohttp reads which are when it is
imported. It prints which machines were asked, and under which name.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstreams
from tests.asgi_server import serving


async def look_up(loop: asyncio.BaseEventLoop, host: str, port: Any, **options: Any) -> list[Any]:
    """Find two machines for the name, as a name server would."""
    machines = ["127.0.0.1", "127.0.0.2"] if host == "thing.test" else [host]
    return [(socket.AF_INET, 1, 6, "", (machine, port or 0)) for machine in machines]


async def main(certificate: str, key: str) -> None:
    """Ask twenty times."""
    asked: set[tuple[str, str]] = set()

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        asked.add((scope["server"][0], Request(scope).headers["host"].partition(":")[0]))
        await Response(b'{"data":{"a":1}}', media_type="application/json")(scope, receive, send)

    async with serving(service, "0.0.0.0", (certificate, key)) as url, HttpPool() as pool:
        upstreams = Upstreams(pool)
        known = upstreams.reach({"thing": [f"https://thing.test:{url.rpartition(':')[2]}/"]})
        await upstreams.look_up()
        transport = HttpTransport("thing", known["thing"], pool)
        for _ in range(20):
            await transport.send(SubgraphRequest(Document("{ a }"), {}, {}))
    print(sorted(asked))


if __name__ == "__main__":
    setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)  # noqa: B010 - its types are stricter
    asyncio.run(main(*sys.argv[1:]))
