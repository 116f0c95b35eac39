"""What to write into a subgraph that has a type's fields and can't be asked for its objects.

A. In a federation subgraph, that is a key.
B. Elsewhere it is a root field that finds objects by a key: best one that is there already, and only lacks
   its directive; else a new one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graphql import ListTypeNode, TypeNode

from stitcher.composition.model import FieldDeclaration, SubgraphSchema, TypeDeclaration, has_argument
from stitcher.composition.type_refs import named_type, nullable, type_text
from stitcher.selections import print_selections

__all__ = ["lookup_advice"]

QUERY = "Query"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A root field that could find objects by a field of theirs."""

    field: FieldDeclaration
    key: str
    argument: str


def lookup_advice(schema: SubgraphSchema, type_name: str, known: Collection[str]) -> str | None:
    """Return what to write, as a sentence; None where no field of the type could be its key.

    Args:
        schema: The subgraph.
        type_name: The type whose objects it can't be asked for.
        known: The type's fields that the gateway can have from elsewhere.
    """
    declared = schema.types.get(type_name)
    if declared is None:
        return None
    keys = _possible_keys(declared, known)
    if not keys:
        return None
    if _is_federation(schema):  # A
        return f'write `type {type_name} @key(fields: "{keys[0]}")` in {schema.name} ({declared.place}).'
    candidates = _candidates(schema, type_name, declared, keys)  # B
    if not candidates:
        return _new_lookup(schema, declared, keys[0])
    found = candidates[0]
    mark = "@lookup" if schema.composite else _merge(found)
    arguments = ", ".join(
        f"{argument.name}: {type_text(argument.type)}" for argument in found.field.arguments.values()
    )
    field = f"{found.field.name}({arguments}): {type_text(found.field.type)} {mark}"
    return f"write `{field}` in {schema.name} ({found.field.place}){_key(schema, declared, found.key)}."


def _is_federation(schema: SubgraphSchema) -> bool:
    """Say whether a subgraph is written for federation: by its link, or in version 1 by another key."""
    keys = schema.uses.get("key", ())
    return not schema.composite and (
        not schema.shares_everything or any(has_argument(key, "fields") for key in keys)
    )


def _possible_keys(declared: TypeDeclaration, known: Collection[str]) -> list[str]:
    """Return the fields that may identify objects, the likeliest first: ``id``, then others of type ID."""
    names = [
        name
        for name, field in declared.fields.items()
        if name in known and not field.arguments and (name == "id" or named_type(field.type) == "ID")
    ]
    return sorted(names, key=lambda name: name != "id")


def _candidates(
    schema: SubgraphSchema, type_name: str, declared: TypeDeclaration, keys: Collection[str]
) -> list[_Candidate]:
    """Return the root fields that bring such objects by a key: by several keys at once first."""
    query = schema.types.get(QUERY)
    found = [
        _Candidate(field, key, argument.name)
        for field in (query.fields.values() if query is not None else ())
        if named_type(field.type) == type_name
        for argument in field.arguments.values()
        for key in keys
        if named_type(argument.type) == named_type(declared.fields[key].type)
        and _is_list(argument.type) == _is_list(field.type)
        and not any(other.required for other in field.arguments.values() if other is not argument)
        # Composite schemas' lookups are asked for one object at a time, by the name of its field.
        and not (schema.composite and (_is_list(field.type) or argument.name != key))
    ]
    return sorted(found, key=lambda candidate: not _is_list(candidate.field.type))


def _new_lookup(schema: SubgraphSchema, declared: TypeDeclaration, key: str) -> str:
    key_type = named_type(declared.fields[key].type)
    name = declared.name[:1].lower() + declared.name[1:]
    field = f"{name}({key}: {key_type}!): {declared.name}"
    mark = "@lookup" if schema.composite else f'@merge(keyField: "{key}")'
    return f"add a field to Query in {schema.name}, `{field} {mark}`{_key(schema, declared, key)}."


def _merge(found: _Candidate) -> str:
    more = f', keyArg: "{found.argument}"' if len(found.field.arguments) > 1 else ""
    return f'@merge(keyField: "{found.key}"{more})'


def _key(schema: SubgraphSchema, declared: TypeDeclaration, key: str) -> str:
    """Return what the type needs beside the root field."""
    if schema.composite or any(print_selections(known.fields.selections) == key for known in declared.keys):
        return ""
    return f', and `type {declared.name} @key(selectionSet: "{{ {key} }}")` ({declared.place})'


def _is_list(type_: TypeNode) -> bool:
    return isinstance(nullable(type_), ListTypeNode)
