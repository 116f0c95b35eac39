"""What dialects share: reading a directive's field set, with a problem for each way it can be wrong."""

from __future__ import annotations

from stitcher.composition.field_set import FieldSet, FieldSetError, parse_field_set
from stitcher.composition.model import Application
from stitcher.errors import Problem

__all__ = ["read_field_set"]


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
        mend = f'write {argument}: "…", with the names of fields inside.'
        problems.append(Problem(f"{code}_INVALID_FIELDS_TYPE", message, (application.place,), mend))
        return None
    try:
        return FieldSet(text, parse_field_set(text), application.place, over_merged)
    except FieldSetError as error:
        message = f"The field set {text!r} of {where} can't be read: {error}"
        mend = 'write names of fields, with braces for what is below one: "id owner { id }".'
        problems.append(Problem(f"{code}_INVALID_FIELDS", message, (application.place,), mend))
        return None
