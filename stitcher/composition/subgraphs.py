"""Freezing: declarations become the :class:`~stitcher.supergraph.Subgraph` that planning reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stitcher.composition.contexts import sources_of
from stitcher.composition.field_set_checks import possible_types
from stitcher.composition.model import FieldDeclaration, Kind, SubgraphSchema, TypeDeclaration, Types
from stitcher.composition.provides import concrete
from stitcher.composition.type_refs import named_type, type_text
from stitcher.supergraph import (
    ArgumentValue,
    Constant,
    ContextArgument,
    FirstOf,
    KeyItems,
    KeyPath,
    LookupArgument,
    Narrowed,
    PerKey,
    Subgraph,
    SubgraphField,
    SubgraphType,
    TypeKind,
)

__all__ = ["freeze_subgraph"]

_KINDS = {
    Kind.OBJECT: TypeKind.OBJECT,
    Kind.INTERFACE: TypeKind.INTERFACE,
    Kind.UNION: TypeKind.UNION,
}


def freeze_subgraph(schema: SubgraphSchema, merged: Types) -> Subgraph:
    """Return the subgraph with its composite types; an interface object is an object here.

    ``merged`` are the types of all subgraphs, which say what objects the conditions of arguments are met by,
    and which ones set a context.
    """
    implementing: dict[str, list[str]] = {}
    for declared in schema.types.values():
        if declared.kind is Kind.OBJECT:
            for interface in declared.interfaces:
                implementing.setdefault(interface, []).append(declared.name)
    types = {
        name: SubgraphType(
            name=name,
            kind=_KINDS[declared.kind],
            fields={own.name: _freeze_field(own, schema.types, merged) for own in declared.fields.values()},
            possible_types=_possible_types(declared, implementing),
            lookups=tuple(
                replace(lookup, arguments=_freeze_arguments(lookup.arguments, merged))
                for lookup in schema.lookups.get(name, ())
            ),
        )
        for name, declared in schema.types.items()
        if declared.is_composite
    }
    return Subgraph(name=schema.name, types=types, urls=schema.urls, sdl=schema.sdl)


def _freeze_field(declared: FieldDeclaration, own: Types, merged: Types) -> SubgraphField:
    returned = named_type(declared.type)
    return SubgraphField(
        name=declared.name,
        type_name=returned,
        type=type_text(declared.type),
        requires=declared.requires.selections if declared.requires else (),
        provides=concrete(declared.provides.selections, returned, own) if declared.provides else (),
        external=not declared.served,
        arguments=_freeze_arguments(declared.filled, merged),
        contexts=tuple(
            ContextArgument(
                context.argument.name, type_text(context.argument.type), sources_of(context, own, merged)
            )
            for context in declared.contexts
        ),
        rollout=declared.rollout,
    )


def _freeze_arguments(arguments: Iterable[LookupArgument], merged: Types) -> tuple[LookupArgument, ...]:
    return tuple(replace(argument, value=_freeze_value(argument.value, merged)) for argument in arguments)


def _freeze_value(value: ArgumentValue, merged: Types) -> ArgumentValue:
    """Return a value with all types that meet its conditions, for the conditions as they are written."""
    if isinstance(value, KeyPath | Constant):
        return value
    if isinstance(value, FirstOf):
        return FirstOf(tuple(_freeze_value(choice, merged) for choice in value.values))
    if isinstance(value, KeyItems | PerKey):
        return replace(value, value=_freeze_value(value.value, merged))
    if isinstance(value, Narrowed):
        types = frozenset[str]().union(*(possible_types(name, merged) for name in value.types))
        return Narrowed(value.path, types, _freeze_value(value.value, merged))
    return {name: _freeze_value(item, merged) for name, item in value.items()}


def _possible_types(declared: TypeDeclaration, implementing: dict[str, list[str]]) -> tuple[str, ...]:
    if declared.kind is Kind.OBJECT:
        return (declared.name,)
    names = declared.members if declared.kind is Kind.UNION else implementing.get(declared.name, ())
    return tuple(sorted(names))
