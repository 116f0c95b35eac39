"""The supergraph: all subgraphs merged, frozen, in the words that planning and execution share.

No dialect is known here. Whatever a subgraph's author wrote (``@requires``, ``@computed``, ``@merge``,
``_entities`` …) has become a :class:`SubgraphField` that needs other fields first, or a
:class:`Lookup` that turns a key into an entity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from graphql import (
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_interface_type,
    is_non_null_type,
    is_object_type,
)

from stitcher.selections import Field, Selections, print_selections

__all__ = [
    "ROOT",
    "ArgumentValue",
    "Constant",
    "ContextArgument",
    "FirstOf",
    "KeyItems",
    "KeyPath",
    "Lookup",
    "LookupArgument",
    "Narrowed",
    "PerKey",
    "Rollout",
    "Subgraph",
    "SubgraphField",
    "SubgraphType",
    "Supergraph",
    "TypeKind",
]


ROOT = "Query"
"""The type whose object every subgraph has without being asked for it by a key."""


class TypeKind(Enum):
    """The kinds of composite types."""

    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"


@dataclass(frozen=True, slots=True)
class KeyPath:
    """A place in a key: ``KeyPath(("owner", "id"))`` is the id of the key's owner; ``()`` the whole key.

    Names are those under which the key's selections have their fields (``Field.key``).
    """

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyItems:
    """A list: ``value`` as read from each item of the list at ``path`` in a key."""

    path: tuple[str, ...]
    value: ArgumentValue


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``value`` as read from the object at ``path`` if that is of one of ``types``, else no value at all."""

    path: tuple[str, ...]
    types: frozenset[str]
    value: ArgumentValue


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is there: neither narrowed away nor null, in no part."""

    values: tuple[ArgumentValue, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same for every key: plain JSON."""

    value: Any


@dataclass(frozen=True, slots=True)
class PerKey:
    """A list with one item a key, for lookups of many: ``value`` as read from each."""

    value: ArgumentValue


ArgumentValue: TypeAlias = (
    KeyPath | Constant | KeyItems | Narrowed | FirstOf | PerKey | Mapping[str, "ArgumentValue"]
)


@dataclass(frozen=True, slots=True)
class LookupArgument:
    """An argument that the gateway fills in: of a lookup's root field, or of a field that requires others.

    ``type`` is the argument's type as GraphQL text (``[ID!]!``). What ``value`` reads of keys is within a
    :class:`PerKey` if the lookup is one of many.
    """

    name: str
    type: str
    value: ArgumentValue = field(hash=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a subgraph turns a key into an entity of ``type_name``.

    ``field`` is the query field to ask; None stands for ``_entities`` of Apollo Federation. It is a field
    of Query, or of the object that ``path`` leads to from there, by fields that need no arguments.
    ``many`` says that one field takes a list of keys; otherwise it takes one key, and several are asked
    for under aliases in one document.
    """

    subgraph: str
    type_name: str
    key: Selections
    field: str | None = None
    arguments: tuple[LookupArgument, ...] = ()
    many: bool = True
    path: tuple[str, ...] = ()

    def carries(self, requires: Selections) -> bool:
        """Whether required fields can be sent along with the key.

        A lookup without a key is for fields that require others, which are all that it is sent.
        """
        if self.field is None:
            return True
        if not self.key and not requires:
            return False
        sent = {name for argument in self.arguments for name in _names_in(argument.value)}
        return "" in sent or all(
            isinstance(selection, Field) and selection.name in sent for selection in requires
        )

    def __str__(self) -> str:
        how = ".".join((*self.path, self.field or "_entities"))
        return f"{self.subgraph}.{how}({self.type_name}: {print_selections(self.key)})"


def _names_in(value: ArgumentValue) -> set[str]:
    """Return the fields of the key that a value reads; the whole key counts as the empty name."""
    if isinstance(value, Constant):
        return set()
    if isinstance(value, FirstOf):
        return {name for inner in value.values for name in _names_in(inner)}
    if isinstance(value, PerKey) or (isinstance(value, Narrowed) and not value.path):
        return _names_in(value.value)
    if isinstance(value, KeyPath | KeyItems | Narrowed):
        return {value.path[0] if value.path else ""}
    return {name for inner in value.values() for name in _names_in(inner)}


@dataclass(frozen=True, slots=True)
class Rollout:
    """A field on its way from one subgraph to another (``@override`` with a label).

    For requests that have ``label`` on, the subgraph where it is ``arriving`` serves it; for the others, the
    one that it leaves.
    """

    label: str
    arriving: bool


@dataclass(frozen=True, slots=True)
class ContextArgument:
    """An argument that the gateway fills in with a value from around the object that has the field.

    The value is read from the nearest object above, on the way from the root of the response, whose type is
    among ``selections``: these say for each object type where the value is, as fields of which each holds no
    more than one other. Where there are none, the value is null. ``type`` is the argument's type as GraphQL
    text.
    """

    name: str
    type: str
    selections: tuple[tuple[str, Selections], ...]


@dataclass(frozen=True, slots=True)
class SubgraphField:
    """How one subgraph serves one field.

    ``type_name`` is the named type that it returns there, ``type`` all of it (``[ID!]!``). ``requires`` are
    fields of the same object that the subgraph must be sent first: in the representation, or, if there are
    ``arguments``, as the values of these, which clients don't see. ``contexts`` are arguments that clients
    don't see either. ``provides`` are fields below this one that it can answer although they are external.
    An ``external`` field is declared but not served, unless a path provides it.
    """

    name: str
    type_name: str
    type: str
    requires: Selections = ()
    provides: Selections = ()
    external: bool = False
    arguments: tuple[LookupArgument, ...] = ()
    contexts: tuple[ContextArgument, ...] = ()
    rollout: Rollout | None = None

    def is_here(self, labels: frozenset[str]) -> bool:
        """Whether a rollout leaves the field to this subgraph, for requests that have these labels on."""
        return self.rollout is None or (self.rollout.label in labels) is self.rollout.arriving


@dataclass(frozen=True, slots=True)
class SubgraphType:
    """A composite type as one subgraph has it.

    ``possible_types`` are the object types that it may be at run time, sorted; itself alone for an object.
    ``lookups`` are the ways into it.
    """

    name: str
    kind: TypeKind
    fields: Mapping[str, SubgraphField]
    possible_types: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One microservice's schema, and how to reach it.

    ``types`` holds composite types only, root types under ``Query``, ``Mutation`` and ``Subscription``
    whatever the service calls them. ``urls`` has one address per instance; none for the local subgraph,
    which runs in this process. ``sdl`` is the schema as the subgraph itself understands it.
    """

    name: str
    types: Mapping[str, SubgraphType]
    urls: tuple[str, ...] = ()
    sdl: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the subgraph runs in this process."""
        return not self.urls

    def field(self, type_name: str, field_name: str) -> SubgraphField | None:
        """Return how this subgraph declares a field, or None where it doesn't."""
        declared = self.types.get(type_name)
        return None if declared is None else declared.fields.get(field_name)


@dataclass(frozen=True, slots=True)
class Supergraph:
    """All subgraphs merged.

    ``schema`` is the client-facing schema, not executable by itself. ``whole`` is the same with what is
    inaccessible to clients, which may be marked all the same. The indexes at the end are derived:
    the values of each enum, and the object types, that clients don't see; who declares a field without it
    being external; all lookups that lead to a type (those by keys that can't be null come first); for each
    object type, the interfaces that some subgraph has as an object type of its own (``@interfaceObject``);
    and the labels of all rollouts.
    """

    schema: GraphQLSchema
    subgraphs: Mapping[str, Subgraph]
    whole: GraphQLSchema
    hidden_values: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    hidden_types: frozenset[str] = field(init=False, repr=False)
    serving: Mapping[tuple[str, str], tuple[str, ...]] = field(init=False, repr=False)
    lookups: Mapping[str, tuple[Lookup, ...]] = field(init=False, repr=False)
    interface_objects: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)
    labels: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        serving: dict[tuple[str, str], list[str]] = {}
        lookups: dict[str, list[Lookup]] = {}
        interface_objects: dict[str, dict[str, None]] = {}
        labels: set[str] = set()
        for subgraph in self.subgraphs.values():
            for declared in subgraph.types.values():
                lookups.setdefault(declared.name, []).extend(declared.lookups)
                merged = self.schema.get_type(declared.name)
                if declared.kind is TypeKind.OBJECT and is_interface_type(merged):
                    for possible in self.schema.get_possible_types(merged):
                        interface_objects.setdefault(possible.name, {})[declared.name] = None
                for served in declared.fields.values():
                    if served.rollout:
                        labels.add(served.rollout.label)
                    if not served.external:
                        serving.setdefault((declared.name, served.name), []).append(subgraph.name)
        values: dict[str, frozenset[str]] = {}
        types: set[str] = set()
        for name, named in self.whole.type_map.items():
            seen = self.schema.get_type(name)
            if is_enum_type(named) and is_enum_type(seen) and len(named.values) > len(seen.values):
                values[name] = frozenset(named.values.keys() - seen.values.keys())
            elif is_object_type(named) and seen is None:
                types.add(name)
        object.__setattr__(self, "hidden_values", values)
        object.__setattr__(self, "hidden_types", frozenset(types))
        object.__setattr__(self, "serving", {key: tuple(names) for key, names in serving.items()})
        for found in lookups.values():
            found.sort(
                key=lambda lookup: not _always_there(self.schema.get_type(lookup.type_name), lookup.key)
            )
        object.__setattr__(self, "lookups", {key: tuple(found) for key, found in lookups.items()})
        interfaces = {key: tuple(names) for key, names in interface_objects.items()}
        object.__setattr__(self, "interface_objects", interfaces)
        object.__setattr__(self, "labels", frozenset(labels))


def _always_there(declared: GraphQLNamedType | None, selections: Selections) -> bool:
    """Whether each object of a type has a value for all that is selected."""
    if not is_object_type(declared) and not is_interface_type(declared):
        return not selections
    for selection in selections:
        own = declared.fields.get(selection.name) if isinstance(selection, Field) else None
        if own is None or not is_non_null_type(own.type):
            return False
        if not _always_there(get_named_type(own.type), selection.selections):
            return False
    return True
