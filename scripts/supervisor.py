"""Run several programs as one stack, and leave none behind.

honcho reads the Procfile and prints the output, but its manager ends all programs when one ends. Here one may
be killed while the others run on, so this module keeps them itself.

A. Start a guard, which ends the stack should this process be killed; then each program, in a session of its
   own, with a pid file that the program locks.
B. Wait until each answers. One that ends or takes too long ends the start, and its last lines are shown.
C. Keep on until a signal comes (SIGINT, SIGTERM, SIGHUP), the terminal is gone, or no program is left. A
   program that ends is reported, and the others stay.
D. End what is left.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.console import Console
from scripts.health import answers
from scripts.pid_file import PidFile, end_groups

__all__ = ["Program", "Stack", "StackError", "run"]

_TAIL = 40
"""How many of its last lines are shown of a program that fails."""

_PAUSE = 0.1
"""Seconds between two looks at a program that starts."""

_CHUNK = 1 << 16


class StackError(Exception):
    """The stack did not come up, or nothing of it is left; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the stack.

    `command` is for the shell. The program is ready when `health`, an ``http`` or ``redis`` URL, answers.
    Until then its output is kept back, unless it is `talkative`.
    """

    name: str
    command: str
    health: str
    talkative: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """What to run.

    `pids` is the directory for pid files, `guard` the command that ends a stack whose launcher was killed.
    The start and the end may take so many seconds.
    """

    programs: tuple[Program, ...]
    env: Mapping[str, str]
    pids: Path
    guard: Sequence[str]
    start_within: float = 60.0
    end_within: float = 10.0


async def run(stack: Stack, greeting: str) -> None:
    """Bring the stack up, say the greeting, keep it until it is to end, and end it.

    Raises:
        StackError: a program did not come up, or none is left.
    """
    stop = asyncio.Event()
    console = Console(sys.stdout, tuple(program.name for program in stack.programs), stop.set)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _guarded(stack):
        children: list[_Child] = []
        try:
            for program in stack.programs:
                # One by one, so that those before one that can't be started are ended too.
                children.append(await _Child.start(program, stack, console))  # noqa: PERF401
            if await _done_before(stop, _wait_until_ready(children, stack.start_within)):
                console.say(greeting)
                for child in children:
                    child.quiet = False
                if await _done_before(stop, _keep(children, console)):
                    raise StackError("Every program has ended.")
            console.say("Ending the stack.")
        finally:
            for child in children:
                child.quiet = True
            await _end(children, stack.end_within)


@contextlib.asynccontextmanager
async def _guarded(stack: Stack) -> AsyncIterator[None]:
    """A. Have the guard's command run if this process is killed.

    A shell waits for the end of a pipe whose other end only this process has.
    """
    guard = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", 'read -r _; exec "$@"', "guard", *stack.guard),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.kill()
        await guard.wait()


class _Child:
    """A program that was started: its process, its pid file, and its output."""

    def __init__(
        self, program: Program, process: asyncio.subprocess.Process, pid_file: PidFile, console: Console
    ) -> None:
        self.program = program
        self.process = process
        self.pid_file = pid_file
        self.quiet = not program.talkative
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self._console = console
        self._relaying = asyncio.create_task(self._relay())

    @classmethod
    async def start(cls, program: Program, stack: Stack, console: Console) -> "_Child":
        """A. Start a program; its pid file stays locked as long as any process of its group lives."""
        pid_file = PidFile(stack.pids / f"{program.name}.pid")
        lock = pid_file.take()
        if lock is None:
            raise StackError(f"{program.name} is running already (pid {pid_file.holder()}).")
        try:
            process = await asyncio.create_subprocess_shell(
                program.command,
                env=stack.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
            )
            PidFile.write(lock, process.pid)
        finally:
            os.close(lock)
        return cls(program, process, pid_file, console)

    async def wait_until_ready(self, within: float) -> None:
        """B. Return when the program answers.

        Raises:
            StackError: it ended, or did not answer in time.
        """
        began = time.monotonic()
        while not await answers(self.program.health):
            if self.process.returncode is not None:
                raise await self.failure(_how(self.process.returncode))
            if time.monotonic() - began > within:
                raise await self.failure(f"did not answer at {self.program.health} within {within:g} s")
            await asyncio.sleep(_PAUSE)
        self._console.say(
            f"  {self.program.name:<10} {self.program.health}  {time.monotonic() - began:.1f} s"
        )

    async def failure(self, how: str) -> StackError:
        """Return the error that says how this program failed, with its last lines."""
        await asyncio.wait({self._relaying}, timeout=_PAUSE)
        lines = "".join(f"  {line}\n" for line in self.tail) or "  (it said nothing)\n"
        return StackError(f"{self.program.name} {how}. Its last lines:\n{lines}")

    async def close(self) -> None:
        """D. Make sure that the process is gone, and its output read."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self._relaying.cancel()
        await asyncio.gather(self._relaying, return_exceptions=True)

    async def _relay(self) -> None:
        """Keep the last lines of the output, and show each unless the program is to be quiet."""
        assert self.process.stdout is not None
        rest = b""
        while chunk := await self.process.stdout.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._line(line)
        if rest:
            self._line(rest)

    def _line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.tail.append(text)
        if not self.quiet:
            self._console.relay(self.program.name, text)


async def _wait_until_ready(children: Sequence[_Child], within: float) -> None:
    """B. Wait for all at once.

    Raises:
        StackError: the first failure.
    """
    waiting = [asyncio.create_task(child.wait_until_ready(within)) for child in children]
    try:
        await asyncio.gather(*waiting)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    for child in children:
        if child.process.returncode is not None:
            raise await child.failure(_how(child.process.returncode))


async def _keep(children: Sequence[_Child], console: Console) -> None:
    """C. Report each program that ends; return when all have."""

    async def report(child: _Child) -> None:
        how = _how(await child.process.wait())
        console.say(f"{child.program.name} {how}; the others run on.")

    reports = [asyncio.create_task(report(child)) for child in children]
    try:
        await asyncio.gather(*reports)
    finally:
        for task in reports:
            task.cancel()


async def _end(children: Sequence[_Child], within: float) -> None:
    """D. End every group, with everybody in it."""
    await end_groups([child.pid_file for child in children], within)
    for child in children:
        await child.close()


async def _done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do `work` until it is done or `stop` is set; say whether it was done. What it raises is raised."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    done = working.done()
    working.cancel()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return done


def _how(status: int) -> str:
    """Say how a process ended."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
