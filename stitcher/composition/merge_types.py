"""Merging: the declarations of one type in all subgraphs become one declaration.

Output is merged to what holds the values of all, input to what all accept:

- object types, interfaces: all fields, all interfaces; a field's type is the most general one
- arguments: those that all subgraphs have, of the strictest type; none that takes its value from a context
- input types: the fields that all subgraphs have, of the strictest type
- unions: all members
- enums: all values if clients only receive it, the common ones if they only send it, else all must agree
- descriptions, deprecations, ``@specifiedBy`` and whatever else is applied: the canonical one, else the first

An external field has no say where another subgraph serves it. Source: Apollo Federation, "Composition rules".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from graphql import ConstDirectiveNode, ConstValueNode, TypeNode, print_ast

from stitcher.composition.defaults import same_defaults
from stitcher.composition.model import (
    Declaration,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    TypeDeclaration,
)
from stitcher.composition.type_refs import merge_input, merge_output, type_text
from stitcher.errors import Problem

__all__ = ["Merging", "contextual_arguments", "merge_enum", "merge_schema", "merge_type"]

_Element = TypeVar("_Element", bound=Declaration)


@dataclass(slots=True)
class Merging:
    """What merging knows of all types, and the problems it meets.

    ``supertypes`` maps a type to the interfaces and unions that hold its objects in any subgraph, and
    ``declared`` to all of its declarations.
    """

    supertypes: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    declared: Mapping[str, Sequence[TypeDeclaration]] = field(default_factory=dict)

    def is_subtype(self, name: str, other: str) -> bool:
        """Return whether each object of type ``name`` is one of type ``other``."""
        return other in self.supertypes.get(name, ())

    def report(self, code: str, message: str, declared: Iterable[Declaration], fix: str) -> None:
        """Add a problem that concerns these declarations."""
        self.problems.append(
            Problem(code, message, tuple(declaration.place for declaration in declared), fix)
        )


def merge_schema(declared: Sequence[Declaration]) -> Declaration:
    """Merge the schema definitions: a description, and what is applied to them."""
    return _merge_element(declared)


def merge_type(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration | None:
    """Merge all declarations of one name, except enums; None if their kinds differ."""
    kinds = {Kind.INTERFACE if declaration.interface_object else declaration.kind for declaration in declared}
    if len(kinds) > 1:
        _report_kinds(declared, merging)
        return None
    (kind,) = kinds
    if len(declared) == 1 and declared[0].kind is kind:
        return replace(declared[0], fields=dict(declared[0].fields))
    return _MERGERS[kind](declared, merging)


# One function a kind


def merge_scalar(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration:
    """Merge a custom scalar: there is nothing to it but what is applied to it."""
    return _merge_element(declared)


def merge_object(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration:
    """Merge an object type: all interfaces, and all fields."""
    merged = _merge_element(declared)
    merged.interfaces = {
        name: place for declaration in declared for name, place in declaration.interfaces.items()
    }
    merged.fields = {
        name: merge_field(f"{merged.name}.{name}", fields, merging)
        for name, fields in _by_name(declaration.fields.values() for declaration in declared).items()
    }
    return merged


def merge_interface(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration:
    """Merge an interface like an object type; some of the declarations may be interface objects."""
    merged = merge_object(declared, merging)
    merged.kind = Kind.INTERFACE
    merged.interface_object = all(declaration.interface_object for declaration in declared)
    return merged


def merge_union(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration:
    """Merge a union: all members."""
    merged = _merge_element(declared)
    merged.members = {name: place for declaration in declared for name, place in declaration.members.items()}
    return merged


def merge_input_type(declared: Sequence[TypeDeclaration], merging: Merging) -> TypeDeclaration:
    """Merge an input type: the fields that all subgraphs have; one that some require must be one of them."""
    merged = _merge_element(declared)
    merged.input_fields = {}
    for name, fields in _by_name(declaration.input_fields.values() for declaration in declared).items():
        path = f"{merged.name}.{name}"
        missing = [declaration for declaration in declared if name not in declaration.input_fields]
        if not missing or any(field.inaccessible for field in fields):
            merged.input_fields[name] = _merge_input("INPUT_FIELD", f"Input field {path}", fields, merging)
            continue
        required = [field for field in fields if field.required]
        if required:
            merging.report(
                "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
                f"Input field {path} is required in {_names(required)} and missing in {_names(missing)}.",
                [*required, *missing],
                "add the field to each, or make it nullable.",
            )
    if not merged.input_fields:
        merging.report(
            "EMPTY_MERGED_INPUT_TYPE",
            f"The declarations of input type {merged.name} in {_names(declared)} have no field in common.",
            declared,
            "declare a common field, or give the types different names.",
        )
    return merged


def merge_enum(
    declared: Sequence[TypeDeclaration], merging: Merging, *, sent: bool, received: bool
) -> TypeDeclaration:
    """Merge an enum by its use: ``sent`` by clients in arguments, ``received`` by them in fields, or both."""
    merged = _merge_element(declared)
    merged.values = {}
    agree = True
    for name, values in _by_name(declaration.values.values() for declaration in declared).items():
        value = _merge_element(values)
        missing = [declaration for declaration in declared if name not in declaration.values]
        if not missing or not sent or value.inaccessible:
            merged.values[name] = value
        elif received:
            agree = False
            merging.report(
                "ENUM_VALUE_MISMATCH",
                f"Enum {merged.name} is used for input and output, so all subgraphs must agree on it; "
                f"value {name} is declared in {_names(values)} and not in {_names(missing)}.",
                [*values, *missing],
                "add the value to each, or mark it @inaccessible.",
            )
    if not merged.values and agree:
        merging.report(
            "EMPTY_MERGED_ENUM_TYPE",
            f"The declarations of enum {merged.name} in {_names(declared)} have no value in common.",
            declared,
            "declare a common value, or give the enums different names.",
        )
    return merged


_Merger = Callable[[Sequence[TypeDeclaration], Merging], TypeDeclaration]

_MERGERS: dict[Kind, _Merger] = {
    Kind.SCALAR: merge_scalar,
    Kind.OBJECT: merge_object,
    Kind.INTERFACE: merge_interface,
    Kind.UNION: merge_union,
    Kind.INPUT: merge_input_type,
}


# Fields and arguments


def merge_field(path: str, declared: Sequence[FieldDeclaration], merging: Merging) -> FieldDeclaration:
    """Merge a field: the most general type, and the arguments that all have."""
    if len(declared) == 1:
        return declared[0]
    voices = [declaration for declaration in declared if not declaration.external] or declared
    merged = _merge_element(voices)
    merged.inaccessible = any(declaration.inaccessible for declaration in declared)
    merged.type = _merge_types(
        "FIELD_TYPE_MISMATCH",
        f"Field {path}",
        voices,
        lambda one, other: merge_output(one, other, merging.is_subtype),
        merging,
    )
    merged.arguments = {}
    taken = contextual_arguments(voices)
    for name, arguments in _by_name(voice.arguments.values() for voice in voices).items():
        missing = [voice for voice in voices if name not in voice.arguments]
        what = f"Argument {path}({name}:)"
        if name in taken:
            _check_contextual(what, arguments, taken[name], merging)
            continue
        if not missing or any(argument.inaccessible for argument in arguments):
            merged.arguments[name] = _merge_input("FIELD_ARGUMENT", what, arguments, merging)
            continue
        required = [argument for argument in arguments if argument.required]
        if required:
            merging.report(
                "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
                f"{what} is required in {_names(required)} and missing in {_names(missing)}.",
                [*required, *missing],
                "add the argument to each, or make it nullable or give it a default.",
            )
    return merged


def contextual_arguments(declared: Iterable[FieldDeclaration]) -> dict[str, list[InputDeclaration]]:
    """Return the arguments that take their values from contexts, by name: clients don't see them."""
    return _by_name([context.argument for context in declaration.contexts] for declaration in declared)


def _check_contextual(
    what: str,
    declared: Sequence[InputDeclaration],
    contextual: Sequence[InputDeclaration],
    merging: Merging,
) -> None:
    """Report an argument that clients would have to give to some subgraphs, and can't give to others."""
    required = [declaration for declaration in declared if declaration.required]
    if required:
        merging.report(
            "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
            f"{what} takes its value from a context in {_names(contextual)}, so clients don't see it, and is "
            f"required in {_names(required)}.",
            [*required, *contextual],
            "let it take its value from a context there, too, or make it nullable or give it a default.",
        )


def _merge_input(
    code: str, what: str, declared: Sequence[InputDeclaration], merging: Merging
) -> InputDeclaration:
    if len(declared) == 1:
        return declared[0]
    merged = _merge_element(declared)
    merged.type = _merge_types(f"{code}_TYPE_MISMATCH", what, declared, merge_input, merging)
    merged.default = _merge_defaults(f"{code}_DEFAULT_MISMATCH", what, declared, merging)
    return merged


def _merge_defaults(
    code: str, what: str, declared: Sequence[InputDeclaration], merging: Merging
) -> ConstValueNode | None:
    """Return the default that all have; where some have none, each subgraph fills in its own."""
    defaults = [declaration for declaration in declared if declaration.default is not None]
    if not same_defaults(defaults, merging.declared):
        written = {print_ast(default.default): default for default in defaults if default.default is not None}
        values = ", ".join(f"{value} in {argument.subgraph}" for value, argument in written.items())
        merging.report(
            code, f"{what} has different defaults: {values}.", defaults, "give it the same default."
        )
    return defaults[0].default if defaults and len(defaults) == len(declared) else None


_Typed = TypeVar("_Typed", FieldDeclaration, InputDeclaration)


def _merge_types(
    code: str,
    what: str,
    declared: Sequence[_Typed],
    merge: Callable[[TypeNode, TypeNode], TypeNode | None],
    merging: Merging,
) -> TypeNode:
    merged = declared[0].type
    text = type_text(merged)
    for declaration in declared[1:]:
        if type_text(declaration.type) == text:
            continue
        both = merge(merged, declaration.type)
        if both is None:
            types = ", ".join(f"{type_text(one.type)} in {one.subgraph}" for one in declared)
            fix = "give it the same type in each."
            merging.report(code, f"{what} has types that can't be merged: {types}.", declared, fix)
            break
        merged, text = both, type_text(both)
    return merged


# What all elements have


def _merge_element(declared: Sequence[_Element]) -> _Element:
    """Return a copy of the first declaration with what can be applied to any element merged."""
    if len(declared) == 1:
        return replace(declared[0])
    ordered = sorted(declared, key=lambda each: not each.canonical)
    return replace(
        declared[0],
        description=next((member.description for member in ordered if member.description), None),
        directives=_merge_directives(ordered),
        inaccessible=any(declaration.inaccessible for declaration in declared),
        canonical=ordered[0].canonical,
    )


def _merge_directives(declared: Sequence[Declaration]) -> tuple[ConstDirectiveNode, ...]:
    """Return all applications, each once; of those that count once, the first."""
    merged: dict[str, ConstDirectiveNode] = {}
    for declaration in declared:
        for node in declaration.directives:
            name = node.name.value
            merged.setdefault(name if name in ("deprecated", "specifiedBy") else print_ast(node), node)
    return tuple(merged.values())


def _by_name(groups: Iterable[Iterable[_Element]]) -> dict[str, list[_Element]]:
    named: dict[str, list[_Element]] = {}
    for group in groups:
        for member in group:
            named.setdefault(member.name, []).append(member)
    return named


def _names(declared: Iterable[Declaration]) -> str:
    return ", ".join(dict.fromkeys(declaration.subgraph for declaration in declared))


def _report_kinds(declared: Sequence[TypeDeclaration], merging: Merging) -> None:
    kinds = ", ".join(f"{_kind(declaration)} in {declaration.subgraph}" for declaration in declared)
    merging.report(
        "TYPE_KIND_MISMATCH",
        f"Type {declared[0].name} is of different kinds: {kinds}.",
        declared,
        "give the types different names, or make them the same kind.",
    )


def _kind(declared: TypeDeclaration) -> str:
    return "interface object" if declared.interface_object else declared.kind.value
