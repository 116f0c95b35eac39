"""What Federation and the Composite Schemas spec write alike: keys, and which subgraph serves a field.

A. Take the directives off the types and their fields. ``@shareable`` on a definition or extension of a type
   counts for the fields in there, and for no others.
B. Key fields are served and may be shared, even where they are marked ``@external``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stitcher.composition.dialects.applications import read_field_set
from stitcher.composition.field_set_checks import selected_fields
from stitcher.composition.model import (
    Application,
    Declaration,
    FieldDeclaration,
    Key,
    Kind,
    Override,
    SubgraphSchema,
    TypeDeclaration,
)
from stitcher.errors import Problem
from stitcher.selections import Selections

__all__ = ["read_ownership", "serve_key_fields"]


def read_ownership(schema: SubgraphSchema, names: Mapping[str, str], problems: list[Problem]) -> None:
    """Take the directives off the schema; ``names`` are what it calls those that its dialect has."""
    reader = _OwnershipReader(names, problems)
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
class _OwnershipReader:
    names: Mapping[str, str]
    problems: list[Problem]

    def read_type(self, declared: TypeDeclaration) -> None:
        where = f"type {declared.name} in subgraph {declared.subgraph}"
        self._take_shareable(declared, declared, declared.name)
        external = bool(declared.take(self.names["external"]))
        for taken in declared.take(self.names["key"]):
            fields = read_field_set(taken, "fields", "KEY", f"@key on {where}", self.problems)
            if fields is not None:
                declared.keys.append(Key(fields, taken.arguments.get("resolvable") is not False))
        for own in declared.fields.values():
            if own.directives:
                self._read_field(own, declared)
            own.external |= external
            own.shareable |= any(node.name.value == self.names["shareable"] for node in own.block)

    def _read_field(self, own: FieldDeclaration, parent: TypeDeclaration) -> None:
        where = f"field {parent.name}.{own.name} in subgraph {parent.subgraph}"
        own.external = bool(own.take(self.names["external"]))
        own.shareable = self._take_shareable(own, parent, f"{parent.name}.{own.name}")
        for taken in own.take(self.names["requires"]) if "requires" in self.names else ():
            own.requires = read_field_set(taken, "fields", "REQUIRES", f"@requires on {where}", self.problems)
        for taken in own.take(self.names["provides"]):
            own.provides = read_field_set(taken, "fields", "PROVIDES", f"@provides on {where}", self.problems)
        for taken in own.take(self.names["override"]):
            own.override = self._override(taken, where)

    def _override(self, taken: Application, where: str) -> Override | None:
        source, label = taken.arguments.get("from"), taken.arguments.get("label")
        for code, argument, value in (
            ("INVALID_GRAPHQL", "from", source),
            ("OVERRIDE_LABEL_INVALID", "label", "" if label is None else label),
        ):
            if not isinstance(value, str):
                message = f"The argument {argument} of @override on {where} is not a string."
                fix = f'write {argument}: "…".'
                self.problems.append(Problem(code, message, (taken.place,), fix))
                return None
        return Override(str(source), label, taken.place)

    def _take_shareable(self, own: Declaration, parent: TypeDeclaration, path: str) -> bool:
        """Return whether an element is marked as shareable, and report where it can't be."""
        taken = own.take(self.names["shareable"])
        if parent.kind is Kind.INTERFACE or parent.name == "Subscription":
            code = "INVALID_SHAREABLE_USAGE" if parent.kind is Kind.INTERFACE else "SHAREABLE_SUBSCRIPTION"
            why = "an interface serves no fields" if parent.kind is Kind.INTERFACE else "events come from one"
            message = f"{path} of subgraph {own.subgraph} is marked as shareable, but {why}."
            fix = "take @shareable off."
            self.problems.extend(Problem(code, message, (application.place,), fix) for application in taken)
        elif isinstance(own, FieldDeclaration) and len(taken) > 1:
            message = f"{path} of subgraph {own.subgraph} is marked as shareable more than once."
            fix = "mark a field once, or all of a definition or extension."
            self.problems.append(Problem("INVALID_SHAREABLE_USAGE", message, (own.place,), fix))
        return bool(taken)
