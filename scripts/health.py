"""Does a program answer yet? It is asked in one line of its protocol, which needs no library."""

import asyncio
from urllib.parse import urlsplit

__all__ = ["answers"]

_PATIENCE = 1.0


async def answers(url: str) -> bool:
    """Ask a server: whether an ``http`` URL gives status 200, or the Redis at a ``redis`` URL a PONG."""
    at = urlsplit(url)
    if at.scheme == "redis":
        request, expected = "PING\r\n", b"+PONG"
    else:
        request, expected = f"GET {at.path} HTTP/1.0\r\nHost: {at.netloc}\r\n\r\n", b"200"
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(at.hostname, at.port)
            try:
                writer.write(request.encode())
                return expected in (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
