"""The directives that dialects and the gateway know, as SDL would define them: places and arguments.

They are known in every SDL, whatever it imports; what a federation schema calls them, its links say. The
types of arguments stand for what they hold, and are checked where they are read.

Sources: Apollo Federation, "Federated directives", and its specs of cost, context and links; GraphQL Tools,
"Stitching directives"; GraphQL Composite Schemas specification.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from graphql import DirectiveDefinitionNode, NameNode, parse

__all__ = ["known_directives", "renamed"]

_ANYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE "
    "| INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_PROTECTED = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

_DEFINITIONS = f"""
directive @key(fields: Any, selectionSet: Any, resolvable: Boolean) repeatable on OBJECT | INTERFACE
directive @requires(fields: Any) on FIELD_DEFINITION
directive @provides(fields: Any) on FIELD_DEFINITION
directive @external(reason: String) on OBJECT | INTERFACE | FIELD_DEFINITION
directive @extends on OBJECT | INTERFACE
directive @shareable repeatable on OBJECT | FIELD_DEFINITION
directive @override(from: Any, label: Any) on FIELD_DEFINITION
directive @inaccessible on {_ANYWHERE}
directive @interfaceObject on OBJECT
directive @composeDirective(name: Any) repeatable on SCHEMA
directive @tag(name: String!) repeatable on {_ANYWHERE} | SCHEMA
directive @authenticated on {_PROTECTED}
directive @requiresScopes(scopes: Any) on {_PROTECTED}
directive @policy(policies: Any) on {_PROTECTED}
directive @cost(weight: Int!) on
  ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
directive @listSize(
  assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean
) on FIELD_DEFINITION
directive @context(name: Any) repeatable on OBJECT | INTERFACE | UNION
directive @fromContext(field: Any) on ARGUMENT_DEFINITION
directive @cacheTag(format: String!) repeatable on OBJECT | INTERFACE | FIELD_DEFINITION
directive @link(url: Any, as: Any, for: Any, import: Any) repeatable on SCHEMA
directive @core(feature: Any, as: Any, for: Any) repeatable on SCHEMA

directive @merge(
  keyField: Any, keyArg: Any, key: Any, argsExpr: Any, additionalArgs: Any, types: Any
) repeatable on FIELD_DEFINITION
directive @computed(selectionSet: Any) on FIELD_DEFINITION
directive @canonical on
  OBJECT | INTERFACE | INPUT_OBJECT | UNION | ENUM | SCALAR | FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @lookup on FIELD_DEFINITION
directive @internal on OBJECT | FIELD_DEFINITION
directive @is(field: Any) on ARGUMENT_DEFINITION
directive @require(field: Any) on ARGUMENT_DEFINITION

directive @public on FIELD_DEFINITION
directive @rateLimit(limit: Any) on FIELD_DEFINITION
directive @invalidates(tags: [String!], entities: [String!], types: [String!]) repeatable on FIELD_DEFINITION
directive @cacheControl(maxAge: Int, scope: Any, inheritMaxAge: Boolean) on
  FIELD_DEFINITION | OBJECT | INTERFACE | UNION
"""


@cache
def known_directives() -> dict[str, DirectiveDefinitionNode]:
    """Return the definitions by name."""
    nodes = parse(_DEFINITIONS, no_location=True).definitions
    return {node.name.value: node for node in nodes if isinstance(node, DirectiveDefinitionNode)}


def renamed(definition: DirectiveDefinitionNode, name: str) -> DirectiveDefinitionNode:
    """Return a definition under another name."""
    return replace(definition, name=NameNode(value=name))
