"""The arguments of ``@merge``: from keyArg, keyField, key, argsExpr and additionalArgs to lookup arguments.

A. The expression, if there is one: GraphQL object fields in which ``$key`` is the key, ``$key.id`` one of its
   fields, and ``[[…]]`` a list with one item a key.
B. Without one, the key argument takes what ``key`` or ``keyField`` say, else the whole key.
C. Constants are added from ``additionalArgs``.

Source: the documentation of graphql-tools, "Stitching directives", section "Directives Glossary".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLSyntaxError,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    parse_value,
    value_from_ast_untyped,
)

from stitcher.composition.model import Application, FieldDeclaration
from stitcher.supergraph import ArgumentValue, Constant, KeyPath

__all__ = ["KeyArgument", "MergeError", "key_paths", "merge_arguments"]

_VARIABLE = re.compile(r"\$([_A-Za-z]\w*)((?:\.[_A-Za-z]\w*)*)")
_DOT = "__dot__"


class MergeError(ValueError):
    """A ``@merge`` that can't be understood; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyArgument:
    """The value of one argument; with ``each``, of one item of the list that it takes."""

    value: ArgumentValue
    each: bool = False


def merge_arguments(merge: Application, field: FieldDeclaration, *, many: bool) -> dict[str, KeyArgument]:
    """Return what each argument of a ``@merge`` field is given.

    Raises:
        MergeError: the directive's arguments are malformed or name no argument of the field.
    """
    expression = _text(merge, "argsExpr")
    arguments = _key_argument(merge, field, many) if expression is None else _parse(expression)
    for name, more in _parse(_text(merge, "additionalArgs") or "").items():
        if list(key_paths(more.value)):
            raise MergeError("additionalArgs is for constants; use argsExpr for what comes from the key.")
        own = arguments.get(name)
        arguments[name] = more if own is None else KeyArgument(_combine(own.value, more.value), own.each)
    return arguments


def key_paths(value: ArgumentValue) -> Iterator[tuple[str, ...]]:
    """Yield each path of the key that a value takes."""
    if isinstance(value, KeyPath):
        yield value.path
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from key_paths(inner)


# A. Expressions


def _parse(expression: str) -> dict[str, KeyArgument]:
    try:
        parsed = parse_value(f"{{ {_VARIABLE.sub(_flatten, expression)} }}", no_location=True)
    except GraphQLSyntaxError as error:
        raise MergeError(error.message.removeprefix("Syntax Error: ")) from error
    assert isinstance(parsed, ObjectValueNode)  # noqa: S101 -- it was parsed inside braces
    return {field.name.value: _argument(field.value) for field in parsed.fields}


def _flatten(match: re.Match[str]) -> str:
    if match[1] != "key":
        raise MergeError(f"${match[1]} means nothing here; $key is the key.")
    return f"${match[1]}{match[2].replace('.', _DOT)}"


def _argument(node: ValueNode) -> KeyArgument:
    if isinstance(node, ListValueNode) and len(node.values) == 1:
        inner = node.values[0]
        if isinstance(inner, ListValueNode) and len(inner.values) == 1 and _has_variable(inner):
            return KeyArgument(_value(inner.values[0]), each=True)
    return KeyArgument(_value(node))


def _value(node: ValueNode) -> ArgumentValue:
    if isinstance(node, VariableNode):
        return KeyPath(tuple(node.name.value.split(_DOT)[1:]))
    if not _has_variable(node):
        return Constant(value_from_ast_untyped(node))
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value) for field in node.fields}
    raise MergeError("a list can take keys only as [[…]], and only as the whole of an argument.")


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(field.value) for field in node.fields)
    if isinstance(node, ListValueNode):
        return any(_has_variable(value) for value in node.values)
    return isinstance(node, VariableNode)


# B. The key argument


def _key_argument(merge: Application, field: FieldDeclaration, many: bool) -> dict[str, KeyArgument]:
    key_field = _text(merge, "keyField")
    path = (_text(merge, "keyArg") or _default_argument(field, key_field)).split(".")
    value: ArgumentValue = KeyPath(tuple(key_field.split("."))) if key_field else KeyPath(())
    if merge.arguments.get("key") is not None:
        value = _key_object(merge.arguments["key"])
    if many and len(path) > 1:
        raise MergeError(f"keyArg {'.'.join(path)!r}: a list of keys can only be the whole of an argument.")
    for name in reversed(path[1:]):
        value = {name: value}
    return {path[0]: KeyArgument(value, each=many)}


def _default_argument(field: FieldDeclaration, key_field: str | None) -> str:
    if key_field in field.arguments:
        return str(key_field)
    if not field.arguments:
        raise MergeError("the field has no argument to take the key.")
    return next(iter(field.arguments))


def _key_object(key: object) -> ArgumentValue:
    """Read ``key: ["id", "alias: owner.id"]``."""
    value: ArgumentValue = {}
    for entry in key if isinstance(key, list) else [key]:
        name, _, path = (part.strip() for part in str(entry).partition(":"))
        inner: ArgumentValue = KeyPath(tuple((path or name).split(".")))
        for part in reversed(name.split(".")):
            inner = {part: inner}
        value = _combine(value, inner)
    return value


# C. Constants


def _combine(one: ArgumentValue, other: ArgumentValue) -> ArgumentValue:
    """Return both, objects merged into each other; elsewhere ``other``."""
    if isinstance(other, Constant) and isinstance(other.value, dict):
        other = {name: Constant(value) for name, value in other.value.items()}
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return other
    shared = {name: _combine(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _text(merge: Application, name: str) -> str | None:
    value = merge.arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise MergeError(f"{name} is not a string.")
    return value
