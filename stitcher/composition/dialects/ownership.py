"""What Federation and the Composite Schemas spec write alike: keys, and which subgraph serves a field.

A. Take the directives off the types and their fields.
B. Key fields are served and may be shared, even where they are marked ``@external``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stitcher.composition.dialects.applications import read_field_set
from stitcher.composition.field_set import selected_fields
from stitcher.composition.model import FieldDeclaration, Key, Override, SubgraphSchema, TypeDeclaration
from stitcher.errors import Problem
from stitcher.selections import Selections

__all__ = ["read_ownership", "serve_key_fields"]


def read_ownership(schema: SubgraphSchema, names: Mapping[str, str], problems: list[Problem]) -> None:
    """Take the directives off the schema; ``names`` are what it calls those that its dialect has."""
    reader = _Reader(names, problems)
    for declared in schema.types.values():
        reader.read_type(declared)


def serve_key_fields(
    schema: SubgraphSchema, type_name: str, key: Selections, *, in_extensions_only: bool = False
) -> None:
    """Let all fields that a key selects be served and shareable.

    With ``in_extensions_only``, an external field is served only by a type that extends another's: there the
    mark is of old, and means nothing; elsewhere it means that the value can't be relied on.
    """
    for _, parent, selected in selected_fields(key, type_name, schema.types):
        if selected.external and in_extensions_only and not parent.extends:
            continue
        selected.echoed |= selected.external
        selected.external = False
        selected.shareable = True


@dataclass(frozen=True, slots=True)
class _Reader:
    names: Mapping[str, str]
    problems: list[Problem]

    def read_type(self, declared: TypeDeclaration) -> None:
        where = f"type {declared.name} in subgraph {declared.subgraph}"
        shareable = bool(declared.take(self.names["shareable"]))
        external = bool(declared.take(self.names["external"]))
        for taken in declared.take(self.names["key"]):
            fields = read_field_set(taken, "fields", "KEY", f"@key on {where}", self.problems)
            if fields is not None:
                declared.keys.append(Key(fields, taken.arguments.get("resolvable") is not False))
        for own in declared.fields.values():
            if own.directives:
                self._read_field(own, declared)
            own.external |= external
            own.shareable |= shareable

    def _read_field(self, own: FieldDeclaration, parent: TypeDeclaration) -> None:
        where = f"field {parent.name}.{own.name} in subgraph {parent.subgraph}"
        own.external = bool(own.take(self.names["external"]))
        own.shareable = bool(own.take(self.names["shareable"]))
        for taken in own.take(self.names["requires"]) if "requires" in self.names else ():
            own.requires = read_field_set(taken, "fields", "REQUIRES", f"@requires on {where}", self.problems)
        for taken in own.take(self.names["provides"]):
            own.provides = read_field_set(taken, "fields", "PROVIDES", f"@provides on {where}", self.problems)
        for taken in own.take(self.names["override"]):
            label = taken.arguments.get("label")
            own.override = Override(str(taken.arguments.get("from")), label, taken.place)
