"""What was told from afar: the newest text of each address, and on disk the last one that could be used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

__all__ = ["Copies", "Told"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A text, and the tag by which its address knows it (RFC 9110, 8.8.3), if it has one."""

    text: str
    tag: str | None = None


class Copies:
    """Remembers texts by their addresses.

    Args:
        directory: Where they are kept for the next start. It is made when it is needed; where nothing can be
            written, they are remembered until the process ends.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._newest: dict[str, Told] = {}
        self._kept: dict[str, str] = {}
        self._failures: dict[str, str] = {}
        self._is_told = False

    def newest(self, address: str) -> Told | None:
        """Return what an address told last."""
        return self._newest.get(address)

    def remember(self, address: str, told: Told) -> None:
        """Note what an address has told."""
        self._newest[address] = told
        self._failures.pop(address, None)

    def has_failed(self, address: str, cause: str) -> bool:
        """Note that an address told nothing; say whether that is new."""
        before = self._failures.get(address)
        self._failures[address] = cause
        return cause != before

    def last_good(self, address: str) -> str | None:
        """Return the last text of an address that could be used, from whenever that was."""
        if address in self._kept:
            return self._kept[address]
        try:
            return self._file(address).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self) -> None:
        """Keep the newest texts: they could be used."""
        for address, told in self._newest.items():
            if self._kept.get(address) != told.text:
                self._kept[address] = told.text
                self._write(self._file(address), told.text)

    def _write(self, file: Path, text: str) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as written:
                try:
                    written.write(text)
                    written.close()
                    os.replace(written.name, file)
                except OSError:
                    os.unlink(written.name)
                    raise
        except OSError as error:
            if not self._is_told:
                log.warning(
                    "the last good schema can't be kept", directory=str(self._directory), cause=str(error)
                )
            self._is_told = True

    def _file(self, address: str) -> Path:
        return self._directory / f"{sha256(address.encode()).hexdigest()[:24]}.graphql"
