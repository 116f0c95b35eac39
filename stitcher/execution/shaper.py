"""Data as the subgraphs brought it → the response as the client asked for it, in one walk.

Each object is rebuilt in the client's order of keys, so that nothing the gateway added for itself is left.
What isn't of the kind that the schema says is no value (GraphQL specification, Result Coercion): it becomes
null. A null where the schema allows none takes the nearest object above that may be null with it (Handling
Execution Errors). Whatever is lost so is reported once; only what clients must not see becomes null silently.

Cost: an object is one call, and each list one more. A value that needs nothing but a look at its type is
handled in the loop over its object's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Protocol, TypeAlias

from stitcher.execution.entities import Data
from stitcher.leaves import MAX_INT, MIN_INT, WRONG
from stitcher.planning.projection import Fields, FieldShape, ObjectShape, Template, template_of
from stitcher.selections import Condition

__all__ = ["Link", "Lost", "Reporter", "Shaper", "Spot", "holds", "included", "is_included"]

Link: TypeAlias = tuple["Link | None", "FieldShape | int"]
"""A path from the inside out: the way to the parent, and the field or the index there."""

Spot: TypeAlias = tuple[dict[str, Any] | list[Any], str | int]
"""Where in the data a value is: its object and key, or its list and index."""


class Lost(Enum):
    """Why there is nothing in a place of the response."""

    BELOW = "below"
    """Something below it is lost that must not be null. That is reported."""
    NULL = "null"
    """It is null, or was left out, and must not be null."""
    MISSING = "missing"
    """It was left out."""
    KIND = "kind"
    """It is of another kind than the schema says."""
    TYPE = "type"
    """It is an object whose type isn't known, or isn't one of those that the schema says."""


BELOW, MISSING = Lost.BELOW, Lost.MISSING  # an enum's members take a while to be found


class Reporter(Protocol):
    """Knows what has failed already, and tells the client the rest."""

    def explains(self, spot: Spot) -> bool:
        """Whether an error that is reported explains that there is nothing in a spot."""
        ...

    def is_unknown(self, source: Data) -> bool:
        """Whether a service that was asked for an object has none."""
        ...

    def lost(self, why: Lost, at: Link, field: FieldShape, spot: Spot) -> None:
        """Report what is lost of a field, unless an error explains it."""
        ...

    def denied(self, at: Link | None) -> None:
        """Report the first place of what is denied to the client: a field, or objects of a type."""
        ...

    def is_asked(self, at: Link, key: str) -> bool:
        """Whether a service was asked for a key of the objects in a place."""
        ...


class Shaper:
    """Shapes one response.

    Args:
        variables: the operation's coerced variables, for its conditions.
        reporter: is told of all that the response lacks.
    """

    # In its methods, `at` is the place in the response, and what is returned is what comes of a value: what
    # the client gets for it, Lost, or None for a null that needs no error where null is allowed.

    def __init__(self, variables: Mapping[str, Any], reporter: Reporter) -> None:
        self.variables = variables
        self.reporter = reporter
        self.denied: set[int] = set()
        self.templates: dict[int, Template] = {}
        self.untyped: dict[int, bool] = {}
        self.alike: dict[tuple[int, int], bool] = {}

    def shape(self, data: Data, shape: ObjectShape) -> Data | None:
        """Return the response's ``data``: None where a null bubbled all the way up."""
        shaped = self._object(data, shape, None)
        return None if type(shaped) is Lost else shaped

    def _object(self, source: Data, shape: ObjectShape, at: Link | None) -> Any:
        fields: Any = shape.untyped
        if shape.is_abstract:
            type_name = source.get("__typename")
            fields = shape.types.get(type_name) if type(type_name) is str else None
            if fields is None or fields.denied:
                fields = self._fields(source, shape, at)
                if type(fields) is not Fields:
                    return fields
        template = fields.template or self._template(fields)
        shaped = template.blank.copy()
        value: Any
        for key, source_key, plain, optional, inner, field in template.rows:
            try:
                value = source[source_key]
            except KeyError:
                value = MISSING
            if type(value) is plain:
                if plain is not int or MIN_INT <= value <= MAX_INT:  # type: ignore[operator]
                    shaped[key] = value
                    continue
            elif value is None:
                if optional:
                    continue
            elif inner is not None and type(value) is dict:
                value = self._object(value, inner, (at, field))
                if type(value) is dict:
                    shaped[key] = value
                    continue
            elif plain is object and value is not MISSING:
                shaped[key] = value
                continue
            value = self._settled(value, field, (at, field), (source, source_key))
            if value is BELOW:
                return BELOW
            shaped[key] = value
        return shaped

    def _settled(self, value: Any, field: FieldShape, at: Link, spot: Spot) -> Any:
        """Return what a field has in the end: for a value as it came, or for what comes of it."""
        if value is not None and type(value) is not Lost:
            value = self._value(value, field, 0, at, spot)
        if value is None or type(value) is Lost:
            return self._null(value, field, 0, at, spot, spot)
        return value

    def _value(self, value: Any, field: FieldShape, level: int, at: Link, owner: Spot) -> Any:
        if level + 1 < len(field.nullable):
            return self._list(value, field, level + 1, at, owner) if type(value) is list else Lost.KIND
        if field.leaf is None:
            shape = field.shape
            return self._object(value, shape, at) if shape and type(value) is dict else Lost.KIND
        read = field.leaf.read(value)
        return Lost.KIND if read is WRONG else read

    def _list(self, values: list[Any], field: FieldShape, level: int, at: Link, owner: Spot) -> Any:
        optional = field.nullable[level]
        leaf, inner = (field.leaf, field.shape) if level + 1 == len(field.nullable) else (None, None)
        if leaf and leaf.are_plain(values, nulls=optional):
            return values.copy()
        items: list[Any] = []
        for index, item in enumerate(values):
            if inner is not None and type(item) is dict:
                item = self._object(item, inner, (at, index))
            elif item is not None:
                item = self._value(item, field, level, (at, index), owner)
            if type(item) is Lost or (item is None and not optional):
                item = self._null(item, field, level, (at, index), owner, (values, index))
                if item is BELOW:
                    return BELOW
            items.append(item)
        return items

    def _null(
        self, why: Lost | None, field: FieldShape, level: int, at: Link, owner: Spot, spot: Spot
    ) -> Lost | None:
        """Report what a place lacks; return the null that is in it, or BELOW if there can't be one.

        ``owner`` is the spot of the field, ``spot`` that of the value, which may be deep in its lists.
        """
        optional = field.nullable[level]
        if field.denied:
            self._denial(field, at)
        elif why is not BELOW and not (why is None and optional):
            if why is None or (why is MISSING and not optional):
                why = Lost.NULL
            if spot is owner or not self.reporter.explains(owner):
                self.reporter.lost(why, at, field, spot)
        return None if optional else BELOW

    def _template(self, fields: Fields) -> Template:
        """Return the template of fields of which the variables leave out some."""
        template = self.templates.get(id(fields))
        if template is None:
            template = template_of(included(fields, self.variables))
            self.templates[id(fields)] = template
        return template

    def _fields(self, source: Data, shape: ObjectShape, at: Link | None) -> Any:
        """Return the fields of an object whose type is denied or isn't known, or what comes of it."""
        names = (source.get(key) for key in ("__typename", *shape.named_by))
        type_name = next((name for name in names if name is not None), None)
        if type(type_name) is str and (known := shape.types.get(type_name)):
            if not known.denied:
                return known
            self._denial(known, at)
            return BELOW
        if type_name is not None:
            return None if type(type_name) is str and type_name in shape.hidden else Lost.TYPE
        # Whatever its type is: it may be denied, or lack a field that must not be null.
        needed = shape.typed_only or any(type_.denied for type_ in shape.types.values())
        if any(self.reporter.explains((source, key)) for key in ("__typename", *shape.typed_only)):
            return BELOW if needed else shape.untyped
        if at is None or self.reporter.is_unknown(source):
            return Lost.TYPE if needed else shape.untyped
        if id(shape) not in self.untyped:
            self.untyped[id(shape)] = not self._is_typed(shape) and not self.reporter.is_asked(
                at, "__typename"
            )
        return shape.untyped if self.untyped[id(shape)] else Lost.TYPE

    def _is_typed(self, shape: ObjectShape) -> bool:
        """Whether what the variables leave of an object depends on its type."""
        if not shape.is_typed:
            return False
        groups = shape.types.values()
        common = {field.source for field in included(shape.untyped, self.variables)}
        return (
            any(group.denied for group in groups)
            or not common.isdisjoint(shape.named_by)
            or not all(self._are_alike(shape.untyped, group) for group in groups)
        )

    def _are_alike(self, one: Fields, other: Fields) -> bool:
        """Whether the variables leave the same of two groups of fields, and of what is below them."""
        pair = id(one), id(other)
        if pair not in self.alike:
            mine, others = (
                {field.source: field.shape for field in included(group, self.variables)}
                for group in (one, other)
            )
            self.alike[pair] = mine.keys() == others.keys() and all(
                inner is others[source] or self._are_one(inner, others[source])
                for source, inner in mine.items()
            )
        return self.alike[pair]

    def _are_one(self, one: ObjectShape | None, other: ObjectShape | None) -> bool:
        if one is None or other is None or one.types.keys() != other.types.keys():
            return False
        groups = [(one.untyped, other.untyped), *((one.types[name], other.types[name]) for name in one.types)]
        return all(self._are_alike(*group) for group in groups)

    def _denial(self, what: FieldShape | Fields, at: Link | None) -> None:
        if id(what) not in self.denied:
            self.denied.add(id(what))
            self.reporter.denied(at)


def holds(conditions: tuple[Condition, ...], variables: Mapping[str, Any]) -> bool:
    """Whether all conditions hold for the values of the variables."""
    return all(bool(variables.get(condition.variable)) is not condition.skip for condition in conditions)


def included(fields: Fields, variables: Mapping[str, Any]) -> Iterable[FieldShape]:
    """Return the fields that the values of the variables leave of an object, in order."""
    if not fields.selected:
        return fields.all
    counting = (field for field, conditions in fields.selected if holds(conditions, variables))
    return {field.key: field for field in counting}.values()


def is_included(field: FieldShape, variables: Mapping[str, Any]) -> bool:
    """Whether the values of the variables leave a field in the response."""
    return not field.alternatives or any(holds(alternative, variables) for alternative in field.alternatives)
