"""An interface with a key can be asked for objects of each of its types, by that key.

Source: Apollo Federation, "Entity interfaces", and the error codes INTERFACE_KEY_NOT_ON_IMPLEMENTATION and
INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stitcher.composition.model import Composition, Key, Kind, SubgraphSchema, TypeDeclaration
from stitcher.errors import Problem

__all__ = ["check_entity_interfaces"]


def check_entity_interfaces(composition: Composition) -> Iterator[Problem]:
    """Yield keys of interfaces that not all types have, and interfaces that lack types of other subgraphs."""
    types: dict[str, list[str]] = {}
    for name, merged in composition.merged.items():
        for interface in merged.interfaces if merged.kind is Kind.OBJECT else ():
            types.setdefault(interface, []).append(name)
    for schema in composition.schemas:
        if schema.composite or schema.shares_everything:
            continue  # there, what an interface can be asked by says nothing of its keys
        for declared in schema.types.values():
            if declared.kind is Kind.INTERFACE and declared.keys:
                yield from _check_keys(declared, schema)
                yield from _check_types(declared, schema, types.get(declared.name, ()))


def _check_keys(interface: TypeDeclaration, schema: SubgraphSchema) -> Iterator[Problem]:
    for declared in schema.types.values():
        if declared.kind is not Kind.OBJECT or interface.name not in declared.interfaces:
            continue
        for key in interface.keys:
            same = [other for other in declared.keys if _same(other, key)]
            if same and (not key.resolvable or any(other.resolvable for other in same)):
                continue
            lack = "has it, but not resolvable" if same else "has not"
            message = (
                f"Interface {interface.name} of subgraph {schema.name} has the key "
                f'"{key.fields.text.strip()}", which its type {declared.name} {lack}.'
            )
            fix = f"give {declared.name} the same key, or take it off {interface.name}."
            places = (key.fields.place, declared.place)
            yield Problem("INTERFACE_KEY_NOT_ON_IMPLEMENTATION", message, places, fix)


def _same(one: Key, other: Key) -> bool:
    return set(one.fields.selections) == set(other.fields.selections)


def _check_types(
    interface: TypeDeclaration, schema: SubgraphSchema, types: Iterable[str]
) -> Iterator[Problem]:
    lacking = [
        name
        for name in types
        if name not in schema.types or interface.name not in schema.types[name].interfaces
    ]
    resolvable = [key for key in interface.keys if key.resolvable]
    if lacking and resolvable:
        names = ", ".join(lacking)
        message = (
            f"Interface {interface.name} of subgraph {schema.name} can be asked for objects by its key "
            f'"{resolvable[0].fields.text.strip()}", but not for those of its types {names}.'
        )
        fix = f"declare {names} there as types that implement {interface.name}, or take the key off."
        yield Problem("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", message, (interface.place,), fix)
