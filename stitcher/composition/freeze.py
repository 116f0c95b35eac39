"""Freezing: declarations become the :class:`~stitcher.supergraph.Subgraph` that planning reads."""

from __future__ import annotations

from stitcher.composition.model import FieldDeclaration, Kind, SubgraphSchema, TypeDeclaration
from stitcher.composition.type_refs import named_type, type_text
from stitcher.supergraph import Subgraph, SubgraphField, SubgraphType, TypeKind

__all__ = ["freeze_subgraph"]

_KINDS = {
    Kind.OBJECT: TypeKind.OBJECT,
    Kind.INTERFACE: TypeKind.INTERFACE,
    Kind.UNION: TypeKind.UNION,
}


def freeze_subgraph(schema: SubgraphSchema) -> Subgraph:
    """Return the subgraph with its composite types; an interface object is an object here."""
    implementing: dict[str, list[str]] = {}
    for declared in schema.types.values():
        if declared.kind is Kind.OBJECT:
            for interface in declared.interfaces:
                implementing.setdefault(interface, []).append(declared.name)
    types = {
        name: SubgraphType(
            name=name,
            kind=_KINDS[declared.kind],
            fields={own.name: _freeze_field(own) for own in declared.fields.values()},
            possible_types=_possible_types(declared, implementing),
            lookups=tuple(schema.lookups.get(name, ())),
        )
        for name, declared in schema.types.items()
        if declared.is_composite
    }
    return Subgraph(name=schema.name, types=types, urls=schema.urls, sdl=schema.sdl)


def _freeze_field(declared: FieldDeclaration) -> SubgraphField:
    return SubgraphField(
        name=declared.name,
        type_name=named_type(declared.type),
        type=type_text(declared.type),
        requires=declared.requires.selections if declared.requires else (),
        provides=declared.provides.selections if declared.provides else (),
        external=not declared.served,
        arguments=declared.filled,
        rollout=declared.rollout,
    )


def _possible_types(declared: TypeDeclaration, implementing: dict[str, list[str]]) -> tuple[str, ...]:
    if declared.kind is Kind.OBJECT:
        return (declared.name,)
    names = declared.members if declared.kind is Kind.UNION else implementing.get(declared.name, ())
    return tuple(sorted(names))
