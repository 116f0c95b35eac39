"""The functions that decide on the policies of the schema (``@policy``), from the package of resolvers."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping

from stitcher.errors import CompositionError, Problem
from stitcher.gateway.request import Policy

__all__ = ["load_policies"]

_ATTRIBUTE = "policies"


def load_policies(package: str, names: Iterable[str]) -> Mapping[str, Policy]:
    """Return the functions in ``package.policies``, a dictionary by name.

    Args:
        package: the name of a Python package. It isn't imported where there are no policies.
        names: the policies of the schema.

    Raises:
        CompositionError: the package can't be imported, or lacks a policy.
    """
    wanted = sorted(names)
    if not wanted:
        return {}
    try:
        found = getattr(importlib.import_module(package), _ATTRIBUTE, {})
    except Exception as error:
        message = f"The package {package} can't be imported: {type(error).__name__}: {error}"
        mend = f"make it importable; its attribute {_ATTRIBUTE} has a function for each policy."
        raise CompositionError([Problem("POLICIES_NOT_IMPORTABLE", message, mend=mend)]) from error
    if problems := list(_missing(package, wanted, found)):
        raise CompositionError(problems)
    return {name: found[name] for name in wanted}


def _missing(package: str, wanted: Iterable[str], found: object) -> Iterator[Problem]:
    functions = found if isinstance(found, Mapping) else {}
    for name in wanted:
        if not callable(functions.get(name)):
            message = f'The schema has a policy "{name}", and nothing decides on it.'
            mend = f'add it to the dictionary {_ATTRIBUTE} of the package {package}: {{"{name}": function}}.'
            yield Problem("POLICY_WITHOUT_FUNCTION", message, mend=mend)
