"""``@rateLimit`` gives a limit in the gateway's notation, to a field, where that is served.

A schema that defines a directive of this name for a purpose of its own, whose ``limit`` is no text, is left
alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ConstDirectiveNode, StringValueNode

from stitcher.composition.model import Composition, Declaration, FieldDeclaration, SubgraphSchema, place_of
from stitcher.composition.type_refs import type_text
from stitcher.errors import Problem
from stitcher.field_limits import DIRECTIVE, LIMIT
from stitcher.windows import parse_windows

__all__ = ["check_rate_limits"]


def check_rate_limits(composition: Composition) -> Iterator[Problem]:
    """Yield limits that would not be kept."""
    for schema in composition.schemas:
        if DIRECTIVE not in schema.uses or _is_another(schema):
            continue
        for element in schema.elements():
            for node in element.directives:
                if node.name.value == DIRECTIVE:
                    yield from _check(node, element)


def _is_another(schema: SubgraphSchema) -> bool:
    definition = schema.directives.get(DIRECTIVE)
    return definition is not None and not any(
        argument.name.value == LIMIT and type_text(argument.type) in ("String", "String!")
        for argument in definition.arguments or ()
    )


def _check(node: ConstDirectiveNode, element: Declaration) -> Iterator[Problem]:
    where = f"{element.name} of subgraph {element.subgraph}"
    if not isinstance(element, FieldDeclaration):
        message = f"@{DIRECTIVE} is on {where}, which is no field that is answered."
        fix = "move it to fields of an object type or an interface."
        yield Problem("RATE_LIMIT_MISPLACED", message, (place_of(node),), fix)
    elif element.external:
        message = f"Field {where} is external, so @{DIRECTIVE} has no meaning there."
        fix = f"apply @{DIRECTIVE} where the field is served."
        yield Problem("RATE_LIMIT_MISPLACED", message, (place_of(node),), fix)
    elif not _is_limit(node):
        message = f"@{DIRECTIVE} on field {where} gives no limit that can be kept."
        fix = f'write it like @{DIRECTIVE}({LIMIT}: "5/minute"), or with several: "10/second;1000/hour".'
        yield Problem("RATE_LIMIT_INVALID", message, (place_of(node),), fix)


def _is_limit(node: ConstDirectiveNode) -> bool:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    limit = given.get(LIMIT)
    if len(given) != 1 or not isinstance(limit, StringValueNode):
        return False
    try:
        parse_windows("", limit.value)
    except ValueError:
        return False
    return True
