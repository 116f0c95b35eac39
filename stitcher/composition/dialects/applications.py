"""What dialects share: reading a directive's field set or selection map, with a problem where it is wrong."""

from __future__ import annotations

from stitcher.composition.field_set import DirectiveInFieldSetError, FieldSet, FieldSetError, parse_field_set
from stitcher.composition.model import Application
from stitcher.composition.selection_map import SelectionMap, SelectionMapError, parse_selection_map
from stitcher.errors import Problem

__all__ = ["read_field_set", "read_selection_map"]


def read_field_set(
    application: Application,
    argument: str,
    code: str,
    where: str,
    problems: list[Problem],
    *,
    over_merged: bool = False,
) -> FieldSet | None:
    """Return the field set in a directive's argument; None, and a problem, where it can't be read.

    ``code`` is the start of the problem's code (``KEY``), ``where`` says what was being read
    (``@key on type Thing in subgraph thing``).
    """
    text = application.arguments.get(argument)
    if not isinstance(text, str):
        message = f"The argument {argument} of {where} is not a string."
        fix = f'write {argument}: "…", with the names of fields inside.'
        problems.append(Problem(f"{code}_INVALID_FIELDS_TYPE", message, (application.place,), fix))
        return None
    try:
        return FieldSet(text, parse_field_set(text), application.place, over_merged)
    except FieldSetError as error:
        message = f"The field set {text!r} of {where} can't be read: {error}"
        fix = 'write names of fields, with braces for what is below one: "id owner { id }".'
        directive = isinstance(error, DirectiveInFieldSetError)
        suffix = "HAS_DIRECTIVE_IN_FIELDS_ARGS" if directive else "INVALID_SYNTAX"
        problems.append(Problem(f"{code}_{suffix}", message, (application.place,), fix))
        return None


def read_selection_map(
    application: Application, code: str, where: str, problems: list[Problem]
) -> SelectionMap | None:
    """Return the selection map in a directive's argument ``field``; None, and a problem, if it can't be read.

    ``code`` is the start of the problem's code (``IS``), ``where`` says what was being read.
    """
    text = application.arguments.get("field")
    if not isinstance(text, str):
        message = f"The argument field of {where} is not a string."
        fix = 'write field: "…", with a selection map inside.'
        problems.append(Problem(f"{code}_INVALID_FIELD_TYPE", message, (application.place,), fix))
        return None
    try:
        return parse_selection_map(text)
    except SelectionMapError as error:
        message = f"The selection map {text!r} of {where} can't be read: {error}"
        fix = 'write the path of a field, or braces for an input object: "owner.id", "{ id: owner.id }".'
        problems.append(Problem(f"{code}_INVALID_SYNTAX", message, (application.place,), fix))
        return None
