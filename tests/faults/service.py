"""One instance of a small service, whose answers can be spoilt: a process of its own.

    python -m tests.faults.service PORT NAME JOURNAL

It answers GraphQL at ``/graphql`` as services do, until ``POST /fault/KIND`` has it misbehave. ``GET /seen``
tells how many requests it has had. The keys of its mutations are added to a file, which outlasts it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graphql import build_schema, graphql_sync

__all__ = ["FAULTS", "SDL"]

SDL = """
type Query {{
  {name}s: [{Name}!]!
}}

type Mutation {{
  add{Name}(key: String!): Boolean!
}}

type {Name} {{
  id: ID!
  label: String
}}
"""

Write = Callable[[bytes], Awaitable[None]]


@dataclass
class Service:
    """What one instance answers, and what it has seen."""

    name: str
    journal: Path
    fault: str = "none"
    received: int = 0

    def __post_init__(self) -> None:
        self.schema = build_schema(SDL.format(name=self.name, Name=self.name.title()))

    def answer(self, body: bytes) -> bytes:
        """Return the GraphQL response."""
        asked = json.loads(body)
        things = [{"id": str(number), "label": f"{self.name} {number}"} for number in range(5)]

        def add(_: object, key: str) -> bool:
            with self.journal.open("a") as journal:
                journal.write(f"{key}\n")
            return True

        root = {f"{self.name}s": things, f"add{self.name.title()}": add}
        result = graphql_sync(self.schema, asked["query"], root, variable_values=asked.get("variables"))
        return json.dumps(result.formatted).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *headers = head.decode("latin-1").split("\r\n")
                lengths = [header[15:] for header in headers if header.lower().startswith("content-length:")]
                body = await reader.readexactly(int(lengths[0])) if lengths else b""
                path = line.split()[1]
                if path.startswith("/fault/"):
                    self.fault = path.removeprefix("/fault/")
                    writer.write(response(b"{}"))
                elif path == "/seen":
                    writer.write(response(b'{"received": %d}' % self.received))
                else:
                    self.received += 1
                    await FAULTS[self.fault](self, body, writer)
                await writer.drain()
        writer.close()


def response(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """Return a whole HTTP response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def none(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(service.answer(body)))


async def status_503(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(b"busy", "503 Service Unavailable", "text/plain"))


async def status_502(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(b"<html>", "502 Bad Gateway", "text/html"))


async def html(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(b"<html><body>Welcome</body></html>", kind="text/html"))


async def truncated(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(service.answer(body)[:-9]))


async def short_body(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(response(service.answer(body))[:-9])
    writer.close()


async def garbage(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n")


async def reset(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    raise ConnectionResetError


async def closed(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()
    raise ConnectionResetError


async def half_closed(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write_eof()
    await asyncio.sleep(30)


async def hang(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def slow(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)
    await none(service, body, writer)


async def slow_headers(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    await _trickle(writer, response(service.answer(body)), 0.05)


async def byte_by_byte(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    whole = response(service.answer(body))
    head, _, content = whole.partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    await _trickle(writer, content, 0.05)


async def every_third(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    await (status_503 if service.received % 3 == 0 else none)(service, body, writer)


async def half_fail(service: Service, body: bytes, writer: asyncio.StreamWriter) -> None:
    await (status_503 if random.random() < 0.5 else none)(service, body, writer)


async def _trickle(writer: asyncio.StreamWriter, content: bytes, seconds: float) -> None:
    for number in range(len(content)):
        writer.write(content[number : number + 1])
        await writer.drain()
        await asyncio.sleep(seconds)


FAULTS: dict[str, Callable[[Service, bytes, asyncio.StreamWriter], Awaitable[None]]] = {
    fault.__name__: fault
    for fault in (
        *(none, status_503, status_502, html, truncated, short_body, garbage, reset, closed, half_closed),
        *(hang, slow, slow_headers, byte_by_byte, every_third, half_fail),
    )
}


async def _main(port: int, name: str, journal: Path) -> None:
    service = Service(name, journal)
    server = await asyncio.start_server(service.serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
