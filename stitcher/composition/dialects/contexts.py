"""``@context`` and ``@fromContext``: values that fields take from the objects around theirs.

A. A type's ``@context`` names what its objects set, in this subgraph.
B. An argument with ``@fromContext`` is hidden from clients: it names a context, and what to read of the
   object that sets it: ``$context { field }``, or type by type, ``$context ... on A { x } ... on B { y }``.

Source: Apollo Federation, "Federated directives", sections "@context" and "@fromContext".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from stitcher.composition.field_set import FieldSet, FieldSetError, parse_field_set
from stitcher.composition.model import (
    Application,
    FromContext,
    InputDeclaration,
    SubgraphSchema,
    TypeDeclaration,
    place_of,
)
from stitcher.errors import Problem

__all__ = ["CONTEXTS", "read_contexts", "refuse_contexts"]

CONTEXTS = (2, 8)
"""The version of the federation spec from which on there are contexts."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_IGNORED = r"(?:[\s,]|#[^\n\r]*+)*+"
_REFERENCE = re.compile(rf"{_IGNORED}\${_IGNORED}([A-Za-z_]\w*+)(.+)", re.ASCII | re.DOTALL)


def read_contexts(schema: SubgraphSchema, names: Mapping[str, str], problems: list[Problem]) -> None:
    """Take the directives off the schema; ``names`` are what it calls them."""
    if schema.uses.keys().isdisjoint((names["context"], names["fromContext"])):
        return
    problems += _in_definitions(schema, names["fromContext"])
    for declared in schema.types.values():
        problems += _read_type(declared, names["context"])  # A
        for own in declared.fields.values():  # B
            path = f"{declared.name}.{own.name}"
            found: list[FromContext] = []
            for argument in list(own.arguments.values()):
                applied = argument.take(names["fromContext"]) if argument.directives else ()
                if applied:
                    del own.arguments[argument.name]
                for application in applied:
                    what = f"argument {path}({argument.name}:) in subgraph {own.subgraph}"
                    found += _read_argument(argument, application, what, problems)
            own.contexts = tuple(found)


def refuse_contexts(
    schema: SubgraphSchema, names: Mapping[str, str], version: tuple[int, int]
) -> Iterator[Problem]:
    """Yield the first use of each directive in a schema whose version of the spec hasn't got them."""
    for name in ("context", "fromContext"):
        for node in schema.uses.get(names[name], ())[:1]:
            message = (
                f"Subgraph {schema.name} uses @{names[name]}, which version {version[0]}.{version[1]} of the "
                "federation spec doesn't have."
            )
            fix = "link version 2.8 or later: https://specs.apollo.dev/federation/v2.8."
            yield Problem("INVALID_LINK_DIRECTIVE_USAGE", message, (place_of(node),), fix)


def _read_type(declared: TypeDeclaration, directive: str) -> Iterator[Problem]:
    applied = declared.take(directive) if declared.directives else ()
    declared.contexts = frozenset(str(use.arguments.get("name")) for use in applied)
    for application in applied:
        name = application.arguments.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            message = f"Type {declared.name} of subgraph {declared.subgraph} sets a context {name!r}."
            fix = "give it a name of letters and digits, with a letter first and without underscores."
            yield Problem("CONTEXT_NAME_INVALID", message, (application.place,), fix)


def _in_definitions(schema: SubgraphSchema, directive: str) -> Iterator[Problem]:
    for definition in schema.directives.values():
        for argument in definition.arguments or ():
            if any(node.name.value == directive for node in argument.directives or ()):
                message = (
                    f"Argument @{definition.name.value}({argument.name.value}:) in subgraph {schema.name} "
                    "takes its value from a context, and there is no object around a directive."
                )
                fix = f"take @{directive} off; it is for arguments of fields."
                yield Problem("CONTEXT_NOT_SET", message, (place_of(argument),), fix)


def _read_argument(
    argument: InputDeclaration, application: Application, what: str, problems: list[Problem]
) -> Iterator[FromContext]:
    text = application.arguments.get("field")
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        message = f"The {what} takes its value from {text!r}, which doesn't name a context and a field."
        fix = 'write the name of a context with a $, and what to read there: "$user { name }".'
        problems.append(Problem("NO_CONTEXT_IN_SELECTION", message, (application.place,), fix))
        return
    context, selected = found.groups()
    try:
        fields = FieldSet(selected, parse_field_set(selected), application.place)
    except FieldSetError as error:
        message = f'The selection "{selected.strip()}" of the {what} can\'t be read: {error}'
        fix = 'write the name of a field, with braces for what is below it: "$user { account { id } }".'
        problems.append(Problem("CONTEXT_INVALID_SELECTION", message, (application.place,), fix))
        return
    yield FromContext(argument, context, fields)
