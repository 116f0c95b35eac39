"""What is composed: the SDL files of a directory, a supergraph file, or both together."""

from __future__ import annotations

from pathlib import Path

from stitcher.composition.sources import Source, read_files, read_sources
from stitcher.composition.supergraph_file import is_supergraph, read_supergraph, split_supergraph
from stitcher.errors import Place, Problem

__all__ = ["read_inputs", "read_path", "with_directory"]


def read_inputs(directory: Path | None, supergraph: Path | None) -> tuple[list[Source], list[Problem]]:
    """Read a directory's SDLs and a supergraph file's graphs, and what is wrong with them."""
    return with_directory(directory, *(read_supergraph(supergraph) if supergraph is not None else ([], [])))


def with_directory(
    directory: Path | None, sources: list[Source], problems: list[Problem]
) -> tuple[list[Source], list[Problem]]:
    """Add a directory's SDLs to a supergraph's graphs, and what is wrong with them to what is wrong there."""
    if directory is not None:
        more, wrong = read_sources(directory)
        problems = [*problems, *wrong, *_twice(sources, more)]
        sources = [*sources, *more]
    return sources, problems


def read_path(path: Path) -> tuple[list[Source], list[Problem]]:
    """Read what a path leads to: a directory of SDL files, one SDL file, or a supergraph file."""
    if not path.is_file():
        return read_sources(path)
    sources, problems = read_files([path])
    if sources and is_supergraph(sources[0].sdl):
        return split_supergraph(sources[0].sdl, str(path))
    return sources, problems


def _twice(sources: list[Source], more: list[Source]) -> list[Problem]:
    files = {source.name: source.file for source in sources}
    return [
        Problem(
            "DUPLICATE_SUBGRAPH",
            f"There is an SDL of subgraph {source.name}, and the supergraph file has that subgraph, too.",
            (Place(source.file, 1), Place(files[source.name], 1)),
            "take one of the two away, or give the SDL file another name.",
        )
        for source in more
        if source.name in files
    ]
