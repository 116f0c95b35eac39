"""What arguments take from contexts: the types that set one, and what is read of the objects of each."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.field_set_checks import possible_types
from stitcher.composition.model import FromContext, Kind, TypeDeclaration, Types
from stitcher.selections import Field, Fragment, Selections

__all__ = ["selected_of", "setting_types", "sources_of"]


def setting_types(context: str, own: Types) -> Iterator[TypeDeclaration]:
    """Yield the types that set a context in the subgraph that has these types."""
    return (declared for declared in own.values() if context in declared.contexts)


def selected_of(selections: Selections, type_name: str) -> Selections:
    """Return what is selected of objects of one type: all, or what a fragment for it has, if there is one."""
    for selection in selections:
        if isinstance(selection, Fragment) and selection.type_condition == type_name:
            return selection.selections
    return tuple(selected for selected in selections if isinstance(selected, Field))


def sources_of(given: FromContext, own: Types, merged: Types) -> tuple[tuple[str, Selections], ...]:
    """Return where an argument's value is, for each object type that sets its context.

    ``own`` are the types of the argument's subgraph, ``merged`` those of all, which say what objects there
    are of the interfaces and unions that set the context.
    """
    names = {
        name
        for declared in setting_types(given.context, own)
        for name in possible_types(declared.name, merged)
        if name in merged and merged[name].kind is Kind.OBJECT
    }
    return tuple((name, selected_of(given.fields.selections, name)) for name in sorted(names))
