"""What a supergraph file asks of whoever serves it: refused where it isn't known here.

A file links specs. With ``for: SECURITY`` or ``for: EXECUTION`` it says that a service that doesn't know one
mustn't serve the file; of ``link`` and ``join`` themselves, every version has to be known. Connectors are a
way of fetching fields that the gateway doesn't have.

Source: Apollo's link spec v1.0, sections "for" and "Bootstrapping".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
)

from stitcher.composition.model import place_of
from stitcher.directives import arguments_of
from stitcher.errors import Problem

__all__ = ["SpecLink", "check_features", "links_of"]

_VERSIONS: Mapping[str, frozenset[str]] = {
    "link": frozenset({"1.0"}),
    "core": frozenset({"0.1", "0.2"}),
    "join": frozenset({"0.1", "0.2", "0.3", "0.4", "0.5"}),
    "tag": frozenset({"0.1", "0.2", "0.3"}),
    "inaccessible": frozenset({"0.1", "0.2"}),
    "authenticated": frozenset({"0.1"}),
    "requiresScopes": frozenset({"0.1"}),
    "policy": frozenset({"0.1"}),
    "cost": frozenset({"0.1"}),
    "context": frozenset({"0.1"}),
    "cacheTag": frozenset({"0.1"}),
}
"""The specs of Apollo's that are known, by their names, and their versions."""

_ALWAYS = frozenset({"link", "core", "join"})
"""The specs without which the rest of a file can't be read."""

_CONNECTORS = "connect"
_SPEC = re.compile(r"^https://specs\.apollo\.dev/(?P<name>\w+)/v(?P<version>\d+\.\d+)/?$")


class SpecLink(NamedTuple):
    """A spec that a file links: its name and version if it is of Apollo's, and what the file says of it."""

    name: str | None
    version: str | None
    arguments: Mapping[str, Any]
    node: ConstDirectiveNode

    @property
    def url(self) -> str:
        """Where the spec is."""
        return str(self.arguments.get("url") or self.arguments.get("feature"))


def links_of(document: DocumentNode) -> list[SpecLink]:
    """Return all links of a file, by whatever name it calls ``@link`` (in Federation 1, ``@core``)."""
    applied = [
        (node, arguments_of(node))
        for definition in document.definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for node in definition.directives or ()
    ]
    links = [_link(node, values) for node, values in applied if "url" in values or "feature" in values]
    own = {link.node.name.value for link in links if link.name in ("link", "core")} | {"link", "core"}
    return [link for link in links if link.node.name.value in own]


def _link(node: ConstDirectiveNode, values: Mapping[str, Any]) -> SpecLink:
    link = SpecLink(None, None, values, node)
    found = _SPEC.match(link.url)
    return link._replace(name=found["name"], version=found["version"]) if found else link


def check_features(document: DocumentNode) -> Iterator[Problem]:
    """Yield what a file asks for that isn't known here."""
    for link in links_of(document):
        yield from _check_link(link)
    for node in _joined(document):
        yield from _check_joined(node)


def _check_link(link: SpecLink) -> Iterator[Problem]:
    purpose = link.arguments.get("for")
    if link.name == _CONNECTORS:
        yield _connectors(link.node)
    elif link.version in _VERSIONS.get(link.name or "", ()):
        return
    elif purpose is not None or link.name in _ALWAYS:
        why = f" for: {purpose}" if purpose is not None else ""
        message = f"The supergraph links {_shown(link.url)}{why}, which Stitcher doesn't know."
        known = sorted(_VERSIONS.get(link.name or "", ()))
        fix = f"compose it for version {' or '.join(known)}, or " if known else ""
        fix += "leave out what needs the spec: a gateway that doesn't know it mustn't serve the file."
        yield Problem("UNSUPPORTED_LINKED_FEATURE", message, (place_of(link.node),), fix)


def _shown(url: str) -> str:
    """Return a link's address without what it may have of credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else url


def _joined(document: DocumentNode) -> Iterator[ConstDirectiveNode]:
    """Yield the directives of schema, types and fields that say something of single graphs."""
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield from definition.directives or ()
        elif isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            yield from definition.directives or ()
            for field in definition.fields or ():
                yield from field.directives or ()


def _check_joined(node: ConstDirectiveNode) -> Iterator[Problem]:
    if node.name.value == "join__directive":
        values = arguments_of(node)
        given = values.get("args")
        url = str(given.get("url")) if isinstance(given, Mapping) else ""
        linked = _SPEC.match(url)
        if values.get("name") == "link" and linked and linked["name"] == _CONNECTORS:
            yield _connectors(node)


def _connectors(node: ConstDirectiveNode) -> Problem:
    message = "The supergraph has connectors to REST services, which Stitcher doesn't have."
    fix = "put a GraphQL service in front of the REST service, and compose its SDL instead."
    return Problem("UNSUPPORTED_FEATURE", message, (place_of(node),), fix)
