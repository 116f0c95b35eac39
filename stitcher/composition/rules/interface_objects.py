"""An ``@interfaceObject`` type stands for an interface of another subgraph, and is entered by a key.

Source: Apollo Federation, "Entity interfaces".
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.model import Composition, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["check_interface_objects"]

_CODE = "INTERFACE_OBJECT_USAGE_ERROR"


def check_interface_objects(composition: Composition) -> Iterator[Problem]:
    """Yield interface objects without a key, or beside their types, or that nobody has the interface of."""
    for name, declared in composition.declared.items():
        objects = [declaration for declaration in declared if declaration.interface_object]
        for item in objects:
            yield from _check_key(item)
        if objects and len(objects) == len(declared):
            subgraphs = ", ".join(declaration.subgraph for declaration in objects)
            message = (
                f"Type {name} is an interface object in {subgraphs}, and no subgraph has interface {name}."
            )
            fix = "take @interfaceObject off, or declare the interface where its objects are."
            yield Problem(_CODE, message, tuple(declaration.place for declaration in objects), fix)
        elif objects:
            yield from _check_types(name, objects, composition)


def _check_types(name: str, objects: list[TypeDeclaration], composition: Composition) -> Iterator[Problem]:
    """Where the interface is an object, its types are not known."""
    for implementing, merged in composition.merged.items():
        for item in objects if name in merged.interfaces else ():
            for other in composition.declared[implementing]:
                if other.subgraph == item.subgraph:
                    message = (
                        f"Subgraph {item.subgraph} has {name} as an interface object, and {implementing}, "
                        f"which implements {name} elsewhere, too."
                    )
                    fix = f"take {implementing} out of it, or declare {name} as the interface there, too."
                    yield Problem(_CODE, message, (other.place, item.place), fix)


def _check_key(declared: TypeDeclaration) -> Iterator[Problem]:
    if not declared.keys:
        message = f"Interface object {declared.name} of subgraph {declared.subgraph} has no @key."
        fix = "give it the key that the interface has in the other subgraph."
        yield Problem(_CODE, message, (declared.place,), fix)
