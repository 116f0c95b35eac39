"""What a schema says of the federation spec itself: its version, what it imports, defines and composes.

Source: Apollo Federation, "Federation versions", and the error codes UNKNOWN_FEDERATION_LINK_VERSION,
INVALID_LINK_DIRECTIVE_USAGE, DIRECTIVE_DEFINITION_INVALID, DIRECTIVE_COMPOSITION_ERROR and
KEY_UNSUPPORTED_ON_INTERFACE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stitcher.composition.dialects.link import Link
from stitcher.composition.model import Application, Kind, SubgraphSchema, has_argument, place_of
from stitcher.errors import Problem

__all__ = ["ENTITY_INTERFACES", "FederationUse", "check_federation"]

ENTITY_INTERFACES = (2, 3)
"""The version from which on interfaces may have keys."""

_ARGUMENTS: Mapping[str, frozenset[str]] = {
    "key": frozenset({"fields", "resolvable"}),
    "requires": frozenset({"fields"}),
    "provides": frozenset({"fields"}),
    "override": frozenset({"from", "label"}),
    "external": frozenset({"reason"}),
    "shareable": frozenset(),
    "extends": frozenset(),
    "inaccessible": frozenset(),
    "interfaceObject": frozenset(),
    "composeDirective": frozenset({"name"}),
    "context": frozenset({"name"}),
    "fromContext": frozenset({"field"}),
}
_LOCATIONS: Mapping[str, frozenset[str]] = {
    "key": frozenset({"OBJECT", "INTERFACE"}),
    "requires": frozenset({"FIELD_DEFINITION"}),
    "provides": frozenset({"FIELD_DEFINITION"}),
    "override": frozenset({"FIELD_DEFINITION"}),
    "external": frozenset({"OBJECT", "FIELD_DEFINITION"}),
    "shareable": frozenset({"OBJECT", "FIELD_DEFINITION"}),
    "extends": frozenset({"OBJECT", "INTERFACE"}),
    "interfaceObject": frozenset({"OBJECT"}),
    "composeDirective": frozenset({"SCHEMA"}),
    "context": frozenset({"OBJECT", "INTERFACE", "UNION"}),
    "fromContext": frozenset({"ARGUMENT_DEFINITION"}),
}
_SCALARS = frozenset({"FieldSet", "Scope", "Policy", "ContextFieldValue"})


@dataclass(frozen=True, slots=True)
class FederationUse:
    """How a schema uses the spec: its links to it, what it calls the directives, ``@composeDirective``.

    ``taken`` are the directives that the dialect takes off the schema.
    """

    links: tuple[Link, ...]
    names: Mapping[str, str]
    taken: tuple[str, ...]
    composed: tuple[Application, ...]

    @property
    def version(self) -> tuple[int, int]:
        """The spec's version, 1.0 where it isn't linked."""
        return max((_version(link) or (1, 0) for link in self.links), default=(1, 0))


def check_federation(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    """Yield what is wrong with the way in which a schema that links the spec uses it."""
    for check in _CHECKS:
        yield from check(schema, use)


def _version(link: Link) -> tuple[int, int] | None:
    major, _, minor = link.version.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def _check_version(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    for link in use.links:
        version = _version(link)
        if version is None or not (1, 0) <= version < (3, 0):
            message = f"Subgraph {schema.name} links version {link.version or 'none'} of the federation spec."
            fix = "link a version that there is, such as https://specs.apollo.dev/federation/v2.3."
            yield Problem("UNKNOWN_FEDERATION_LINK_VERSION", message, (link.place,), fix)


def _check_imports(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    known = {f"@{name}" for name in use.names} | _SCALARS
    for link in use.links:
        for element in link.imports:
            if element not in known:
                message = f"Subgraph {schema.name} imports {element}, which the federation spec doesn't have."
                fix = "correct the name, or take it out of the import."
                yield Problem("INVALID_LINK_DIRECTIVE_USAGE", message, (link.place,), fix)


def _check_not_imported(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    local = set(use.names.values())
    for name in use.taken:
        uses = [node for node in schema.uses.get(name, ()) if not has_argument(node, "selectionSet")]
        if uses and name not in local and name not in schema.directives:
            message = f"Subgraph {schema.name} uses @{name} without importing it from the federation spec."
            fix = f'add "@{name}" to the import of @link, or write @{use.names[name]}.'
            yield Problem("INVALID_GRAPHQL", message, (place_of(uses[0]),), fix)


def _check_definitions(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    """Yield definitions of the spec's directives that differ from the spec's."""
    for name, arguments in _ARGUMENTS.items():
        definition = schema.directives.get(use.names[name])
        if definition is None:
            continue
        wrong = {argument.name.value for argument in definition.arguments or ()} - arguments
        places = {location.value for location in definition.locations} - _LOCATIONS.get(name, frozenset())
        differs = [f"the argument {argument_name}" for argument_name in sorted(wrong)]
        differs += [f"the location {place}" for place in sorted(places if name in _LOCATIONS else ())]
        if name in ("key", "requires", "provides") and not any(
            argument.name.value == "fields" for argument in definition.arguments or ()
        ):
            differs.append("no argument fields")
        if differs:
            message = (
                f"Subgraph {schema.name} defines @{use.names[name]} otherwise than the federation spec, with "
                f"{', '.join(differs)}."
            )
            fix = "leave the definition out: the link is enough."
            yield Problem("DIRECTIVE_DEFINITION_INVALID", message, (place_of(definition),), fix)


def _check_composed(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    for application in use.composed:
        name = application.arguments.get("name")
        if not isinstance(name, str) or not name.startswith("@"):
            message = f"Subgraph {schema.name} composes {name!r}, which is not the name of a directive."
            fix = 'write the name with its @, such as @composeDirective(name: "@mine").'
        elif name.removeprefix("@") not in schema.directives:
            message = f"Subgraph {schema.name} composes {name} and doesn't define it."
            fix = f"define {name}, or take its @composeDirective off."
        else:
            continue
        yield Problem("DIRECTIVE_COMPOSITION_ERROR", message, (application.place,), fix)


def _check_interface_keys(schema: SubgraphSchema, use: FederationUse) -> Iterator[Problem]:
    if use.version >= ENTITY_INTERFACES:
        return
    for declared in schema.types.values():
        if declared.kind is Kind.INTERFACE and declared.keys:
            message = f"Interface {declared.name} of subgraph {schema.name} has a key."
            fix = "take it off, or link version 2.3 of the federation spec, the first with such keys."
            yield Problem("KEY_UNSUPPORTED_ON_INTERFACE", message, (declared.place,), fix)


_Check = Callable[[SubgraphSchema, FederationUse], Iterator[Problem]]
_CHECKS: tuple[_Check, ...] = (
    _check_version,
    _check_imports,
    _check_not_imported,
    _check_definitions,
    _check_composed,
    _check_interface_keys,
)
