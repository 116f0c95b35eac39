"""Answers to introspection: measured before they are made, made aside from the event loop, and kept.

What an operation asks for of the schema can be a thousand times longer than its text. So what it will return
is added up first, to the byte or so. Equal elements are followed once, with how often they come, so that
measuring takes no longer than the answer is long; it ends as soon as that is too much. As much may be asked
for as the introspection query of graphql-js returns, with all its options, and the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from math import inf
from types import MappingProxyType, SimpleNamespace
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    execute_sync,
    get_argument_values,
    get_directive_values,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    get_variable_values,
    is_list_type,
    is_object_type,
    parse,
)

from stitcher.inflight import Inflight
from stitcher.planning.limits import too_large
from stitcher.recent import Recent

__all__ = ["Introspection"]

NUMBER = 200
"""How many answers are kept."""

BYTES = 512 * 1024 * 1024
"""What they may take in memory, where a byte of JSON takes eight; one may take a 64th of it."""

IN_MEMORY = 8

LEAST = 64 * 1024
"""Bytes that may be asked for however small the schema is."""

Elements: TypeAlias = dict[object, tuple[Any, int]]
"""Elements of the schema by what they are, each with how often it comes."""

Answer: TypeAlias = tuple[Mapping[str, Any], int]
"""Data, and about how many bytes of JSON that is."""


class Introspection:
    """Answers introspection of one schema; ``limited`` says whether there is a limit."""

    def __init__(self, schema: GraphQLSchema, *, limited: bool) -> None:
        self._schema = schema
        self._limited = limited
        self._answers: Recent[object, Answer] = Recent(NUMBER, BYTES)
        self._inflight: Inflight[Answer] = Inflight()
        self._aside = ThreadPoolExecutor(1, "introspection")  # one, so that it takes no more than its turn

    async def answer(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """Return the answer to a document that asks for nothing but introspection.

        Args:
            document: the text, which is valid.
            variables: coerced; those that it doesn't declare don't matter.

        Raises:
            RequestError: it asks for too much.
        """
        key = (
            document,
            tuple(sorted((name, variables[name]) for name in variables if f"${name}:" in document)),
        )
        answer = self._answers.get(key)
        if answer is None:
            answer = await self._inflight.join(key, lambda: self._made(document, dict(key[1])))
            self._answers.put(key, answer, IN_MEMORY * answer[1])
        return answer

    def close(self) -> None:
        """Let the thread end."""
        self._aside.shutdown(wait=False, cancel_futures=True)

    async def _made(self, document: str, variables: dict[str, Any]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._aside, self._make, document, variables)

    def _make(self, text: str, variables: dict[str, Any]) -> Answer:
        document = parse(text, no_location=True)
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - as the planner writes it
        size = _Measuring(self._schema, operation, variables, self._most if self._limited else inf).size
        return execute_sync(self._schema, document, variable_values=variables).data or {}, size

    @cached_property
    def _most(self) -> int:
        """The most bytes that may be asked for."""
        text = get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        )
        (operation, *fragments) = parse(text, no_location=True).definitions
        assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - it comes first
        named = {fragment.name.value: fragment.selection_set for fragment in fragments}  # type: ignore[attr-defined]
        return max(LEAST, 2 * _Measuring(self._schema, operation, {}, inf, named).size)


class _Measuring:
    """Measures what one operation will return."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        most: float,
        fragments: Mapping[str, SelectionSetNode] = MappingProxyType({}),
    ) -> None:
        values = get_variable_values(schema, operation.variable_definitions or (), variables)
        if isinstance(values, list):
            raise TypeError(f"The variables of an introspection are wrong: {values[0]}")
        self.info: Any = SimpleNamespace(schema=schema)
        self.values = values
        self.fragments = fragments
        self.most = most
        self.size = 0
        self._selections(operation.selection_set, {None: (None, 1)}, _ROOT)

    def _selections(
        self, selection_set: SelectionSetNode, elements: Elements, fields: Mapping[str, GraphQLField]
    ) -> None:
        for selection in selection_set.selections:
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                if field := fields.get(selection.name.value):
                    self._field(selection, elements, field)
                else:  # __typename
                    self._add(selection, sum(count for _, count in elements.values()), 16)
                continue
            name = getattr(selection, "name", None)
            inner = self.fragments[name.value] if name else selection.selection_set  # type: ignore[attr-defined]
            self._selections(inner, elements, fields)

    def _field(self, node: FieldNode, elements: Elements, field: GraphQLField) -> None:
        arguments = get_argument_values(field, node, self.values)
        is_list = is_list_type(get_nullable_type(field.type))
        found: Elements = {}
        for element, count in elements.values():
            value = field.resolve(element, self.info, **arguments) if field.resolve else None
            if node.selection_set is None:
                self._add(node, count, len(str(value)))
                continue
            self._add(node, count, 2)
            for item in () if value is None else value if is_list else (value,):
                # Fields and arguments come as pairs of name and definition, which are made anew each time.
                what = (item[0], id(item[1])) if isinstance(item, tuple) else id(item)
                found[what] = item, found[what][1] + count if what in found else count
        named = get_named_type(field.type)
        if found and node.selection_set and is_object_type(named):
            self._selections(node.selection_set, found, named.fields)

    def _add(self, node: FieldNode, count: int, length: int) -> None:
        key = node.alias or node.name
        self.size += count * (len(key.value) + length + 6)
        if self.size > self.most:
            raise too_large(
                f"The introspection would return more than {self.most} bytes, twice what the usual query "
                "for all of the schema does."
            )

    def _is_included(self, selection: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, selection, self.values)
        include = get_directive_values(GraphQLIncludeDirective, selection, self.values)
        return not (skip and skip["if"]) and not (include and not include["if"])


_ROOT = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
