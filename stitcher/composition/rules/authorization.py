"""Directives that say who may see what stand where they are heeded, and say something that can be met.

A directive that protects nothing is worse than none, so one in the wrong place is an error.
Source: Apollo Federation, "Federated directives", section "Controlling access", for places and arguments.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    ConstDirectiveNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    print_ast,
)

from stitcher.authorization import AUTHORIZATION_DIRECTIVES, PUBLIC
from stitcher.composition.dialects.federation import directive_names
from stitcher.composition.model import (
    BUILT_IN_SCALARS,
    Composition,
    Declaration,
    FieldDeclaration,
    Kind,
    SubgraphSchema,
    TypeDeclaration,
    place_of,
)
from stitcher.directives import arguments_of
from stitcher.errors import Problem

__all__ = ["check_authorization"]

_CODE = "INVALID_AUTHORIZATION"
_PROTECTED = frozenset({Kind.OBJECT, Kind.INTERFACE, Kind.SCALAR, Kind.ENUM})


def check_authorization(composition: Composition) -> Iterator[Problem]:
    """Yield uses of ``@public``, ``@authenticated``, ``@requiresScopes`` and ``@policy`` without meaning."""
    for schema in composition.schemas:
        yield from _check_outside_types(schema)
        for declared in schema.types.values():
            for element in declared.elements():
                for node in element.directives:
                    if node.name.value in AUTHORIZATION_DIRECTIVES:
                        yield from _check_place(node, element, declared, composition)
                        yield from _check_argument(node, schema)
                    elif node.name.value == PUBLIC and not _is_root_field(element, declared):
                        message = f"@{PUBLIC} of subgraph {schema.name} isn't on a field of a root type."
                        fix = "mark the fields of Query and Mutation that anybody may ask for."
                        yield Problem(_CODE, message, (place_of(node),), fix)


def _check_outside_types(schema: SubgraphSchema) -> Iterator[Problem]:
    """Yield marks on the schema as a whole, and on the scalars that GraphQL itself defines."""
    names = directive_names(schema)
    marks = set().union(*(names[name] for name in AUTHORIZATION_DIRECTIVES))
    found = [(node, "the schema") for node in schema.schema.directives]
    for definition in schema.document.definitions if schema.document else ():
        if isinstance(definition, ScalarTypeDefinitionNode | ScalarTypeExtensionNode):
            name = definition.name.value
            if name in BUILT_IN_SCALARS:
                found += [(node, name) for node in definition.directives or ()]
    for node, where in found:
        if node.name.value in marks:
            message = f"@{node.name.value} on {where} in subgraph {schema.name} protects nothing."
            fix = "mark fields, or types of your own that are objects, interfaces, scalars or enums."
            yield Problem(_CODE, message, (place_of(node),), fix)


def _check_place(
    node: ConstDirectiveNode, element: Declaration, declared: TypeDeclaration, composition: Composition
) -> Iterator[Problem]:
    name = node.name.value
    if isinstance(element, FieldDeclaration):
        if element.external and not _is_merged(node, declared, element, composition):
            message = (
                f"Field {declared.name}.{element.name} is external in subgraph {element.subgraph}, "
                f"so @{name} has no meaning there."
            )
            yield Problem(_CODE, message, (place_of(node),), f"apply @{name} where the field is served.")
    elif element is not declared or declared.kind not in _PROTECTED:
        what = declared.name if element is declared else f"{element.name} of {declared.name}"
        message = f"@{name} on {what} in subgraph {element.subgraph} protects nothing."
        fix = "mark fields, or types that are objects, interfaces, scalars or enums."
        yield Problem(_CODE, message, (place_of(node),), fix)


def _is_merged(
    node: ConstDirectiveNode, declared: TypeDeclaration, own: FieldDeclaration, composition: Composition
) -> bool:
    """Whether another subgraph, where the field is served, says the same."""
    merged = composition.merged.get(declared.name)
    field = merged.fields.get(own.name) if merged else None
    return field is not None and print_ast(node) in {print_ast(directive) for directive in field.directives}


def _check_argument(node: ConstDirectiveNode, schema: SubgraphSchema) -> Iterator[Problem]:
    argument = AUTHORIZATION_DIRECTIVES[node.name.value]
    given = arguments_of(node)
    if argument is None:
        is_right = not given
        fix = f"write @{node.name.value}, without arguments."
    else:
        is_right = list(given) == [argument] and _are_alternatives(given[argument])
        fix = f'write a list of alternatives, each a list of names: @{node.name.value}({argument}: [["…"]]).'
    if not is_right:
        message = f"{print_ast(node)} of subgraph {schema.name} can't be read."
        yield Problem(_CODE, message, (place_of(node),), fix)


def _are_alternatives(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(item, list) and bool(item) and all(isinstance(name, str) for name in item)
            for item in value
        )
    )


def _is_root_field(element: Declaration, declared: TypeDeclaration) -> bool:
    return isinstance(element, FieldDeclaration) and declared.name in ("Query", "Mutation")
