"""An external field is served by another subgraph, and looks the same there.

Source: Apollo Federation, "Federated directives", section "@external", and the error codes EXTERNAL_*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import TypeNode, print_ast

from stitcher.composition.defaults import same_defaults
from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    TypeDeclaration,
)
from stitcher.composition.type_refs import merge_output, named_type, type_text
from stitcher.errors import Problem

__all__ = ["check_externals"]


def check_externals(composition: Composition) -> Iterator[Problem]:
    """Yield external fields that nobody serves, and those that look otherwise where they are served."""
    for name, declared in composition.declared.items():
        merged = composition.merged.get(name)
        if merged is None:
            continue
        for declaration in declared:
            for own in declaration.fields.values() if declaration.kind is Kind.OBJECT else ():
                if own.external:
                    yield from _check(own, merged, declared, composition)


def _check(
    own: FieldDeclaration,
    merged: TypeDeclaration,
    declared: Sequence[TypeDeclaration],
    composition: Composition,
) -> Iterator[Problem]:
    path = f"{merged.name}.{own.name}"
    objects = [
        other
        for interface in merged.interfaces
        for other in composition.declared.get(interface, ())
        if other.interface_object
    ]
    serving = [
        other.fields[own.name]
        for other in [*declared, *objects]
        if own.name in other.fields and other.fields[own.name].served
    ]
    if not serving:
        message = f"Field {path} is external in subgraph {own.subgraph}, and no other subgraph serves it."
        fix = f"take @external off in {own.subgraph}, or add the field to the subgraph that serves it."
        yield Problem("EXTERNAL_MISSING_ON_BASE", message, (own.place,), fix)
        return
    places = (own.place, *(other.place for other in serving))
    others = ", ".join(other.subgraph for other in serving)
    whole = merged.fields[own.name]
    if not _fits(own, whole, serving, composition):
        message = (
            f"Field {path} is external in subgraph {own.subgraph} with type {type_text(own.type)}; "
            f"with {others} it is of type {type_text(whole.type)}."
        )
        yield Problem("EXTERNAL_TYPE_MISMATCH", message, places, "give it the same type in each.")
    for argument in whole.arguments.values():
        declared_here = own.arguments.get(argument.name)
        if declared_here is None:
            message = f"External field {path} of {own.subgraph} lacks argument {argument.name} of {others}."
            yield Problem(
                "EXTERNAL_ARGUMENT_MISSING", message, places, f"add the argument in {own.subgraph}."
            )
        elif not _accepts(declared_here, argument):
            message = (
                f"Argument {path}({argument.name}:), external in subgraph {own.subgraph}, is of type "
                f"{type_text(declared_here.type)}; with {others} it is of type {type_text(argument.type)}."
            )
            yield Problem(
                "EXTERNAL_ARGUMENT_TYPE_MISMATCH", message, places, "give it the same type in each."
            )
        elif not same_defaults((declared_here, argument), composition.declared):
            message = (
                f"The default of argument {path}({argument.name}:), external in subgraph {own.subgraph}, is "
                f"{_default(declared_here)}; with {others} it is {_default(argument)}."
            )
            fix = "give it the same default in each."
            yield Problem("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", message, places, fix)


def _default(argument: InputDeclaration) -> str:
    return "none" if argument.default is None else print_ast(argument.default)


def _fits(
    own: FieldDeclaration,
    whole: FieldDeclaration,
    serving: Sequence[FieldDeclaration],
    composition: Composition,
) -> bool:
    """Return whether the external declaration says what is served.

    It has the type that all that serve the field agree on; where they don't, one that the merged type holds.
    Its named type may be an interface or union of the served one's: what is selected there is in both.
    """
    if type_text(own.type) == type_text(whole.type):
        return True
    own_name, name = named_type(own.type), named_type(whole.type)
    if _shape(own.type) == _shape(whole.type) and own_name in _supertypes(name, composition):
        return True
    if len({type_text(other.type) for other in serving}) == 1:
        return False
    both = merge_output(whole.type, own.type, lambda _, other: other in _supertypes(own_name, composition))
    return both is not None and type_text(both) == type_text(whole.type)


def _shape(node: TypeNode) -> str:
    """Return the lists and non-nulls of a type."""
    return type_text(node).replace(named_type(node), "")


def _accepts(own: InputDeclaration, whole: InputDeclaration) -> bool:
    """Return whether an argument of the external declaration takes all values of the one that is served."""
    both = merge_output(own.type, whole.type, lambda *_: False)
    return both is not None and type_text(both) == type_text(own.type)


def _supertypes(name: str, composition: Composition) -> set[str]:
    merged = composition.merged.get(name)
    unions = {type_.name for type_ in composition.merged.values() if name in type_.members}
    return unions | set(merged.interfaces if merged else ())
