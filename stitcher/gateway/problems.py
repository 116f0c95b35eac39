"""What is wrong with a document, or with the values of its variables: looked for and told within bounds.

A request can be wrong in thousands of places, and each problem takes time to be put into words; names that
might have been meant take most of it, as the wrong one is compared with all that there are. So only the first
problems are looked for, and names are suggested for the very first alone, which is looked at once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    VariableDefinitionNode,
    get_variable_values,
    validate,
)
from graphql.validation import (
    FieldsOnCorrectTypeRule,
    KnownArgumentNamesRule,
    KnownTypeNamesRule,
    ValuesOfCorrectTypeRule,
)

from stitcher.errors import RequestError

__all__ = ["ERROR_LIMIT", "check", "coerce", "formatted"]

ERROR_LIMIT = 10
"""The most problems of one document, or of the variables of one request, that are looked for."""

_SUGGESTING = (FieldsOnCorrectTypeRule, KnownArgumentNamesRule, KnownTypeNamesRule, ValuesOfCorrectTypeRule)
"""The rules of the GraphQL specification whose problems suggest names."""


def check(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: Sequence[type[ASTValidationRule]],
    *,
    suggestions: bool,
) -> None:
    """Validate a document; ``suggestions`` says whether names may be suggested.

    Raises:
        RequestError: it isn't valid.
    """
    problems = validate(schema, document, rules, ERROR_LIMIT, hide_suggestions=True)
    if problems:
        once_more = validate(schema, document, _SUGGESTING, 1) if suggestions else ()
        raise _refusal("GRAPHQL_VALIDATION_FAILED", problems, once_more)


def coerce(
    schema: GraphQLSchema,
    definitions: Sequence[VariableDefinitionNode],
    variables: Mapping[str, Any],
    *,
    suggestions: bool,
) -> Mapping[str, Any]:
    """Return the coerced values of a request's variables; ``suggestions`` as above.

    Raises:
        RequestError: there are wrong ones among them.
    """
    given = dict(variables)
    result = get_variable_values(schema, definitions, given, ERROR_LIMIT, hide_suggestions=True)
    if not isinstance(result, list):
        return result.coerced
    once_more = get_variable_values(schema, definitions, given, 1) if suggestions else None
    raise _refusal("BAD_USER_INPUT", result, once_more if isinstance(once_more, list) else ())


def formatted(error: GraphQLError) -> dict[str, Any]:
    """Return an error's message and places, as the client is told them."""
    told: dict[str, Any] = {"message": error.message}
    if error.locations:
        told["locations"] = [
            {"line": location.line, "column": location.column} for location in error.locations
        ]
    return told


def _refusal(code: str, problems: Sequence[GraphQLError], once_more: Sequence[GraphQLError]) -> RequestError:
    """Return a refusal; ``once_more`` begins with the first problem that suggests names, told with them."""
    said: dict[str, GraphQLError] = {}  # what is repeated a hundred times is said once
    for problem in problems:
        said.setdefault(problem.message, problem)
    first = problems[0].message
    if once_more and once_more[0].message.startswith(first):
        said[first] = once_more[0]
    return RequestError(code, *map(formatted, said.values()))
