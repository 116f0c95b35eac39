"""An external field is served by another subgraph, and looks the same there.

Source: Apollo Federation, "Federated directives", section "@external", and the error codes EXTERNAL_*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import print_ast

from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    TypeDeclaration,
)
from stitcher.composition.type_refs import merge_input, merge_output, named_type, type_text
from stitcher.errors import Problem

__all__ = ["check_externals"]


def check_externals(composition: Composition) -> Iterator[Problem]:
    """Yield external fields that nobody serves, and those that look otherwise where they are served."""
    for name, declared in composition.declared.items():
        merged = composition.merged.get(name)
        if merged is None:
            continue
        for each in declared:
            for own in each.fields.values() if each.kind is Kind.OBJECT else ():
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
        mend = f"take @external off in {own.subgraph}, or add the field to the subgraph that serves it."
        yield Problem("EXTERNAL_MISSING_ON_BASE", message, (own.place,), mend)
        return
    places = (own.place, *(other.place for other in serving))
    others = ", ".join(other.subgraph for other in serving)
    whole = merged.fields[own.name]
    if not _holds(own, whole, composition):
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
        elif merge_input(declared_here.type, argument.type) is None:
            message = (
                f"Argument {path}({argument.name}:), external in subgraph {own.subgraph}, is of type "
                f"{type_text(declared_here.type)}; with {others} it is of type {type_text(argument.type)}."
            )
            yield Problem(
                "EXTERNAL_ARGUMENT_TYPE_MISMATCH", message, places, "give it the same type in each."
            )
        elif (here := _default(declared_here)) != (there := _default(argument)):
            message = (
                f"The default of argument {path}({argument.name}:), external in subgraph {own.subgraph}, is "
                f"{here}; with {others} it is {there}."
            )
            mend = "give it the same default in each."
            yield Problem("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", message, places, mend)


def _default(argument: InputDeclaration) -> str:
    return "none" if argument.default is None else print_ast(argument.default)


def _holds(own: FieldDeclaration, whole: FieldDeclaration, composition: Composition) -> bool:
    """Return whether what is served can stand where the external declaration is."""
    if type_text(own.type) == type_text(whole.type):
        return True
    supertypes = _supertypes(named_type(whole.type), composition)
    return merge_output(own.type, whole.type, lambda _, other: other in supertypes) is not None


def _supertypes(name: str, composition: Composition) -> set[str]:
    merged = composition.merged.get(name)
    unions = {each.name for each in composition.merged.values() if name in each.members}
    return unions | set(merged.interfaces if merged else ())
