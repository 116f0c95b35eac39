"""Values that are written out in SDL: whether they are of the type that they are for.

Source: GraphQL specification, section 5.6, "Values".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

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

from stitcher.composition.model import TypeDeclaration, Types
from stitcher.composition.type_refs import named_type, type_text
from stitcher.leaves import MAX_INT, MIN_INT

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
        fits = isinstance(node, _BUILT_IN[name]) and _is_in_range(node, name)
    elif declared is not None and declared.values:
        fits = isinstance(node, EnumValueNode) and node.value in declared.values
    elif declared is not None and declared.input_fields:
        fits = isinstance(node, ObjectValueNode)
        if isinstance(node, ObjectValueNode):
            yield from _check_object(node, declared, types)
    else:
        yield from _check_any(node)
        return
    if not fits:
        yield f"{print_ast(node)} is no {name}."


def _is_in_range(node: ValueNode, name: str) -> bool:
    """Whether a number isn't too large for its type."""
    if isinstance(node, IntValueNode) and name == "Int":
        return len(node.value) <= len(str(MIN_INT)) and MIN_INT <= int(node.value) <= MAX_INT
    if isinstance(node, FloatValueNode | IntValueNode) and name == "Float":
        return isfinite(float(node.value))
    return True


def _check_any(node: ValueNode) -> Iterator[str]:
    """Yield what is wrong with a value whatever it is for."""
    if isinstance(node, VariableNode):
        yield f"${node.name.value} is a variable; only values that are written out can stand here."
    elif isinstance(node, ListValueNode):
        for item in node.values:
            yield from _check_any(item)
    elif isinstance(node, ObjectValueNode):
        yield from _check_names(node)
        for field in node.fields:
            yield from _check_any(field.value)


def _check_names(node: ObjectValueNode) -> Iterator[str]:
    names = [field.name.value for field in node.fields]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"The field {name} is given more than once."


def _check_object(node: ObjectValueNode, declared: TypeDeclaration, types: Types) -> Iterator[str]:
    yield from _check_names(node)
    given = {field.name.value: field.value for field in node.fields}
    for name, value in given.items():
        if name in declared.input_fields:
            yield from check_literal(value, declared.input_fields[name].type, types)
        else:
            yield f"{declared.name} has no field {name}."
    for own in declared.input_fields.values():
        if own.required and own.name not in given:
            yield f"The field {own.name} of {declared.name} is required."
    if any(directive.name.value == "oneOf" for directive in declared.directives):
        is_null = any(isinstance(value, NullValueNode) for value in given.values())
        if len(given) != 1 or is_null:
            yield f"Exactly one field of {declared.name} has to be given, and not null."
