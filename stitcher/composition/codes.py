"""What a problem's code is called: the rules' own codes are as fine as any dialect's, and become its words.

A problem that concerns only subgraphs of the Composite Schemas spec has the code of that spec, any other one
Apollo's. Sources: GraphQL Composite Schemas specification, "Composition"; Apollo Federation, "Error codes".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stitcher.composition.model import SubgraphSchema
from stitcher.errors import Problem

__all__ = ["in_words_of_dialects"]

_APOLLO: Mapping[str, str] = {
    "EMPTY_ACCESSIBLE_ENUM": "ONLY_INACCESSIBLE_CHILDREN",
    "EMPTY_ACCESSIBLE_INPUT": "ONLY_INACCESSIBLE_CHILDREN",
    "EMPTY_ACCESSIBLE_INTERFACE": "ONLY_INACCESSIBLE_CHILDREN",
    "EMPTY_ACCESSIBLE_OBJECT": "ONLY_INACCESSIBLE_CHILDREN",
    "EMPTY_ACCESSIBLE_QUERY": "ONLY_INACCESSIBLE_CHILDREN",
    "EMPTY_ACCESSIBLE_UNION": "ONLY_INACCESSIBLE_CHILDREN",
    "EXTERNAL_PROVIDES_COLLISION": "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
    "KEY_INVALID_ARGUMENTS": "KEY_INVALID_FIELDS",
    "KEY_INVALID_SYNTAX": "KEY_INVALID_FIELDS",
    "PROVIDES_INVALID_SYNTAX": "PROVIDES_INVALID_FIELDS",
    "KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS": "KEY_DIRECTIVE_IN_FIELDS_ARG",
    "PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS": "PROVIDES_DIRECTIVE_IN_FIELDS_ARG",
    "REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS": "REQUIRES_DIRECTIVE_IN_FIELDS_ARG",
    "REQUIRES_INVALID_ARGUMENTS": "REQUIRES_INVALID_FIELDS",
    "REQUIRES_INVALID_SYNTAX": "REQUIRES_INVALID_FIELDS",
    "SHAREABLE_SUBSCRIPTION": "INVALID_FIELD_SHARING",
}
_COMPOSITE: Mapping[str, str] = {
    "DEFAULT_VALUE_USES_INACCESSIBLE": "ENUM_TYPE_DEFAULT_VALUE_INACCESSIBLE",
    "EMPTY_ACCESSIBLE_ENUM": "EMPTY_MERGED_ENUM_TYPE",
    "EMPTY_ACCESSIBLE_INPUT": "EMPTY_MERGED_INPUT_OBJECT_TYPE",
    "EMPTY_ACCESSIBLE_INTERFACE": "EMPTY_MERGED_INTERFACE_TYPE",
    "EMPTY_ACCESSIBLE_OBJECT": "EMPTY_MERGED_OBJECT_TYPE",
    "EMPTY_ACCESSIBLE_QUERY": "NO_QUERIES",
    "EMPTY_ACCESSIBLE_UNION": "EMPTY_MERGED_UNION_TYPE",
    "EMPTY_MERGED_INPUT_TYPE": "EMPTY_MERGED_INPUT_OBJECT_TYPE",
    "ENUM_VALUE_MISMATCH": "ENUM_VALUES_MISMATCH",
    "FIELD_ARGUMENT_TYPE_MISMATCH": "FIELD_ARGUMENT_TYPES_NOT_MERGEABLE",
    "FIELD_TYPE_MISMATCH": "OUTPUT_FIELD_TYPES_NOT_MERGEABLE",
    "INPUT_FIELD_TYPE_MISMATCH": "INPUT_FIELD_TYPES_NOT_MERGEABLE",
    "INTERFACE_FIELD_NO_IMPLEM": "INTERFACE_FIELD_NO_IMPLEMENTATION",
    "KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS": "KEY_DIRECTIVE_IN_FIELDS_ARGUMENT",
    "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE": "EXTERNAL_OVERRIDE_COLLISION",
    "OVERRIDE_FROM_SELF_ERROR": "OVERRIDE_FROM_SELF",
    "PROVIDES_FIELDS_HAS_ARGS": "PROVIDES_FIELDS_HAS_ARGUMENTS",
    "PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS": "PROVIDES_DIRECTIVE_IN_FIELDS_ARGUMENT",
    "PROVIDES_ON_NON_OBJECT_FIELD": "PROVIDES_ON_NON_COMPOSITE_FIELD",
    "REFERENCED_INACCESSIBLE": "REFERENCE_TO_INACCESSIBLE_TYPE",
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH": "FIELD_WITH_MISSING_REQUIRED_ARGUMENT",
    "REQUIRED_INACCESSIBLE": "NON_NULL_INPUT_FIELD_IS_INACCESSIBLE",
    "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH": "INPUT_WITH_MISSING_REQUIRED_FIELDS",
    "SATISFIABILITY_ERROR": "UNSATISFIABLE_QUERY_PATH",
    "SHAREABLE_SUBSCRIPTION": "INVALID_SHAREABLE_USAGE",
}


def in_words_of_dialects(problems: Iterable[Problem], schemas: Iterable[SubgraphSchema]) -> list[Problem]:
    """Return the problems, each with the code that its subgraphs' dialect has for it."""
    dialects = {schema.schema.place.file: schema.composite for schema in schemas}
    return [_renamed(problem, dialects) for problem in problems]


def _renamed(problem: Problem, dialects: Mapping[str, bool]) -> Problem:
    if problem.places:
        composite = all(dialects.get(place.file, False) for place in problem.places)
    else:
        composite = all(dialects.values())
    code = (_COMPOSITE if composite else _APOLLO).get(problem.code, problem.code)
    return problem if code == problem.code else replace(problem, code=code)
