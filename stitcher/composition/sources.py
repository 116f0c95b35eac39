"""Where SDLs come from: the files of a directory, and where the environment says each is served."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from graphql import DocumentNode

from stitcher.errors import CompositionError, Place, Problem, did_you_mean

__all__ = [
    "LOCAL_SUBGRAPH",
    "Source",
    "is_address",
    "load_sources",
    "read_files",
    "read_sources",
    "resolve_urls",
    "unused_addresses",
    "url_variable",
]

LOCAL_SUBGRAPH = "gateway"
"""The name of the subgraph that runs in this process and has no URL."""

_ENDINGS = frozenset({".graphql", ".graphqls", ".gql"})

_SUFFIX = "_MICROSERVICE_URL"


@dataclass(frozen=True)
class Source:
    """One subgraph's SDL: the file that it was read from, and the URL of each instance that serves it.

    ``composed`` is what a supergraph file has of the subgraph, with the places there. What concerns single
    subgraphs was checked when that was composed.
    """

    name: str
    sdl: str
    file: str
    urls: tuple[str, ...] = ()
    composed: DocumentNode | None = field(default=None, repr=False, compare=False)


def load_sources(directory: Path, environment: Mapping[str, str]) -> list[Source]:
    """Read a directory's SDLs, each with its URLs.

    Raises:
        CompositionError: with every problem: no directory, no SDL, an unreadable file, a URL that is
            missing or isn't http(s).
    """
    sources, problems = read_sources(directory)
    located, missing = resolve_urls(sources, environment)
    if problems or missing:
        raise CompositionError([*problems, *missing])
    return located


def read_sources(directory: Path) -> tuple[list[Source], list[Problem]]:
    """Read each ``<name>.graphql`` of a directory, in the order of names and without URLs.

    ``.graphqls`` and ``.gql``, as other tools write, will do as well.
    """
    if not directory.is_dir():
        fix = "create it, or name another directory with --schemas."
        return [], [Problem("MISSING_SCHEMAS", f"There is no directory {directory}.", (), fix)]
    files = sorted(file for file in directory.iterdir() if file.suffix in _ENDINGS)
    if not files:
        fix = "add one <name>.graphql for each microservice."
        return [], [Problem("MISSING_SCHEMAS", f"The directory {directory} has no SDL file.", (), fix)]
    sources, problems = read_files(files)
    problems += _twice(sources)
    return list({source.name: source for source in reversed(sources)}.values())[::-1], problems


def read_files(files: Iterable[Path]) -> tuple[list[Source], list[Problem]]:
    """Read SDL files, each named for what it describes, in the order given and without URLs."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for file in files:
        try:
            sources.append(Source(file.stem, file.read_text(encoding="utf-8"), str(file)))
        except (OSError, UnicodeDecodeError) as error:
            message = f"The file can't be read: {error}."
            fix = "make it a readable file of UTF-8 text."
            problems.append(Problem("UNREADABLE_SCHEMA", message, (Place(str(file), 1),), fix))
    return sources, problems


def resolve_urls(
    sources: Iterable[Source], environment: Mapping[str, str]
) -> tuple[list[Source], list[Problem]]:
    """Return the sources with their URLs, and what is wrong with the URLs. The local subgraph has none.

    The environment's come first; a supergraph file may have others.
    """
    sources = list(sources)
    expected = {url_variable(source.name) for source in sources}
    unused = {name.upper(): name for name in environment if name not in expected}
    located: list[Source] = []
    problems: list[Problem] = []
    for source in sources:
        if source.name == LOCAL_SUBGRAPH:
            located.append(source)
            continue
        variable = url_variable(source.name)
        given = tuple(url.strip() for url in environment.get(variable, "").split(",") if url.strip())
        urls = given or source.urls
        if not urls:
            problems.append(_missing_url(source, variable, unused))
        problems.extend(_invalid_url(source, variable, url) for url in urls if not _is_http(url))
        located.append(replace(source, urls=urls))
    return located, problems


def unused_addresses(sources: Iterable[Source], environment: Mapping[str, str]) -> list[str]:
    """Return a sentence about each address in the environment that no SDL is for."""
    expected = {url_variable(source.name) for source in sources}
    sentences = []
    for name in sorted(environment):
        written = name.upper()
        if is_address(written) and environment[name] and name not in expected:
            end = did_you_mean(written, expected, 0.8)
            sentences.append(f"{name} is set, but no SDL is named so.{end}")
    return sentences


def is_address(variable: str) -> bool:
    """Say whether an environment variable is named as one that says where a subgraph is served."""
    return variable.upper().endswith(_SUFFIX)


def url_variable(name: str) -> str:
    """Return the environment variable that says where a subgraph is served."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper()) + _SUFFIX


def _twice(sources: list[Source]) -> Iterator[Problem]:
    """Yield files that differ in their endings alone."""
    files: dict[str, str] = {}
    for source in sources:
        first = files.setdefault(source.name, source.file)
        if first != source.file:
            message = f"There are two SDL files of subgraph {source.name}."
            places = (Place(first, 1), Place(source.file, 1))
            fix = "take one of the two away, or give it another name."
            yield Problem("DUPLICATE_SUBGRAPH", message, places, fix)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return False


def _missing_url(source: Source, variable: str, unused: Mapping[str, str]) -> Problem:
    near = difflib.get_close_matches(variable, unused, n=1, cutoff=0.85)
    fix = f"set {variable} to where it is served, such as http://localhost:4001/graphql."
    if near:
        fix += f" {unused[near[0]]} is set: was that meant?"
    message = f"Nothing says where subgraph {source.name} is served: {variable} is not set."
    return Problem("MISSING_URL", message, (Place(source.file, 1),), fix)


def _invalid_url(source: Source, variable: str, url: str) -> Problem:
    message = f"{variable} says that subgraph {source.name} is served at {url!r}, which is no http(s) URL."
    fix = f"set {variable} to a URL such as http://localhost:4001/graphql; several are separated by commas."
    return Problem("INVALID_URL", message, (Place(source.file, 1),), fix)
