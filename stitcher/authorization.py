"""Authorization in the graph: on which conditions a client may ask for a field.

``@authenticated``, ``@requiresScopes`` and ``@policy`` mark fields, and types that are leaves, objects or
interfaces. Each application of one is a :class:`Clause`, and all clauses that concern a field have to be met.

A. *Compile*, once a schema: the clauses of every field of an object type are its own; those of the same
   field of its interfaces; those of the object type, and of the type that is returned. The clauses of a type
   are its own and those of its interfaces. All of it is read off the whole schema, since what clients don't
   see of it (an interface, its field) protects what they do see.
B. *Touch*: an operation is concerned by the clauses of its fields, whatever types they turn out to have.

What comes of conditions that aren't met is in :mod:`stitcher.planning.restriction`.

Source: Apollo Federation, "Federated directives", section "Controlling access"; that conditions add up, over
subgraphs as well as over a field and its types, is what its composition does since
apollographql/federation#3321.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type

from stitcher.directives import applied, arguments_of
from stitcher.interfaces import all_interfaces
from stitcher.selections import Fragment, Selections

__all__ = [
    "AUTHORIZATION_DIRECTIVES",
    "PUBLIC",
    "Asker",
    "Authorization",
    "Clause",
    "Clauses",
    "is_public",
]

AUTHORIZATION_DIRECTIVES: Mapping[str, str | None] = {
    "authenticated": None,
    "requiresScopes": "scopes",
    "policy": "policies",
}
"""The directives, each with the name of its argument."""

PUBLIC = "public"
"""The directive of root fields that may be asked for by anybody, even where a login is required."""


class Asker(Protocol):
    """What has to be known of a client."""

    @property
    def is_authenticated(self) -> bool:
        """Whether it is known who the client is."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the client has been granted."""
        ...


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: all names of one alternative have to be granted. ``@authenticated`` has none."""

    directive: str
    alternatives: frozenset[frozenset[str]] = frozenset()

    def __str__(self) -> str:
        argument = AUTHORIZATION_DIRECTIVES[self.directive]
        if argument is None:
            return f"@{self.directive}"
        alternatives = sorted([sorted(names) for names in self.alternatives])
        return f"@{self.directive}({argument}: {json.dumps(alternatives)})"

    @property
    def policies(self) -> frozenset[str]:
        """The policies that decide on this."""
        return frozenset().union(*self.alternatives) if self.directive == "policy" else frozenset()

    def is_met(self, asker: Asker | None, granted: frozenset[str] = frozenset()) -> bool:
        """Whether a client meets the condition; ``granted`` are the policies that decided for it."""
        if self.directive == "authenticated":
            return asker is not None and asker.is_authenticated
        if self.directive == "requiresScopes":
            granted = asker.scopes if asker is not None else frozenset()
        return any(alternative <= granted for alternative in self.alternatives)


Clauses: TypeAlias = frozenset[Clause]

_NONE: Clauses = frozenset()


class Authorization:
    """The clauses of a schema: ``types`` by object type, ``fields`` by object type and field, where any are.

    ``public`` are the coordinates (``Query.name``) of root fields marked ``@public``.

    Args:
        schema: what clients see.
        whole: the same with what is inaccessible; None if that is nothing.
    """

    def __init__(self, schema: GraphQLSchema, whole: GraphQLSchema | None = None) -> None:
        self.schema = schema
        self.types: dict[str, Clauses] = {}
        self.fields: dict[tuple[str, str], Clauses] = {}
        self.public: frozenset[str] = frozenset(_public_fields(schema))
        self._touched: dict[tuple[str, str], Clauses] = {}
        for named in (whole or schema).type_map.values():  # A
            if is_object_type(schema.get_type(named.name)) and not named.name.startswith("__"):
                self._compile(cast(GraphQLObjectType, named))

    def __bool__(self) -> bool:
        return bool(self.fields)

    def _compile(self, type_: GraphQLObjectType) -> None:
        own = _of_type(type_)
        if own:
            self.types[type_.name] = own
        interfaces = all_interfaces(type_)
        for name, field in type_.fields.items():
            inherited = (interface.fields[name] for interface in interfaces if name in interface.fields)
            clauses = own.union(
                _of_type(get_named_type(field.type)), _of(field), *(_of(parent) for parent in inherited)
            )
            if clauses:
                self.fields[type_.name, name] = clauses

    def clauses(self) -> Clauses:
        """Return all clauses in the schema."""
        return _NONE.union(*self.fields.values())

    def touched(self, type_name: str, selections: Selections) -> Clauses:
        """Return the clauses that concern selections on a type (step B)."""
        found: set[Clause] = set()
        for selection in selections:
            if isinstance(selection, Fragment):
                found |= self.touched(selection.type_condition, selection.selections)
                continue
            found |= self._touched_by(type_name, selection.name)
            if selection.selections:
                returned = self.returned(type_name, selection.name)
                found |= self.touched(returned.name, selection.selections)
        return frozenset(found)

    def objects(self, type_name: str) -> list[GraphQLObjectType]:
        """Return the object types that a composite type may be at run time."""
        named = self.schema.get_type(type_name)
        if is_abstract_type(named):
            return list(self.schema.get_possible_types(named))
        return [named] if is_object_type(named) else []

    def returned(self, type_name: str, field_name: str) -> GraphQLNamedType:
        """Return the named type of a field that there is."""
        parent = self.schema.get_type(type_name)
        field = self.schema.get_field(parent, field_name) if is_composite_type(parent) else None
        if field is None:
            raise ValueError(f"{type_name} has no field {field_name}.")
        return get_named_type(field.type)

    def _touched_by(self, type_name: str, field_name: str) -> Clauses:
        at = (type_name, field_name)
        if at not in self._touched:
            found = [self.fields.get((item.name, field_name), _NONE) for item in self.objects(type_name)]
            if field_name in _fields_of(self.schema, type_name):
                returned = self.returned(*at)
                if is_abstract_type(returned):
                    possible = self.schema.get_possible_types(returned)
                    found += [self.types.get(name.name, _NONE) for name in possible]
            self._touched[at] = _NONE.union(*found)
        return self._touched[at]


def is_public(document: DocumentNode, schema: GraphQLSchema, public: Collection[str]) -> bool:
    """Whether anybody may ask for all root fields of a valid document.

    A root field is a field of a root type, wherever it stands: a field below may lead back to Query. Those
    count that are left out by ``@skip``, or belong to operations which aren't run, too: that they are valid
    would tell which fields there are.
    """
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            parent: GraphQLNamedType | None = schema.get_root_type(definition.operation)
        elif isinstance(definition, FragmentDefinitionNode):
            parent = schema.get_type(definition.type_condition.name.value)
        else:
            continue
        for on, name in _selected(parent, definition.selection_set, schema):
            possible = schema.get_possible_types(on) if is_abstract_type(on) else (on,)
            if any(root in possible and f"{root}.{name}" not in public for root in roots if root):
                return False
    return True


def _selected(
    parent: GraphQLNamedType | None, selection_set: SelectionSetNode, schema: GraphQLSchema
) -> Iterator[tuple[GraphQLNamedType, str]]:
    """Yield every field below, with the type that it is selected on; fragments' spreads are left out."""
    pending = [(parent, selection_set)]
    while pending:
        on, selected = pending.pop()
        if not is_composite_type(on):
            continue
        for selection in selected.selections:
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                narrowed = schema.get_type(condition.name.value) if condition else on
                pending.append((narrowed, selection.selection_set))
            elif isinstance(selection, FieldNode) and selection.name.value != "__typename":
                yield on, selection.name.value
                field = schema.get_field(on, selection.name.value)
                if field is not None and selection.selection_set is not None:
                    pending.append((get_named_type(field.type), selection.selection_set))


def _fields_of(schema: GraphQLSchema, type_name: str) -> Mapping[str, GraphQLField]:
    named = schema.get_type(type_name)
    return named.fields if is_object_type(named) or is_interface_type(named) else {}


# A. What is written in the schema


def _of_type(type_: GraphQLNamedType) -> Clauses:
    inherited = all_interfaces(type_) if is_object_type(type_) or is_interface_type(type_) else ()
    return _NONE.union(_of(type_), *map(_of, inherited))


def _of(element: GraphQLNamedType | GraphQLField) -> Clauses:
    return frozenset(
        _clause(node) for node in applied(element) if node.name.value in AUTHORIZATION_DIRECTIVES
    )


def _clause(node: ConstDirectiveNode) -> Clause:
    argument = AUTHORIZATION_DIRECTIVES[node.name.value]
    alternatives = _as_list(arguments_of(node).get(argument, []) if argument else [])
    return Clause(
        node.name.value, frozenset(frozenset(map(str, _as_list(alternative))) for alternative in alternatives)
    )


def _as_list(value: Any) -> list[Any]:
    """Return what GraphQL takes a value for where a list is expected."""
    return value if isinstance(value, list) else [value]


def _public_fields(schema: GraphQLSchema) -> Iterator[str]:
    roots: tuple[GraphQLCompositeType | None, ...] = (schema.query_type, schema.mutation_type)
    for root in roots:
        for name, field in _fields_of(schema, root.name).items() if root else ():
            if any(node.name.value == PUBLIC for node in applied(field)):
                yield f"{root.name}.{name}"  # type: ignore[union-attr]
