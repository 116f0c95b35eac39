"""What is external is there to be used, and what requirements and provisions select is external.

Subgraphs of federation 1 are spared: there, both are common, and mean nothing.
Sources: Apollo Federation, error codes EXTERNAL_UNUSED, PROVIDES_FIELDS_MISSING_EXTERNAL and
REQUIRES_FIELDS_MISSING_EXTERNAL; GraphQL Composite Schemas specification, the first two of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.external_fields import field_sets, unused_externals
from stitcher.composition.field_set import FieldSet
from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    SubgraphSchema,
    TypeDeclaration,
    Types,
)
from stitcher.composition.type_refs import named_type
from stitcher.errors import Problem
from stitcher.selections import Fragment, Selections

__all__ = ["check_external_uses"]


def check_external_uses(composition: Composition) -> Iterator[Problem]:
    """Yield external fields that nothing uses, and used fields that are not external."""
    for schema in composition.schemas:
        if not schema.shares_everything:
            yield from _check_unused(schema)
            for kind, where, type_name, fields in field_sets(schema):
                yield from _check_used(kind, where, type_name, fields, schema)


# Unused


def _check_unused(schema: SubgraphSchema) -> Iterator[Problem]:
    for type_name, own in unused_externals(schema):
        path = f"{type_name}.{own.name}"
        message = f"Field {path} is external in subgraph {schema.name}, and nothing there uses it."
        fix = "take the field out, or name it in a key, a requirement, a provision or a context."
        yield Problem("EXTERNAL_UNUSED", message, (own.place,), fix)


# Used


def _check_used(
    kind: str, where: str, type_name: str, fields: FieldSet, schema: SubgraphSchema
) -> Iterator[Problem]:
    for path in dict.fromkeys(_served(fields.selections, type_name, schema.types)):
        message = (
            f"Field {where} of subgraph {schema.name} {kind.lower()} {path}, which the subgraph serves "
            "itself: it is not external."
        )
        fix = f"take it out of the field set, or mark it @external if {schema.name} doesn't serve it."
        yield Problem(f"{kind}_FIELDS_MISSING_EXTERNAL", message, (fields.place,), fix)


def _served(selections: Selections, type_name: str, types: Types) -> Iterator[str]:
    """Yield the leaves that are selected without a field on the way to them being external."""
    parent = types.get(type_name)
    if parent is None:
        return  # that it isn't declared is another rule's to say
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from _served(selection.selections, selection.type_condition, types)
            continue
        own = parent.fields.get(selection.name)
        if own is None or _is_external(own):
            continue
        if not selection.selections:
            yield f"{type_name}.{selection.name}"
        elif not _external_in_types(parent, selection.name, types):
            yield from _served(selection.selections, named_type(own.type), types)


def _is_external(own: FieldDeclaration) -> bool:
    return own.external or own.echoed


def _external_in_types(interface: TypeDeclaration, name: str, types: Types) -> bool:
    implementing = (type_ for type_ in types.values() if interface.name in type_.interfaces)
    return any(
        _is_external(implementation.fields[name])
        for implementation in implementing
        if name in implementation.fields
    )
