"""Pid files that their process locks, and the end of process groups."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from scripts.pid_file import PidFile, end_groups

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.1; done"


@pytest.fixture
def file(tmp_path: Path) -> PidFile:
    return PidFile(tmp_path / "run/program.pid")


def start(file: PidFile, script: str) -> subprocess.Popen[bytes]:
    """Start a shell script in a session of its own, which locks the file; return once it has spoken."""
    lock = file.take()
    assert lock is not None
    process = subprocess.Popen(
        ["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True, pass_fds=(lock,)
    )
    file.write(lock, process.pid)
    os.close(lock)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_a_file_that_isnt_there_has_no_holder(file: PidFile) -> None:
    assert file.holder() is None


def test_the_holder_is_named_as_long_as_it_lives(file: PidFile) -> None:
    process = start(file, "echo; exec sleep 60")
    assert file.holder() == process.pid
    assert file.take() is None

    process.kill()
    process.wait()

    assert file.holder() is None
    assert file.path.read_text() == f"{process.pid}\n"


async def test_a_group_is_held_until_its_last_process_is_gone(file: PidFile) -> None:
    process = start(file, "sleep 60 & echo")
    process.wait()
    assert file.holder() == process.pid

    assert await end_groups([file], 5) == 1
    assert file.holder() is None


async def test_one_that_ignores_the_request_is_killed(file: PidFile) -> None:
    process = start(file, STUBBORN)
    began = time.monotonic()

    assert await end_groups([file], 0.3) == 1
    assert process.wait(1) == -9
    assert time.monotonic() - began >= 0.3


async def test_nothing_to_end(file: PidFile) -> None:
    assert await end_groups([file], 5) == 0
