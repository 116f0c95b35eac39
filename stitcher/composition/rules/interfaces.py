"""A type that implements an interface has all of its fields, those that other subgraphs add included.

Source: Apollo Federation, error code INTERFACE_FIELD_NO_IMPLEM.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import Composition, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["check_interfaces"]


def check_interfaces(composition: Composition) -> Iterator[Problem]:
    """Yield fields of merged interfaces that an implementing type has in no subgraph."""
    for name, merged in composition.merged.items():
        for interface in merged.interfaces:
            whole = composition.merged.get(interface)
            if whole is None or whole.inaccessible:
                continue
            for field in whole.fields.values():
                if field.name not in merged.fields and not field.inaccessible:
                    yield _problem(name, field.name, interface, composition)


def _problem(name: str, field: str, interface: str, composition: Composition) -> Problem:
    declaring = [
        declaration.fields[field]
        for declaration in composition.declared[interface]
        if field in declaration.fields
    ]
    implementing: list[TypeDeclaration] = composition.declared[name]
    declared_in = ", ".join(declaration.subgraph for declaration in declaring)
    implemented_in = ", ".join(type_.subgraph for type_ in implementing if interface in type_.interfaces)
    message = (
        f"Interface field {interface}.{field}, declared in {declared_in}, "
        f"is in no subgraph's {name}, which implements {interface} in {implemented_in}."
    )
    places = tuple(element.place for element in (*declaring, *implementing))
    return Problem(
        "INTERFACE_FIELD_NO_IMPLEM", message, places, f"add {field} to {name} in a subgraph that serves it."
    )
