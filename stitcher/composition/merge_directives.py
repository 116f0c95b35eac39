"""Custom directives for operations: clients may use those that all subgraphs define, as all define them.

The gateway sends a fragment's directives on inline fragments, wherever the client has them. So they may be on
spreads and definitions of fragments only if they may be there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphql import DirectiveDefinitionNode, InputValueDefinitionNode, TypeNode, specified_directives

from stitcher.composition.model import SubgraphSchema, place_of
from stitcher.composition.type_refs import merge_input, type_text
from stitcher.errors import Problem

__all__ = ["EXECUTABLE_LOCATIONS", "merge_directives"]

EXECUTABLE_LOCATIONS = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)
_FRAGMENTS = frozenset({"FRAGMENT_DEFINITION", "FRAGMENT_SPREAD"})
_SPECIFIED = frozenset(directive.name for directive in specified_directives)


def merge_directives(
    schemas: Sequence[SubgraphSchema], problems: list[Problem]
) -> list[DirectiveDefinitionNode]:
    """Return the executable directives that all subgraphs define, with the locations and arguments of all.

    Source: Apollo Federation, "Custom directives in supergraphs", section "Executable directives".
    """
    common = set.intersection(*(set(schema.directives) for schema in schemas)) - _SPECIFIED
    merged: list[DirectiveDefinitionNode] = []
    for name in schemas[0].directives:
        if name not in common:
            continue
        definitions = [schema.directives[name] for schema in schemas]
        used = set.intersection(*({at.value for at in definition.locations} for definition in definitions))
        used &= EXECUTABLE_LOCATIONS if "INLINE_FRAGMENT" in used else EXECUTABLE_LOCATIONS - _FRAGMENTS
        locations = tuple(at for at in definitions[0].locations if at.value in used)
        if locations:
            arguments = _arguments(definitions, problems)
            repeatable = all(definition.repeatable for definition in definitions)
            merged.append(
                replace(
                    definitions[0],
                    locations=locations,
                    arguments=arguments,
                    repeatable=repeatable,
                    directives=(),
                    loc=None,
                )
            )
    return merged


def _arguments(
    definitions: Sequence[DirectiveDefinitionNode], problems: list[Problem]
) -> tuple[InputValueDefinitionNode, ...]:
    merged: list[InputValueDefinitionNode] = []
    for first in definitions[0].arguments or ():
        same = [
            argument
            for definition in definitions
            for argument in definition.arguments or ()
            if argument.name.value == first.name.value
        ]
        if len(same) < len(definitions):
            continue
        both: TypeNode | None = first.type
        for argument in same[1:]:
            both = None if both is None else merge_input(both, argument.type)
        if both is None:
            name = definitions[0].name.value
            types = " and ".join(dict.fromkeys(type_text(argument.type) for argument in same))
            problems.append(
                Problem(
                    "DIRECTIVE_ARGUMENT_TYPE_MISMATCH",
                    f"Argument {first.name.value} of @{name} has types that can't be merged: {types}.",
                    tuple(place_of(argument) for argument in same),
                    "give it the same type in each.",
                )
            )
        else:
            merged.append(replace(first, type=both))
    return tuple(merged)
