"""What a path provides below a field, in the one form that composition and planning go by.

For an object type that is its fields, each once; for an abstract type, one fragment for each object type,
with all that is provided for it. Composition makes the form (``composition/provides.py``); here it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stitcher.selections import Field, Fragment, Selection, Selections

__all__ = ["provided_below", "provided_for", "unite"]


def unite(selections: Iterable[Selection]) -> Selections:
    """Bring selections of one type into form: each field, and each fragment's type, once, and in order."""
    united: dict[tuple[bool, str], Selection] = {}
    for selection in selections:
        is_fragment = isinstance(selection, Fragment)
        name = selection.type_condition if isinstance(selection, Fragment) else selection.name
        before = united.get((is_fragment, name))
        if before is not None:
            selection = replace(selection, selections=unite((*before.selections, *selection.selections)))
        united[is_fragment, name] = selection
    return tuple(united[key] for key in sorted(united))


def provided_below(provides: Selections, name: str) -> Selections | None:
    """Return what is provided below a field of an object, None if the field itself isn't provided."""
    for selection in provides:
        if isinstance(selection, Field) and selection.name == name:
            return selection.selections
    return None


def provided_for(provides: Selections, type_name: str) -> Selections:
    """Return what is provided for an abstract value if it is an object of one type."""
    for selection in provides:
        if isinstance(selection, Fragment) and selection.type_condition == type_name:
            return selection.selections
    return ()
