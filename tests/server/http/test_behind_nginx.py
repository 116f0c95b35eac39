"""Behind a real nginx, with the settings that WebSockets usually need: nobody gets anybody else's answer."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.documents import DOCS, blocks
from tests.needs import need
from tests.server.conftest import OpenGateway

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

CONFIGURATION = """
daemon off; master_process off; worker_processes 1;
pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' {otherwise}; }}
  upstream gateway {{ server 127.0.0.1:{port}; keepalive 2; }}
  server {{
    listen unix:{directory}/socket;
    {location}
  }}
}}
"""


def location(connection: str, buffering: str) -> str:
    """Return a location that offers other protocols."""
    return f"""
      location / {{
        proxy_pass http://127.0.0.1:3000;
        proxy_http_version 1.1;
        proxy_request_buffering {buffering};
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection {connection};
        proxy_set_header Host $host;
      }}
    """


MUTATION = b'{"query":"mutation{rename(id:1,name:\\"X\\"){id}}"}'
SMUGGLED = (
    b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(MUTATION), MUTATION)
)

(DOCUMENTED,) = (block.text for block in blocks(DOCS / "operations.md") if block.language == "nginx")

VARIANTS = {
    "as documented": (DOCUMENTED, "close"),
    "by a map": (location("$connection_upgrade", "on"), "''"),
    "always": (location('"upgrade"', "on"), "''"),
    "bodies as they come": (location("$connection_upgrade", "off"), "''"),
    "as the client says": (location("$http_connection", "off"), "close"),
}
"""What a location says, and what ``Connection`` is for requests that offer nothing."""


async def listens(socket: Path) -> bool:
    """Say whether somebody accepts connections: the file is there a little earlier."""
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.fixture(params=VARIANTS.values(), ids=list(VARIANTS))
async def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, open_gateway: OpenGateway
) -> AsyncIterator[Path]:
    """The socket of an nginx in front of a gateway."""
    need(NGINX, "nginx")
    async with open_gateway() as url:
        where, otherwise = request.param
        text = CONFIGURATION.format(
            directory=tmp_path,
            port=urlsplit(url).port,
            location=where.replace("127.0.0.1:3000", "gateway"),
            otherwise=otherwise,
        )
        (tmp_path / "nginx.conf").write_text(text)
        process = await asyncio.create_subprocess_exec(
            *(str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")),
            stderr=asyncio.subprocess.DEVNULL,
        )
        socket = tmp_path / "socket"
        try:
            async with asyncio.timeout(5):
                while not await listens(socket):
                    assert process.returncode is None, (tmp_path / "error.log").read_text()
                    await asyncio.sleep(0.02)
            yield socket
        finally:
            process.terminate()
            await process.wait()


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "h2c, websocket"])
async def test_everybody_gets_their_own_answer(proxy: Path, protocol: str) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": protocol}

    async def ask(client: aiohttp.ClientSession, number: int) -> None:
        name = f"a{number}"
        query = {
            "query": f"{{ {name}: thing(id: 2) {{ name }} }}",
            "padding": SMUGGLED.decode() * (number % 3),
        }
        headers = upgrade if number % 2 else {}
        async with client.post("http://x/graphql", json=query, headers=headers) as response:
            assert (await response.json(), number) == ({"data": {name: {"name": "Motör"}}}, number)

    async def smuggle(number: int) -> None:
        reader, writer = await asyncio.open_unix_connection(str(proxy))
        head = (
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n" % protocol.encode()
        )
        writer.write(head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED))
        await asyncio.sleep(0.002 * (number % 3))
        writer.write(SMUGGLED)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        length = int(answer.lower().partition(b"content-length: ")[2].split()[0])
        assert b"MALFORMED_JSON" in await reader.readexactly(length)
        writer.close()

    connector = aiohttp.UnixConnector(str(proxy), limit=8)
    async with aiohttp.ClientSession(connector=connector) as client, asyncio.timeout(30):
        await asyncio.gather(*(ask(client, number) for number in range(60)), *map(smuggle, range(10)))
        query = {"query": "{ thing(id: 1) { name } }"}
        async with client.post("http://x/graphql", json=query) as response:
            assert await response.json() == {"data": {"thing": {"name": "Pump"}}}  # nothing was smuggled
