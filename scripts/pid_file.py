"""Who runs, and is it really ours? A pid file that is locked by the very process that it names.

A pid alone proves nothing: its process may have ended, and another may have the number. So the file is locked
(`flock`), and the open file is handed down to the process. The system releases the lock when the last process
that has it is gone, however it ended. A lock that is held says both: somebody lives, and it is ours.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["PidFile", "end_groups"]

_KILL_WITHIN = 5.0
"""Seconds that a killed group has to be gone."""


class PidFile:
    """One pid file: `path` holds the pid of the process that locks it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self) -> int | None:
        """Lock the file; return the descriptor of the open, locked file, or None if somebody else holds it.

        The lock lasts until every copy of the descriptor is closed; a child that inherits it keeps it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        return descriptor

    @staticmethod
    def write(descriptor: int, pid: int) -> None:
        """Name the process that the descriptor, from `take`, was handed to."""
        os.pwrite(descriptor, f"{pid}\n".encode(), 0)

    def holder(self) -> int | None:
        """Return the pid of the process that holds the lock; None if nobody does."""
        try:
            with self.path.open("rb") as file:
                try:
                    # Shared, so that two who look at once don't take each other for the holder.
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read() or 0) or None
        except FileNotFoundError:
            pass
        return None


async def end_groups(files: Sequence[PidFile], within: float) -> int:
    """End the process group that each held pid file names; return how many there were.

    SIGTERM first, and SIGKILL for those that are still there `within` so many seconds. A group's number is
    its first process's pid, and the file is held as long as anybody in the group lives.
    """
    held = [file for file in files if file.holder()]
    for number, patience in ((signal.SIGTERM, within), (signal.SIGKILL, _KILL_WITHIN)):
        for file in held:
            if pid := file.holder():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, number)
        until = time.monotonic() + patience
        # The system tells nobody when a lock is released.
        while any(file.holder() for file in held) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return len(held)
