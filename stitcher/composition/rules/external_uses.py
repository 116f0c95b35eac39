"""What is external is there to be used, and what requirements and provisions select is external.

Subgraphs of federation 1 are spared: there, both are common, and mean nothing.
Sources: Apollo Federation, error codes EXTERNAL_UNUSED, PROVIDES_FIELDS_MISSING_EXTERNAL and
REQUIRES_FIELDS_MISSING_EXTERNAL; GraphQL Composite Schemas specification, the first two of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.contexts import setting_types
from stitcher.composition.field_set import FieldSet
from stitcher.composition.field_set_checks import covered_fields
from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    Kind,
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
            for kind, where, type_name, fields in _field_sets(schema):
                yield from _check_used(kind, where, type_name, fields, schema)


def _field_sets(schema: SubgraphSchema) -> Iterator[tuple[str, str, str, FieldSet]]:
    """Yield each requirement and provision: its kind, where it is, the type it selects from, the fields."""
    for declared in schema.types.values():
        for own in declared.fields.values():
            if own.requires is not None and not own.requires.over_merged:
                yield "REQUIRES", f"{declared.name}.{own.name}", declared.name, own.requires
            if own.provides is not None:
                yield "PROVIDES", f"{declared.name}.{own.name}", named_type(own.type), own.provides


# Unused


def _check_unused(schema: SubgraphSchema) -> Iterator[Problem]:
    used = set(_used(schema))
    for declared in schema.types.values():
        for own in declared.fields.values() if declared.kind is Kind.OBJECT else ():
            if (
                own.external
                and (declared.name, own.name) not in used
                and not _implements(own, declared, schema)
            ):
                path = f"{declared.name}.{own.name}"
                message = f"Field {path} is external in subgraph {schema.name}, and nothing there uses it."
                fix = "take the field out, or name it in a key, a requirement, a provision or a context."
                yield Problem("EXTERNAL_UNUSED", message, (own.place,), fix)


def _used(schema: SubgraphSchema) -> Iterator[tuple[str, str]]:
    keys = [(name, key.fields) for name, declared in schema.types.items() for key in declared.keys]
    others = [(type_name, fields) for _, _, type_name, fields in _field_sets(schema)]
    for type_name, fields in [*keys, *others, *_taken_from_contexts(schema)]:
        yield from covered_fields(fields.selections, type_name, schema.types)


def _taken_from_contexts(schema: SubgraphSchema) -> Iterator[tuple[str, FieldSet]]:
    for declared in schema.types.values():
        for own in declared.fields.values():
            for given in own.contexts:
                for setting in setting_types(given.context, schema.types):
                    yield setting.name, given.fields


def _implements(own: FieldDeclaration, declared: TypeDeclaration, schema: SubgraphSchema) -> bool:
    return any(
        own.name in schema.types[interface].fields
        for interface in declared.interfaces
        if interface in schema.types
    )


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
