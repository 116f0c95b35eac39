"""What a shared field returns is of a type that all subgraphs know that serve it.

They have to answer alike, so nothing can come of it that one of them doesn't know.
Source: Apollo Federation, error code SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.field_set_checks import possible_types
from stitcher.composition.model import Composition, FieldDeclaration, Types
from stitcher.composition.type_refs import named_type
from stitcher.errors import Problem

__all__ = ["check_runtime_types", "shared_fields"]


def check_runtime_types(composition: Composition) -> Iterator[Problem]:
    """Yield fields that several subgraphs serve, with no object type in common that they could return."""
    for path, served in shared_fields(composition):
        if not frozenset.intersection(*(types for _, types in served)):
            known = "; ".join(f"{', '.join(sorted(types))} in {own.subgraph}" for own, types in served)
            message = f"Field {path} is shared, but what it may return has no type in common: {known}."
            fix = "let the subgraphs share a type that they return, or give the fields different names."
            places = tuple(own.place for own, _ in served)
            yield Problem("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", message, places, fix)


def shared_fields(
    composition: Composition,
) -> Iterator[tuple[str, list[tuple[FieldDeclaration, frozenset[str]]]]]:
    """Yield the fields of several subgraphs that return an interface or union in one of them.

    Each comes with its declarations, and the object types that it may be of in each subgraph.
    """
    types = {schema.name: schema.types for schema in composition.schemas}
    for name, declared in composition.declared.items():
        if name not in composition.merged or len(declared) < 2 or not composition.merged[name].is_object:
            continue
        by_name: dict[str, list[FieldDeclaration]] = {}
        for declaration in declared:
            for own in declaration.fields.values():
                if own.served:
                    by_name.setdefault(own.name, []).append(own)
        for field, several in by_name.items():
            if len(several) > 1 and any(_is_abstract(own, composition.merged) for own in several):
                yield (
                    f"{name}.{field}",
                    [(own, _runtime_types(own, types[own.subgraph], composition.merged)) for own in several],
                )


def _is_abstract(own: FieldDeclaration, merged: Types) -> bool:
    returned = merged.get(named_type(own.type))
    return returned is not None and returned.is_composite and not returned.is_object


def _runtime_types(own: FieldDeclaration, types: Types, merged: Types) -> frozenset[str]:
    """Return the object types that a field may return; an interface object is of all of the interface's."""
    name = named_type(own.type)
    known = merged if types[name].interface_object else types
    return frozenset(type_name for type_name in possible_types(name, known) if known[type_name].is_object)
