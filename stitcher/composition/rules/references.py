"""Every type that a subgraph refers to is one that it declares, of a kind that fits the place.

Source: GraphQL specification, section 3.1 "Type System", and "Input and Output Types".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from graphql import TypeDefinitionNode, TypeExtensionNode

from stitcher.composition.model import (
    BUILT_IN_SCALARS,
    Composition,
    Declaration,
    Kind,
    SubgraphSchema,
    TypeDeclaration,
)
from stitcher.composition.type_refs import named_type
from stitcher.errors import Place, Problem

__all__ = ["check_references"]

_INPUT = frozenset({Kind.SCALAR, Kind.ENUM, Kind.INPUT})
_OUTPUT = frozenset({Kind.SCALAR, Kind.ENUM, Kind.OBJECT, Kind.INTERFACE, Kind.UNION})


def check_references(composition: Composition) -> Iterator[Problem]:
    """Yield references to types that aren't there, or can't stand there, and names that are reserved."""
    for schema in composition.schemas:
        yield from _check_roots(schema)
        for declared in schema.types.values():
            yield from _check_type(declared, schema)
            yield from (
                _reserved(element) for element in declared.elements() if element.name.startswith("__")
            )


def _check_roots(schema: SubgraphSchema) -> Iterator[Problem]:
    """Yield root types of the schema definition that aren't declared, or are several operations' at once."""
    if schema.document is None:
        return
    declared = {
        node.name.value
        for node in schema.document.definitions
        if isinstance(node, TypeDefinitionNode | TypeExtensionNode)
    }
    operations: dict[str, list[str]] = {}
    for root, name in schema.root_names.items():
        operations.setdefault(name, []).append(root.lower())
    for name, several in operations.items():
        what = f"The {' and '.join(several)} root type of subgraph {schema.name}"
        if name not in declared:
            fix = "declare the type, or take it out of the schema definition."
            yield Problem(
                "INVALID_GRAPHQL", f"{what} is {name}, which isn't declared.", (schema.schema.place,), fix
            )
        elif len(several) > 1:
            message = f"{what} is the same, {name}."
            fix = "give each operation a type of its own."
            yield Problem("INVALID_GRAPHQL", message, (schema.schema.place,), fix)


def _check_type(declared: TypeDeclaration, schema: SubgraphSchema) -> Iterator[Problem]:
    for own in declared.fields.values():
        path = f"{declared.name}.{own.name}"
        yield from _check(f"Field {path}", named_type(own.type), _OUTPUT, own.place, schema)
        for argument in own.arguments.values():
            what = f"Argument {path}({argument.name}:)"
            yield from _check(what, named_type(argument.type), _INPUT, argument.place, schema)
    for field in declared.input_fields.values():
        what = f"Input field {declared.name}.{field.name}"
        yield from _check(what, named_type(field.type), _INPUT, field.place, schema)
    for interface, place in declared.interfaces.items():
        yield from _check(f"Type {declared.name}", interface, frozenset({Kind.INTERFACE}), place, schema)
    for member, place in declared.members.items():
        yield from _check(f"Union {declared.name}", member, frozenset({Kind.OBJECT}), place, schema)


def _check(
    what: str, name: str, allowed: frozenset[Kind], place: Place, schema: SubgraphSchema
) -> Iterator[Problem]:
    if name in BUILT_IN_SCALARS:
        kind: Kind | None = Kind.SCALAR
    else:
        declared = schema.types.get(name)
        kind = None if declared is None else declared.kind
    if kind in allowed:
        return
    if kind is None:
        message = f"{what} refers to {name}, which subgraph {schema.name} doesn't declare."
        near = difflib.get_close_matches(name, [*schema.types, *BUILT_IN_SCALARS], n=1)
        fix = f"declare {name} there" + (f", or did you mean {near[0]}?" if near else ".")
    else:
        message = f"{what} refers to {name}, which can't be used there: it is of kind {kind.value}."
        fix = f"refer to a type of another kind: {', '.join(sorted(one.value for one in allowed))}."
    yield Problem("INVALID_GRAPHQL", message, (place,), fix)


def _reserved(declared: Declaration) -> Problem:
    message = f"The name {declared.name} in subgraph {declared.subgraph} is reserved for introspection."
    return Problem(
        "INVALID_GRAPHQL", message, (declared.place,), "give it a name without leading underscores."
    )
