"""The launcher, run as `make up` runs it, in a project of a test's own."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ANSWERING", "ROOT", "UP", "Launcher", "environment", "processes_in", "taken_port"]

ROOT = Path(__file__).parents[2]
ANSWERING = f"exec {shlex.quote(sys.executable)} {shlex.quote(str(ROOT / 'tests/tooling/answering.py'))}"
UP = "Stitcher is up"

_PATIENCE = 30.0


class Launcher:
    """A project in `directory`, and the launcher working on it."""

    def __init__(
        self, directory: Path, procfile: str, ports: Sequence[int], settings: Mapping[str, str]
    ) -> None:
        self.directory = directory
        self.ports = ports
        self.output = directory / "output.txt"
        self.env = environment(settings)
        self.python = sys.executable
        self._process: subprocess.Popen[bytes] | None = None
        (directory / "Procfile").write_text(procfile)

    def command(self, name: str) -> list[str]:
        return [self.python, "-m", "scripts.stack", name]

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The launcher that :meth:`start` has started."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Run `up` in the background."""
        with self.output.open("w") as output:
            self._process = subprocess.Popen(
                self.command("up"),
                cwd=self.directory,
                env=self.env,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(name),
            cwd=self.directory,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until the launcher has said this."""
        until = time.monotonic() + _PATIENCE
        while text not in self.text():
            assert time.monotonic() < until, f"not said: {text}\n{self.text()}"
            assert self.process.poll() is None or text in self.text(), self.text()
            time.sleep(0.02)

    def pid(self, program: str) -> int:
        return int((self.directory / f".stitcher/run/{program}.pid").read_text())

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the launcher a signal and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)

    def close(self) -> None:
        """End whatever the test has left."""
        self.run("down")
        if self._process:
            self._process.wait(_PATIENCE)

    def nobody_left(self) -> None:
        """Assert that within a moment no process of the project is there."""
        until = time.monotonic() + 5
        while left := processes_in(self.directory):
            assert time.monotonic() < until, left
            time.sleep(0.02)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what would reach the launcher by chance."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("PORT", "_URL")) and name not in ("DOCKER", "LOG_FORMAT")
    }
    return {**mine, "PYTHONPATH": str(ROOT), "DOCKER": "off", **settings}


def processes_in(directory: Path) -> list[str]:
    """Return the command line of every process whose working directory this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == directory.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # It has ended in the meantime, or isn't ours.
            continue
    return found


@contextmanager
def taken_port() -> Iterator[int]:
    """Yield a port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
