"""Notices that files have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog
from watchfiles import awatch

__all__ = ["watch"]

log = structlog.get_logger(__name__)

DEBOUNCE = 400
"""Milliseconds in which further changes are waited for: files are seldom written alone, or at once."""

PAUSE = 1.0
"""Seconds until directories are looked for again that have gone."""


async def watch(
    directories: Callable[[], Iterable[Path]], concerns: Callable[[Path], bool], react: Callable[[], None]
) -> None:
    """Call ``react`` when a file has changed, until this is cancelled.

    Args:
        directories: Returns where to look; asked again when something has changed.
        concerns: Says whether a file's change matters.
        react: What is called, once for changes that come together.
    """
    while True:
        watched = {str(directory) for directory in directories() if directory.is_dir()}
        try:
            if watched:
                await _watch_these(watched, directories, concerns, react)
        except (OSError, RuntimeError) as error:  # a directory went while it was looked for
            log.warning("files can't be watched", cause=str(error))
        await asyncio.sleep(PAUSE)


async def _watch_these(
    watched: set[str],
    directories: Callable[[], Iterable[Path]],
    concerns: Callable[[Path], bool],
    react: Callable[[], None],
) -> None:
    """Watch directories until others are to be watched, or one of them has been replaced."""
    before = _identities(watched)
    async for changes in awatch(
        *watched,
        watch_filter=lambda change, path: concerns(Path(path)),
        recursive=False,
        debounce=DEBOUNCE,
        rust_timeout=int(PAUSE * 1000),
        yield_on_timeout=True,
    ):
        if changes:
            react()
        if {str(directory) for directory in directories() if directory.is_dir()} != watched:
            return
        if _identities(watched) != before:
            react()
            return


def _identities(directories: Iterable[str]) -> set[tuple[int, int]]:
    found = set()
    for directory in directories:
        try:
            status = Path(directory).stat()
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return found
