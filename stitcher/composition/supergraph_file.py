"""A supergraph file, such as Apollo's composition writes → the subgraphs that it was composed of.

A. Find the graphs, with their names and URLs, in the enum ``join__Graph``. Where the file gives the spec
   another name (``@link(url: "…/join/v0.3", as: "j")``), it is called by its own first. What the file asks
   for that isn't known is refused (``supergraph_features``).
B. Give each graph its part of every definition: what the directives of the join spec say of it becomes the
   directives of Federation. Nodes keep their places in the file.
C. What belongs to the join spec is left out. What else is applied to an element goes with it to every graph:
   the file doesn't say where it was written.

Source: Apollo's join spec, versions 0.2 to 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphql import (
    BooleanValueNode,
    ConstArgumentNode,
    ConstDirectiveNode,
    ConstListValueNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSyntaxError,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    Visitor,
    parse,
    parse_type,
    print_ast,
    visit,
)
from graphql import Source as FileSource
from graphql.language import Location

from stitcher.composition.model import place_of
from stitcher.composition.reader import release_tokens
from stitcher.composition.sources import Source, read_files
from stitcher.composition.supergraph_features import arguments_of, check_features, links_of
from stitcher.composition.type_refs import named_type
from stitcher.errors import Place, Problem

__all__ = ["is_supergraph", "read_supergraph", "split_supergraph"]

_FEDERATION = "https://specs.apollo.dev/federation/v2.9"
_IMPORTS = ("@key", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@extends")
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
        mend = "compose it with Federation 2, which takes the same SDLs (federation_version: 2); "
        mend += "or put the SDLs into a directory, and name that by --schemas instead."
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", message, (Place(file, named.line),), mend)]
    if named.namespace != "join" or named.link != "link":
        document = visit(document, _Renaming(named))
    unknown = list(check_features(document))
    if unknown:
        return [], unknown
    graphs = list(_graphs(document))
    if not graphs:
        message = "The file is no supergraph of the join spec, version 0.2 or later."
        mend = (
            "name a supergraph as a registry or rover composes it; SDLs of subgraphs belong into a directory."
        )
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", message, (Place(file, 1),), mend)]
    try:
        return [_source(graph, document, file) for graph in graphs], []  # B, C
    except _TypeError as error:
        mend = "write types as GraphQL does, such as [ID!]."
        return [], [Problem("INVALID_FEDERATION_SUPERGRAPH", str(error), (error.place,), mend)]


class _TypeError(ValueError):
    """A type in an argument of a directive that can't be read."""

    def __init__(self, text: str, node: Node) -> None:
        self.place = place_of(node)
        super().__init__(f"The type {text!r} can't be read.")


@dataclass(frozen=True, slots=True)
class _Graph:
    """A value of ``join__Graph``, and what it says."""

    key: str
    name: str
    url: str
    location: Location | None


def _source(graph: _Graph, document: DocumentNode, file: str) -> Source:
    definitions = tuple(_Part(graph).definitions(document))
    part = DocumentNode(definitions=definitions)  # type: ignore[arg-type]  # extensions are, too
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


def _graphs(document: DocumentNode) -> Iterator[_Graph]:
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                for said in _said(value.directives, "join__graph"):
                    name, url = str(said.get("name", value.name.value)), str(said.get("url") or "")
                    yield _Graph(value.name.value, name, url, value.loc)


def _said(nodes: Iterable[ConstDirectiveNode] | None, name: str) -> list[Mapping[str, Any]]:
    """Return the arguments of each use of a directive."""
    return [arguments_of(node) for node in nodes or () if node.name.value == name]


# B. Parts


@dataclass(frozen=True, slots=True)
class _Part:
    """What one graph has of the definitions."""

    graph: _Graph

    def definitions(self, document: DocumentNode) -> Iterator[Node]:
        yield self._link()
        for node in document.definitions:
            if isinstance(node, SchemaDefinitionNode):
                yield self._schema(node, document)
            elif isinstance(node, DirectiveDefinitionNode):
                if not node.name.value.startswith("join__"):
                    yield node
            elif isinstance(node, TypeDefinitionNode) and not node.name.value.startswith("join__"):
                yield from self._type(node)

    def _link(self) -> SchemaExtensionNode:
        imports = ConstListValueNode(values=tuple(StringValueNode(value=name) for name in _IMPORTS))
        url = StringValueNode(value=_FEDERATION)
        link = self._directive("link", {"url": url, "import": imports}, self.graph.location)
        return SchemaExtensionNode(directives=(link,), operation_types=(), loc=self.graph.location)

    def _schema(self, node: SchemaDefinitionNode, document: DocumentNode) -> Node:
        """Return the schema definition with the graph's own root types, and links of other specs."""
        roots = {each.type.name.value for each in node.operation_types}
        own = {
            each.name.value
            for each in document.definitions
            if isinstance(each, ObjectTypeDefinitionNode)
            and each.name.value in roots
            and any(self._type(each))
        }
        operations = tuple(each for each in node.operation_types if each.type.name.value in own)
        directives = tuple(
            each
            for each in node.directives or ()
            if not any("/join/" in str(said.get("url")) for said in _said([each], "link"))
        )
        if not operations:
            return SchemaExtensionNode(directives=directives, operation_types=(), loc=node.loc)
        return replace(node, operation_types=operations, directives=directives)

    def _type(self, node: TypeDefinitionNode) -> Iterator[DefinitionNode]:
        applied = _said(node.directives, "join__type")
        mine = [said for said in applied if said.get("graph") == self.graph.key]
        if applied and not mine:
            return
        directives = (*_others(node.directives), *self._type_directives(mine, node.loc))
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            fields = tuple(self._fields(node.fields))
            if fields or not isinstance(node, ObjectTypeDefinitionNode):
                yield self._composite(node, mine, fields, directives)
        elif isinstance(node, InputObjectTypeDefinitionNode):
            yield replace(node, directives=directives, fields=tuple(self._fields(node.fields)))
        elif isinstance(node, EnumTypeDefinitionNode):
            yield replace(node, directives=directives, values=tuple(self._values(node.values or ())))
        elif isinstance(node, UnionTypeDefinitionNode):
            members = self._named(node.directives, "join__unionMember", "member")
            yield replace(node, directives=directives, types=node.types if members is None else members)
        else:
            yield replace(node, directives=directives)

    def _type_directives(
        self, mine: Iterable[Mapping[str, Any]], location: Location | None
    ) -> Iterator[ConstDirectiveNode]:
        for said in mine:
            if said.get("key") is not None:
                arguments: dict[str, Any] = {"fields": StringValueNode(value=str(said["key"]))}
                if said.get("resolvable") is False:
                    arguments["resolvable"] = BooleanValueNode(value=False)
                yield self._directive("key", arguments, location)
        if any(said.get("isInterfaceObject") for said in mine):
            yield self._directive("interfaceObject", {}, location)
        if any(said.get("extension") for said in mine):
            yield self._directive("extends", {}, location)

    def _composite(
        self,
        node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
        mine: Iterable[Mapping[str, Any]],
        fields: tuple[FieldDefinitionNode, ...],
        directives: tuple[ConstDirectiveNode, ...],
    ) -> DefinitionNode:
        interfaces = self._named(node.directives, "join__implements", "interface")
        is_object = isinstance(node, ObjectTypeDefinitionNode) or any(
            said.get("isInterfaceObject") for said in mine
        )
        definition = ObjectTypeDefinitionNode if is_object else InterfaceTypeDefinitionNode
        return definition(
            name=node.name,
            description=node.description,
            interfaces=node.interfaces if interfaces is None else interfaces,
            directives=directives,
            fields=fields,
            loc=node.loc,
        )

    def _fields(self, nodes: Iterable[Any] | None) -> Iterator[Any]:
        """Yield the graph's fields of a composite type, or of an input type.

        One that overrides another's is as nullable as the supergraph says: what the other one declared counts
        there, and isn't in the file any more.
        """
        for node in nodes or ():
            applied = _said(node.directives, "join__field")
            mine = [said for said in applied if said.get("graph") == self.graph.key]
            if not mine and applied:
                continue
            own = mine[0] if mine else {}
            returned = _type(str(own["type"]), node) if own.get("type") else node.type
            if own.get("override") is not None and named_type(returned) == named_type(node.type):
                returned = node.type
            directives = (*_others(node.directives), *self._field_directives(own, node.loc))
            yield replace(node, type=returned, directives=directives)

    def _field_directives(
        self, said: Mapping[str, Any], location: Location | None
    ) -> Iterator[ConstDirectiveNode]:
        if said.get("external"):
            yield self._directive("external", {}, location)
        for name in ("requires", "provides"):
            if said.get(name) is not None:
                yield self._directive(name, {"fields": StringValueNode(value=str(said[name]))}, location)
        if said.get("override") is not None:
            arguments = {"from": StringValueNode(value=str(said["override"]))}
            if said.get("overrideLabel") is not None:
                arguments["label"] = StringValueNode(value=str(said["overrideLabel"]))
            yield self._directive("override", arguments, location)

    def _values(self, nodes: Iterable[EnumValueDefinitionNode]) -> Iterator[EnumValueDefinitionNode]:
        for node in nodes:
            graphs = [said.get("graph") for said in _said(node.directives, "join__enumValue")]
            if not graphs or self.graph.key in graphs:
                yield replace(node, directives=tuple(_others(node.directives)))

    def _named(
        self, nodes: Iterable[ConstDirectiveNode] | None, directive: str, argument: str
    ) -> tuple[NamedTypeNode, ...] | None:
        """Return the types that a directive names for the graph; None if it names none for any."""
        applied = [node for node in nodes or () if node.name.value == directive]
        if not applied:
            return None
        return tuple(
            NamedTypeNode(name=NameNode(value=str(said[argument])), loc=node.loc)
            for node in applied
            for said in _said([node], directive)
            if said.get("graph") == self.graph.key
        )

    def _directive(
        self, name: str, arguments: Mapping[str, Any], location: Location | None
    ) -> ConstDirectiveNode:
        given = tuple(
            ConstArgumentNode(name=NameNode(value=key), value=each) for key, each in arguments.items()
        )
        return ConstDirectiveNode(name=NameNode(value=name), arguments=given, loc=location)


def _type(text: str, node: Node) -> TypeNode:
    try:
        return parse_type(text, no_location=True)
    except GraphQLSyntaxError as error:
        raise _TypeError(text, node) from error


# C. What is left out


def _others(nodes: Iterable[ConstDirectiveNode] | None) -> Iterator[ConstDirectiveNode]:
    return (node for node in nodes or () if not node.name.value.startswith("join__"))
