"""A supergraph file, such as Apollo's composition writes → the subgraphs that it was composed of.

A. Find the graphs, with their names and URLs, in the enum ``join__Graph``. Where the file gives the spec
   another name (``@link(url: "…/join/v0.3", as: "j")``), it is called by its own first. What the file asks
   for that isn't known is refused (``supergraph_features``).
B. Give each graph its part of every definition (``supergraph_parts``).

Source: Apollo's join spec, versions 0.2 to 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLSyntaxError,
    NameNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from graphql import Source as FileSource

from stitcher.composition.model import place_of
from stitcher.composition.reader import release_tokens
from stitcher.composition.sources import Source, read_files
from stitcher.composition.supergraph_features import check_features, links_of
from stitcher.composition.supergraph_parts import Graph, UnreadableTypeError, part_of, said_of
from stitcher.errors import Place, Problem

__all__ = ["is_supergraph", "read_supergraph", "split_supergraph"]

_JOIN = re.compile(r"specs\.apollo\.dev/join/v(\d+\.\d+)")
_GRAPHS = re.compile(r"^\s*enum\s+(\w+)__Graph\b", re.MULTILINE)


def is_supergraph(sdl: str) -> bool:
    """Return whether an SDL is a supergraph of the join spec."""
    found = _GRAPHS.search(sdl)
    return found is not None and (found[1] == "join" or _JOIN.search(sdl) is not None)


def read_supergraph(file: Path) -> tuple[list[Source], list[Problem]]:
    """Read a supergraph file: each graph in it is a source, with the URL that the file has for it."""
    sources, problems = read_files([file])
    if problems:
        return [], problems
    return split_supergraph(sources[0].sdl, str(file))


def split_supergraph(sdl: str, file: str) -> tuple[list[Source], list[Problem]]:
    """Split a supergraph into its graphs; ``file`` is what its places are named by."""
    try:
        document = parse(FileSource(sdl, file))
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 1
        message = f"The supergraph can't be read: {error.message}"
        return [], [
            Problem("INVALID_GRAPHQL", message, (Place(file, line),), "correct the file at this line.")
        ]
    release_tokens(document)
    named = _names_of_spec(document)  # A
    if named.version == "0.1":
        message = "The supergraph is of the join spec's version 0.1, of Federation 1: "
        message += "that doesn't say which subgraphs have which types."
        fix = "compose it with Federation 2, which takes the same SDLs (federation_version: 2); "
        fix += "or put the SDLs into a directory, and name that by --schemas instead."
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", message, (Place(file, named.line),), fix)]
    if named.namespace != "join" or named.link != "link":
        document = visit(document, _Renaming(named))
    unknown = list(check_features(document))
    if unknown:
        return [], unknown
    graphs = list(_graphs(document))
    if not graphs:
        message = "The file is no supergraph of the join spec, version 0.2 or later."
        fix = (
            "name a supergraph as a registry or rover composes it; SDLs of subgraphs belong into a directory."
        )
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", message, (Place(file, 1),), fix)]
    try:
        return [_source(graph, document, file) for graph in graphs], []  # B
    except UnreadableTypeError as error:
        fix = "write types as GraphQL does, such as [ID!]."
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", str(error), (error.place,), fix)]


def _source(graph: Graph, document: DocumentNode, file: str) -> Source:
    part = part_of(graph, document)
    urls = (graph.url,) if graph.url else ()
    return Source(graph.name, print_ast(part), file, urls, composed=part)


# A. Graphs


@dataclass(frozen=True, slots=True)
class _Spec:
    """The join spec as a file links it: the version, what the file calls it, and where it says so.

    ``link`` is what it calls the link spec itself.
    """

    version: str | None = None
    namespace: str = "join"
    line: int = 1
    link: str = "link"


def _names_of_spec(document: DocumentNode) -> _Spec:
    """Find the link, which Federation 1 writes as ``@core(feature:)``."""
    for link in links_of(document):
        if link.name == "join":
            namespace, name = str(link.arguments.get("as") or "join"), link.node.name.value
            return _Spec(
                link.version, namespace, place_of(link.node).line, "link" if name == "core" else name
            )
    return _Spec()


class _Renaming(Visitor):
    """Calls the directives and types of the join and link specs by the names that these have for them."""

    def __init__(self, named: _Spec) -> None:
        self.prefix = f"{named.namespace}__"
        self.link = named.link
        super().__init__()

    def enter_directive(self, node: ConstDirectiveNode, *_: Any) -> ConstDirectiveNode | None:
        """Replace the name of a link."""
        return replace(node, name=NameNode(value="link")) if node.name.value == self.link else None

    def enter_name(self, node: NameNode, *_: Any) -> NameNode | None:
        """Replace a name within the namespace."""
        if not node.value.startswith(self.prefix):
            return None
        return replace(node, value="join__" + node.value.removeprefix(self.prefix))


def _graphs(document: DocumentNode) -> Iterator[Graph]:
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                for given in said_of(value.directives, "join__graph"):
                    name, url = str(given.get("name", value.name.value)), str(given.get("url") or "")
                    yield Graph(value.name.value, name, url, value.loc)
