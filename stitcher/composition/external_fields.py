"""What is external in a subgraph, and which field sets there use it."""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.contexts import setting_types
from stitcher.composition.field_set import FieldSet
from stitcher.composition.field_set_checks import covered_fields
from stitcher.composition.model import FieldDeclaration, Kind, SubgraphSchema, TypeDeclaration
from stitcher.composition.type_refs import named_type

__all__ = ["field_sets", "unused_externals"]


def field_sets(schema: SubgraphSchema) -> Iterator[tuple[str, str, str, FieldSet]]:
    """Yield each requirement and provision: its kind, where it is, the type it selects from, the fields."""
    for declared in schema.types.values():
        for own in declared.fields.values():
            if own.requires is not None and not own.requires.over_merged:
                yield "REQUIRES", f"{declared.name}.{own.name}", declared.name, own.requires
            if own.provides is not None:
                yield "PROVIDES", f"{declared.name}.{own.name}", named_type(own.type), own.provides


def unused_externals(schema: SubgraphSchema) -> Iterator[tuple[str, FieldDeclaration]]:
    """Yield the external fields that nothing in their subgraph uses, each with its type's name."""
    used = set(_used(schema))
    for declared in schema.types.values():
        for own in declared.fields.values() if declared.kind is Kind.OBJECT else ():
            is_used = (declared.name, own.name) in used or _implements(own, declared, schema)
            if own.external and not is_used:
                yield declared.name, own


def _used(schema: SubgraphSchema) -> Iterator[tuple[str, str]]:
    keys = [(name, key.fields) for name, declared in schema.types.items() for key in declared.keys]
    others = [(type_name, fields) for _, _, type_name, fields in field_sets(schema)]
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
