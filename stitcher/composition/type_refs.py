"""References to types (``[Thing!]!``): reading them, and merging two into one."""

from __future__ import annotations

from collections.abc import Callable

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode

__all__ = ["merge_input", "merge_output", "named_type", "nullable", "type_text"]


def named_type(node: TypeNode) -> str:
    """Return the name inside all lists and non-nulls."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value


def type_text(node: TypeNode) -> str:
    """Return the reference as it is written in SDL."""
    if isinstance(node, NonNullTypeNode):
        return f"{type_text(node.type)}!"
    if isinstance(node, ListTypeNode):
        return f"[{type_text(node.type)}]"
    return named_type(node)


def nullable(node: TypeNode) -> NamedTypeNode | ListTypeNode:
    """Return the reference without an outer non-null."""
    if isinstance(node, NonNullTypeNode):
        return node.type
    assert isinstance(node, (NamedTypeNode, ListTypeNode))  # noqa: S101 -- the other kinds of reference
    return node


def merge_output(one: TypeNode, other: TypeNode, is_subtype: Callable[[str, str], bool]) -> TypeNode | None:
    """Return the narrowest type that holds the values of both, or None where there is none.

    Non-null only where both are, at every level; of two named types, the one that the other is a subtype of.
    """
    if isinstance(one, NonNullTypeNode) and isinstance(other, NonNullTypeNode):
        return _non_null(merge_output(one.type, other.type, is_subtype))
    one, other = nullable(one), nullable(other)
    if isinstance(one, ListTypeNode) and isinstance(other, ListTypeNode):
        return _list_of(merge_output(one.type, other.type, is_subtype))
    if isinstance(one, ListTypeNode) or isinstance(other, ListTypeNode):
        return None
    name, other_name = named_type(one), named_type(other)
    if name == other_name or is_subtype(other_name, name):
        return one
    return other if is_subtype(name, other_name) else None


def merge_input(one: TypeNode, other: TypeNode) -> TypeNode | None:
    """Return the widest type whose values both accept, or None: non-null where either is, at every level."""
    if isinstance(one, NonNullTypeNode) or isinstance(other, NonNullTypeNode):
        return _non_null(merge_input(nullable(one), nullable(other)))
    if isinstance(one, ListTypeNode) and isinstance(other, ListTypeNode):
        return _list_of(merge_input(one.type, other.type))
    if isinstance(one, ListTypeNode) or isinstance(other, ListTypeNode):
        return None
    return one if named_type(one) == named_type(other) else None


def _non_null(inner: TypeNode | None) -> TypeNode | None:
    return None if inner is None else NonNullTypeNode(type=nullable(inner))


def _list_of(inner: TypeNode | None) -> TypeNode | None:
    return None if inner is None else ListTypeNode(type=inner)
