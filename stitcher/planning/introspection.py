"""What the gateway answers of an operation itself: ``__schema`` and ``__type``.

They are fields of the query root type, so they may stand wherever a field leads back to Query (GraphQL
specification, Schema Introspection). All are asked for in one document. What belongs below has keys of its
own there, and is put in its place when the objects have come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from graphql import GraphQLSchema, get_named_type
from graphql.type import is_abstract_type, is_composite_type

from stitcher.planning.documents import free_prefix, render
from stitcher.planning.normalize import Operation, variables_of
from stitcher.planning.plan import Fetch, Path, Places
from stitcher.planning.walk import is_introspection
from stitcher.selections import Document, Field, Fragment, Selections
from stitcher.supergraph import ROOT

__all__ = ["find_introspection"]

Found: TypeAlias = tuple[Path, Field]


def find_introspection(schema: GraphQLSchema, operation: Operation) -> tuple[Document | None, Places]:
    """Return the document that asks for all of it, and what of its answer belongs where below the root."""
    prefix = free_prefix(selection.key for selection in operation.selections if isinstance(selection, Field))
    asked: list[Field] = []
    places: dict[Path, list[tuple[str, str]]] = {}
    for path, field in _find(schema, operation.type_name, operation.selections, ()):
        if path:
            key = f"{prefix}{len(asked)}"
            places.setdefault(path, []).append((field.key, key))
            field = replace(field, key=key)
        asked.append(field)
    if not asked:
        return None, ()
    used = variables_of(asked)
    declarations = {name: text for name, text in operation.variables.items() if name in used}
    document = render(Fetch(0, "", selections=tuple(asked), variables=declarations))
    return document, tuple((path, tuple(keys)) for path, keys in places.items())


def _find(schema: GraphQLSchema, type_name: str, selections: Selections, path: Path) -> Iterator[Found]:
    declared = schema.get_type(type_name)
    for selection in selections:
        if isinstance(selection, Fragment):
            condition = schema.get_type(selection.type_condition)
            possible = schema.get_possible_types(condition) if is_abstract_type(condition) else (condition,)
            narrowed = frozenset(name.name for name in possible if name)
            yield from _find(schema, selection.type_condition, selection.selections, (*path, narrowed))
        elif type_name == ROOT and is_introspection(selection):
            yield path, selection
        elif selection.selections and is_composite_type(declared):
            field = schema.get_field(declared, selection.name)
            if field is not None:
                inner = get_named_type(field.type).name
                yield from _find(schema, inner, selection.selections, (*path, selection.key))
