"""How large an operation may be: settled in one walk over the document, before it is validated.

A few lines of fragments can stand for millions of fields, so an operation is measured with its fragments
spread, without spreading them: each selection set is measured once, and what it amounts to is added wherever
it is spread. The walk takes no longer than the document is long. What it can't know without the schema comes
later: comparing fields that share a response key, which grows by the square, has a budget of its own
(:class:`FieldMergingRule`), and cost is a matter of :mod:`stitcher.planning.cost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule, ValidationContext

from stitcher.errors import RequestError
from stitcher.values import dumps

__all__ = ["FieldMergingRule", "Limits", "check_document", "check_variables", "too_large"]

MERGING_BUDGET = 30_000
"""What comparing fields may cost, in graphql-core's units: enough for 170 fields of one response key."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of everything that an operation may have.

    ``characters`` and ``tokens`` are the document's. ``depth`` is that of fields within fields; it isn't
    counted in introspection, which graphql-core has a rule for. ``root_fields``, ``fields``, ``aliases`` and
    ``directives`` are counted with fragments spread. ``variable_bytes``, ``variable_items`` (of lists and
    objects) and ``variable_depth`` are about all variables together.
    """

    characters: int
    tokens: int
    depth: int
    root_fields: int
    fields: int
    aliases: int
    directives: int
    cost: int
    variable_bytes: int
    variable_items: int
    variable_depth: int


class FieldMergingRule(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule, with a budget that a request can afford."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MERGING_BUDGET


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Measure every operation of a document, which need not be valid.

    Raises:
        RequestError: one is too large, or fragments spread each other in a circle.
    """
    measuring = _Measuring(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = measuring.selections(node.selection_set)
            size.directives += len(node.directives or ())
            size.directives += sum(
                len(variable.directives or ()) for variable in node.variable_definitions or ()
            )
            _check(size, limits)


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Measure a request's variables, as JSON.

    Raises:
        RequestError: they are too large.
    """
    items = depth = 0
    level: list[Any] = [variables]
    while level:
        inner: list[Any] = []
        for value in level:
            values = value.values() if isinstance(value, Mapping) else value
            items += len(values)
            if items > limits.variable_items:  # before there is work to do for each of them
                raise too_large(f"The variables have more than {limits.variable_items} values.")
            inner.extend(item for item in values if isinstance(item, list | Mapping))
        depth += 1
        if depth > limits.variable_depth:
            raise too_large(f"The variables are more than {limits.variable_depth} levels deep.")
        level = inner
    try:
        size = len(dumps(variables))
    except (TypeError, ValueError) as error:
        raise RequestError("BAD_USER_INPUT", {"message": f"The variables aren't JSON: {error}."}) from error
    if size > limits.variable_bytes:
        raise too_large(f"The variables are over {limits.variable_bytes} bytes long.")


def too_large(message: str) -> RequestError:
    """Return the refusal of an operation that is beyond a limit."""
    return RequestError("OPERATION_TOO_LARGE", {"message": message})


@dataclass(slots=True)
class _Size:
    """What a selection set amounts to; ``roots`` are the fields at its own level."""

    depth: int = 0
    roots: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def add(self, inner: _Size) -> None:
        self.fields += inner.fields
        self.aliases += inner.aliases
        self.directives += inner.directives


class _Measuring:
    """Measures the selection sets of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.sizes: dict[str, _Size | None] = {}

    def selections(self, selection_set: SelectionSetNode) -> _Size:
        size = _Size()
        for selection in selection_set.selections:
            size.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                size.roots += 1
                size.fields += 1
                size.aliases += 1 if selection.alias else 0
                depth = 1
                if selection.selection_set:
                    inner = self.selections(selection.selection_set)
                    size.add(inner)
                    if selection.name.value not in ("__schema", "__type"):
                        depth += inner.depth
                size.depth = max(size.depth, depth)
                continue
            if isinstance(selection, FragmentSpreadNode):
                inner = self.fragment(selection)
            else:
                inner = self.selections(selection.selection_set)  # type: ignore[attr-defined]
            size.add(inner)
            size.roots += inner.roots
            size.depth = max(size.depth, inner.depth)
        return size

    def fragment(self, spread: FragmentSpreadNode) -> _Size:
        """Return the size of a fragment, of none where there is no such fragment: validation tells."""
        name = spread.name.value
        if name not in self.sizes:
            self.sizes[name] = None  # under way
            node = self.fragments.get(name)
            size = self.selections(node.selection_set) if node else _Size()
            size.directives += len(node.directives or ()) if node else 0
            self.sizes[name] = size
        found = self.sizes[name]
        if found is None:
            error = GraphQLError(f"Cannot spread fragment '{name}' within itself.", spread)
            raise RequestError("GRAPHQL_VALIDATION_FAILED", error.formatted)
        return found


def _check(size: _Size, limits: Limits) -> None:
    if size.depth > limits.depth:
        raise too_large(f"The operation is {size.depth} levels deep; it may be {limits.depth}.")
    for what, count, limit in (
        ("root fields", size.roots, limits.root_fields),
        ("aliases", size.aliases, limits.aliases),
        ("directives", size.directives, limits.directives),
        ("fields", size.fields, limits.fields),
    ):
        if count > limit:
            shown = count if count < 10 * limit else f"more than {10 * limit}"
            raise too_large(f"The operation has {shown} {what}, its fragments spread; it may have {limit}.")
