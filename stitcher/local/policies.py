"""The functions that decide on the policies of the schema (``@policy``), from the package of resolvers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import ModuleType

from stitcher.errors import CompositionError, Problem
from stitcher.gateway.request import Policy
from stitcher.local.resolvers import module_place

__all__ = ["find_policies"]

_ATTRIBUTE = "policies"


def find_policies(resolvers: ModuleType, names: Collection[str]) -> Mapping[str, Policy]:
    """Return the functions in the package's ``policies``, a dictionary by name.

    Args:
        resolvers: The package.
        names: The policies of the schema.

    Raises:
        CompositionError: POLICY_WITHOUT_FUNCTION, for each that the package lacks.
    """
    functions = getattr(resolvers, _ATTRIBUTE, {})
    if problems := list(_missing(resolvers, sorted(names), functions)):
        raise CompositionError(problems)
    return {name: functions[name] for name in names}


def _missing(resolvers: ModuleType, names: Collection[str], functions: object) -> Iterator[Problem]:
    known = functions if isinstance(functions, Mapping) else {}
    for name in names:
        if not callable(known.get(name)):
            yield Problem(
                "POLICY_WITHOUT_FUNCTION",
                f'The schema has a policy "{name}", and nothing decides on it.',
                (module_place(resolvers),),
                f"add it to the dictionary {_ATTRIBUTE} of the package {resolvers.__name__}: "
                f'{{"{name}": function}}.',
            )
