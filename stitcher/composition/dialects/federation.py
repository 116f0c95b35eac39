"""Apollo Federation, versions 1 and 2.

A. Find the names: imported, renamed or namespaced by ``@link``; in version 1, which has none, the plain ones.
   A directive that goes by several names (imported, and in its namespace; by two links) is given one.
B. Take the directives off the schema definition, the types, their fields and all else.
C. Take away the machinery: ``_entities``, ``_service``, their types, and what belongs to linked specs.
D. Key fields are served and may be shared, even where they are marked ``@external``: in version 1, and in
   extensions of version 2.
E. Each resolvable key is a lookup through ``_entities``.

Source: Apollo's federation spec, "Federation schema specification" and "Federated directives".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from graphql import ConstDirectiveNode, NameNode

from stitcher.composition.dialects import composite
from stitcher.composition.dialects.contexts import CONTEXTS, read_contexts, refuse_contexts
from stitcher.composition.dialects.definitions import known_directives
from stitcher.composition.dialects.federation_checks import (
    ENTITY_INTERFACES,
    FederationUse,
    check_federation,
)
from stitcher.composition.dialects.link import Link, linked, links_spec, read_links
from stitcher.composition.dialects.ownership import read_ownership, serve_key_fields
from stitcher.composition.model import FieldDeclaration, Kind, SubgraphSchema, has_argument
from stitcher.errors import Problem
from stitcher.supergraph import Lookup

__all__ = ["directive_names", "read", "recognises"]

_SPEC = "federation"
_TAKEN = (
    "key",
    "external",
    "requires",
    "provides",
    "extends",
    "shareable",
    "override",
    "inaccessible",
    "interfaceObject",
    "composeDirective",
    "context",
    "fromContext",
)
_KEPT = (
    "tag",
    "authenticated",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
    "cacheTag",
)
_SPECS = {"cost": ("cost", "listSize"), "context": ("context", "fromContext")}
"""The directives of specs that have others than one of their own name."""

_VERSION_1 = frozenset({"external", "requires", "provides", "extends"})
_MACHINERY_TYPES = frozenset({"_Any", "_Entity", "_Service", "_FieldSet"})
_MACHINERY_FIELDS = ("_entities", "_service")


def recognises(schema: SubgraphSchema) -> bool:
    """Return whether the schema links the federation spec or applies directives of version 1."""
    if links_spec(schema, _SPEC):
        return True
    if composite.recognises(schema):
        return False
    keyed = any(has_argument(node, "fields") for node in schema.uses.get("key", ()))
    return keyed or not _VERSION_1.isdisjoint(schema.uses) or "_Service" in schema.types


def read(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Read the dialect; see the module's outline."""
    links = read_links(schema)  # A
    names = _names(links)
    problems.extend(_unsupported(schema, links))
    _unify(schema, _second_names(links, names))
    composed = schema.schema.take(names["composeDirective"])
    own_links = tuple(link for link in links if link.spec == _SPEC)
    use = FederationUse(own_links, names, _TAKEN, tuple(composed))
    schema.shares_everything = use.version < (2, 0)
    reader = _FederationReader(schema, names, problems)
    reader.read()  # B
    if use.version >= CONTEXTS or any(link.spec == "context" for link in links):
        read_contexts(schema, names, problems)
    elif own_links:
        problems.extend(refuse_contexts(schema, names, use.version))
    if own_links:
        problems.extend(check_federation(schema, use))
    _remove_machinery(schema, links)  # C
    if use.version < ENTITY_INTERFACES:
        _remove_interface_keys(schema)
    for declared in schema.types.values():  # D
        for key in declared.keys:
            serve_key_fields(schema, declared.name, key.fields.selections, in_extensions_only=bool(links))
    for declared in schema.types.values():  # E
        schema.lookups.setdefault(declared.name, []).extend(
            Lookup(schema.name, declared.name, key.fields.selections)
            for key in declared.keys
            if key.resolvable and not key.fields.over_merged
        )


# A. Names


def _names(links: list[Link]) -> dict[str, str]:
    """Return what the schema calls each directive."""
    names = {name: name for name in (*_TAKEN, *_KEPT)}
    for link in links:
        if link.spec == _SPEC:
            names = {name: link.directive(name) for name in names}
    for link in links:
        if link.spec in names:
            names |= {name: link.directive(name) for name in _directives_of(link.spec)}
    return names


def directive_names(schema: SubgraphSchema) -> dict[str, set[str]]:
    """Return all names that a schema may have for each directive that is known."""
    links = linked(schema)
    first = _names(links)
    names = {name: {name, first.get(name, name)} for name in known_directives()}
    canonical = {local: name for name, local in first.items()}
    for other, local in _second_names(links, first).items():
        names[canonical[local]].add(other)
    return names


def _unsupported(schema: SubgraphSchema, links: list[Link]) -> Iterator[Problem]:
    """Yield links to specs by which fields are served in ways that the gateway doesn't have."""
    for link in links:
        if link.spec == "connect":
            message = f"Subgraph {schema.name} links Apollo's connectors, which Stitcher doesn't have."
            fix = "let a GraphQL service ask the REST API, and take the link out."
            yield Problem("UNSUPPORTED_FEATURE", message, (link.place,), fix)


def _directives_of(spec: str) -> tuple[str, ...]:
    """Return the directives of a spec: most have one, of their own name."""
    return _SPECS.get(spec, (spec,))


def _second_names(links: list[Link], names: Mapping[str, str]) -> dict[str, str]:
    """Return all other names that the links give to directives, each with the first."""
    second: dict[str, str] = {}
    for link in links:
        for name in names if link.spec == _SPEC else _directives_of(link.spec):
            if name in names:
                second |= dict.fromkeys((link.directive(name), f"{link.namespace}__{name}"), names[name])
    return {other: name for other, name in second.items() if other not in names.values()}


def _unify(schema: SubgraphSchema, second: Mapping[str, str]) -> None:
    if second.keys().isdisjoint(schema.uses):
        return
    for element in schema.elements():
        element.directives = tuple(_renamed(node, second) for node in element.directives)
        if isinstance(element, FieldDeclaration):
            element.block = tuple(_renamed(node, second) for node in element.block)
    for other in second.keys() & schema.uses.keys():
        nodes = [_renamed(node, second) for node in schema.uses.pop(other)]
        schema.uses.setdefault(second[other], []).extend(nodes)


def _renamed(node: ConstDirectiveNode, names: Mapping[str, str]) -> ConstDirectiveNode:
    name = names.get(node.name.value)
    return node if name is None else replace(node, name=NameNode(value=name))


# B. Directives


class _FederationReader:
    """Takes the directives off one schema; holds what every step needs."""

    def __init__(self, schema: SubgraphSchema, names: Mapping[str, str], problems: list[Problem]) -> None:
        self.schema = schema
        self.names = names
        self.problems = problems
        self.kept = {names[name]: name for name in _KEPT if names[name] != name}

    def read(self) -> None:
        read_ownership(self.schema, self.names, self.problems)
        for declared in self.schema.types.values():
            if declared.take(self.names["extends"]):
                declared.extends = True
                declared.defined = declared.defined and not self.schema.shares_everything
            declared.interface_object = bool(declared.take(self.names["interfaceObject"]))
        for element in self.schema.elements():
            element.inaccessible = bool(element.take(self.names["inaccessible"])) or element.inaccessible
            if self.kept:
                element.directives = tuple(_renamed(node, self.kept) for node in element.directives)


# C. Machinery


def _remove_interface_keys(schema: SubgraphSchema) -> None:
    """In old versions, ``_entities`` finds objects only, and a key of an interface says nothing."""
    for declared in schema.types.values():
        if declared.kind is Kind.INTERFACE:
            declared.keys = [key for key in declared.keys if key.fields.over_merged]


def _remove_machinery(schema: SubgraphSchema, links: list[Link]) -> None:
    query = schema.types.get("Query")
    if query is not None:
        for name in _MACHINERY_FIELDS:
            query.fields.pop(name, None)
        if not query.fields:
            del schema.types["Query"]
    namespaces = (*(f"{link.namespace}__" for link in links), "link__", "federation__", "core__")
    imported = {local for link in links for local in link.imports.values()}
    for name in list(schema.types):
        scalar = schema.types[name].kind is Kind.SCALAR
        if name in _MACHINERY_TYPES or name.startswith(namespaces) or (scalar and name in imported):
            del schema.types[name]
