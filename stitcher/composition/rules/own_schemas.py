"""Each subgraph's SDL is a valid schema by itself, whatever the others add to it.

Merging would hide what isn't: a type without fields gets another's, an interface that a type doesn't
implement is implemented elsewhere. The service that serves the SDL can't be built of it all the same.

Source: GraphQL specification, section 3, "Type System", the parts "Type Validation"; Apollo Federation, error
code INVALID_GRAPHQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError
from graphql.validation import (
    LoneSchemaDefinitionRule,
    UniqueArgumentDefinitionNamesRule,
    UniqueArgumentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationTypesRule,
)
from graphql.validation.rules import ASTValidationRule
from graphql.validation.validate import validate_sdl

from stitcher.composition.client_schema import build_own_schema
from stitcher.composition.model import Composition, SubgraphSchema, place_of
from stitcher.errors import Problem
from stitcher.validity import schema_errors

__all__ = ["check_own_schemas"]

_RULES: tuple[type[ASTValidationRule], ...] = (
    LoneSchemaDefinitionRule,
    UniqueOperationTypesRule,
    UniqueArgumentDefinitionNamesRule,
    UniqueArgumentNamesRule,
    UniqueInputFieldNamesRule,
)
"""What can be written, and is lost when the schema is built."""


def check_own_schemas(composition: Composition) -> Iterator[Problem]:
    """Yield what graphql-core finds wrong with each subgraph's schema; another tool's have been checked."""
    for schema in composition.schemas:
        if schema.document is not None:
            for error in validate_sdl(schema.document, None, _RULES):
                yield _problem(schema, error)
            for error in schema_errors(build_own_schema(schema.types)):
                yield _problem(schema, error)


def _problem(schema: SubgraphSchema, error: GraphQLError) -> Problem:
    places = tuple(dict.fromkeys(place_of(node) for node in error.nodes or () if node.loc))
    message = f"The SDL of subgraph {schema.name} is no valid schema by itself: {error.message}"
    fix = "correct it there; what other subgraphs declare doesn't count."
    return Problem("INVALID_GRAPHQL", message, places or (schema.schema.place,), fix)
