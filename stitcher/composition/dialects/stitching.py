"""The stitching directives of graphql-tools: ``@key``, ``@merge``, ``@computed`` and ``@canonical``.

A. Keys, computed fields and canonical definitions: their selections are over the merged types.
B. Each ``@merge`` root field is a lookup on the type that it returns, or on each member of an abstract one.
C. A lookup's key is what its arguments take of it, without what only computed fields need.
D. A computed field needs a lookup that is sent what it requires.

Source: the documentation of graphql-tools, "Stitching directives".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import ListTypeNode, NonNullTypeNode

from stitcher.composition.dialects.applications import read_field_set
from stitcher.composition.dialects.merge_arguments import KeyArgument, MergeError, key_paths, merge_arguments
from stitcher.composition.field_set import FieldSet
from stitcher.composition.model import (
    BUILT_IN_SCALARS,
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
from stitcher.supergraph import ArgumentValue, Constant, KeyPath, Lookup, LookupArgument

__all__ = ["read", "recognises"]

_DIRECTIVES = frozenset({"merge", "computed", "canonical"})


def recognises(schema: SubgraphSchema) -> bool:
    """Return whether the schema applies any of the directives."""
    keyed = any(has_argument(node, "selectionSet") for node in schema.uses.get("key", ()))
    return keyed or not _DIRECTIVES.isdisjoint(schema.uses)


def read(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Read the dialect; see the module's outline."""
    reader = _Reader(schema, problems)
    for element in schema.elements():  # A
        element.canonical = bool(element.directives and element.take("canonical"))
    for declared in schema.types.values():
        reader.read_type(declared)
    query = schema.types.get("Query")
    for field in query.fields.values() if query else ():  # B, C
        for merge in field.take("merge"):
            reader.read_merge(merge, field)
    for declared in schema.types.values():  # D
        reader.check_computed(declared)


class _Reader:
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

    def read_merge(self, merge: Application, field: FieldDeclaration) -> None:
        many = isinstance(nullable(field.type), ListTypeNode)
        try:
            arguments = merge_arguments(merge, field, many=many)
            self._check_arguments(arguments, field, many)
            names = list(self._entity_types(merge, field, arguments))
            if not names:
                raise MergeError(f"{named_type(field.type)} has no key; give it one, or say keyField.")
            for name in names:
                self._add_lookup(name, field, arguments, merge, many)
        except MergeError as error:
            message = f"@merge on field Query.{field.name} in subgraph {field.subgraph}: {error}"
            mend = 'write it like @merge(keyField: "id") or @merge(keyArg: "ids", keyField: "id").'
            self.problems.append(Problem("INVALID_MERGE", message, (merge.place,), mend))

    def _check_arguments(
        self, arguments: Mapping[str, KeyArgument], field: FieldDeclaration, many: bool
    ) -> None:
        for name, given in arguments.items():
            declared = field.arguments.get(name)
            if declared is None:
                raise MergeError(f"the field has no argument {name}.")
            if given.each and not isinstance(nullable(declared.type), ListTypeNode):
                raise MergeError(
                    f"the argument {name} takes no list of keys, though the field returns a list."
                )
        if not any(list(key_paths(given.value)) for given in arguments.values()):
            raise MergeError("no argument takes the key.")
        if many != any(given.each for given in arguments.values()):
            wanted = (
                "returns a list, so that one argument takes" if many else "returns one object, and can't take"
            )
            raise MergeError(f"the field {wanted} a list of keys.")
        for name, declared in field.arguments.items():
            required = isinstance(declared.type, NonNullTypeNode) and declared.default is None
            if required and name not in arguments:
                raise MergeError(f"the argument {name} is required; say its value in additionalArgs.")

    def _entity_types(
        self, merge: Application, field: FieldDeclaration, arguments: Mapping[str, KeyArgument]
    ) -> Iterator[str]:
        """Yield the object types that the field is a way into."""
        returned = named_type(field.type)
        declared = self.schema.types.get(returned)
        only = merge.arguments.get("types")
        candidates = [returned]
        if declared is not None and declared.kind is not Kind.OBJECT:
            implementing = [name for name, other in self.schema.types.items() if returned in other.interfaces]
            candidates = list(declared.members) or implementing
        paths = [path for given in arguments.values() for path in key_paths(given.value)]
        for name in candidates:
            candidate = self.schema.types.get(name)
            if candidate is None or candidate.kind is not Kind.OBJECT or (only and name not in only):
                continue
            if name in self.keys or (paths and all(path and path[0] in candidate.fields for path in paths)):
                yield name

    def _add_lookup(
        self,
        name: str,
        field: FieldDeclaration,
        arguments: Mapping[str, KeyArgument],
        merge: Application,
        many: bool,
    ) -> None:
        declared = self.schema.types[name]
        values = {
            argument: self._whole_key(declared, field, argument, given.value)
            for argument, given in arguments.items()
        }
        key = self._key(declared, [path for value in values.values() for path in key_paths(value)])
        lookup = Lookup(
            subgraph=self.schema.name,
            type_name=name,
            key=key,
            field=field.name,
            arguments=tuple(
                LookupArgument(
                    argument, type_text(field.arguments[argument].type), value, arguments[argument].each
                )
                for argument, value in values.items()
            ),
            many=many,
        )
        self.schema.lookups.setdefault(name, []).append(lookup)
        if name not in self.keys:
            declared.keys.append(Key(FieldSet(print_selections(key), key, merge.place, over_merged=True)))

    # C. Keys of lookups

    def _whole_key(
        self, declared: TypeDeclaration, field: FieldDeclaration, argument: str, value: ArgumentValue
    ) -> ArgumentValue:
        """Return ``value``, with the whole key said in a way that the argument's type can take."""
        if value != KeyPath(()):
            return value
        if declared.name not in self.keys:
            raise MergeError(f"{declared.name} has no @key; give it one, or say keyField.")
        key = self.keys[declared.name]
        required = _required(declared)
        names = list(dict.fromkeys([*_top_fields(key), *required]))
        item = named_type(field.arguments[argument].type)
        accepts = self.schema.types.get(item)
        if accepts is not None and accepts.kind is Kind.INPUT:
            missing = [name for name in _top_fields(key) if name not in accepts.input_fields]
            if missing:
                raise MergeError(f"the input type {item} has no field {missing[0]} to take the key.")
            if all(name in accepts.input_fields for name in names):
                return value
            return {name: KeyPath((name,)) for name in names if name in accepts.input_fields}
        if item in BUILT_IN_SCALARS or (accepts is not None and accepts.kind is Kind.ENUM):
            paths = list(_paths(key))
            if len(paths) != 1:
                raise MergeError(f"the key of {declared.name} has several fields; say keyField or key.")
            return KeyPath(paths[0])
        return {"__typename": Constant(declared.name)} | {name: KeyPath((name,)) for name in names}

    def _key(self, declared: TypeDeclaration, paths: list[tuple[str, ...]]) -> Selections:
        own = self.keys.get(declared.name, ())
        if () in paths:
            return own
        own_names = set(_top_fields(own))
        only_required = {name for name in _required(declared) if name not in own_names}
        tree: dict[str, dict] = {}  # type: ignore[type-arg]
        for path in paths:
            if path[0] in only_required:
                continue
            if len(path) == 1 and path[0] in own_names:
                _graft(
                    tree, next(field for field in own if isinstance(field, Field) and field.name == path[0])
                )
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
            needed = {(name,) for name in _top_fields(own.requires.selections)}
            if any(() in paths or needed <= paths for paths in sent):
                continue
            message = (
                f"Field {declared.name}.{own.name} of subgraph {own.subgraph} is computed from "
                f'"{own.requires.text}", and no @merge field of {declared.name} takes that.'
            )
            names = ", ".join(name for (name,) in sorted(needed))
            mend = f"let a @merge field take keys of an input type with: {names}."
            self.problems.append(Problem("COMPUTED_FIELD_UNREACHABLE", message, (own.requires.place,), mend))


def _top_fields(selections: Selections) -> list[str]:
    return [selection.name for selection in selections if isinstance(selection, Field)]


def _required(declared: TypeDeclaration) -> list[str]:
    """Return the fields that computed ones require."""
    return [
        name
        for own in declared.fields.values()
        if own.requires is not None
        for name in _top_fields(own.requires.selections)
    ]


def _paths(selections: Selections) -> Iterator[tuple[str, ...]]:
    for selection in selections:
        if isinstance(selection, Field):
            below = list(_paths(selection.selections)) or [()]
            yield from ((selection.name, *path) for path in below)


def _graft(tree: dict[str, dict], field: Field) -> None:  # type: ignore[type-arg]
    branch = tree.setdefault(field.name, {})
    for below in field.selections:
        if isinstance(below, Field):
            _graft(branch, below)


def _selections(tree: Mapping[str, dict]) -> Selections:  # type: ignore[type-arg]
    return tuple(Field(name, name, selections=_selections(below)) for name, below in tree.items())
