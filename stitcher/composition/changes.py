"""What changes for clients between two supergraphs: what breaks them, what may, and what doesn't.

A. What graphql-core tells of the two schemas. Where only a default kept an argument or input field optional,
   taking it away breaks whoever left it out.
B. What it doesn't look at: inputs of which one field alone may be given, deprecations, ``@specifiedBy``, and
   directives that are applied, which tools and the gateway read (``@cost``, ``@listSize``).
C. Who may see what, and how often: marks and limits by what comes of them, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    BreakingChange,
    DangerousChange,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    find_schema_changes,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)

from stitcher.composition.rules.required_access import is_implied
from stitcher.field_limits import DIRECTIVE as RATE_LIMIT
from stitcher.field_limits import find_field_limits
from stitcher.planning.authorization import AUTHORIZATION_DIRECTIVES, PUBLIC, Authorization
from stitcher.supergraph import Supergraph

__all__ = ["Change", "Changes", "find_changes"]

_NAMED = 5
"""How many fields a message names."""

_COSTS = frozenset({"cost", "listSize"})
_LOOKED_AT = frozenset({*AUTHORIZATION_DIRECTIVES, PUBLIC, RATE_LIMIT, "deprecated", "specifiedBy", "oneOf"})
"""Directives that are compared by what they do."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change: a stable code, and what it is."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes: those that break operations, those that may surprise them, and the others."""

    breaking: tuple[Change, ...]
    dangerous: tuple[Change, ...]
    safe: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the changes as plain data, for tools."""
        return {
            kind: [{"code": change.code, "message": change.message} for change in changes]
            for kind, changes in self.by_kind().items()
        }

    def by_kind(self) -> dict[str, tuple[Change, ...]]:
        """Return the changes of each kind, the worst first."""
        return {"breaking": self.breaking, "dangerous": self.dangerous, "safe": self.safe}


class _Found(NamedTuple):
    """A change, with its kind."""

    kind: str
    code: str
    message: str


def find_changes(old: Supergraph, new: Supergraph) -> Changes:
    """Compare two supergraphs as clients see them; the changes of each kind come sorted."""
    found = [
        *_schema_changes(old.schema, new.schema),
        *_element_changes(old.schema, new.schema),
        *_access_changes(old, new),
        *_limit_changes(old, new),
    ]
    kinds = {
        kind: tuple(sorted(Change(code, message) for own, code, message in found if own == kind))
        for kind in ("breaking", "dangerous", "safe")
    }
    return Changes(**kinds)


# A. What graphql-core tells


def _schema_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[_Found]:
    required = {
        before.coordinate
        for before, after in _pairs(old, new)
        if isinstance(before.element, GraphQLArgument | GraphQLInputField)
        and _is_required(after.element)
        and not _is_required(before.element)
    }
    for change in find_schema_changes(old, new):
        name, message = change.type.name, change.description
        coordinate = message.partition(" ")[0]
        if coordinate in required and message.endswith("defaultValue was removed."):
            yield _Found("breaking", "DEFAULT_OF_REQUIRED_REMOVED", f"{coordinate} has to be given now.")
        elif isinstance(change, BreakingChange):
            yield _Found("breaking", name, message)
        else:
            yield _Found("dangerous" if isinstance(change, DangerousChange) else "safe", name, message)


def _is_required(element: Any) -> bool:
    if isinstance(element, GraphQLArgument):
        return is_required_argument(element)
    return isinstance(element, GraphQLInputField) and is_required_input_field(element)


# B. What it doesn't look at


class _Element(NamedTuple):
    """Something of a schema that can be deprecated, or have directives applied, by its coordinate."""

    coordinate: str
    element: Any


def _elements(schema: GraphQLSchema) -> Iterator[_Element]:
    for name, type_ in schema.type_map.items():
        if not is_introspection_type(type_):
            yield _Element(name, type_)
            yield from _members(name, type_)


def _members(name: str, type_: GraphQLNamedType) -> Iterator[_Element]:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for field_name, field in type_.fields.items():
            yield _Element(f"{name}.{field_name}", field)
            for argument_name, argument in field.args.items():
                yield _Element(f"{name}.{field_name}({argument_name}:)", argument)
    elif isinstance(type_, GraphQLInputObjectType):
        for input_name, input_field in type_.fields.items():
            yield _Element(f"{name}.{input_name}", input_field)
    elif isinstance(type_, GraphQLEnumType):
        for value_name, value in type_.values.items():
            yield _Element(f"{name}.{value_name}", value)


def _pairs(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[_Element, _Element]]:
    """Yield what both schemas have."""
    after = dict(_elements(new))
    for before in _elements(old):
        if before.coordinate in after:
            yield before, _Element(before.coordinate, after[before.coordinate])


def _element_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[_Found]:
    for (coordinate, before), (_, after) in _pairs(old, new):
        if isinstance(before, GraphQLInputObjectType) and isinstance(after, GraphQLInputObjectType):
            yield from _one_of_change(coordinate, before, after)
        if isinstance(before, GraphQLScalarType) and isinstance(after, GraphQLScalarType):
            yield from _specification_change(coordinate, before.specified_by_url, after.specified_by_url)
        reasons = [getattr(element, "deprecation_reason", None) for element in (before, after)]
        yield from _deprecation_change(coordinate, *reasons)
        yield from _directive_changes(coordinate, _applied(before), _applied(after))


def _one_of_change(
    name: str, before: GraphQLInputObjectType, after: GraphQLInputObjectType
) -> Iterator[_Found]:
    if after.is_one_of and not before.is_one_of:
        message = f"{name} became @oneOf: exactly one of its fields has to be given now, and not null."
        yield _Found("breaking", "INPUT_BECAME_ONE_OF", message)
    elif before.is_one_of and not after.is_one_of:
        message = f"{name} is no longer @oneOf: none or several of its fields may be given."
        yield _Found("safe", "INPUT_CEASED_TO_BE_ONE_OF", message)


def _specification_change(name: str, before: str | None, after: str | None) -> Iterator[_Found]:
    if before == after:
        return
    if before is None:
        yield _Found("safe", "SPECIFIED_BY_ADDED", f"{name} is specified by {after} now.")
    else:
        message = (
            f"{name} was specified by {before}, and is by {after or 'nothing'} now: its values may differ."
        )
        yield _Found("dangerous", "SPECIFIED_BY_CHANGED", message)


def _deprecation_change(coordinate: str, before: str | None, after: str | None) -> Iterator[_Found]:
    if before == after:
        return
    if before is None:
        yield _Found("safe", "DEPRECATION_ADDED", f"{coordinate} is deprecated now: {after}")
    elif after is None:
        yield _Found("safe", "DEPRECATION_REMOVED", f"{coordinate} is no longer deprecated.")
    else:
        message = f"{coordinate} is deprecated for another reason: {after}"
        yield _Found("safe", "DEPRECATION_REASON_CHANGED", message)


def _applied(element: Any) -> list[str]:
    nodes = (element.ast_node.directives or ()) if getattr(element, "ast_node", None) else ()
    return [print_ast(node) for node in nodes if node.name.value not in _LOOKED_AT]


def _directive_changes(coordinate: str, before: list[str], after: list[str]) -> Iterator[_Found]:
    for written, was, code, what in (
        *((text, before, "DIRECTIVE_APPLIED", "now has") for text in after),
        *((text, after, "DIRECTIVE_NO_LONGER_APPLIED", "no longer has") for text in before),
    ):
        if written not in was:
            name = written.removeprefix("@").partition("(")[0]
            costs = "; an operation that selects it may cost more than it may" if name in _COSTS else ""
            message = f"{coordinate} {what} {written}{costs}."
            yield _Found("dangerous" if name in _COSTS else "safe", code, message)


# C. Who may see what, and how often


def _access_changes(old: Supergraph, new: Supergraph) -> Iterator[_Found]:
    before, after = (Authorization(each.schema, each.whole) for each in (old, new))
    stricter: dict[str, list[str]] = {}
    looser: dict[str, list[str]] = {}
    for type_name, field_name in _fields_of_both(old.schema, new.schema):
        was, now = (each.fields.get((type_name, field_name), frozenset()) for each in (before, after))
        asked = sorted(str(clause) for clause in now if not is_implied(clause, was))
        given_up = sorted(str(clause) for clause in was if not is_implied(clause, now))
        if asked:
            stricter.setdefault(" ".join(asked), []).append(f"{type_name}.{field_name}")
        elif given_up:
            looser.setdefault(" ".join(given_up), []).append(f"{type_name}.{field_name}")
    for marks, fields in stricter.items():
        message = f"{marks} is asked for now, of {_listed(fields)}: others get null and an error."
        yield _Found("breaking", "AUTHORIZATION_ADDED", message)
    for marks, fields in looser.items():
        message = f"{marks} is no longer asked for, of {_listed(fields)}: more clients see them."
        yield _Found("dangerous", "AUTHORIZATION_REMOVED", message)
    both = set(_elements_of_roots(old.schema)) & set(_elements_of_roots(new.schema))
    if closed := sorted((before.public - after.public) & both):
        message = f"@public was taken off {_listed(closed)}: with a login required, nobody else may ask."
        yield _Found("breaking", "PUBLIC_REMOVED", message)
    if opened := sorted((after.public - before.public) & both):
        message = f"@public was put on {_listed(opened)}: anybody may ask, even with a login required."
        yield _Found("dangerous", "PUBLIC_ADDED", message)


def _fields_of_both(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, before in old.type_map.items():
        after = new.type_map.get(name)
        if isinstance(before, GraphQLObjectType) and isinstance(after, GraphQLObjectType):
            yield from ((name, field_name) for field_name in before.fields if field_name in after.fields)


def _elements_of_roots(schema: GraphQLSchema) -> Iterator[str]:
    for root in (schema.query_type, schema.mutation_type):
        if root is not None:
            yield from (f"{root.name}.{field_name}" for field_name in root.fields)


def _limit_changes(old: Supergraph, new: Supergraph) -> Iterator[_Found]:
    before, after = (find_field_limits(each.whole) for each in (old, new))
    for type_name, field_name in _fields_of_both(old.schema, new.schema):
        coordinate = f"{type_name}.{field_name}"
        was, now = (
            ", ".join(
                f"{window.amount} in {window.seconds} s"
                for limit in limits.get(coordinate, ())
                for window in limit.windows
            )
            for limits in (before, after)
        )
        if was != now:
            message = (
                f"{coordinate} may be asked for {now or 'without a limit'} now, before {was or 'without'}."
            )
            yield _Found("dangerous", "RATE_LIMIT_CHANGED", message)


def _listed(fields: Iterable[str]) -> str:
    names = list(fields)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
