"""Changes of the schema itself, as introspection shows it.

Most are what graphql-core's ``find_schema_changes`` finds. It knows nothing of ``@oneOf``, ``@deprecated``
and ``@specifiedBy``. Defaults are compared here: by value, and with what becomes required as one goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from graphql import (
    BreakingChange,
    ConstValueNode,
    DangerousChange,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    find_schema_changes,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    is_type_sub_type_of,
    parse_type,
    print_ast,
    type_from_ast,
)
from graphql.utilities import coerce_input_literal, get_default_value_ast

from stitcher.composition.changes.elements import Shared
from stitcher.composition.changes.model import Change, Level

__all__ = ["structural_changes"]

_Input: TypeAlias = GraphQLArgument | GraphQLInputField

_DEFAULTS = frozenset(
    {
        "ARG_DEFAULT_VALUE_ADDED",
        "ARG_DEFAULT_VALUE_CHANGE",
        "INPUT_FIELD_DEFAULT_VALUE_ADDED",
        "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
    }
)


def structural_changes(
    old: GraphQLSchema, new: GraphQLSchema, shared: Iterable[Shared]
) -> Iterator[tuple[Level, Change]]:
    """Yield what changes between two schemas; ``shared`` are the elements that both have."""
    for found in find_schema_changes(old, new):
        if found.type.name not in _DEFAULTS:
            yield _level(found), Change(found.type.name, found.description)
    if old.description != new.description:
        yield (
            Level.SAFE,
            Change("DESCRIPTION_CHANGED", f'Description of the schema has changed to "{new.description}".'),
        )
    for name in shared:
        yield from _deprecation(name)
        match name.old, name.new:
            case GraphQLInputObjectType(), GraphQLInputObjectType():
                yield from _one_of(name.coordinate, name.old.is_one_of, name.new.is_one_of)
            case GraphQLScalarType(), GraphQLScalarType():
                yield from _specified_by(
                    name.coordinate, name.old.specified_by_url, name.new.specified_by_url
                )
            case (GraphQLArgument() | GraphQLInputField()) as before, (
                GraphQLArgument() | GraphQLInputField()
            ) as after:
                yield from _default(name.coordinate, before, after)
                yield from _nullable(name.coordinate, before, after, new)


def _level(found: object) -> Level:
    if isinstance(found, BreakingChange):
        return Level.BREAKING
    return Level.DANGEROUS if isinstance(found, DangerousChange) else Level.SAFE


def _deprecation(each: Shared) -> Iterator[tuple[Level, Change]]:
    old, new = (getattr(element, "deprecation_reason", None) for element in (each.old, each.new))
    at = each.coordinate
    if old is None and new is not None:
        yield Level.SAFE, Change("DEPRECATION_ADDED", f'{at} is deprecated: "{new}".')
    elif old is not None and new is None:
        yield Level.SAFE, Change("DEPRECATION_REMOVED", f"{at} is no longer deprecated.")
    elif old != new:
        message = f'{at} is deprecated for another reason: "{old}" has become "{new}".'
        yield Level.SAFE, Change("DEPRECATION_REASON_CHANGED", message)


def _one_of(name: str, old: bool, new: bool) -> Iterator[tuple[Level, Change]]:
    if new and not old:
        message = (
            f"Input {name} has become @oneOf: exactly one of its fields has to be given, not null and not "
            "from a nullable variable."
        )
        yield Level.BREAKING, Change("INPUT_BECAME_ONE_OF", message)
    elif old and not new:
        message = f"Input {name} is no longer @oneOf: none or several of its fields may be given."
        yield Level.SAFE, Change("INPUT_CEASED_TO_BE_ONE_OF", message)


def _specified_by(name: str, old: str | None, new: str | None) -> Iterator[tuple[Level, Change]]:
    if old == new:
        return
    if old is None:
        message = f"Scalar {name} is now specified by {new}."
        yield Level.SAFE, Change("SPECIFIED_BY_ADDED", message)
    elif new is None:
        message = f"Scalar {name} is no longer specified by {old}: its values may have another form."
        yield Level.DANGEROUS, Change("SPECIFIED_BY_CHANGED", message)
    else:
        message = (
            f"Scalar {name} is specified by {new}, no longer by {old}: its values may have another form."
        )
        yield Level.DANGEROUS, Change("SPECIFIED_BY_CHANGED", message)


def _default(at: str, old: _Input, new: _Input) -> Iterator[tuple[Level, Change]]:
    kind = "ARG" if isinstance(old, GraphQLArgument) else "INPUT_FIELD"
    before, after = get_default_value_ast(old), get_default_value_ast(new)
    if before is not None and after is None:
        if _is_required(new):
            if is_non_null_type(old.type):  # else its type has changed, which is told
                message = f"{at} has lost its default value {print_ast(before)}, and is required."
                yield Level.BREAKING, Change("DEFAULT_OF_REQUIRED_REMOVED", message)
        else:
            yield Level.DANGEROUS, Change(f"{kind}_DEFAULT_VALUE_CHANGE", f"{at} defaultValue was removed.")
    elif before is None and after is not None:
        message = f"{at} added a defaultValue {print_ast(after)}."
        if _is_required(old):
            yield Level.SAFE, Change(f"{kind}_DEFAULT_VALUE_ADDED", message)
        else:  # whoever leaves it out gets what it didn't get
            yield Level.DANGEROUS, Change(f"{kind}_DEFAULT_VALUE_ADDED", message)
    elif before is not None and after is not None:
        texts = print_ast(before), print_ast(after)
        if texts[0] != texts[1] and _value(before, old) != _value(after, new):
            message = f"{at} has changed defaultValue from {texts[0]} to {texts[1]}."
            yield Level.DANGEROUS, Change(f"{kind}_DEFAULT_VALUE_CHANGE", message)


def _nullable(at: str, old: _Input, new: _Input, schema: GraphQLSchema) -> Iterator[tuple[Level, Change]]:
    """Tell of a type that takes more than it did; graphql-core doesn't where there is a default."""
    if str(old.type) == str(new.type):
        return
    same = type_from_ast(schema, parse_type(str(old.type)))
    if same is not None and is_type_sub_type_of(schema, same, new.type):
        types = f"from {old.type} to {new.type}."
        if isinstance(old, GraphQLArgument):
            yield Level.SAFE, Change("ARG_CHANGED_KIND_SAFE", f"Argument {at} has changed type {types}")
        else:
            yield Level.SAFE, Change("FIELD_CHANGED_KIND_SAFE", f"Field {at} changed type {types}")


def _is_required(element: _Input) -> bool:
    if isinstance(element, GraphQLArgument):
        return is_required_argument(element)
    return is_required_input_field(element)


def _value(literal: ConstValueNode, element: _Input) -> str:
    """Return what a default is for whoever gets it, as text that is the same for the same values."""
    return json.dumps(coerce_input_literal(literal, element.type), sort_keys=True, default=repr)
