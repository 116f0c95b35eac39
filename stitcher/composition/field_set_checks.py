"""Field sets against the types that they select from: what is wrong, and what is selected."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ObjectValueNode, parse_value

from stitcher.composition.literals import check_literal
from stitcher.composition.model import FieldDeclaration, TypeDeclaration, Types
from stitcher.composition.type_refs import named_type
from stitcher.selections import Field, Fragment, Selections

__all__ = [
    "check_arguments",
    "check_field_set",
    "check_given_arguments",
    "covered_fields",
    "possible_types",
    "selected_fields",
]


def check_field_set(selections: Selections, type_name: str, types: Types) -> Iterator[str]:
    """Yield what is wrong with selecting these from ``type_name``, a sentence each."""
    parent = types.get(type_name)
    if parent is None:
        return  # that it isn't declared is another rule's to say
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from _check_fragment(selection, parent, types)
        elif selection.name != "__typename":
            yield from _check_field(selection, parent, types)


def _check_fragment(fragment: Fragment, parent: TypeDeclaration, types: Types) -> Iterator[str]:
    condition = fragment.type_condition
    target = types.get(condition)
    if target is None:
        yield f"The type {condition} isn't declared."
    elif not possible_types(parent.name, types) & possible_types(condition, types):
        yield f"{parent.name} can never be {condition}."
    else:
        yield from check_field_set(fragment.selections, condition, types)


def _check_field(selected: Field, parent: TypeDeclaration, types: Types) -> Iterator[str]:
    declared = parent.fields.get(selected.name)
    if declared is None:
        yield f"{parent.name} has no field {selected.name}."
        return
    returned = named_type(declared.type)
    if returned in types and types[returned].is_composite:
        if selected.selections:
            yield from check_field_set(selected.selections, returned, types)
        else:
            yield f"{parent.name}.{selected.name} is of type {returned}; say which of its fields."
    elif selected.selections:
        yield f"{parent.name}.{selected.name} is of type {returned}, which has no fields."


def check_arguments(selections: Selections, type_name: str, types: Types) -> Iterator[str]:
    """Yield what is wrong with the arguments that are given to selected fields, a sentence each."""
    for selected, parent, declared in selected_fields(selections, type_name, types):
        path = f"{parent.name}.{declared.name}"
        yield from check_given_arguments(selected.arguments, path, declared, types)


def check_given_arguments(given: str, path: str, declared: FieldDeclaration, types: Types) -> Iterator[str]:
    """Yield what is wrong with giving a field these arguments, as GraphQL text, a sentence each."""
    node = parse_value(f"{{{given[1:-1]}}}", no_location=True)
    values = (
        {field.name.value: field.value for field in node.fields} if isinstance(node, ObjectValueNode) else {}
    )
    for name, value in values.items():
        if name in declared.arguments:
            yield from check_literal(value, declared.arguments[name].type, types)
        else:
            yield f"{path} has no argument {name}."
    for argument in declared.arguments.values():
        if argument.required and argument.name not in values:
            yield f"The argument {argument.name} of {path} is required."


def possible_types(type_name: str, types: Types) -> set[str]:
    """Return the object types that a composite type may be at run time; for an interface, itself too."""
    declared = types[type_name]
    if declared.is_object:
        return {type_name}
    if declared.members:
        return set(declared.members)
    implementing = {name for name, other in types.items() if type_name in other.interfaces}
    return implementing | {type_name}


def selected_fields(
    selections: Selections, type_name: str, types: Types
) -> Iterator[tuple[Field, TypeDeclaration, FieldDeclaration]]:
    """Yield each field that is selected, at every depth: its selection, its type, its declaration there."""
    parent = types.get(type_name)
    if parent is None:
        return  # that it isn't declared is another rule's to say
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from selected_fields(selection.selections, selection.type_condition, types)
        elif (declared := parent.fields.get(selection.name)) is not None:
            yield selection, parent, declared
            yield from selected_fields(selection.selections, named_type(declared.type), types)


def covered_fields(selections: Selections, type_name: str, types: Types) -> Iterator[tuple[str, str]]:
    """Yield the type and name of each field that is selected; of an interface, also those of its types."""
    for selected, parent, _ in selected_fields(selections, type_name, types):
        yield parent.name, selected.name
        if not parent.is_object:
            yield from ((name, selected.name) for name in possible_types(parent.name, types))
