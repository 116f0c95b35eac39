"""The arguments of ``@merge``: from keyArg, keyField, key, argsExpr and additionalArgs to lookup arguments.

A. The expression, if there is one: GraphQL object fields in which ``$key`` is the key, ``$key.id`` one of its
   fields, and ``[[…]]`` a list with one item a key.
B. Without one, the key argument takes what ``key`` or ``keyField`` say, else the whole key.
C. Constants are added from ``additionalArgs``.

Source: the documentation of graphql-tools, "Stitching directives", section "Directives Glossary".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
from stitcher.supergraph import ArgumentValue, Constant, KeyPath, PerKey

__all__ = ["MergeError", "key_paths", "merge_arguments"]

_VARIABLE = re.compile(r"\$([_A-Za-z]\w*)((?:\.[_A-Za-z]\w*)*)")
_NAME = re.compile(r"[_A-Za-z]\w*")
_DOT = "__dot__"


class MergeError(ValueError):
    """A ``@merge`` that can't be understood; the message says why."""


def merge_arguments(merge: Application, field: FieldDeclaration, *, many: bool) -> dict[str, ArgumentValue]:
    """Return what each argument of a ``@merge`` field is given.

    Raises:
        MergeError: the directive's arguments are malformed or name no argument of the field.
    """
    expression = _text(merge, "argsExpr")
    arguments = _key_argument(merge, field, many) if expression is None else _parse(expression)
    for name, more in _parse(_text(merge, "additionalArgs") or "").items():
        if list(key_paths(more)):
            raise MergeError("additionalArgs is for constants; use argsExpr for what comes from the key.")
        arguments[name] = _combine(arguments[name], more) if name in arguments else more
    return arguments


def key_paths(value: ArgumentValue) -> Iterator[tuple[str, ...]]:
    """Yield each path of the key that a value takes."""
    if isinstance(value, KeyPath):
        yield value.path
    elif isinstance(value, PerKey):
        yield from key_paths(value.value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from key_paths(inner)


# A. Expressions


def _parse(expression: str) -> dict[str, ArgumentValue]:
    try:
        parsed = parse_value(f"{{ {_VARIABLE.sub(_flatten, expression)} }}", no_location=True)
    except GraphQLSyntaxError as error:
        raise MergeError(error.message.removeprefix("Syntax Error: ")) from error
    assert isinstance(parsed, ObjectValueNode)  # noqa: S101 -- it was parsed inside braces
    return {field.name.value: _value(field.value) for field in parsed.fields}


def _flatten(match: re.Match[str]) -> str:
    if match[1] != "key":
        raise MergeError(f"${match[1]} means nothing here; $key is the key.")
    return f"${match[1]}{match[2].replace('.', _DOT)}"


def _value(node: ValueNode) -> ArgumentValue:
    if isinstance(node, VariableNode):
        return KeyPath(tuple(node.name.value.split(_DOT)[1:]))
    if not _has_variable(node):
        return Constant(value_from_ast_untyped(node))
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value) for field in node.fields}
    if (item := _only_item(node)) and (inner := _only_item(item)):
        value = _value(inner)
        if not _has_list(value):
            return PerKey(value)
    raise MergeError("a list can take keys only as [[…]], and only once.")


def _only_item(node: ValueNode) -> ValueNode | None:
    return node.values[0] if isinstance(node, ListValueNode) and len(node.values) == 1 else None


def _has_list(value: ArgumentValue) -> bool:
    return isinstance(value, PerKey) or (isinstance(value, Mapping) and any(map(_has_list, value.values())))


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(field.value) for field in node.fields)
    if isinstance(node, ListValueNode):
        return any(_has_variable(value) for value in node.values)
    return isinstance(node, VariableNode)


# B. The key argument


def _key_argument(merge: Application, field: FieldDeclaration, many: bool) -> dict[str, ArgumentValue]:
    key_field = _text(merge, "keyField")
    name, *below = _path(_text(merge, "keyArg") or _default_argument(field, key_field))
    value: ArgumentValue = KeyPath(_path(key_field) if key_field else ())
    if merge.arguments.get("key") is not None:
        value = _key_object(merge.arguments["key"])
    return {name: _within(below, PerKey(value) if many else value)}


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
        value = _combine(value, _within(_path(name), KeyPath(_path(path or name))))
    return value


def _path(text: str) -> tuple[str, ...]:
    path = tuple(text.split("."))
    if not all(map(_NAME.fullmatch, path)):
        raise MergeError(f"{text!r} is no field, nor a path of fields like owner.id.")
    return path


def _within(path: Sequence[str], value: ArgumentValue) -> ArgumentValue:
    """Return the value in an object, or an object in an object, under these names."""
    for name in reversed(path):
        value = {name: value}
    return value


# C. Constants


def _combine(one: ArgumentValue, other: ArgumentValue) -> ArgumentValue:
    """Return both, objects merged into each other, or into each item of a list; elsewhere ``other``."""
    if isinstance(other, Constant) and isinstance(other.value, dict):
        other = {name: Constant(value) for name, value in other.value.items()}
    if isinstance(one, PerKey) and isinstance(other, Mapping):
        return PerKey(_combine(one.value, other))
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return other
    shared = {name: _combine(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **shared}


def _text(merge: Application, name: str) -> str | None:
    value = merge.arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise MergeError(f"{name} is not a string.")
    return value
