"""What an operation costs, by the schema and by how much the client asks for.

A. A field that returns an object costs 1, a leaf nothing, a field of Mutation 10 more; ``@cost(weight:)`` on
   a field, or on the type that it returns, says otherwise.
B. A list, and what is below it, counts as often as the list may be long: as many times as the client asks
   for, or else the schema's default does, by the arguments that ``@listSize(slicingArguments:)`` names (the
   largest of several; a path such as ``page.first`` leads into an input object), else ``assumedSize``.
   With ``sizedFields``, the lists are these fields one level below, or further with a path. Without
   ``@listSize``, ``first``, ``last`` and ``limit`` are taken for such arguments; other lists count once.
   Below an interface, the largest counts of what it says itself and what its types say; where a type says
   nothing of a list, what its interfaces say.
C. Where a variable says how much, the cost is known with the request: a cost is a sum of terms, each a number
   and the lengths of lists that multiply it.

Source: the draft "GraphQL Cost Directives" (IBM), for the directives; the weights are those of Apollo's
demand control.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)
from graphql.type import is_composite_type, is_input_object_type, is_interface_type

from stitcher.directives import applied, arguments_of
from stitcher.interfaces import all_interfaces

__all__ = ["Cost", "operation_cost"]

MUTATION_COST = 10
SLICING_ARGUMENTS = ("first", "last", "limit")

MOST = 10**12
"""What counts for more: whatever is asked for, it is too much."""

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class _Asked:
    """What a variable asks for, or the field of it at the end of a path; unset, the schema's default."""

    variable: str
    path: Path
    default: int

    def of(self, variables: Mapping[str, Any]) -> int:
        if self.variable in variables:
            return max(_sizes(variables[self.variable], self.path), default=0)
        return self.default


@dataclass(frozen=True, slots=True, order=True)
class _Length:
    """How long a list may be: what is asked for, ``otherwise`` if nothing is. None of it is less than one."""

    asked: tuple[_Asked, ...]
    number: int
    otherwise: int

    def of(self, variables: Mapping[str, Any]) -> int:
        asked = max((batch.of(variables) for batch in self.asked), default=0)
        return max(asked, self.number) or self.otherwise


Lengths: TypeAlias = tuple[_Length, ...]
"""The lengths that one list may have, by what different types say of it; the longest counts."""


@dataclass(frozen=True, slots=True)
class _Factor:
    """How often something counts: a number, times lengths that depend on variables."""

    number: int = 1
    lists: tuple[Lengths, ...] = ()

    def times(self, other: _Factor) -> _Factor:
        return _Factor(self.number * other.number, tuple(sorted(self.lists + other.lists)))


ONCE = _Factor()


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of terms: ``terms`` maps the lists that multiply a term to its number."""

    terms: Mapping[tuple[Lengths, ...], int]

    @property
    def is_fixed(self) -> bool:
        """Whether the cost is the same for all values of variables."""
        return not any(self.terms)

    def of(self, variables: Mapping[str, Any]) -> int:
        """Return the cost for the coerced values of the operation's variables."""
        return sum(
            number * prod(_longest(lengths, variables) for lengths in lists)
            for lists, number in self.terms.items()
        )


def operation_cost(
    schema: GraphQLSchema, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Cost:
    """Return the cost of a valid operation, in a walk of all its fields, fragments spread."""
    root = schema.get_root_type(node.operation)
    if root is None:
        raise ValueError(f"The schema has no {node.operation.value} type.")
    terms: dict[tuple[Lengths, ...], int] = {}
    extra = MUTATION_COST if node.operation is OperationType.MUTATION else 0
    for weight, factor in _Costing(schema, fragments).selections(node.selection_set, root, ONCE, {}, extra):
        terms[factor.lists] = terms.get(factor.lists, 0) + weight * factor.number
    return Cost(terms)


class _Costing:
    """Costs one operation."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.schema = schema
        self.fragments = fragments
        self.known: dict[tuple[str, str], list[_Declared]] = {}

    def selections(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType,
        factor: _Factor,
        sized: Mapping[str, _Factor],
        extra: int = 0,
    ) -> Iterator[tuple[int, _Factor]]:
        """Yield weights and how often each counts; ``sized`` are fields whose size is said above them."""
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                field = (
                    self.schema.get_field(parent, selection.name.value) if is_composite_type(parent) else None
                )
                if field is not None and not selection.name.value.startswith("__"):
                    yield from self.field(selection, parent, field, factor, sized, extra)
                continue
            inner: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                inner = self.fragments[selection.name.value]
            condition = (
                self.schema.get_type(inner.type_condition.name.value) if inner.type_condition else None
            )
            yield from self.selections(inner.selection_set, condition or parent, factor, sized, extra)

    def field(
        self,
        node: FieldNode,
        parent: GraphQLNamedType,
        field: GraphQLField,
        factor: _Factor,
        sized: Mapping[str, _Factor],
        extra: int,
    ) -> Iterator[tuple[int, _Factor]]:
        returned = get_named_type(field.type)
        declared = self.declared(parent, node.name.value, field)
        inner: dict[str, _Factor] = {}
        for path, above in sized.items():
            name, _, rest = path.partition(".")
            if name == node.name.value and rest:
                inner[rest] = above
        factor = factor.times(sized.get(node.name.value, ONCE))
        paths = {path for declaration in declared for path in declaration.sized}
        plain = [declaration.length(node) for declaration in declared if not declaration.sized]
        if plain:
            factor = factor.times(_factor(plain))
        for path in paths:
            inner[path] = _factor(
                [declaration.length(node) for declaration in declared if path in declaration.sized]
            )
        yield max(declaration.weight for declaration in declared) + extra, factor
        if node.selection_set:
            yield from self.selections(node.selection_set, returned, factor, inner)

    def declared(self, parent: GraphQLNamedType, name: str, field: GraphQLField) -> list[_Declared]:
        """Return what the schema says of a field: of an interface's also what its types say.

        What neither says of how long a list is, may be said by the interfaces that it implements.
        """
        at = parent.name, name
        if at not in self.known:
            fields = [field, *_inherited(parent, name)]
            if is_interface_type(parent):
                for possible in self.schema.get_possible_types(parent):
                    fields += [possible.fields[name], *_inherited(possible, name)]
            self.known[at] = list(dict.fromkeys(_Declared.of(own) for own in fields))
        return self.known[at]


@dataclass(frozen=True, slots=True)
class _Declared:
    """What the schema says of one field: its weight, and of how long its lists are.

    ``slicing`` are paths to arguments, each with the schema's default; ``sized`` are paths to fields.
    """

    weight: int
    slicing: tuple[tuple[Path, int], ...]
    assumed: int
    sized: tuple[str, ...]

    @classmethod
    def of(cls, field: GraphQLField) -> _Declared:
        size = _said(field, "listSize")
        paths = SLICING_ARGUMENTS if size is None else _strings(size.get("slicingArguments"))
        slicing = ((path, _default(field, path)) for path in (tuple(dotted.split(".")) for dotted in paths))
        return cls(
            _weight(field, get_named_type(field.type)),
            tuple((path, default) for path, default in slicing if path[0] in field.args),
            _number((size or {}).get("assumedSize", 1), least=1),
            tuple(_strings((size or {}).get("sizedFields"))),
        )

    def length(self, node: FieldNode) -> _Length:  # B
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        asked: list[_Asked] = []
        number = 0
        for (name, *path), default in self.slicing:
            if name not in given:
                number = max(number, default)
                continue
            for value, rest in _values(given[name], tuple(path)):
                if isinstance(value, VariableNode):  # C
                    asked.append(_Asked(value.name.value, rest, default))
                elif value is None:
                    number = max(number, default)
                else:
                    number = max(number, *_sizes(value_from_ast_untyped(value), rest), 0)
        return _Length(tuple(sorted(asked)), number, self.assumed)


def _values(node: ValueNode, path: Path) -> Iterator[tuple[ValueNode | None, Path]]:
    """Yield what a literal has at the end of a path, or the variable on the way; None for nothing."""
    if isinstance(node, ListValueNode):
        for value in node.values:
            yield from _values(value, path)
    elif path and isinstance(node, ObjectValueNode):
        found = next((field.value for field in node.fields if field.name.value == path[0]), None)
        if found is None:
            yield None, ()
        else:
            yield from _values(found, path[1:])
    else:
        yield node, path


def _default(field: GraphQLField, path: Path) -> int:
    """Return what counts, by the schema, where a slicing argument isn't given; 0 for nothing."""
    argument = field.args.get(path[0])
    found: list[int] = []
    if argument is not None and argument.ast_node and argument.ast_node.default_value:
        found += _sizes(value_from_ast_untyped(argument.ast_node.default_value), path[1:])
    named = get_named_type(argument.type) if argument is not None else None
    for name in path[1:]:
        inner = named.fields.get(name) if is_input_object_type(named) else None
        if inner is None:
            break
        if inner.ast_node and inner.ast_node.default_value:
            found += _sizes(value_from_ast_untyped(inner.ast_node.default_value), ())
        named = get_named_type(inner.type)
    return max(found, default=0)


def _sizes(value: object, path: Path) -> list[int]:
    """Return the sizes that a value asks for at the end of a path; each item of a list counts."""
    if isinstance(value, list | tuple):
        return [size for item in value for size in _sizes(item, path)]
    if path:
        return _sizes(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []
    return [] if value is None else [_number(value, least=1)]


def _inherited(parent: GraphQLNamedType, name: str) -> Iterator[GraphQLField]:
    """Yield the fields of a type's interfaces that say how long a list is, where its own doesn't."""
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return
    if _said(parent.fields[name], "listSize") is None:
        found = (interface.fields[name] for interface in all_interfaces(parent) if name in interface.fields)
        yield from (declaration for declaration in found if _said(declaration, "listSize") is not None)


def _factor(lengths: Iterable[_Length]) -> _Factor:
    found: Lengths = tuple(sorted(set(lengths)))
    if any(declaration.asked for declaration in found):
        return _Factor(1, (found,))
    return _Factor(_longest(found, {}))


def _longest(lengths: Lengths, variables: Mapping[str, Any]) -> int:
    return max(length.of(variables) for length in lengths)


def _strings(value: object) -> Sequence[str]:
    """Return the strings that an argument of a directive lists, or the one that it is."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _weight(field: GraphQLField, returned: GraphQLNamedType) -> int:
    said = _said(field, "cost") or _said(returned, "cost")
    if said is not None:
        return _number(said.get("weight"), least=0)
    return 1 if is_composite_type(returned) else 0


def _number(value: object, *, least: int) -> int:
    """Return a number, whatever it is written as; what is none counts once, as does less of a length."""
    try:
        return int(min(max(ceil(float(value)), least), MOST))  # type: ignore[arg-type]
    except OverflowError:  # as long as that, or infinite
        return MOST
    except (TypeError, ValueError):
        return 1


def _said(element: GraphQLField | GraphQLNamedType, directive: str) -> dict[str, Any] | None:
    """Return the arguments of a directive in the schema, None where it isn't applied."""
    return next((arguments_of(node) for node in applied(element) if node.name.value == directive), None)
