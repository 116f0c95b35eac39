"""The whole stack as real processes: five services, and the gateway in front of them."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Stack, ask, free_ports, start_services

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class RunningGateway:
    """A gateway process; ``token`` is that of a demo user of the stack behind it."""

    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer to an operation of the logged-in demo user."""
        return await ask(self.url, query, variables, token=self.token)


@contextmanager
def run_gateway(stack: Stack, token: str, log: Path, **settings: str) -> Iterator[RunningGateway]:
    """Run ``stitcher serve`` on a free port until the block ends."""
    (port,) = free_ports(1)
    environment = {**os.environ, **stack.environment, "RATE_LIMIT": "off", "LOGIN_RATE_LIMIT": "off"}
    environment.update(settings)
    command = [sys.executable, "-m", "stitcher", "serve", "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            _wait_until_healthy(port, process, log)
            yield RunningGateway(port, token)
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The gateway didn't come up:\n{log.read_text()}") from None
            time.sleep(0.05)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The five services; a test that kills one starts it again."""
    with start_services(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="package")
def gateway(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """The gateway in front of the five services, with this project's schemas and resolvers."""
    import asyncio

    token = asyncio.run(stack.login())
    with run_gateway(stack, token, tmp_path_factory.mktemp("gateway") / "log") as running:
        yield running
