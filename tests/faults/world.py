"""Three services with two instances each, and a gateway before them: real processes on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.faults.service import SDL
from tests.stack import free_ports
from tests.waiting import until_sync

__all__ = ["NAMES", "Instance", "World", "running"]

ROOT = Path(__file__).parents[2]

NAMES = ("thing", "client", "event")


def ask(url: str, *, post: bool = False) -> Any:
    """Return what an address answers, as JSON."""
    request = urllib.request.Request(url, method="POST" if post else "GET", data=b"" if post else None)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return orjson.loads(answer.read())


@dataclass
class Instance:
    """One instance: a process that can be stopped, killed and started again."""

    name: str
    port: int
    journal: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it, unless it runs."""
        if self.process is not None and self.process.poll() is None:
            return
        command = [sys.executable, "-m", "tests.faults.service", str(self.port), self.name, str(self.journal)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        until_sync(lambda: self.answers, 20)

    @property
    def answers(self) -> bool:
        with suppress(OSError):
            return self.received() >= 0
        return False

    def received(self) -> int:
        """Return how many requests it has had."""
        return int(ask(f"{self.url}/seen")["received"])

    def misbehave(self, fault: str) -> None:
        """Let it answer in another way."""
        ask(f"{self.url}/fault/{fault}", post=True)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it, as the kernel does when memory is short."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def mend(self) -> None:
        """Let it answer as it should."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGCONT)
        self.start()
        self.misbehave("none")


@dataclass
class World:
    """What runs."""

    directory: Path
    instances: dict[str, list[Instance]] = field(default_factory=dict)
    gateway: subprocess.Popen[bytes] | None = None
    port: int = 0
    before: int = 0
    second: float = 1.0  # how long one is, where the machine has other things to do

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def things(self) -> list[Instance]:
        return self.instances["thing"]

    @property
    def log(self) -> Path:
        return self.directory / "gateway.log"

    def ready(self) -> dict[str, Any]:
        """Return what the gateway says of itself."""
        told: dict[str, Any] = ask(f"{self.url}/health/ready")
        return told

    def mend(self) -> None:
        """Let all instances answer as they should, and a new gateway ask them: it has seen no failure yet."""
        for instances in self.instances.values():
            for instance in instances:
                instance.mend()
        self.restart()
        self.before = sum(instance.received() for instance in self.things)
        self.journal.unlink(missing_ok=True)

    def restart(self, **settings: str) -> None:
        """Run another gateway in the place of the one that runs."""
        self.stop()
        start_gateway(self, **settings)

    def stop(self) -> None:
        """End the gateway."""
        if self.gateway is not None:
            self.gateway.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.gateway.wait(10)
            self.gateway.kill()
            self.gateway = None

    @property
    def journal(self) -> Path:
        """The file with the keys of all mutations that were done."""
        return self.directory / "journal.txt"


def write_schemas(directory: Path) -> None:
    """Write the three SDLs."""
    directory.mkdir(exist_ok=True)
    for name in NAMES:
        (directory / f"{name}.graphql").write_text(SDL.format(name=name, Name=name.title()))


@contextmanager
def running(directory: Path) -> Iterator[World]:
    """Run everything until the block ends."""
    write_schemas(directory / "schemas")
    ports = free_ports(7)
    world = World(directory, port=ports.pop())
    for name in NAMES:
        world.instances[name] = [Instance(name, ports.pop(), world.journal) for _ in range(2)]
    try:
        for instances in world.instances.values():
            for instance in instances:
                instance.start()
        yield world
    finally:
        world.stop()
        for instances in world.instances.values():
            for instance in instances:
                instance.kill()


def start_gateway(world: World, **settings: str) -> None:
    """Run the gateway."""
    addresses = {
        f"{name.upper()}_MICROSERVICE_URL": ",".join(f"{instance.url}/graphql" for instance in instances)
        for name, instances in world.instances.items()
    }
    environment: Mapping[str, str] = {
        **os.environ,
        **addresses,
        "PYTHONPATH": str(ROOT),
        "PORT": str(world.port),
        "RATE_LIMIT": "off",
        "INFLIGHT_DEDUPE": "0",  # or most of the load would be one request
        "SUBGRAPH_TIMEOUT": "5",
        "ATTEMPT_TIMEOUT": "5",
        "LOG_FORMAT": "json",
        **settings,
    }
    with world.log.open("ab") as log:
        command = [sys.executable, "-m", "stitcher", "serve"]
        world.gateway = subprocess.Popen(command, cwd=world.directory, env=environment, stderr=log)

    def is_open() -> bool:
        assert world.gateway is not None
        assert world.gateway.poll() is None, world.log.read_text()
        with suppress(OSError):
            return bool(world.ready())
        return False

    until_sync(is_open, 30)
