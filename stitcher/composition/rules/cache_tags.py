"""``@cacheTag`` and ``@invalidates`` name what there is: else nothing would ever be ended by them.

Formats of types are made of ``$key``, those of root fields of ``$args``. A schema that defines a directive of
one of these names for a purpose of its own is left alone.
Source: Apollo Federation, "Federated directives", ``@cacheTag``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from typing import Any

from graphql import ConstDirectiveNode

from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    SubgraphSchema,
    TypeDeclaration,
    place_of,
)
from stitcher.directives import arguments_of
from stitcher.errors import Problem, did_you_mean
from stitcher.selections import Field
from stitcher.supergraph import ROOT

__all__ = ["check_cache_tags"]

TAG = "cacheTag"
INVALIDATES = "invalidates"
ARGUMENTS = {TAG: {"format"}, INVALIDATES: {"tags", "entities", "types"}}

_PLACE = re.compile(r"\{\$(\w+)\.([\w.]+)\}", re.ASCII)


def check_cache_tags(composition: Composition) -> Iterator[Problem]:
    """Yield tags that are never made, and what ends nothing."""
    types = composition.declared.keys()
    for schema in composition.schemas:
        if not _is_another(schema, TAG):
            yield from _check_tags(schema)
        if not _is_another(schema, INVALIDATES):
            yield from _check_invalidations(schema, types)


def _is_another(schema: SubgraphSchema, name: str) -> bool:
    definition = schema.directives.get(name)
    given = {argument.name.value for argument in (definition.arguments or ())} if definition else set()
    return name not in schema.uses or (definition is not None and not given & ARGUMENTS[name])


def _check_tags(schema: SubgraphSchema) -> Iterator[Problem]:
    for declared in schema.types.values():
        keys = {
            part.name for key in declared.keys for part in key.fields.selections if isinstance(part, Field)
        }
        for node in _uses(declared, TAG):
            where = f"{declared.name} of subgraph {declared.subgraph}"
            if not declared.keys:
                message = f"@{TAG} is on {where}, which is no entity."
                yield _problem(TAG, message, node, f"give {declared.name} a key, or tag root fields.")
            else:
                yield from _check_formats(node, "format", where, "key", keys)
        for own in declared.fields.values():
            for node in _uses(own, TAG):
                where = f"{declared.name}.{own.name} of subgraph {own.subgraph}"
                if declared.name == ROOT:
                    yield from _check_formats(node, "format", where, "args", own.arguments.keys())
                else:
                    message = f"@{TAG} is on {where}, which is no field of {ROOT}."
                    yield _problem(TAG, message, node, f"tag the type, or fields of {ROOT}.")


def _check_invalidations(schema: SubgraphSchema, types: Set[str]) -> Iterator[Problem]:
    for declared in schema.types.values():
        for own in declared.fields.values():
            for node in _uses(own, INVALIDATES):
                where = f"{declared.name}.{own.name} of subgraph {own.subgraph}"
                if declared.name != "Mutation":
                    message = f"@{INVALIDATES} is on {where}, which is no field of Mutation."
                    yield _problem(INVALIDATES, message, node, "move it to the mutations that change things.")
                    continue
                yield from _check_formats(node, "tags", where, "args", own.arguments.keys())
                yield from _check_formats(node, "entities", where, "args", own.arguments.keys())
                given = arguments_of(node)
                names = [*_texts(given.get("types"))]
                names += [text.partition(":")[0] for text in _texts(given.get("entities"))]
                for name in names:
                    if name not in types:
                        message = f"@{INVALIDATES} on {where} names {name!r}, which is no type."
                        fix = 'write entities as "Thing:{$args.id}".' + did_you_mean(name, types, 0.6)
                        yield _problem(INVALIDATES, message, node, fix)


def _check_formats(
    node: ConstDirectiveNode, argument: str, where: str, kind: str, names: Iterable[str]
) -> Iterator[Problem]:
    """Yield what is wrong with the places for values in a directive's texts."""
    name = node.name.value
    for text in _texts(arguments_of(node).get(argument)):
        for found, path in _PLACE.findall(text):
            first = path.partition(".")[0]
            if found != kind or first not in names:
                message = f"@{name} on {where} has {{${found}.{path}}}, which isn't there."
                known = ", ".join(f"{{${kind}.{each}}}" for each in names) or "no values"
                yield _problem(name, message, node, f"there {'are' if names else 'is'} {known}.")
        if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
            message = f"@{name} on {where} has a text with braces that are no place for a value: {text!r}."
            yield _problem(name, message, node, f"write it like {{${kind}.id}}.")


def _uses(element: TypeDeclaration | FieldDeclaration, name: str) -> Iterator[ConstDirectiveNode]:
    return (node for node in element.directives if node.name.value == name)


def _texts(given: Any) -> list[str]:
    values = given if isinstance(given, list) else [given]
    return [value for value in values if isinstance(value, str)]


def _problem(directive: str, message: str, node: ConstDirectiveNode, fix: str) -> Problem:
    code = "CACHE_TAG_INVALID" if directive == TAG else "INVALIDATES_INVALID"
    return Problem(code, message, (place_of(node),), fix)
