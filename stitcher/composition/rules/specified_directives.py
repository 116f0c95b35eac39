"""The directives of GraphQL itself have what the schema is built of: the reason and the URL.

They are problems in every dialect, since there is no schema without them. What else is wrong with uses of
directives is told by the rule on directives.

Source: GraphQL specification, section 3.13, "Directives"; since its edition of September 2025, the reason
of a deprecation can't be null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import ConstDirectiveNode, DirectiveDefinitionNode, parse, print_ast

from stitcher.composition.literals import check_literal
from stitcher.composition.model import Composition, InputDeclaration, SubgraphSchema, Types, place_of
from stitcher.errors import Place, Problem

__all__ = ["check_specified_directives"]

_SPECIFIED: Mapping[str, DirectiveDefinitionNode] = {
    node.name.value: node
    for node in parse(
        """
        directive @deprecated(reason: String! = "No longer supported") on FIELD_DEFINITION
        directive @specifiedBy(url: String!) on SCALAR
        """,
        no_location=True,
    ).definitions
    if isinstance(node, DirectiveDefinitionNode)
}


def check_specified_directives(composition: Composition) -> Iterator[Problem]:
    """Yield uses whose arguments are missing or of the wrong type."""
    for schema in composition.schemas:
        for name, definition in _SPECIFIED.items():
            if name in schema.uses:
                inputs = _inputs(definition, schema)
                for node in schema.uses[name]:
                    yield from _check_values(node, inputs, schema.types, schema)


def _inputs(definition: DirectiveDefinitionNode, schema: SubgraphSchema) -> dict[str, InputDeclaration]:
    return {
        node.name.value: InputDeclaration(
            name=node.name.value,
            subgraph=schema.name,
            place=Place("", 1),
            type=node.type,
            default=node.default_value,
        )
        for node in definition.arguments or ()
    }


def _check_values(
    node: ConstDirectiveNode, inputs: Mapping[str, InputDeclaration], types: Types, schema: SubgraphSchema
) -> Iterator[Problem]:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    wrong = [
        f"the argument {name} is required." for name in inputs if inputs[name].required and name not in given
    ]
    for name, value in given.items():
        if name in inputs:
            wrong += check_literal(value, inputs[name].type, types)
    for sentence in wrong:
        message = f"{print_ast(node)} in subgraph {schema.name} is wrong: {sentence}"
        fix = f"give @{node.name.value} the arguments that it is defined with."
        yield Problem("INVALID_GRAPHQL", message, (place_of(node),), fix)
