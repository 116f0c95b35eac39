"""Keys, requirements and provisions select fields that are there.

Federation's select from the subgraph's own types, the stitching directives' from the merged ones.
Source: Apollo Federation, "Federated directives": @key, @requires, @provides.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql import ListTypeNode

from stitcher.composition.field_set import FieldSet
from stitcher.composition.field_set_checks import check_arguments, check_field_set, selected_fields
from stitcher.composition.model import Composition, SubgraphSchema, TypeDeclaration, Types
from stitcher.composition.type_refs import named_type, nullable, type_text
from stitcher.errors import Problem

__all__ = ["check_merged_field_sets", "check_own_field_sets"]


def check_own_field_sets(composition: Composition) -> Iterator[Problem]:
    """Yield what is wrong with the field sets over a subgraph's own types."""
    for schema in composition.schemas:
        yield from _check(schema, schema.types, over_merged=False)


def check_merged_field_sets(composition: Composition) -> Iterator[Problem]:
    """Yield what is wrong with the field sets over the merged types."""
    for schema in composition.schemas:
        yield from _check(schema, composition.merged, over_merged=True)


def _check(schema: SubgraphSchema, types: Types, *, over_merged: bool) -> Iterator[Problem]:
    whose = "the merged" if over_merged else "this subgraph's"
    for declared in schema.types.values():
        for kind, where, type_name, fields in _field_sets(declared):
            if fields.over_merged is not over_merged:
                continue
            what = (
                f'The {kind.lower()} field set "{fields.text.strip()}" of {where} in subgraph {schema.name}'
            )
            for wrong in check_field_set(fields.selections, type_name, types):
                fix = f"select fields that {whose} {type_name} has."
                yield Problem(f"{kind}_INVALID_FIELDS", f"{what} is wrong: {wrong}", (fields.place,), fix)
            yield from _check_arguments(kind, what, type_name, fields, schema, types)
            if kind == "KEY" and not over_merged:
                yield from _check_key_types(what, type_name, fields, schema)


def _check_arguments(
    kind: str, what: str, type_name: str, fields: FieldSet, schema: SubgraphSchema, types: Types
) -> Iterator[Problem]:
    """Requirements may give arguments to fields; in the Composite Schemas spec, keys may, too."""
    if kind == "REQUIRES" or (kind == "KEY" and schema.composite):
        for wrong in check_arguments(fields.selections, type_name, types):
            fix = "give each field the arguments that it has, and all that it requires."
            yield Problem(f"{kind}_INVALID_ARGUMENTS", f"{what} is wrong: {wrong}", (fields.place,), fix)
        return
    for _, parent, selected in selected_fields(fields.selections, type_name, types):
        if selected.arguments or selected.contexts:
            message = f"{what} selects {parent.name}.{selected.name}, which has arguments."
            fix = "select fields that have none."
            yield Problem(f"{kind}_FIELDS_HAS_ARGS", message, (fields.place,), fix)


def _check_key_types(
    what: str, type_name: str, fields: FieldSet, schema: SubgraphSchema
) -> Iterator[Problem]:
    """A key's fields have values that can be told apart; in the Composite Schemas spec, lists are none."""
    for _, parent, selected in selected_fields(fields.selections, type_name, schema.types):
        returned = schema.types.get(named_type(selected.type))
        abstract = returned is not None and returned.is_composite and not returned.is_object
        if abstract or (schema.composite and isinstance(nullable(selected.type), ListTypeNode)):
            path = f"{parent.name}.{selected.name}"
            message = f"{what} selects {path} of type {type_text(selected.type)}, which is none to tell by."
            fix = "select fields that return scalars, enums or objects."
            yield Problem("KEY_FIELDS_SELECT_INVALID_TYPE", message, (fields.place,), fix)


def _field_sets(declared: TypeDeclaration) -> Iterator[tuple[str, str, str, FieldSet]]:
    """Yield the start of the code, where it stands, what it selects from, and the field set.

    What ``@require`` takes is checked with the arguments that it is for.
    """
    for key in declared.keys:
        yield "KEY", f"type {declared.name}", declared.name, key.fields
    for own in declared.fields.values():
        where = f"field {declared.name}.{own.name}"
        if own.requires is not None and not own.filled:
            yield "REQUIRES", where, declared.name, own.requires
        if own.provides is not None:
            yield "PROVIDES", where, named_type(own.type), own.provides
