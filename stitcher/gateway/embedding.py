"""The supergraph as an executable Ariadne schema, for ``ariadne.graphql`` and apps that embed it.

Each root field has a resolver that hands its part of the operation to the gateway, whole: planning, fetching
and null handling are the same as on the server's way. The fields below are read off what came back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from ariadne import MutationType, QueryType, make_executable_schema
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    SelectionSetNode,
    VariableNode,
    print_ast,
    print_schema,
)
from graphql.language import FragmentSpreadNode, Visitor, visit
from graphql.type import is_abstract_type

from stitcher.validity import LoneDeprecations

__all__ = ["Answer", "Execute", "make_gateway_schema"]


class Answer(Protocol):
    """What the gateway answers."""

    @property
    def data(self) -> Mapping[str, Any] | None:
        """The data in the client's shape."""
        ...

    @property
    def errors(self) -> tuple[Mapping[str, Any], ...]:
        """Formatted errors."""
        ...


TYPENAME_KEY = "__typename__"
"""The key of the type of each object: ``__typename`` may be what the client calls another field."""

Within: TypeAlias = tuple[str, ...]

Execute: TypeAlias = Callable[[str, Mapping[str, Any], Any], Awaitable[Answer]]
"""Executes a document with variables and the context value that it was given."""


def make_gateway_schema(schema: GraphQLSchema, execute: Execute) -> GraphQLSchema:
    """Return an executable schema whose root fields delegate to ``execute``."""
    bindables = []
    for bindable, type_ in ((QueryType(), schema.query_type), (MutationType(), schema.mutation_type)):
        if type_ is not None:
            for name in type_.fields:
                bindable.set_field(name, _delegating(execute))
            bindables.append(bindable)
    lone = LoneDeprecations()
    executable = make_executable_schema(print_schema(schema), *bindables, lone)
    lone.restore(executable)
    for named in executable.type_map.values():
        if is_abstract_type(named):
            named.resolve_type = _type_of
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            for field in named.fields.values():
                field.resolve = field.resolve or _read
    return executable


def _delegating(execute: Execute) -> Callable[..., Awaitable[Any]]:
    async def resolve_root(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if info.path.prev is not None:  # of a Query that a field has returned, and so has been answered
            return _read(source, info)
        key = info.path.key
        answer = await execute(_part(info), info.variable_values.coerced, info.context)
        if answer.data is None and answer.errors:
            raise _located(answer.errors[0])
        data = dict(answer.data or {})
        for error in answer.errors:
            _place(data, error)
        value = data.get(str(key))
        if isinstance(value, Exception):
            raise value
        return value

    return resolve_root


def _read(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Read a field of an object that the gateway answered: under its response key, not its name."""
    value = source.get(str(info.path.key))
    if isinstance(value, Exception):
        raise value
    return value


def _type_of(value: Any, *_: Any) -> str | None:
    """Return the type of an object that the gateway answered."""
    name = value.get(TYPENAME_KEY)
    return name if isinstance(name, str) else None


def _place(data: dict[str, Any], error: Mapping[str, Any]) -> None:
    """Put an error in place of the null that it explains, so that graphql-core reports it there."""
    current: Any = data
    path = error.get("path") or list(data)[:1]
    for segment in path:
        try:
            inner = current[segment]
        except (KeyError, IndexError, TypeError):
            return
        if inner is None:
            current[segment] = _located(error)
            return
        current = inner


def _located(error: Mapping[str, Any]) -> GraphQLError:
    extensions = dict(error.get("extensions", {}))
    return GraphQLError(error["message"], path=error.get("path"), extensions=extensions)


def _part(info: GraphQLResolveInfo[Any]) -> str:
    """Return the operation, reduced to the root field that is being resolved."""
    whole = info.operation
    selections = tuple(_around(whole.selection_set, info, (), set()))
    fragments = _used_fragments(info.field_nodes, info.fragments).values()
    operation = replace(
        whole, name=None, variable_definitions=(), selection_set=SelectionSetNode(selections=selections)
    )
    variables = _VariableNames()
    for node in (operation, *fragments):
        visit(node, variables)
    definitions = tuple(
        variable
        for variable in whole.variable_definitions or ()
        if variable.variable.name.value in variables.names
    )
    body = (replace(operation, variable_definitions=definitions), *fragments)
    return print_ast(visit(DocumentNode(definitions=body), _AddTypenames()))


def _around(
    selection_set: SelectionSetNode, info: GraphQLResolveInfo[Any], within: Within, seen: set[Within]
) -> Iterator[FieldNode | InlineFragmentNode]:
    """Yield the nodes of the field that is being resolved, with the fragments around them.

    ``within`` are the directives of these, as text; ``seen`` are the named ones, each with what is around it.
    """
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            if any(selection is node for node in info.field_nodes):
                yield selection
            continue
        inside = (*within, *map(print_ast, selection.directives or ()))
        fragment: InlineFragmentNode | FragmentDefinitionNode
        if isinstance(selection, FragmentSpreadNode):
            fragment = info.fragments[selection.name.value]
            named = (*inside, selection.name.value)
            if named in seen:
                continue
            seen.add(named)
            inside = (*inside, *map(print_ast, fragment.directives or ()))
        elif isinstance(selection, InlineFragmentNode):
            fragment = selection
        inner = tuple(_around(fragment.selection_set, info, inside, seen))
        if inner:
            own = InlineFragmentNode(
                type_condition=fragment.type_condition,
                directives=fragment.directives,
                selection_set=SelectionSetNode(selections=inner),
            )
            if fragment is selection or not selection.directives:
                yield own
            else:
                yield InlineFragmentNode(
                    directives=selection.directives, selection_set=SelectionSetNode(selections=(own,))
                )


def _used_fragments(
    nodes: Iterable[FieldNode | FragmentDefinitionNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, FragmentDefinitionNode]:
    used: dict[str, FragmentDefinitionNode] = {}
    waiting: list[FieldNode | FragmentDefinitionNode] = list(nodes)
    while waiting:
        spreads = _SpreadNames()
        visit(waiting.pop(), spreads)
        for name in spreads.names - used.keys():
            used[name] = fragments[name]
            waiting.append(fragments[name])
    return used


class _VariableNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


class _SpreadNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)


class _AddTypenames(Visitor):
    """Adds ``__typename`` below each field, by which graphql-core is told the types of abstract values."""

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        if node.selection_set is None:
            return None
        typename = FieldNode(name=NameNode(value="__typename"), alias=NameNode(value=TYPENAME_KEY))
        selections = SelectionSetNode(selections=(*node.selection_set.selections, typename))
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=selections,
        )
