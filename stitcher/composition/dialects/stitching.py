"""The stitching directives of graphql-tools: ``@key``, ``@merge``, ``@computed`` and ``@canonical``.

A. Keys, computed fields and canonical definitions: their selections are over the merged types.
B. Each ``@merge`` root field is a lookup on the type that it returns, or on each member of an abstract one.
C. A lookup's key is what its arguments take of it, without what only computed fields need.
D. A computed field needs a lookup that is sent what it requires.

Source: the documentation of graphql-tools, "Stitching directives".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphql import ListTypeNode

from stitcher.composition.dialects.applications import read_field_set
from stitcher.composition.dialects.merge_arguments import MergeError, key_paths, merge_arguments
from stitcher.composition.dialects.merge_inputs import KeyInputs, required_fields, top_fields
from stitcher.composition.field_set import FieldSet
from stitcher.composition.model import (
    Application,
    FieldDeclaration,
    Key,
    Kind,
    SubgraphSchema,
    TypeDeclaration,
    has_argument,
)
from stitcher.composition.type_refs import named_type, nullable, type_text
from stitcher.errors import Problem
from stitcher.selections import Field, Selections, print_selections
from stitcher.supergraph import ArgumentValue, KeyPath, Lookup, LookupArgument, PerKey

__all__ = ["read", "recognises"]

_DIRECTIVES = frozenset({"merge", "computed", "canonical"})


def recognises(schema: SubgraphSchema) -> bool:
    """Return whether the schema applies any of the directives."""
    keyed = any(has_argument(node, "selectionSet") for node in schema.uses.get("key", ()))
    return keyed or not _DIRECTIVES.isdisjoint(schema.uses)


def read(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Read the dialect; see the module's outline."""
    reader = _StitchingReader(schema, problems)
    for element in schema.elements():  # A
        element.canonical = bool(element.directives and element.take("canonical"))
    for declared in schema.types.values():
        reader.read_type(declared)
    for declared in schema.types.values():  # B, C
        for own in declared.fields.values():
            for merge in own.take("merge"):
                reader.read_merge(merge, own, declared)
    for declared in schema.types.values():  # D
        reader.check_computed(declared)


_Tree: TypeAlias = dict[str, "_Tree"]


@dataclass(frozen=True, slots=True)
class _Merge:
    """One ``@merge``: where it is applied, and what it gives to the field's arguments."""

    application: Application
    field: FieldDeclaration
    arguments: Mapping[str, ArgumentValue]
    many: bool

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """The paths of the key that the arguments take."""
        return [path for given in self.arguments.values() for path in key_paths(given)]

    def check(self) -> None:
        """Check that the field can be asked for the keys.

        Raises:
            MergeError: it can't.
        """
        for name in self.arguments:
            if name not in self.field.arguments:
                raise MergeError(f"the field has no argument {name}.")
        for name, declared in self.field.arguments.items():
            if declared.required and name not in self.arguments:
                raise MergeError(f"the argument {name} is required; say its value in additionalArgs.")
        if not self.paths:
            raise MergeError("no argument takes the key.")
        lists = [item for given in self.arguments.values() for item in _in_lists(given)]
        if self.many and not any(lists):
            raise MergeError(
                "the field returns a list, and no argument takes one: write [[…]] around the key."
            )
        if self.many and not all(lists):
            raise MergeError("the field takes a list of keys; write [[…]] around each $key.")
        if not self.many and any(lists):
            raise MergeError("the field returns one object, and can't take a list of keys.")


def _in_lists(value: ArgumentValue) -> Iterator[bool]:
    """Yield, for each path of the key that a value takes, whether it does so in a list."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _in_lists(inner)
    else:
        yield from (isinstance(value, PerKey) for _ in key_paths(value))


class _StitchingReader:
    """Reads one schema; holds what every step needs."""

    def __init__(self, schema: SubgraphSchema, problems: list[Problem]) -> None:
        self.schema = schema
        self.problems = problems
        self.keys: dict[str, Selections] = {}

    # A. Keys and computed fields

    def read_type(self, declared: TypeDeclaration) -> None:
        where = f"type {declared.name} in subgraph {declared.subgraph}"
        for taken in declared.take("key", having="selectionSet"):
            fields = self._field_set(taken, "KEY", f"@key on {where}")
            if fields is not None:
                declared.keys.append(Key(fields))
                self.keys[declared.name] = self.keys.get(declared.name, ()) + fields.selections
        for own in declared.fields.values():
            for taken in own.take("computed"):
                what = f"@computed on field {declared.name}.{own.name} in subgraph {own.subgraph}"
                own.requires = self._field_set(taken, "REQUIRES", what)

    def _field_set(self, taken: Application, code: str, where: str) -> FieldSet | None:
        return read_field_set(taken, "selectionSet", code, where, self.problems, over_merged=True)

    # B. Lookups

    def read_merge(self, application: Application, field: FieldDeclaration, parent: TypeDeclaration) -> None:
        many = isinstance(nullable(field.type), ListTypeNode)
        try:
            if parent.name != "Query":
                raise MergeError("only a field of Query can be a way into a type.")
            merge = _Merge(application, field, merge_arguments(application, field, many=many), many)
            merge.check()
            types = list(self._entity_types(merge))
            if not types:
                raise MergeError(f"{named_type(field.type)} has no key; give it one, or say keyField.")
            for declared in types:
                self._add_lookup(declared, merge)
        except MergeError as error:
            message = f"@merge on field {parent.name}.{field.name} in subgraph {field.subgraph}: {error}"
            fix = 'write it like @merge(keyField: "id") or @merge(keyArg: "ids", keyField: "id").'
            self.problems.append(Problem("INVALID_MERGE", message, (application.place,), fix))

    def _entity_types(self, merge: _Merge) -> Iterator[TypeDeclaration]:
        """Yield the object types that the field is a way into."""
        returned = self.schema.types.get(named_type(merge.field.type))
        if returned is None:
            return
        candidates = [returned]
        if returned.kind is Kind.UNION:
            candidates = [self.schema.types[name] for name in returned.members if name in self.schema.types]
        elif returned.kind is Kind.INTERFACE:
            candidates = [type_ for type_ in self.schema.types.values() if returned.name in type_.interfaces]
        types = merge.application.arguments.get("types")
        only = types if types is None or isinstance(types, list) else [types]
        for declared in candidates:
            wanted = declared.kind is Kind.OBJECT and (only is None or declared.name in only)
            if wanted and (declared is returned or self._has_key(declared, merge.paths)):
                yield declared

    def _has_key(self, declared: TypeDeclaration, paths: list[tuple[str, ...]]) -> bool:
        key = self.keys.get(declared.name, ())
        known = {*declared.fields, *top_fields(key), *required_fields(declared)}
        return all(path[0] in known if path else bool(key) for path in paths)

    def _add_lookup(self, declared: TypeDeclaration, merge: _Merge) -> None:
        inputs = KeyInputs(self.schema.types, declared, self.keys.get(declared.name))
        arguments = [
            LookupArgument(name, type_text(to.type), inputs.fit(given, to))
            for name, given in merge.arguments.items()
            for to in [merge.field.arguments[name]]
        ]
        key = self._key(declared, [argument.value for argument in arguments])
        self.schema.lookups.setdefault(declared.name, []).append(
            Lookup(
                subgraph=self.schema.name,
                type_name=declared.name,
                key=key,
                field=merge.field.name,
                arguments=tuple(arguments),
                many=merge.many,
            )
        )
        if key and declared.name not in self.keys:
            text = print_selections(key)
            declared.keys.append(Key(FieldSet(text, key, merge.application.place, over_merged=True)))

    # C. Keys of lookups

    def _key(self, declared: TypeDeclaration, values: Sequence[ArgumentValue]) -> Selections:
        """Return what values take of the object, without what only computed fields require.

        A type with nothing but computed fields needs no key, if what they require comes in an object.
        """
        paths = [path for value in values for path in key_paths(value)]
        own = self.keys.get(declared.name, ())
        if () in paths:
            return own
        named = {field.name: field for field in own if isinstance(field, Field)}
        only_required = set(required_fields(declared)) - named.keys()
        keyed = [path for path in paths if path[0] not in only_required]
        if not keyed and (any(map(_is_path, values)) or _has_plain_fields(declared, paths)):
            keyed = paths
        tree: _Tree = {}
        for path in keyed:
            if len(path) == 1 and path[0] in named:
                _graft(tree, named[path[0]])
                continue
            branch = tree
            for name in path:
                branch = branch.setdefault(name, {})
        return _selections(tree)

    # D. Computed fields

    def check_computed(self, declared: TypeDeclaration) -> None:
        """Report computed fields that no lookup is sent the requirements of."""
        lookups = self.schema.lookups.get(declared.name, [])
        sent = [
            {path[:1] for argument in lookup.arguments for path in key_paths(argument.value)}
            for lookup in lookups
        ]
        for own in declared.fields.values():
            if own.requires is None or not own.requires.over_merged:
                continue
            needed = {(name,) for name in top_fields(own.requires.selections)}
            if any(() in paths or needed <= paths for paths in sent):
                continue
            message = (
                f"Field {declared.name}.{own.name} of subgraph {own.subgraph} is computed from "
                f'"{own.requires.text}", and no @merge field of {declared.name} takes that.'
            )
            names = ", ".join(name for (name,) in sorted(needed))
            fix = f"let a @merge field take keys of an input type with: {names}."
            self.problems.append(Problem("COMPUTED_FIELD_UNREACHABLE", message, (own.requires.place,), fix))


def _is_path(value: ArgumentValue) -> bool:
    return isinstance(value.value if isinstance(value, PerKey) else value, KeyPath)


def _has_plain_fields(declared: TypeDeclaration, paths: Sequence[tuple[str, ...]]) -> bool:
    """Return whether a type has fields that are neither computed nor among those that lead to it."""
    return any(own.requires is None and (own.name,) not in paths for own in declared.fields.values())


def _graft(tree: _Tree, field: Field) -> None:
    branch = tree.setdefault(field.name, {})
    for below in field.selections:
        if isinstance(below, Field):
            _graft(branch, below)


def _selections(tree: _Tree) -> Selections:
    return tuple(Field(name, name, selections=_selections(below)) for name, below in tree.items())
