"""The five reference microservices as real processes, for tests.

    with start_services(tmp_path) as stack:
        token = await stack.login()
        answer = await stack.ask("thing", "{ things(first: 1) { serial } }", token=token)
        stack.kill("event")

Each runs under uvicorn on a free port of this machine, with its data in the given directory. At the end all
are stopped, by their process ids. Several tests may share one stack: starting it takes some seconds.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from services.auth.demo import DEMO_LOGINS, DemoLogin

__all__ = ["SERVICES", "Stack", "ask", "free_ports", "start_services"]

SERVICES = ("auth", "thing", "client", "account", "event")

_ROOT = Path(__file__).parent.parent
_START_SECONDS = 60
_STOP_SECONDS = 10
_OWN_SETTINGS = ("DATABASE_URL", "AUTH_PRIVATE_KEY", "AUTH_TOKEN_SECONDS", "JWT_ISSUER")

_LOGIN = """
    mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }
"""


class Stack:
    """Running services. Use :func:`start_services`."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        inherited = {name: value for name, value in os.environ.items() if name not in _OWN_SETTINGS}
        self._environment = {
            **inherited,
            "DATA_DIR": str(directory),
            "JWT_JWKS_URL": self.base_url("auth") + "/.well-known/jwks.json",
            **settings,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What a gateway must be told: ``<NAME>_MICROSERVICE_URL`` for each service."""
        return {f"{name.upper()}_MICROSERVICE_URL": self.url(name) for name in SERVICES}

    def port(self, name: str) -> int:
        """Return where a service listens."""
        return self._ports[name]

    def base_url(self, name: str) -> str:
        """Return a service's address without a path."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def url(self, name: str) -> str:
        """Return a service's GraphQL address."""
        return self.base_url(name) + "/graphql"

    def log(self, name: str) -> str:
        """Return what a service has written so far."""
        return self._log(name).read_text()

    def requests(self, name: str) -> int:
        """Return how many GraphQL requests a service has answered, by its access log."""
        return self.log(name).count('"POST /graphql ')

    def pid(self, name: str) -> int:
        """Return the process id of a running service."""
        return self._processes[name].pid

    def start(self, *names: str) -> None:
        """Start services on the ports that they have in this stack, without waiting for them."""
        for name in names:
            command = [sys.executable, "-m", "uvicorn", f"services.{name}.app:app"]
            options = ["--port", str(self._ports[name])]
            with self._log(name).open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    command + options, cwd=_ROOT, env=self._environment, stdout=log, stderr=log
                )

    def wait(self, *names: str, status: int = 200) -> None:
        """Wait until the services' ``/health`` answers with this status.

        Raises:
            RuntimeError: one has ended, or takes too long. The message has its log.
        """
        deadline = time.monotonic() + _START_SECONDS
        for name in names:
            while self.health(name) != status:
                ended = self._processes[name].poll() is not None
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} {'has ended' if ended else 'is late'}:\n{self.log(name)}")
                time.sleep(0.1)

    def health(self, name: str) -> int:
        """Return the status of a service's ``/health``, 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.base_url(name) + "/health", timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def kill(self, name: str) -> None:
        """End a service at once, as a crash would; :meth:`start` brings it back."""
        process = self._processes.pop(name)
        process.kill()
        process.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """End all services that run."""
        processes = list(self._processes.values())
        self._processes.clear()
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(_STOP_SECONDS)

    async def ask(
        self, name: str, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """Return a service's answer to an operation: the JSON, with ``data`` or ``errors`` or both."""
        return await ask(self.url(name), query, variables, token=token)

    async def login(self, login: DemoLogin = DEMO_LOGINS[0]) -> str:
        """Return an access token for a demo user; the first is an administrator."""
        answer = await self.ask("auth", _LOGIN, {"email": login.email, "password": login.password})
        token: str = answer["data"]["login"]["token"]
        return token

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"


async def ask(
    url: str, query: str, variables: Mapping[str, Any] | None = None, *, token: str | None = None
) -> dict[str, Any]:
    """POST an operation to a GraphQL address and return the JSON that comes back."""
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    body = {"query": query, "variables": variables or {}}
    async with aiohttp.ClientSession() as client, client.post(url, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json()
        return answer


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on, each a different one."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def start_services(
    directory: Path, names: Iterable[str] = SERVICES, settings: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """Start services, wait until each is ready, and end them all after the ``with`` block.

    Args:
        directory: Where their data and logs are kept.
        names: Which to start. Without auth, the others stay unready, and are only waited for to listen.
        settings: More of the environment, for instance ``DATABASE_URL``.

    Yields:
        The running stack.

    Raises:
        RuntimeError: a service didn't come up.
    """
    names = tuple(names)
    stack = Stack(directory, settings or {})
    try:
        stack.start(*names)
        stack.wait(*names, status=200 if "auth" in names else 503)
        yield stack
    finally:
        stack.stop()
