"""Apollo Federation, versions 1 and 2.

A. Find the names: imported, renamed or namespaced by ``@link``; in version 1, which has none, the plain ones.
B. Take the directives off the schema definition, the types, their fields and all else.
C. Take away the machinery: ``_entities``, ``_service``, their types, and what belongs to linked specs.
D. Key fields are served and may be shared, even where they are marked ``@external``: in version 1, and in
   extensions of version 2.
E. Each resolvable key is a lookup through ``_entities``.

Source: Apollo's federation spec, "Federation schema specification" and "Federated directives".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphql import NameNode

from stitcher.composition.dialects import composite
from stitcher.composition.dialects.link import Link, links_spec, read_links
from stitcher.composition.dialects.ownership import read_ownership, serve_key_fields
from stitcher.composition.model import Declaration, Kind, SubgraphSchema, has_argument, place_of
from stitcher.errors import Problem
from stitcher.supergraph import Lookup

__all__ = ["read", "recognises"]

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
)
_KEPT = (
    "tag",
    "authenticated",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
    "context",
    "fromContext",
    "cacheTag",
)
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
    if any(link.spec == _SPEC for link in links):
        schema.shares_everything = any(link.version.startswith("1") for link in links if link.spec == _SPEC)
        _check_imports(schema, links, names, problems)
    reader = _Reader(schema, names, problems)
    reader.read()  # B
    _remove_machinery(schema, links)  # C
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
        if link.spec in names and link.spec != _SPEC:
            names[link.spec] = link.directive(link.spec)
    return names


def _check_imports(
    schema: SubgraphSchema, links: list[Link], names: Mapping[str, str], problems: list[Problem]
) -> None:
    known = {f"@{name}" for name in names} | {"FieldSet", "Scope", "Policy", "ContextFieldValue"}
    for link in links:
        if link.spec != _SPEC:
            continue
        problems.extend(
            Problem(
                "INVALID_LINK_DIRECTIVE_USAGE",
                f"Subgraph {schema.name} imports {element}, which the federation spec doesn't have.",
                (link.place,),
                "correct the name, or take it out of the import.",
            )
            for element in link.imports
            if element not in known
        )
    local = set(names.values())
    for name in _TAKEN:
        uses = [node for node in schema.uses.get(name, ()) if not has_argument(node, "selectionSet")]
        if uses and name not in local and name not in schema.directives:
            message = f"Subgraph {schema.name} uses @{name} without importing it from the federation spec."
            mend = f'add "@{name}" to the import of @link, or write @{names[name]}.'
            problems.append(Problem("INVALID_GRAPHQL", message, (place_of(uses[0]),), mend))


# B. Directives


class _Reader:
    """Takes the directives off one schema; holds what every step needs."""

    def __init__(self, schema: SubgraphSchema, names: Mapping[str, str], problems: list[Problem]) -> None:
        self.schema = schema
        self.names = names
        self.problems = problems
        self.kept = {names[name]: name for name in _KEPT if names[name] != name}

    def read(self) -> None:
        self.schema.schema.take(self.names["composeDirective"])
        read_ownership(self.schema, self.names, self.problems)
        for declared in self.schema.types.values():
            declared.extends = bool(declared.take(self.names["extends"])) or declared.extends
            declared.interface_object = bool(declared.take(self.names["interfaceObject"]))
        for element in self.schema.elements():
            element.inaccessible = bool(element.take(self.names["inaccessible"])) or element.inaccessible
            if self.kept:
                self._rename_kept(element)

    def _rename_kept(self, element: Declaration) -> None:
        element.directives = tuple(
            replace(node, name=NameNode(value=self.kept[node.name.value]))
            if node.name.value in self.kept
            else node
            for node in element.directives
        )


# C. Machinery


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
