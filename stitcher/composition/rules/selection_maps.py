"""What lookups and requirements take of an object is there, and has the shape of the argument that it is for.

Source: GraphQL Composite Schemas specification, appendix A, "Validation", and the error codes
IS_INVALID_FIELDS and REQUIRE_INVALID_FIELDS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import ListTypeNode, TypeNode

from stitcher.composition.field_set_checks import check_given_arguments, possible_types
from stitcher.composition.model import (
    Composition,
    Kind,
    MappedArgument,
    SubgraphSchema,
    TypeDeclaration,
    Types,
)
from stitcher.composition.rules.given_arguments import check_arguments_of_servers
from stitcher.composition.selection_map import ListMap, MapEntry, ObjectMap, PathMap, PathStep, SelectionMap
from stitcher.composition.type_refs import named_type, nullable, type_text
from stitcher.errors import Problem

__all__ = ["check_selection_maps"]

_COERCED = frozenset({("Int", "Float"), ("Int", "ID"), ("String", "ID"), ("ID", "String")})
"""Built-in scalars whose values others accept as input."""


def check_selection_maps(composition: Composition) -> Iterator[Problem]:
    """Yield what is wrong with the selection maps of all subgraphs."""
    for schema in composition.schemas:
        for mapped in schema.mapped:
            walk = _Walk(composition, schema, mapped)
            for wrong in dict.fromkeys(walk.check(mapped.selected, mapped.type, mapped.type_name)):
                yield Problem(
                    f"{mapped.code}_INVALID_FIELDS",
                    f"The selection map of {mapped.what} in subgraph {schema.name} is wrong: {wrong}",
                    (mapped.place,),
                    f"select fields of {mapped.type_name} that fit {type_text(mapped.type)}.",
                )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walks one map, beside the type that it selects from and the type that it makes a value of."""

    composition: Composition
    schema: SubgraphSchema
    mapped: MappedArgument

    @property
    def types(self) -> Types:
        return self.composition.merged

    def check(self, selected: SelectionMap, expected: TypeNode, type_name: str) -> Iterator[str]:
        for entry in selected.alternatives:
            yield from self._entry(entry, expected, type_name)

    def _entry(self, entry: MapEntry, expected: TypeNode, type_name: str) -> Iterator[str]:
        if isinstance(entry, PathMap):
            yield from self._path(entry, expected, type_name)
        else:
            yield from self._object(entry, expected, type_name)

    # Paths

    def _path(self, path: PathMap, expected: TypeNode, type_name: str) -> Iterator[str]:
        if path.type_condition is not None:
            wrong = self._why_never(type_name, path.type_condition)
            if wrong:
                yield wrong
                return
            type_name = path.type_condition
        found: TypeNode | None = None
        for number, step in enumerate(path.steps):
            parent = self.types.get(type_name)
            declared = parent.fields.get(step.name) if parent is not None else None
            if parent is None or declared is None:
                yield f"{type_name} has no field {step.name}."
                return
            where = f"{type_name}.{step.name}"
            merged = list(check_given_arguments(step.arguments, where, declared, self.types))
            yield from merged
            if not merged:
                yield from self._check_servers(parent, step)
            yield from self._check_elsewhere(parent, step)
            found, type_name = declared.type, named_type(declared.type)
            if number < len(path.steps) - 1 or isinstance(path.below, ObjectMap):
                wrong = self._why_no_object(where, found)
                if wrong:
                    yield wrong
                    return
            if step.type_condition is not None:
                wrong = self._why_never(type_name, step.type_condition)
                if wrong:
                    yield wrong
                    return
                type_name = step.type_condition
        if isinstance(path.below, ObjectMap):
            yield from self._object(path.below, expected, type_name)
        elif found is not None:
            yield from self._value(found, path.below, expected)

    def _why_never(self, type_name: str, type_condition: str) -> str | None:
        """Return why an object of the one type can't be of the other, if it can't."""
        if type_condition not in self.types or not self.types[type_condition].is_composite:
            return f"No subgraph has an object type, interface or union {type_condition}."
        one, other = possible_types(type_name, self.types), possible_types(type_condition, self.types)
        return None if one & other else f"{type_name} can never be {type_condition}."

    def _check_servers(self, parent: TypeDeclaration, step: PathStep) -> Iterator[str]:
        """What the merged field takes, each that serves it has to take as well."""
        given = check_arguments_of_servers(step.arguments, parent.name, step.name, self.composition)
        yield from (wrong for wrong, _ in given)

    def _check_elsewhere(self, parent: TypeDeclaration, step: PathStep) -> Iterator[str]:
        """What a field requires has to come from other subgraphs than its own."""
        if self.mapped.code != "REQUIRE":
            return
        declared = self.composition.declared[parent.name]
        others = [
            declaration
            for declaration in declared
            if declaration.subgraph != self.schema.name and step.name in declaration.fields
        ]
        if not any(other.fields[step.name].served for other in others):
            yield f"no other subgraph serves {parent.name}.{step.name}."

    def _why_no_object(self, where: str, found: TypeNode) -> str | None:
        if isinstance(nullable(found), ListTypeNode):
            return f"{where} is a list; say what to take of each item, in brackets."
        name = named_type(found)
        return None if self._is_composite(name) else f"{where} is of type {name}, which has no fields."

    def _is_composite(self, name: str) -> bool:
        return name in self.types and self.types[name].is_composite

    # Values

    def _value(self, found: TypeNode, below: ListMap | ObjectMap | None, expected: TypeNode) -> Iterator[str]:
        """Check what a path leads to, or the items of a list, against the type of the value."""
        found, expected = nullable(found), nullable(expected)
        if isinstance(below, ListMap):
            if not isinstance(found, ListTypeNode) or not isinstance(expected, ListTypeNode):
                yield f"brackets stand for a list, and {_text(found)} is to become {_text(expected)}."
            elif isinstance(below.item, ListMap):
                yield from self._value(found.type, below.item, expected.type)
            elif isinstance(nullable(found.type), ListTypeNode):
                yield f"the items of {_text(found)} are lists, too; write one more pair of brackets."
            else:
                yield from self.check(below.item, expected.type, named_type(found))
            return
        name = named_type(found)
        if self._is_composite(name):
            yield f"{_text(found)} has to be taken apart: say which of its fields."
        elif not _fits(found, expected):
            yield f"{_text(found)} can't become {_text(expected)}."

    def _object(self, selected: ObjectMap, expected: TypeNode, type_name: str) -> Iterator[str]:
        accepts = self.mapped.inputs.get(named_type(expected))
        if accepts is None or accepts.kind is not Kind.INPUT or isinstance(nullable(expected), ListTypeNode):
            yield f"an object can't become {_text(expected)}."
            return
        names = [name for name, _ in selected.fields]
        one_of = any(node.name.value == "oneOf" for node in accepts.directives)
        if one_of and len(names) > 1:
            yield f"{accepts.name} takes one field, not {', '.join(names)} together."
        for own in accepts.input_fields.values():
            if own.required and own.name not in names:
                yield f"{accepts.name}.{own.name} is required."
        for name, inner in selected.fields:
            own_field = accepts.input_fields.get(name)
            if own_field is None:
                yield f"{accepts.name} has no field {name}."
            else:
                yield from self.check(inner, own_field.type, type_name)


def _fits(found: TypeNode, expected: TypeNode) -> bool:
    found, expected = nullable(found), nullable(expected)
    if isinstance(found, ListTypeNode) or isinstance(expected, ListTypeNode):
        return (
            isinstance(found, ListTypeNode)
            and isinstance(expected, ListTypeNode)
            and _fits(found.type, expected.type)
        )
    names = named_type(found), named_type(expected)
    return names[0] == names[1] or names in _COERCED


def _text(node: TypeNode) -> str:
    return type_text(nullable(node))
