"""What a gateway's schema is composed of: files, a registry's supergraph, and what services tell themselves.

A. A directory's SDLs, and a supergraph's graphs, from a file or a registry.
B. A service that tells its schema: that takes the place of its file.
C. Where something from afar doesn't answer, the last text of it that could be used stands in for it; for a
   service, its file, if there was none. The gateway starts with services and registry down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import structlog

from stitcher.composition.inputs import with_directory
from stitcher.composition.sources import Source
from stitcher.composition.supergraph_file import read_supergraph, split_supergraph
from stitcher.discovery.copies import Copies, Told
from stitcher.discovery.remote import LiveService, Registry
from stitcher.errors import Place, Problem

__all__ = ["Found", "SchemaSource"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """The subgraphs' SDLs, and what is wrong with reading them."""

    sources: list[Source]
    problems: list[Problem] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Short for the texts: the same for the same texts."""
        texts = [f"{source.name}\0{source.sdl}" for source in self.sources]
        texts += map(str, self.problems)
        return sha256("\0".join(texts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SchemaSource:
    """Where the schema comes from.

    ``directory`` has SDL files; ``supergraph`` is a file or a registry. ``services`` tell their schemas
    themselves.
    """

    directory: Path | None = None
    supergraph: Path | Registry | None = None
    services: Sequence[LiveService] = ()

    @property
    def is_remote(self) -> bool:
        """Whether anything has to be asked for, since nobody tells of its change."""
        return bool(self.services) or isinstance(self.supergraph, Registry)

    @property
    def watched(self) -> set[Path]:
        """The directories in which a change may be one of the schema."""
        file = self.supergraph.parent if isinstance(self.supergraph, Path) else None
        return {directory for directory in (self.directory, file) if directory and directory.is_dir()}

    def concerns(self, path: Path) -> bool:
        """Say whether a change of a file in one of these directories is one of the schema."""
        if isinstance(self.supergraph, Path) and path.name == self.supergraph.name:
            return True
        return self.directory is not None and path.parent.resolve() == self.directory.resolve()

    def read(self, copies: Copies, *, from_copies: bool = False) -> Found:
        """Read everything; it takes as long as the slowest that is asked.

        Args:
            copies: What was told before.
            from_copies: Whether to ask nobody, and take what could be used the last time.
        """
        remotes = [*self.services, *([self.supergraph] if isinstance(self.supergraph, Registry) else ())]
        texts: dict[str, str | None] = {}
        if remotes and from_copies:
            texts = {remote.url: copies.last_good(remote.url) for remote in remotes}
        elif remotes:
            from stitcher.discovery.fetching import fetch  # aiohttp takes long to import

            with ThreadPoolExecutor(1) as aside:  # an event loop may run here already
                known = [copies.newest(remote.url) for remote in remotes]
                answers = aside.submit(asyncio.run, fetch(remotes, known)).result()
            for remote, answer in zip(remotes, answers, strict=True):
                if isinstance(answer, Told):
                    copies.remember(remote.url, answer)
                    texts[remote.url] = answer.text
                else:
                    texts[remote.url] = copies.last_good(remote.url)
                    if copies.has_failed(remote.url, str(answer)):
                        log.warning("schema isn't told", source=remote.label, cause=str(answer))
        return self._found(texts)

    def _found(self, texts: dict[str, str | None]) -> Found:
        sources: list[Source] = []
        problems: list[Problem] = []
        if isinstance(self.supergraph, Path):  # A
            sources, problems = read_supergraph(self.supergraph)
        elif self.supergraph is not None:
            label, text = self.supergraph.label, texts[self.supergraph.url]
            sources, problems = (
                ([], [_untold(label, "SUPERGRAPH")]) if text is None else split_supergraph(text, label)
            )
        sources, problems = with_directory(self.directory, sources, problems)
        if self.services:  # which may be all that there is
            problems = [problem for problem in problems if problem.code != "MISSING_SCHEMAS"]
        by_name = {source.name: source for source in sources}
        for service in self.services:  # B
            text, before = texts[service.url], by_name.get(service.name)
            if text is not None:
                urls = before.urls if before else ()
                by_name[service.name] = Source(service.name, text, service.label, urls)
            elif before is None:
                problems.append(_untold(service.label, f"schema in [services.{service.name}]"))
        return Found(list(by_name.values()), problems)


def _untold(label: str, setting: str) -> Problem:
    message = f"The schema of {label} isn't told, and there is no copy of it."
    fix = f"see in the log why, or set {setting} to a file."
    return Problem("UNREADABLE_SCHEMA", message, (Place(label, 1),), fix)
