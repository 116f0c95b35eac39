"""What an argument takes from a context is set somewhere, and is one value of the argument's type.

A. The argument is of a field that an object type has of its own, without a default, and the gateway can ask
   for the object by a key: it always does so to fill the argument in.
B. Some type sets the context, and each that does has the value.
C. What is selected is one field per level, or one per fragment for each type; the argument is nullable, since
   there may be no value.

Source: Apollo Federation, error codes CONTEXT_NOT_SET, CONTEXT_NO_RESOLVABLE_KEY and
CONTEXT_INVALID_SELECTION.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stitcher.composition.contexts import selected_of, setting_types
from stitcher.composition.field_set_checks import check_arguments, check_field_set, possible_types
from stitcher.composition.model import Composition, FieldDeclaration, FromContext, TypeDeclaration, Types
from stitcher.composition.type_refs import named_type, type_text
from stitcher.errors import Problem
from stitcher.selections import Field, Fragment, Selections

__all__ = ["check_contexts"]

_DONE = ("Mutation", "Subscription")
"""The root types whose fields do something or wait for something: their values can't be read once more."""


def check_contexts(composition: Composition) -> Iterator[Problem]:
    """Yield arguments that can't have the values that they are to take from a context."""
    for schema in composition.schemas:
        for declared in schema.types.values():
            for own in declared.fields.values():
                for given in own.contexts:
                    yield from _check_place(given, own, declared, schema.types)
                    yield from _check_value(given, own, declared, schema.types)


# A. Place


def _check_place(
    given: FromContext, own: FieldDeclaration, declared: TypeDeclaration, types: Types
) -> Iterator[Problem]:
    what = _what(given, own, declared)
    if not declared.is_object and not declared.interface_object:
        message = f"The {what} takes its value from a context, and {declared.name} is no object type."
        yield _not_set(message, given, "let the object types take the value that have the field.")
        return
    for name in declared.interfaces:
        if name in types and own.name in types[name].fields:
            message = f"The {what} takes its value from a context, and its field is one of interface {name}."
            yield _not_set(message, given, f"take {own.name} out of {name}, or give the field another name.")
    if given.argument.default is not None:
        message = f"The {what} takes its value from a context, and has a default value."
        yield _not_set(message, given, "take the default out: without a value in the context, it is null.")
    if not any(key.resolvable and not key.fields.over_merged for key in declared.keys):
        message = f"The {what} takes its value from a context, and no key leads to {declared.name} there."
        fix = f"give {declared.name} a key that the subgraph resolves: the gateway asks for it by that."
        yield Problem("CONTEXT_NO_RESOLVABLE_KEY", message, (declared.place, given.fields.place), fix)


# B. Value


def _check_value(
    given: FromContext, own: FieldDeclaration, declared: TypeDeclaration, types: Types
) -> Iterator[Problem]:
    what = _what(given, own, declared)
    setting = list(setting_types(given.context, types))
    if not setting:
        message = f"The {what} takes its value from context {given.context}, which no type there sets."
        fix = f'mark the types around that have the value with @context(name: "{given.context}").'
        yield _not_set(message, given, fix)
        return
    wrong = next(_wrong_form(given.fields.selections), None)
    for declaration in setting if wrong is None else ():
        wrong = wrong or next(_wrong_for(declaration, given, types), None)
    wrong = wrong or next(_unused(given.fields.selections, setting, types), None)
    if wrong is not None:
        message = f'The selection "{given.fields.text.strip()}" of the {what} is wrong: {wrong}'
        fix = (
            "select one field of each type that sets the context, whose value the argument takes; or write "
            "a fragment for each object type."
        )
        yield Problem("CONTEXT_INVALID_SELECTION", message, (given.fields.place,), fix)


def _wrong_for(setting: TypeDeclaration, given: FromContext, types: Types) -> Iterator[str]:
    """Yield what is wrong with reading the value of objects of a type that sets the context."""
    if setting.name in _DONE:
        yield f"The fields of {setting.name} aren't read: each is another request."
    selections = given.fields.selections
    if isinstance(selections[0], Field):
        yield from _wrong_at(selections, setting.name, given, types)
        return
    named = [selection for selection in selections if isinstance(selection, Fragment)]
    possible = possible_types(setting.name, types)
    matching = [fragment.type_condition for fragment in named if fragment.type_condition in possible]
    if not matching:
        yield f"No fragment is for {setting.name}, which sets the context."
    for name in matching:
        yield from _wrong_at(selected_of(selections, name), name, given, types)


def _wrong_at(selections: Selections, type_name: str, given: FromContext, types: Types) -> Iterator[str]:
    if type_name not in types:
        return  # that it isn't declared is another rule's to say
    yield from _wrong_path(selections, type_name, types)
    yield from check_field_set(selections, type_name, types)
    yield from check_arguments(selections, type_name, types)
    expected = type_text(given.argument.type)
    value = _value_type(selections, type_name, types)
    if "!" in expected:
        yield f"The argument is of type {expected}; it has to be nullable, since there may be no value."
    elif value != expected:
        yield f"It is of type {value} in {type_name}, and the argument of type {expected}."


def _value_type(selections: Selections, type_name: str, types: Types) -> str:
    """Return the type of what is selected as text: a list for each on the way, all of them nullable."""
    (selected,) = selections
    if not isinstance(selected, Field) or selected.name == "__typename":
        return "String"
    returned = types[type_name].fields[selected.name].type
    inner = named_type(returned)
    if selected.selections:
        inner = _value_type(selected.selections, inner, types)
    lists = type_text(returned).count("[")
    return "[" * lists + inner + "]" * lists


# C. Form


def _wrong_form(selections: Selections) -> Iterator[str]:
    fragments = [selection for selection in selections if isinstance(selection, Fragment)]
    if not fragments and len(selections) > 1:
        yield "It selects several fields."
    elif fragments and len(fragments) < len(selections):
        yield "It selects a field besides fragments."
    counted = Counter(fragment.type_condition for fragment in fragments)
    yield from (f"There are several fragments for {name}." for name, number in counted.items() if number > 1)


def _wrong_path(selections: Selections, type_name: str, types: Types) -> Iterator[str]:
    """Yield where a selection branches, narrows a type, or crosses an interface object."""
    if type_name in types and types[type_name].interface_object:
        yield f"{type_name} is an interface object, whose own type isn't known there."
    if len(selections) > 1:
        yield f"It selects several fields of {type_name}."
    for selection in selections:
        if isinstance(selection, Fragment):
            yield f"It has a fragment for {selection.type_condition} within another selection."
        elif type_name in types and selection.name in types[type_name].fields and selection.selections:
            returned = named_type(types[type_name].fields[selection.name].type)
            yield from _wrong_path(selection.selections, returned, types)


def _unused(selections: Selections, setting: list[TypeDeclaration], types: Types) -> Iterator[str]:
    """Yield fragments that aren't for an object of a type that sets the context."""
    possible = set[str]().union(*(possible_types(declaration.name, types) for declaration in setting))
    for selection in selections:
        if isinstance(selection, Fragment):
            name = selection.type_condition
            if name in types and not types[name].is_object:
                yield f"The fragment is for {name}, which is no object type."
            elif name not in possible:
                yield f"The fragment for {name} is of no use: no {name} sets the context."


# Problems


def _what(given: FromContext, own: FieldDeclaration, declared: TypeDeclaration) -> str:
    return f"argument {declared.name}.{own.name}({given.argument.name}:) in subgraph {own.subgraph}"


def _not_set(message: str, given: FromContext, fix: str) -> Problem:
    return Problem("CONTEXT_NOT_SET", message, (given.fields.place,), fix)
