"""The first step of planning: an operation as the client wrote it → plain selections.

What comes out answers exactly as what went in, and is easier to plan:

A. Named fragments become part of the selection that spreads them.
B. ``@skip`` and ``@include`` with a literal are decided; with a variable they become conditions of
   fields. The plan therefore serves every value of the variables.
C. A fragment that doesn't narrow its parent's type is dissolved; one that can't match is dropped.
D. Fields of one response key and the same conditions are merged, so each is planned once; so are those that
   follow one without conditions (GraphQL specification, CollectFields and MergeSelectionSets). Others stay
   apart, each at its place, and meet again in the projection. Those of objects are only merged where none
   that stays apart is between them: the keys of the objects would change their order.
E. Other directives go where they stand, and onto each field of a fragment. What differs in them stays apart.

It works down one object at a time, with all that is selected on it from whatever places: so a fragment counts
once however often it is spread, and an operation that grows by doubling is no longer than its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    print_ast,
)
from graphql.language import Visitor, visit
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type, is_object_type

from stitcher.errors import PlanningError
from stitcher.selections import NO_DIRECTIVES, Condition, Field, Fragment, Selection, Selections, Written

__all__ = ["Operation", "merge_selections", "normalize", "too_deep", "under", "variables_of"]

Conditions: TypeAlias = tuple[Condition, ...]

Within: TypeAlias = tuple[Written, ...]
"""The directives of the fragments around a selection, the outermost first."""

Selected: TypeAlias = tuple[SelectionSetNode, Conditions, Within]
"""A selection set of an object, what has to hold for it to count, and what is around it."""


@dataclass(slots=True)
class _Group:
    """What becomes one field: the nodes, each with the conditions that its selections have by themselves."""

    identity: object
    conditions: Conditions
    within: Within
    nodes: list[tuple[FieldNode, Conditions]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Operation:
    """A normalized operation.

    ``variables`` maps each declared variable to its declaration as text (``$first: Int = 5``). ``directives``
    are the operation's own, each with its name. ``node`` and ``fragments`` are what it was made from.
    """

    type_name: str
    selections: Selections
    variables: Mapping[str, str]
    directives: tuple[tuple[str, Written], ...]
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @property
    def is_mutation(self) -> bool:
        """Whether the root fields have to run one after the other."""
        return self.type_name == "Mutation"


def normalize(
    schema: GraphQLSchema, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Operation:
    """Normalize a valid operation of ``schema``.

    Raises:
        PlanningError: it is nested too deeply.
    """
    root = schema.get_root_type(node.operation)
    if root is None:
        raise ValueError(f"The schema has no {node.operation.value} type.")
    try:
        selections = _Normalizer(schema, fragments).selections([(node.selection_set, (), ())], root)
    except RecursionError as error:
        raise too_deep() from error
    return Operation(
        type_name=root.name,
        selections=selections,
        variables={
            # Many services can't read descriptions yet.
            definition.variable.name.value: print_ast(replace(definition, description=None))
            for definition in node.variable_definitions or ()
        },
        directives=tuple(
            (directive.name.value, _written([directive])) for directive in node.directives or ()
        ),
        node=node,
        fragments=fragments,
    )


def too_deep() -> PlanningError:
    """Return what is said of an operation for which Python's stack is too short."""
    # Fields within fields are limited before; fragments within fragments are no levels.
    message = "The operation is nested too deeply to be planned: spread fewer fragments within fragments."
    return PlanningError(message, "OPERATION_TOO_LARGE")


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
    """Merge the fields of field sets that have one key, name and arguments; fragments stay as they are."""
    merged: dict[object, Selection] = {}
    for selection in selections:
        if isinstance(selection, Fragment):
            merged[selection] = selection
            continue
        identity = (selection.key, selection.name, selection.arguments)
        before = merged[identity].selections if identity in merged else ()
        merged[identity] = replace(selection, selections=merge_selections((*before, *selection.selections)))
    return tuple(merged.values())


def under(conditions: Conditions, selections: Selections) -> Selections:
    """Put conditions onto each field of a selection, fragments entered."""
    if not conditions:
        return selections
    return tuple(
        replace(selection, selections=under(conditions, selection.selections))
        if isinstance(selection, Fragment)
        else replace(selection, conditions=_both(conditions, selection.conditions))
        for selection in selections
    )


def _both(outer: Conditions, inner: Conditions) -> Conditions:
    return tuple(sorted({*outer, *inner}, key=str)) if outer and inner else outer or inner


class _Normalizer:
    """Normalizes what is selected on one object, and then on each object below it."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.schema = schema
        self.fragments = fragments

    def selections(self, selected: Iterable[Selected], parent: GraphQLCompositeType) -> Selections:
        """Return what is selected on an object, given the selection sets (steps D and E)."""
        ordered: list[Fragment | _Group] = []
        leaves: dict[tuple[object, Conditions], _Group] = {}
        latest: dict[str, _Group] = {}  # by response key, for objects: their own keys have an order too
        spread: set[tuple[str, Conditions, Within]] = set()
        for selection_set, outer, around in selected:
            for found, conditions, within in self.collect(selection_set, parent, outer, around, spread):
                if isinstance(found, Fragment):
                    ordered.append(found)
                    for name in _keys(found.selections):
                        latest.pop(name, None)
                    continue
                key, own = _key(found), _custom(found.directives)
                identity = (key, found.name.value, _arguments(found), own.text, within)
                if found.selection_set:
                    group = latest.get(key)
                    if group and (group.identity != identity or group.conditions not in ((), conditions)):
                        group = None
                else:
                    group = leaves.get((identity, ())) or leaves.get((identity, conditions))
                if group is None:
                    group = _Group(identity, conditions, within)
                    ordered.append(group)
                    leaves[identity, conditions] = latest[key] = group
                group.nodes.append((found, () if conditions == group.conditions else conditions))
        return tuple(
            member if isinstance(member, Fragment) else self.field(member, parent) for member in ordered
        )

    def collect(
        self,
        selection_set: SelectionSetNode,
        parent: GraphQLCompositeType,
        outer: Conditions,
        around: Within,
        spread: set[tuple[str, Conditions, Within]],
    ) -> Iterator[tuple[FieldNode | Fragment, Conditions, Within]]:
        """Yield the fields of an object and the fragments that narrow its type (steps A to C).

        ``spread`` are the fragments that count already, with their conditions and what is around them.
        """
        for selection in selection_set.selections:
            own = self.conditions(selection.directives)
            if own is None:
                continue
            conditions = _both(outer, own)
            if isinstance(selection, FieldNode):
                yield selection, conditions, around
                continue
            within = _inside(around, selection.directives)
            fragment: Node = selection
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if not spread.isdisjoint({(name, (), within), (name, conditions, within)}):
                    continue
                spread.add((name, conditions, within))
                fragment = self.fragments[name]
                within = _inside(within, self.fragments[name].directives)
            inner = cast("FragmentDefinitionNode | InlineFragmentNode", fragment)
            narrowed = self.composite(inner.type_condition.name.value) if inner.type_condition else parent
            if narrowed is parent or (
                is_abstract_type(narrowed) and self.schema.is_sub_type(narrowed, parent)
            ):
                yield from self.collect(inner.selection_set, parent, conditions, within, spread)
            elif not is_object_type(parent):
                inside = self.selections([(inner.selection_set, conditions, within)], narrowed)
                yield Fragment(narrowed.name, inside), conditions, within

    def field(self, group: _Group, parent: GraphQLCompositeType) -> Field:
        node, _ = group.nodes[0]
        selected: list[Selected] = [
            (selected_node.selection_set, inner, ())
            for selected_node, inner in group.nodes
            if selected_node.selection_set
        ]
        selections: Selections = ()
        if selected:
            field = self.schema.get_field(parent, node.name.value)
            if field is None:
                raise ValueError(f"{parent.name} has no field {node.name.value}.")
            selections = self.selections(selected, self.composite(get_named_type(field.type).name))
        own = _custom(node.directives)
        return Field(
            name=node.name.value,
            key=_key(node),
            arguments=_arguments(node),
            variables=_variables_in(node.arguments).union(
                own.variables, *(other.variables for other in group.within)
            ),
            conditions=group.conditions,
            selections=selections,
            directives=own.text,
            within=tuple(other.text for other in group.within),
        )

    def composite(self, name: str) -> GraphQLCompositeType:
        named = self.schema.get_type(name)
        if not is_composite_type(named):
            raise ValueError(f"{name} is no composite type.")
        return named

    def conditions(self, directives: Iterable[DirectiveNode] | None) -> Conditions | None:
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


def _keys(selections: Selections) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from _keys(selection.selections)
        else:
            yield selection.key


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _arguments(node: FieldNode) -> str:
    arguments = ", ".join(print_ast(argument) for argument in node.arguments or ())
    return f"({arguments})" if arguments else ""


def _inside(around: Within, directives: Iterable[DirectiveNode] | None) -> Within:
    own = _custom(directives)
    return (*around, own) if own.text else around


def _custom(directives: Iterable[DirectiveNode] | None) -> Written:
    """Return the directives that are for the subgraphs to heed."""
    own = [directive for directive in directives or () if directive.name.value not in ("skip", "include")]
    return _written(own) if own else NO_DIRECTIVES


def _written(directives: Sequence[DirectiveNode]) -> Written:
    text = "".join(f" {print_ast(directive)}" for directive in directives)
    return Written(text, _variables_in(directives))


def _variables_in(nodes: Iterable[Node] | None) -> frozenset[str]:
    collector = _VariableCollector()
    for node in nodes or ():
        visit(node, collector)
    return frozenset(collector.names)


class _VariableCollector(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
