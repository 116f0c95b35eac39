"""Values that are written out in SDL: whether they are of the type that they are for.

Source: GraphQL specification, section 5.6, "Values".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    TypeNode,
    ValueNode,
    VariableNode,
    print_ast,
)

from stitcher.composition.type_refs import named_type, type_text

if TYPE_CHECKING:
    from stitcher.composition.model import TypeDeclaration, Types

__all__ = ["check_literal"]

_BUILT_IN: Mapping[str, tuple[type[ValueNode], ...]] = {
    "Boolean": (BooleanValueNode,),
    "Float": (FloatValueNode, IntValueNode),
    "ID": (StringValueNode, IntValueNode),
    "Int": (IntValueNode,),
    "String": (StringValueNode,),
}


def check_literal(node: ValueNode, expected: TypeNode, types: Types) -> Iterator[str]:
    """Yield what is wrong with a value for a type, a sentence each; a custom scalar takes any value."""
    if isinstance(node, VariableNode):
        yield f"${node.name.value} is a variable; only values that are written out can stand here."
    elif isinstance(node, NullValueNode):
        if isinstance(expected, NonNullTypeNode):
            yield f"null is no {type_text(expected)}."
    elif isinstance(expected, NonNullTypeNode):
        yield from check_literal(node, expected.type, types)
    elif isinstance(expected, ListTypeNode):
        for item in node.values if isinstance(node, ListValueNode) else (node,):
            yield from check_literal(item, expected.type, types)
    else:
        yield from _check_named(node, named_type(expected), types)


def _check_named(node: ValueNode, name: str, types: Types) -> Iterator[str]:
    declared = types.get(name)
    if name in _BUILT_IN:
        fits = isinstance(node, _BUILT_IN[name])
    elif declared is not None and declared.values:
        fits = isinstance(node, EnumValueNode) and node.value in declared.values
    elif declared is not None and declared.input_fields:
        fits = isinstance(node, ObjectValueNode)
        if isinstance(node, ObjectValueNode):
            yield from _check_object(node, declared, types)
    else:
        return
    if not fits:
        yield f"{print_ast(node)} is no {name}."


def _check_object(node: ObjectValueNode, declared: TypeDeclaration, types: Types) -> Iterator[str]:
    given = {field.name.value: field.value for field in node.fields}
    for name, value in given.items():
        if name in declared.input_fields:
            yield from check_literal(value, declared.input_fields[name].type, types)
        else:
            yield f"{declared.name} has no field {name}."
    for own in declared.input_fields.values():
        if own.required and own.name not in given:
            yield f"The field {own.name} of {declared.name} is required."
