"""Defaults as values: two that are written differently may be one.

``1`` and ``1.0`` are one Float, ``1`` and ``"1"`` one ID, an item is a list of itself where a list is
expected, and the fields of an object have no order. Source: GraphQL specification, "Input Coercion" of each
kind of type.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal

from graphql import (
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
    print_ast,
)

from stitcher.composition.model import InputDeclaration, TypeDeclaration
from stitcher.composition.type_refs import named_type

__all__ = ["same_defaults"]

_Declared = Mapping[str, Sequence[TypeDeclaration]]


def same_defaults(inputs: Iterable[InputDeclaration], declared: _Declared) -> bool:
    """Return whether arguments or input fields have one default: one value, or none.

    ``declared`` are the declarations of all types, which say how what is inside an object is read.
    """
    return len({input_.default and _value(input_.default, input_.type, declared) for input_ in inputs}) <= 1


def _value(node: ValueNode, expected: TypeNode | None, declared: _Declared) -> Hashable:
    """Return what is equal for equal values; ``expected`` is None where any value can stand."""
    if isinstance(expected, NonNullTypeNode):
        return _value(node, expected.type, declared)
    if isinstance(expected, ListTypeNode) and not isinstance(node, NullValueNode):
        items = node.values if isinstance(node, ListValueNode) else (node,)
        return ("list", *(_value(item, expected.type, declared) for item in items))
    if isinstance(node, ListValueNode):
        return ("list", *(_value(item, None, declared) for item in node.values))
    name = None if expected is None else named_type(expected)
    if isinstance(node, ObjectValueNode):
        types = _field_types(name, declared)
        fields = ((field.name.value, field.value) for field in node.fields)
        return ("object", frozenset((key, _value(value, types.get(key), declared)) for key, value in fields))
    if isinstance(node, StringValueNode) or (name == "ID" and isinstance(node, IntValueNode)):
        return ("string", node.value)
    if isinstance(node, (IntValueNode, FloatValueNode)):
        return ("number", Decimal(node.value))
    return ("name", print_ast(node))


def _field_types(name: str | None, declared: _Declared) -> dict[str, TypeNode]:
    declarations = declared.get(name, ()) if name is not None else ()
    return {own.name: own.type for declaration in declarations for own in declaration.input_fields.values()}
