"""``@provides`` as it was written → what is provided, in the form of :mod:`stitcher.provided`.

A field set may name a field twice, stand on an interface, or narrow it by fragments on other abstract types.
Here it becomes what counts for each object type that the value may be, as the subgraph itself has the types.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.field_set_checks import possible_types
from stitcher.composition.model import Kind, Types
from stitcher.composition.type_refs import named_type
from stitcher.provided import unite
from stitcher.selections import Field, Fragment, Selections

__all__ = ["concrete"]


def concrete(selections: Selections, type_name: str, types: Types) -> Selections:
    """Return what a field set provides for values of a type of the subgraph that has these types."""
    declared = types.get(type_name)
    if declared is None or not declared.is_composite:
        return ()
    if declared.kind is Kind.OBJECT:
        return unite(_fields(selections, type_name, types))
    possible = sorted(possible_types(type_name, types) & types.keys())
    names = [name for name in possible if types[name].kind is Kind.OBJECT]
    below = {name: unite(_fields(selections, name, types)) for name in names}
    return tuple(Fragment(name, fields) for name, fields in below.items() if fields)


def _fields(selections: Selections, type_name: str, types: Types) -> Iterator[Field]:
    """Yield what is selected of objects of one type."""
    for selection in selections:
        if isinstance(selection, Fragment):
            condition = selection.type_condition
            if condition in types and type_name in possible_types(condition, types):
                yield from _fields(selection.selections, type_name, types)
        elif (declared := types[type_name].fields.get(selection.name)) is not None:
            below = concrete(selection.selections, named_type(declared.type), types)
            yield Field(selection.name, selection.name, selection.arguments, selections=below)
