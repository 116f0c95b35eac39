"""The first step of planning: an operation as the client wrote it → plain selections.

What comes out answers exactly as what went in, and is easier to plan:

A. Named fragments become part of the selection that spreads them.
B. ``@skip`` and ``@include`` with a literal are decided; with a variable they become conditions of
   fields. The plan therefore serves every value of the variables.
C. A fragment that doesn't narrow its parent's type is dissolved; one that can't match is dropped.
D. Fields of one response key and the same conditions are merged, so each is planned once
   (GraphQL specification, CollectFields and MergeSelectionSets).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    print_ast,
)
from graphql.language import Visitor, visit
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type, is_object_type

from stitcher.selections import Condition, Field, Fragment, Selection, Selections

__all__ = ["Operation", "merge_selections", "normalize", "under", "variables_of"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A normalized operation.

    ``variables`` maps each declared variable to its declaration as text (``$first: Int = 5``).
    ``node`` and ``fragments`` are what it was made from.
    """

    type_name: str
    selections: Selections
    variables: Mapping[str, str]
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @property
    def is_mutation(self) -> bool:
        """Whether the root fields have to run one after the other."""
        return self.type_name == "Mutation"


def normalize(
    schema: GraphQLSchema, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Operation:
    """Normalize a valid operation of ``schema``."""
    root = schema.get_root_type(node.operation)
    if root is None:
        raise ValueError(f"The schema has no {node.operation.value} type.")
    flat = _Flattener(schema, fragments).flatten(node.selection_set, root, ())
    return Operation(
        type_name=root.name,
        selections=merge_selections(flat),
        variables={
            definition.variable.name.value: print_ast(definition)
            for definition in node.variable_definitions or ()
        },
        node=node,
        fragments=fragments,
    )


def variables_of(selections: Iterable[Selection]) -> set[str]:
    """Return the names of all variables that the selections use, conditions included."""
    names: set[str] = set()
    for selection in selections:
        if isinstance(selection, Field):
            names |= selection.variables
            names.update(condition.variable for condition in selection.conditions)
        names |= variables_of(selection.selections)
    return names


def merge_selections(selections: Iterable[Selection]) -> Selections:
    """Merge fields of one response key, name and arguments, and fragments of one type (step D).

    Of two such fields with different conditions, an unconditional one takes the other in, which leaves
    its conditions to its children; two conditional ones stay apart and meet again in the projection.
    """
    groups: dict[object, list[Selection]] = {}
    for selection in selections:
        identity: object = (
            (selection.key, selection.name, selection.arguments)
            if isinstance(selection, Field)
            else selection.type_condition
        )
        groups.setdefault(identity, []).append(selection)
    merged: list[Selection] = []
    for group in groups.values():
        first = group[0]
        if isinstance(first, Fragment):
            inner = [child for fragment in group for child in fragment.selections]
            merged.append(replace(first, selections=merge_selections(inner)))
        else:
            merged.extend(_merge_fields([field for field in group if isinstance(field, Field)]))
    return tuple(merged)


def _merge_fields(fields: list[Field]) -> Iterable[Field]:
    by_conditions: dict[tuple[Condition, ...], list[Selection]] = {}
    always = any(not field.conditions for field in fields)
    for field in fields:
        children = by_conditions.setdefault(() if always else field.conditions, [])
        children.extend(under(field.conditions, field.selections) if always else field.selections)
    for conditions, children in by_conditions.items():
        yield replace(fields[0], conditions=conditions, selections=merge_selections(children))


def under(conditions: tuple[Condition, ...], selections: Selections) -> Selections:
    """Put conditions onto each field of a selection, fragments entered."""
    if not conditions:
        return selections
    return tuple(
        replace(selection, selections=under(conditions, selection.selections))
        if isinstance(selection, Fragment)
        else replace(selection, conditions=_both(conditions, selection.conditions))
        for selection in selections
    )


def _both(outer: tuple[Condition, ...], inner: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(sorted({*outer, *inner}, key=str)) if outer and inner else outer or inner


class _Flattener:
    """Steps A to C."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.schema = schema
        self.fragments = fragments

    def flatten(
        self, node: SelectionSetNode, parent: GraphQLCompositeType, outer: tuple[Condition, ...]
    ) -> list[Selection]:
        flat: list[Selection] = []
        for selection in node.selections:
            conditions = self.conditions(selection.directives)
            if conditions is None:
                continue
            conditions = _both(outer, conditions)
            if isinstance(selection, FieldNode):
                flat.append(self.field(selection, parent, conditions))
            elif isinstance(selection, FragmentSpreadNode):
                definition = self.fragments[selection.name.value]
                name = definition.type_condition.name.value
                flat.extend(self.fragment(definition.selection_set, name, parent, conditions))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                name = condition.name.value if condition else parent.name
                flat.extend(self.fragment(selection.selection_set, name, parent, conditions))
        return flat

    def field(
        self, node: FieldNode, parent: GraphQLCompositeType, conditions: tuple[Condition, ...]
    ) -> Field:
        children: list[Selection] = []
        if node.selection_set:
            field = self.schema.get_field(parent, node.name.value)
            if field is None:
                raise ValueError(f"{parent.name} has no field {node.name.value}.")
            child_type = get_named_type(field.type)
            if not is_composite_type(child_type):
                raise ValueError(f"{parent.name}.{node.name.value} has no fields to select.")
            children = self.flatten(node.selection_set, child_type, ())
        arguments = ", ".join(print_ast(argument) for argument in node.arguments or ())
        return Field(
            name=node.name.value,
            key=node.alias.value if node.alias else node.name.value,
            arguments=f"({arguments})" if arguments else "",
            variables=_variables_in(node) if arguments else frozenset(),
            conditions=conditions,
            selections=tuple(children),
        )

    def fragment(
        self,
        node: SelectionSetNode,
        type_condition: str,
        parent: GraphQLCompositeType,
        conditions: tuple[Condition, ...],
    ) -> list[Selection]:
        condition = self.schema.get_type(type_condition)
        if not is_composite_type(condition):
            raise ValueError(f"{type_condition} is no composite type.")
        if condition is parent or (
            is_abstract_type(condition) and self.schema.is_sub_type(condition, parent)
        ):
            return self.flatten(node, parent, conditions)
        if is_object_type(parent):
            return []
        return [Fragment(type_condition, tuple(self.flatten(node, condition, conditions)))]

    def conditions(self, directives: Iterable[DirectiveNode] | None) -> tuple[Condition, ...] | None:
        """Return what has to hold for a selection to be included; None if it never is."""
        conditions: set[Condition] = set()
        for directive in directives or ():
            if directive.name.value not in ("skip", "include"):
                continue
            skip = directive.name.value == "skip"
            value = next(argument.value for argument in directive.arguments or ())
            if isinstance(value, VariableNode):
                conditions.add(Condition(value.name.value, skip))
            elif isinstance(value, BooleanValueNode) and value.value is skip:
                return None
        return tuple(sorted(conditions, key=str))


def _variables_in(node: FieldNode) -> frozenset[str]:
    collector = _VariableCollector()
    for argument in node.arguments or ():
        visit(argument, collector)
    return frozenset(collector.names)


class _VariableCollector(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
