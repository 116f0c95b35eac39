"""The arguments of ``@merge`` fitted to their types: where they may take keys, and what a whole key is there.

A. What is given is followed down the input types: ``[[…]]`` needs a list, an object the fields of its type.
B. A whole key is said in the way that its place can take: all that an input type has fields for; the one
   field of the key for a built-in scalar; for a custom one, an object with the type's name.

Source: the documentation of graphql-tools, "Stitching directives", sections "Object Keys", "Typed Inputs" and
"Nested Inputs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import ListTypeNode, TypeNode

from stitcher.composition.dialects.merge_arguments import MergeError
from stitcher.composition.model import BUILT_IN_SCALARS, InputDeclaration, Kind, TypeDeclaration, Types
from stitcher.composition.type_refs import named_type, nullable
from stitcher.selections import Field, Selections
from stitcher.supergraph import ArgumentValue, Constant, KeyPath, PerKey

__all__ = ["KeyInputs", "required_fields", "top_fields"]


def top_fields(selections: Selections) -> list[str]:
    """Return the names of the fields at the top of a selection."""
    return [selection.name for selection in selections if isinstance(selection, Field)]


def required_fields(declared: TypeDeclaration) -> list[str]:
    """Return the fields of a type that its computed ones require."""
    return [
        name
        for own in declared.fields.values()
        if own.requires is not None
        for name in top_fields(own.requires.selections)
    ]


@dataclass(frozen=True, slots=True)
class KeyInputs:
    """Fits values that are made of the keys of one type to the arguments of its lookups.

    ``types`` are the subgraph's, ``key`` is the type's whole key, None if it declares none.
    """

    types: Types
    declared: TypeDeclaration
    key: Selections | None

    # A. Down the input types

    def fit(self, value: ArgumentValue, to: InputDeclaration) -> ArgumentValue:
        """Return what the argument is given, whole keys in it spelled out.

        Raises:
            MergeError: the argument's type can't take that.
        """
        return self._fit(value, to.type, f"argument {to.name}")

    def _fit(self, value: ArgumentValue, type_node: TypeNode, where: str) -> ArgumentValue:
        if isinstance(value, PerKey):
            to = nullable(type_node)
            if not isinstance(to, ListTypeNode):
                raise MergeError(f"the {where} takes no list of keys; the field returns a list.")
            return PerKey(self._fit(value.value, to.type, where))
        if value == KeyPath(()):
            return self._whole_key(named_type(type_node))
        accepts = self.types.get(named_type(type_node))
        if isinstance(value, Mapping) and accepts is not None and accepts.kind is Kind.INPUT:
            return dict(self._fit_fields(value, accepts))
        return value

    def _fit_fields(
        self, value: Mapping[str, ArgumentValue], accepts: TypeDeclaration
    ) -> Iterator[tuple[str, ArgumentValue]]:
        for name, inner in value.items():
            if name not in accepts.input_fields:
                raise MergeError(f"the input type {accepts.name} has no field {name}.")
            field = accepts.input_fields[name]
            yield name, self._fit(inner, field.type, f"input field {accepts.name}.{name}")
        for name, field in accepts.input_fields.items():
            if field.required and name not in value:
                raise MergeError(f"the input field {accepts.name}.{name} is required, and nothing is given.")

    # B. Whole keys

    def _whole_key(self, type_name: str) -> ArgumentValue:
        key, required = self.key or (), required_fields(self.declared)
        if not key and not required:
            raise MergeError(f"{self.declared.name} has no @key; give it one, or say keyField.")
        names = list(dict.fromkeys([*top_fields(key), *required]))
        accepts = self.types.get(type_name)
        if accepts is not None and accepts.kind is Kind.INPUT:
            missing = [name for name in top_fields(key) if name not in accepts.input_fields]
            if missing and accepts.input_fields.keys().isdisjoint(required):
                raise MergeError(f"the input type {type_name} has no field {missing[0]} to take the key.")
            if key and all(name in accepts.input_fields for name in names):
                return KeyPath(())
            return {name: KeyPath((name,)) for name in names if name in accepts.input_fields}
        if type_name in BUILT_IN_SCALARS or (accepts is not None and accepts.kind is Kind.ENUM):
            paths = list(_paths(key))
            if len(paths) != 1:
                several = f"the key of {self.declared.name} has several fields; say keyField or key."
                raise MergeError(several)
            return KeyPath(paths[0])
        return {"__typename": Constant(self.declared.name)} | {name: KeyPath((name,)) for name in names}


def _paths(selections: Selections) -> Iterator[tuple[str, ...]]:
    for selection in selections:
        if isinstance(selection, Field):
            below = list(_paths(selection.selections)) or [()]
            yield from ((selection.name, *path) for path in below)
