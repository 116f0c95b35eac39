"""Descriptions and deprecations that differ: clients see one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from graphql import print_ast

from stitcher.composition.hints.describing import hint, types_of_several
from stitcher.composition.model import Composition, Declaration, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["hint_at_descriptions"]

_ONCE = frozenset({"deprecated", "specifiedBy"})
_Element = TypeVar("_Element", bound=Declaration)


def hint_at_descriptions(composition: Composition) -> Iterator[Problem]:
    """Yield elements that are described, or deprecated, in different words."""
    yield from _check("The schema", [schema.schema for schema in composition.schemas])
    for merged, declared in types_of_several(composition):
        yield from _check(f"Type {merged.name}", declared)
        yield from _check_parts(merged.name, declared)


def _check_parts(path: str, declared: Sequence[TypeDeclaration]) -> Iterator[Problem]:
    for fields in _by_name(declaration.fields for declaration in declared):
        field = f"{path}.{fields[0].name}"
        yield from _check(f"Field {field}", fields)
        for arguments in _by_name(own.arguments for own in fields):
            yield from _check(f"Argument {field}({arguments[0].name}:)", arguments)
    for inputs in _by_name(declaration.input_fields for declaration in declared):
        yield from _check(f"Input field {path}.{inputs[0].name}", inputs)
    for values in _by_name(declaration.values for declaration in declared):
        yield from _check(f"Value {path}.{values[0].name}", values)


def _by_name(groups: Iterable[Mapping[str, _Element]]) -> Iterator[list[_Element]]:
    found: dict[str, list[_Element]] = {}
    for group in groups:
        for name, element in group.items():
            found.setdefault(name, []).append(element)
    return (elements for elements in found.values() if len(elements) > 1)


def _check(what: str, declared: Sequence[Declaration]) -> Iterator[Problem]:
    ordered = sorted(declared, key=lambda each: not each.canonical)
    described = {member.description.value: member for member in reversed(ordered) if member.description}
    if len(described) > 1:
        (first, *_) = [member for member in ordered if member.description]
        message = f"{what} is described in different words: clients read those of {first.subgraph}."
        yield hint(
            "INCONSISTENT_DESCRIPTION", message, described.values(), "describe it in the same words, or once."
        )
    for name in _ONCE:
        applied = {
            print_ast(node): member
            for member in reversed(ordered)
            for node in member.directives
            if node.name.value == name
        }
        if len(applied) > 1:
            written = " and ".join(reversed(applied))
            message = f"{what} has {written}: clients see the first."
            yield hint(
                "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message, applied.values(), "write it once."
            )
