"""Processes that are measured: started, waited for, weighed, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

__all__ = ["Process", "free_port", "running"]

PATIENCE = 90.0
"""Seconds that a process has to answer for the first time."""


class Process:
    """A running process and its children."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._root = psutil.Process(pid)

    def cpu(self) -> float:
        """Return the CPU seconds that the process tree has taken so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self._tree())

    def peak_memory(self) -> float:
        """Return the most memory that the processes have held, in MiB; where that isn't known, hold now."""
        return sum(map(_peak, self._tree())) / 2**20

    def members(self) -> list[Process]:
        """Return the process and its children, each on its own."""
        return [_Single(each.pid) for each in self._tree()]

    def _tree(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]


class _Single(Process):
    """A process without its children."""

    def _tree(self) -> list[psutil.Process]:
        return [self._root]


def _peak(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return float(process.memory_info().rss)
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return float(peak.split()[1]) * 1024


@contextmanager
def running(
    command: Sequence[str], url: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run a command until the block ends; it has to answer a query at ``url``.

    Raises:
        RuntimeError: it ended, or didn't answer; the message has the end of what it printed.
    """
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(variables or {})}, stdout=printed, stderr=printed
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(url):
                if child.poll() is not None or time.monotonic() > deadline:
                    printed.seek(0)
                    raise RuntimeError(
                        f"{' '.join(command)}:\n{printed.read().decode(errors='replace')[-1500:]}"
                    )
                time.sleep(0.05)
            yield Process(child.pid)
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _answers(url: str) -> bool:
    request = urllib.request.Request(
        url, b'{"query": "{ __typename }"}', {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
