"""Directives are known, stand where they may, as often as they may, and with arguments that they have.

A misspelt mark marks nothing, and shows what was to be hidden. So it is a problem where all
directives have to be known: in schemas that link federation 2, and in the dialects of our own. Elsewhere
(federation 1, plain schemas) it is a hint, since frameworks print schemas without their directives'
definitions.

Source: GraphQL specification, section 5.7, "Directives", and 3.13, "Type System.Directives".
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
)
from graphql.pyutils import did_you_mean, suggestion_list
from graphql.validation import (
    KnownDirectivesRule,
    UniqueDirectiveNamesRule,
    UniqueDirectivesPerLocationRule,
)
from graphql.validation.rules import ASTValidationRule
from graphql.validation.rules.known_argument_names import KnownArgumentNamesOnDirectivesRule
from graphql.validation.validate import validate_sdl

from stitcher.composition.dialects import needs_definitions
from stitcher.composition.dialects.definitions import known_directives, renamed
from stitcher.composition.dialects.federation import directive_names
from stitcher.composition.dialects.link import linked
from stitcher.composition.literals import check_literal
from stitcher.composition.model import Composition, SubgraphSchema, place_of
from stitcher.errors import Problem

__all__ = ["check_directives", "hint_at_directive_uses"]

_RULES: tuple[type[ASTValidationRule], ...] = (
    KnownDirectivesRule,
    KnownArgumentNamesOnDirectivesRule,
    UniqueDirectivesPerLocationRule,
    UniqueDirectiveNamesRule,
)


def check_directives(composition: Composition) -> Iterator[Problem]:
    """Yield wrong uses of directives in schemas where all of them have to be known."""
    for schema in composition.schemas:
        if needs_definitions(schema):
            yield from _wrong_uses(schema)


def hint_at_directive_uses(composition: Composition) -> Iterator[Problem]:
    """Yield the same for all other schemas."""
    for schema in composition.schemas:
        if not needs_definitions(schema):
            yield from _wrong_uses(schema)


def _wrong_uses(schema: SubgraphSchema) -> Iterator[Problem]:
    if schema.document is None:
        return
    known = {
        local: renamed(definition, local)
        for name, locals_ in directive_names(schema).items()
        for local in locals_
        if not _is_another(schema, local, definition := known_directives()[name])
    }
    own = [
        node
        for node in schema.document.definitions
        if not isinstance(node, DirectiveDefinitionNode) or node.name.value not in known
    ]
    document = DocumentNode(definitions=(*known.values(), *own))
    for error in validate_sdl(document, None, _RULES):
        if (problem := _problem(schema, error, [*known, *schema.directives])) is not None:
            yield problem
    definitions = {**schema.directives, **known}
    for name, uses in schema.uses.items():
        if name in definitions:
            for use in uses:
                yield from _wrong_arguments(schema, use, definitions[name])


def _problem(schema: SubgraphSchema, error: GraphQLError, known: list[str]) -> Problem | None:
    nodes = error.nodes or []
    message = error.message
    first = nodes[0] if nodes else None
    if isinstance(first, DirectiveNode) and message.startswith("Unknown directive"):
        name = first.name.value
        if _is_foreign(schema, name):
            return None
        message = f"Unknown directive '@{name}'." + did_you_mean(
            [f"@{similar}" for similar in suggestion_list(name, known)]
        )
    places = tuple(dict.fromkeys(place_of(node) for node in nodes if node.loc is not None))
    fix = "correct it; a directive of the schema's own has to be defined in it."
    return Problem("INVALID_GRAPHQL", f"Subgraph {schema.name}: {message}", places, fix)


def _is_another(schema: SubgraphSchema, name: str, known: DirectiveDefinitionNode) -> bool:
    """Whether a schema defines a directive for a purpose of its own, with arguments of its own."""
    own = schema.directives.get(name)
    arguments = {argument.name.value for argument in known.arguments or ()}
    return own is not None and any(argument.name.value not in arguments for argument in own.arguments or ())


def _is_foreign(schema: SubgraphSchema, name: str) -> bool:
    """Whether a directive is of a linked spec that isn't federation's, whose elements nobody here knows."""
    for link in linked(schema):
        if link.spec != "federation" and (
            name == link.namespace
            or name.startswith(f"{link.namespace}__")
            or name in {local.removeprefix("@") for local in link.imports.values()}
        ):
            return True
    return False


def _wrong_arguments(
    schema: SubgraphSchema, node: DirectiveNode, definition: DirectiveDefinitionNode
) -> Iterator[Problem]:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    for declared in definition.arguments or ():
        name = declared.name.value
        if name not in given:
            continue
        for wrong in check_literal(given[name], declared.type, schema.types):
            message = f"Subgraph {schema.name}: argument {name} of @{node.name.value} is wrong. {wrong}"
            fix = "give it a value of the type that the directive's definition says."
            yield Problem("INVALID_GRAPHQL", message, (place_of(node),), fix)
