"""Whatever fails, nothing stays open."""

import pytest
from structlog.testing import capture_logs

from stitcher.server.resources import opened


class Door:
    """Notes what is done to it, and fails where it is told to."""

    def __init__(self, name: str, done: list[str], fails: str = "") -> None:
        self.name = name
        self.done = done
        self.fails = fails

    async def open(self) -> None:
        self._do("open")

    async def close(self) -> None:
        self._do("close")

    def _do(self, what: str) -> None:
        self.done.append(f"{what} {self.name}")
        if what == self.fails:
            raise OSError(f"{what} fails")


class Lid:
    """Can only be closed."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    async def close(self) -> None:
        self.done.append("close lid")


async def test_what_is_opened_last_is_closed_first() -> None:
    done: list[str] = []
    async with opened(Door("one", done), Lid(done), Door("two", done)):
        assert done == ["open one", "open two"]
    assert done[2:] == ["close two", "close lid", "close one"]


async def test_one_that_cannot_be_closed_leaves_nothing_open() -> None:
    done: list[str] = []
    with capture_logs() as logs:
        async with opened(Door("one", done), Door("two", done, fails="close")):
            pass
    assert done[2:] == ["close two", "close one"]
    assert [(log["event"], log["resource"]) for log in logs] == [("resource can't be closed", "Door")]


async def test_one_that_cannot_be_opened_leaves_nothing_open() -> None:
    done: list[str] = []
    with pytest.raises(OSError, match="open fails"):
        async with opened(Door("one", done), Door("two", done, fails="open"), Door("three", done)):
            pytest.fail("it is not to be used")
    assert done == ["open one", "open two", "close two", "close one"]
