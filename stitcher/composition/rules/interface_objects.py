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
        objects = [each for each in declared if each.interface_object]
        for each in objects:
            yield from _check_key(each)
        if objects and len(objects) == len(declared):
            subgraphs = ", ".join(each.subgraph for each in objects)
            message = (
                f"Type {name} is an interface object in {subgraphs}, and no subgraph has interface {name}."
            )
            mend = "take @interfaceObject off, or declare the interface where its objects are."
            yield Problem(_CODE, message, tuple(each.place for each in objects), mend)
        elif objects:
            yield from _check_types(name, objects, composition)


def _check_types(name: str, objects: list[TypeDeclaration], composition: Composition) -> Iterator[Problem]:
    """Where the interface is an object, its types are not known."""
    for implementing, merged in composition.merged.items():
        for each in objects if name in merged.interfaces else ():
            for other in composition.declared[implementing]:
                if other.subgraph == each.subgraph:
                    message = (
                        f"Subgraph {each.subgraph} has {name} as an interface object, and {implementing}, "
                        f"which implements {name} elsewhere, too."
                    )
                    mend = f"take {implementing} out of it, or declare {name} as the interface there, too."
                    yield Problem(_CODE, message, (other.place, each.place), mend)


def _check_key(declared: TypeDeclaration) -> Iterator[Problem]:
    if not declared.keys:
        message = f"Interface object {declared.name} of subgraph {declared.subgraph} has no @key."
        mend = "give it the key that the interface has in the other subgraph."
        yield Problem(_CODE, message, (declared.place,), mend)
