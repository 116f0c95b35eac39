"""The shape of the response, compiled once an operation: what to read, in which order, and what may be null.

The shape follows the client's selections and the client-facing schema only; which subgraph brought a value no
longer matters. Fields that the gateway added for itself have no place in it and so never leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as data_field
from types import MappingProxyType
from typing import Any, TypeAlias

from graphql import GraphQLSchema, get_named_type
from graphql.type import (
    GraphQLCompositeType,
    GraphQLEnumType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)

from stitcher.leaves import Leaf, leaf_of
from stitcher.planning.budget import Budget
from stitcher.planning.normalize import under
from stitcher.selections import Condition, Field, Fragment, Selection, Selections

__all__ = ["FieldShape", "Fields", "ObjectShape", "Template", "compile_projection", "template_of"]

NOWHERE = ""
"""A key that no data has."""

NO_VALUES: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One response key.

    ``nullable`` has one entry a list level and one for the innermost value: ``[ID!]`` is ``(True, False)``.
    ``alternatives`` are lists of conditions of which one has to hold as a whole; empty: always included.
    ``source`` is the key under which the data has the value. The value is an object with a ``shape``, or a
    ``leaf``. ``constant`` is the value of a ``__typename`` that is known beforehand. A field that is
    ``denied`` to the client has a source that no data has.
    """

    key: str
    source: str
    nullable: tuple[bool, ...]
    coordinate: str
    alternatives: tuple[tuple[Condition, ...], ...] = ()
    shape: ObjectShape | None = None
    leaf: Leaf | None = None
    constant: str | None = None
    denied: bool = False


Row: TypeAlias = "tuple[str, str, type | None, bool, ObjectShape | None, FieldShape]"
"""What is looked at for each value: a field's key and source; if it is no list, the Python type of its plain
values or its shape; whether it may be null; and the field."""


@dataclass(frozen=True, slots=True)
class Template:
    """How to make an object: fill a copy of ``blank``, which has all keys in order, row by row."""

    blank: dict[str, Any]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """The response keys of an object of one type, in the client's order.

    Where some may be left out, ``selected`` has all selections in order, and their conditions: a key's place
    is that of the first that counts (GraphQL specification, CollectFields). There is no ``template`` then. An
    object of a type that is ``denied`` to the client has no fields.
    """

    all: tuple[FieldShape, ...]
    denied: bool = False
    selected: tuple[tuple[FieldShape, tuple[Condition, ...]], ...] = ()
    template: Template | None = data_field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", None if self.selected else template_of(self.all))


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """What is selected on an object, by its type.

    ``types`` has one entry a possible type. ``untyped`` is for objects that come without a ``__typename``:
    those of an object type don't need one, and those of an interface may stand for all its types
    (``@interfaceObject``), unless ``is_typed`` says that what is selected depends on the type. ``hidden`` are
    types of which clients must not see an object.

    Derived: ``named_by`` are the sources that may have an object's type instead of ``__typename``, since the
    client asks for it by other names. ``typed_only`` are the sources of fields that an object without a type
    may lack although they must not be null.
    """

    types: Mapping[str, Fields]
    untyped: Fields
    is_abstract: bool
    is_typed: bool = False
    hidden: frozenset[str] = frozenset()
    named_by: tuple[str, ...] = data_field(init=False, repr=False)
    typed_only: frozenset[str] = data_field(init=False, repr=False)

    def __post_init__(self) -> None:
        named_by = tuple(
            field.source for field in self.untyped.all if field.coordinate.endswith(".__typename")
        )
        object.__setattr__(self, "named_by", named_by)
        groups = self.types.values() if self.is_abstract else ()
        typed = {field.source for group in groups for field in group.all if not field.nullable[0]}
        object.__setattr__(
            self, "typed_only", frozenset(typed - {field.source for field in self.untyped.all})
        )


def template_of(fields: Iterable[FieldShape]) -> Template:
    """Return how to make an object with these fields."""
    fields = tuple(fields)
    return Template(
        {field.key: field.constant for field in fields},
        tuple(_row(field) for field in fields if field.constant is None),
    )


def _row(field: FieldShape) -> Row:
    is_list = len(field.nullable) > 1
    plain = None if is_list or field.leaf is None else field.leaf.plain
    shape = None if is_list else field.shape
    return field.key, field.source, plain, field.nullable[0], shape, field


def compile_projection(
    schema: GraphQLSchema,
    type_name: str,
    selections: Selections,
    denied: frozenset[str] = frozenset(),
    budget: Budget | None = None,
    *,
    hidden_types: frozenset[str] = frozenset(),
    hidden_values: Mapping[str, frozenset[str]] = NO_VALUES,
) -> ObjectShape:
    """Compile the shape of the objects that ``selections`` yields on a type of ``schema``.

    What is selected alike on objects of several types has one shape.

    Args:
        schema: what clients see.
        type_name: the type.
        selections: what is selected on it.
        denied: object types that this client must not see where they turn up among others.
        budget: how many response keys there may be.
        hidden_types: object types that no client sees.
        hidden_values: by enum, the values that no client sees.

    Raises:
        RequestError: there are more response keys than the budget has steps.
    """
    parent = schema.get_type(type_name)
    if not is_composite_type(parent):
        raise ValueError(f"{type_name} is no composite type.")
    return _Compiler(schema, denied, budget or Budget(), hidden_types, hidden_values).object(
        parent, selections
    )


class _Compiler:
    """Compiles the shapes of one response."""

    def __init__(
        self,
        schema: GraphQLSchema,
        denied: frozenset[str],
        budget: Budget,
        hidden_types: frozenset[str],
        hidden_values: Mapping[str, frozenset[str]],
    ) -> None:
        self.schema = schema
        self.denied = denied
        self.budget = budget
        self.hidden_types = hidden_types
        self.hidden_values = hidden_values
        self.shapes: dict[object, tuple[ObjectShape, list[Field]]] = {}
        self.leaves: dict[str, Leaf] = {}

    def object(self, parent: GraphQLCompositeType, selections: Selections) -> ObjectShape:
        if not is_abstract_type(parent):
            fields = self.fields(parent, selections)
            return ObjectShape({parent.name: fields}, fields, is_abstract=False)
        types = {
            possible.name: Fields((), denied=True)
            if possible.name in self.denied
            else self.fields(possible, selections)
            for possible in self.schema.get_possible_types(parent)
        }
        untyped = self.fields(parent, selections)
        is_typed = not self.denied.isdisjoint(types) or any(
            isinstance(selection, Fragment) or selection.name == "__typename" for selection in selections
        )
        return ObjectShape(types, untyped, True, is_typed, self.hidden_types)

    def fields(self, parent: GraphQLCompositeType, selections: Selections) -> Fields:
        by_key: dict[str, list[Field]] = {}
        selected = list(self.applying(parent, selections))
        for field in selected:
            by_key.setdefault(field.asked_as, []).append(field)
        shapes = {key: self.field(parent, fields) for key, fields in by_key.items()}
        if not any(field.conditions for field in selected):
            return Fields(tuple(shapes.values()))
        return Fields(
            tuple(shapes.values()),
            selected=tuple((shapes[field.asked_as], field.conditions) for field in selected),
        )

    def applying(self, parent: GraphQLCompositeType, selections: Iterable[Selection]) -> Iterable[Field]:
        """Yield the fields that count for an object of type ``parent``, in the client's order."""
        for selection in selections:
            if isinstance(selection, Field):
                yield selection
            elif self.applies(parent, selection):
                yield from self.applying(parent, selection.selections)

    def applies(self, parent: GraphQLCompositeType, fragment: Fragment) -> bool:
        if fragment.type_condition == parent.name:
            return True
        condition = self.schema.get_type(fragment.type_condition)
        if not is_abstract_type(condition) or is_union_type(parent):
            return False
        return self.schema.is_sub_type(condition, parent)

    def field(self, parent: GraphQLCompositeType, fields: list[Field]) -> FieldShape:
        self.budget.spend()
        first = fields[0]
        definition = self.schema.get_field(parent, first.name)
        if definition is None:
            raise ValueError(f"{parent.name} has no field {first.name}.")
        always = any(not field.conditions for field in fields)
        named = get_named_type(definition.type)
        return FieldShape(
            key=first.asked_as,
            source=NOWHERE if first.denied else first.key,
            nullable=_nullable(definition.type),
            coordinate=f"{parent.name}.{first.name}",
            alternatives=() if always else tuple(field.conditions for field in fields),
            shape=self.shape(named, fields) if is_composite_type(named) else None,
            leaf=self.leaf(named) if is_leaf_type(named) else None,
            constant=parent.name if first.name == "__typename" and is_object_type(parent) else None,
            denied=first.denied,
        )

    def shape(self, named: GraphQLCompositeType, fields: list[Field]) -> ObjectShape:
        """Return the shape of the objects that fields of one response key return."""
        conditions = [field.conditions for field in fields] if len(fields) > 1 else []
        differ = len(set(conditions)) > 1
        # By identity, as comparing takes as long as the selections are; what is compared is kept alive.
        key = named.name, *(id(field.selections) for field in fields), *(conditions if differ else ())
        if key not in self.shapes:
            inner = fields[0].selections
            if differ:  # each brings its own selections, and only if it is included itself
                inner = tuple(
                    selection for field in fields for selection in under(field.conditions, field.selections)
                )
            elif conditions:
                inner = tuple(selection for field in fields for selection in field.selections)
            self.shapes[key] = self.object(named, inner), fields
        return self.shapes[key][0]

    def leaf(self, named: GraphQLScalarType | GraphQLEnumType) -> Leaf:
        if named.name not in self.leaves:
            self.leaves[named.name] = leaf_of(named, self.hidden_values.get(named.name, frozenset()))
        return self.leaves[named.name]


def _nullable(type_: GraphQLOutputType) -> tuple[bool, ...]:
    levels: list[bool] = []
    current = type_
    while True:
        nullable = not is_non_null_type(current)
        inner = current if nullable else current.of_type  # type: ignore[union-attr]
        levels.append(nullable)
        if not is_list_type(inner):
            return tuple(levels)
        current = inner.of_type
