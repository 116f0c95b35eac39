"""What clients can't see leaves no hole in what they can.

Source: Apollo's inaccessible spec v0.2, section "Validation".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    ConstValueNode,
    EnumValueNode,
    ListValueNode,
    ObjectValueNode,
)

from stitcher.composition.model import (
    Composition,
    Declaration,
    EnumValue,
    FieldDeclaration,
    InputDeclaration,
    TypeDeclaration,
    Types,
)
from stitcher.composition.type_refs import named_type
from stitcher.errors import Problem

__all__ = ["check_inaccessible"]


def check_inaccessible(composition: Composition) -> Iterator[Problem]:
    """Yield accessible elements that need inaccessible ones."""
    merged = composition.merged
    for declared in merged.values():
        if not declared.inaccessible:
            yield from _check_children(declared, merged)
            for own in _visible(declared.fields.values()):
                path = f"{declared.name}.{own.name}"
                yield from _check_reference(f"Field {path}", own, merged)
                for argument in own.arguments.values():
                    yield from _check_input(f"Argument {path}({argument.name}:)", argument, merged)
            for field in declared.input_fields.values():
                yield from _check_input(f"Input field {declared.name}.{field.name}", field, merged)
            yield from _check_implementation(declared, merged)
    query = merged.get("Query")
    if query is not None and query.inaccessible:
        yield _problem("QUERY_ROOT_TYPE_INACCESSIBLE", "The type Query is @inaccessible", query)


def _check_children(declared: TypeDeclaration, merged: Types) -> Iterator[Problem]:
    children: list[Declaration] = [
        *declared.fields.values(),
        *declared.input_fields.values(),
        *declared.values.values(),
        *(merged[name] for name in declared.members if name in merged),
    ]
    if children and all(child.inaccessible for child in children):
        message = f"All that {declared.name} is made of is @inaccessible, and {declared.name} is not"
        what = "QUERY" if declared.name == "Query" else declared.kind.name
        yield _problem(f"EMPTY_ACCESSIBLE_{what}", message, declared)


def _check_reference(
    what: str, declared: FieldDeclaration | InputDeclaration, merged: Types
) -> Iterator[Problem]:
    name = named_type(declared.type)
    if name in merged and merged[name].inaccessible:
        message = f"{what} refers to {name}, which is @inaccessible"
        yield _problem("REFERENCED_INACCESSIBLE", message, declared, merged[name])


def _check_input(what: str, declared: InputDeclaration, merged: Types) -> Iterator[Problem]:
    if declared.inaccessible:
        if declared.required:
            yield _problem("REQUIRED_INACCESSIBLE", f"{what} is required and @inaccessible", declared)
        return
    yield from _check_reference(what, declared, merged)
    for used in _enum_values(declared.default, named_type(declared.type), merged):
        if used.inaccessible:
            message = f"The default of {what[0].lower()}{what[1:]} uses {used.name}, which is @inaccessible"
            yield _problem("DEFAULT_VALUE_USES_INACCESSIBLE", message, declared, used)


def _check_implementation(declared: TypeDeclaration, merged: Types) -> Iterator[Problem]:
    for interface in declared.interfaces:
        whole = merged.get(interface)
        for field in _visible(whole.fields.values() if whole and not whole.inaccessible else ()):
            own = declared.fields.get(field.name)
            if own is not None and own.inaccessible:
                message = (
                    f"Field {declared.name}.{own.name} is @inaccessible, and {interface}.{own.name} is not"
                )
                yield _problem("IMPLEMENTED_BY_INACCESSIBLE", message, own, field)


def _visible(declared: Iterable[FieldDeclaration]) -> Iterator[FieldDeclaration]:
    return (declaration for declaration in declared if not declaration.inaccessible)


def _enum_values(node: ConstValueNode | None, type_name: str, merged: Types) -> Iterator[EnumValue]:
    """Yield the values of enums that a default of the type uses."""
    declared = merged.get(type_name)
    if isinstance(node, ListValueNode):
        for value in node.values:
            yield from _enum_values(value, type_name, merged)
    elif isinstance(node, ObjectValueNode) and declared is not None:
        for field in node.fields:
            inner = declared.input_fields.get(field.name.value)
            if inner is not None:
                yield from _enum_values(field.value, named_type(inner.type), merged)
    elif isinstance(node, EnumValueNode) and declared is not None and node.value in declared.values:
        yield declared.values[node.value]


def _problem(code: str, message: str, *declared: Declaration) -> Problem:
    places = tuple(declaration.place for declaration in declared)
    return Problem(code, f"{message}.", places, "mark both @inaccessible, or neither.")
