"""The planner: an operation → the plan that answers it.

A. *Normalize* the operation: fragments dissolved, equal fields merged (``normalize``), response keys that a
   subgraph would refuse replaced (``conflicts``).
B. *Route*: walk the operation once, from the roots down, with the nodes that each object may be read at
   (``routing``). Each leaf ends with a few candidates, cheapest first.
C. *Choose* one candidate a leaf, so that the whole takes the fewest sequential fetches, then the fewest
   fetches, then the fewest fields. Leaves without a choice come first; then each takes what adds least to
   what is there; then each may change its mind in view of the others, until nobody does.
   (Exact choice is a Steiner tree problem; this comes close and is bounded.)
D. *Build* steps from the chosen routes (``steps``), and *merge* them (``optimize``).
E. *Freeze*: print each fetch's document, compile the response's shape (``documents``, ``projection``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, get_named_type
from graphql.type import GraphQLCompositeType, is_abstract_type, is_composite_type, is_union_type

from stitcher.errors import PlanningError, RequestError
from stitcher.planning.conflicts import separate_conflicts
from stitcher.planning.documents import render
from stitcher.planning.normalize import Operation, normalize, variables_of
from stitcher.planning.optimize import optimize
from stitcher.planning.plan import Batch, Fetch, Plan
from stitcher.planning.projection import compile_projection
from stitcher.planning.routing import TYPENAME, Node, Place, Router
from stitcher.planning.steps import Step, StepBatch, build_steps
from stitcher.selections import Document, Field, Fragment, Selection, Selections
from stitcher.supergraph import LookupArgument, Supergraph

__all__ = ["plan_operation", "select_operation"]

ROUNDS = 4  # of changing minds in step C; two are enough for nearly all operations
TYPENAME_FIELD = Field(TYPENAME, TYPENAME)
INTROSPECTION = frozenset({"__schema", "__type"})


def plan_operation(supergraph: Supergraph, document: DocumentNode, operation_name: str | None = None) -> Plan:
    """Plan one operation of a document that is valid against ``supergraph.schema``.

    Raises:
        RequestError: the document has no such operation, or several and no name was given.
        PlanningError: no route through the subgraphs answers a field.
    """
    node, fragments = select_operation(document, operation_name)
    operation = normalize(supergraph.schema, node, fragments)  # A
    separated = separate_conflicts(supergraph, operation.type_name, operation.selections)
    operation = replace(operation, selections=separated)
    router = Router(supergraph)
    leaves = _Walk(router, operation).leaves()  # B
    chosen = _choose(leaves)  # C
    steps = optimize(build_steps(router, chosen, is_mutation=operation.is_mutation))  # D
    return Plan(  # E
        fetches=_Freezer(supergraph, operation).freeze(steps),
        shape=compile_projection(supergraph.schema, operation.type_name, operation.selections),
        introspection=_introspection(operation),
    )


def select_operation(
    document: DocumentNode, operation_name: str | None
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """Return the operation to run and the document's fragments (GraphQL specification, GetOperation).

    Raises:
        RequestError: the document has no such operation, or several and no name was given.
    """
    operations: dict[str | None, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations[definition.name.value if definition.name else None] = definition
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    if operation_name is not None:
        if operation_name not in operations:
            raise _unknown_operation(f"The document has no operation named {operation_name!r}.")
        return operations[operation_name], fragments
    if len(operations) != 1:
        raise _unknown_operation(
            "The document has several operations: say which to run with operationName."
            if operations
            else "The document has no operation to run."
        )
    return next(iter(operations.values())), fragments


def _unknown_operation(message: str) -> RequestError:
    return RequestError("OPERATION_RESOLUTION_FAILURE", {"message": message})


def _introspection(operation: Operation) -> Document | None:
    selections = tuple(each for each in operation.selections if _is_introspection(each))
    if not selections:
        return None
    used = variables_of(selections)
    declarations = {name: text for name, text in operation.variables.items() if name in used}
    return render(Fetch(0, "", selections=selections, variables=declarations), ())


def _is_introspection(selection: Selection) -> bool:
    return isinstance(selection, Field) and selection.name in INTROSPECTION


# B. Route


@dataclass(eq=False, slots=True)
class Leaf:
    """A leaf of the operation, the nodes that can answer it, and the one that is to."""

    candidates: list[Node]
    choice: Node | None = None


class _Walk:
    """Walks the operation once and finds each leaf's candidates."""

    def __init__(self, router: Router, operation: Operation) -> None:
        self.router = router
        self.operation = operation
        self.found: list[Leaf] = []

    def leaves(self) -> list[Leaf]:
        self._register(self.operation.selections, self.router.root_place)
        type_name = self.operation.type_name
        turns: dict[str, int] = {}
        for field in self.operation.selections:
            if not isinstance(field, Field) or field.name == TYPENAME or _is_introspection(field):
                continue
            if self.operation.is_mutation:
                # What is asked for under one response key is asked for, and done, once: by one subgraph.
                turn = turns.setdefault(field.key, len(turns))
                roots = self.router.roots(type_name, field.name, turn)[:1]
            else:
                roots = self.router.roots(type_name, field.name)
            self._field(roots, type_name, field)
        return self.found

    def _register(self, selections: Selections, place: Place) -> None:
        """Note which response keys the client takes, before the gateway adds fields of its own."""
        for selection in selections:
            if isinstance(selection, Fragment):
                self._register(selection.selections, place)
            else:
                place.keys.setdefault(selection.key, set()).add((selection.name, selection.arguments))
                if selection.selections:
                    self._register(selection.selections, place.child(selection.key))

    def _selections(self, nodes: list[Node], type_name: str, selections: Selections) -> None:
        # What brings more along is routed first, so that plain fields can ride with it.
        for selection in sorted(selections, key=lambda each: not self._requires_more(type_name, each)):
            if isinstance(selection, Fragment):
                for target, narrowed in self._narrowed(nodes, selection.type_condition).items():
                    self._selections(narrowed, target, selection.selections)
            else:
                self._field(nodes, type_name, selection)

    def _requires_more(self, type_name: str, selection: Selection) -> bool:
        if isinstance(selection, Fragment):
            return False
        supergraph = self.router.supergraph
        names = supergraph.serving.get((type_name, selection.name), ())
        declared = (supergraph.subgraphs[name].field(type_name, selection.name) for name in names)
        return any(each is not None and bool(each.requires) for each in declared)

    def _field(self, nodes: list[Node], type_name: str, field: Field) -> None:
        child = self._child_type(type_name, field.name)
        if child and not field.selections:
            field = replace(field, selections=(TYPENAME_FIELD,))  # all that was selected is skipped
        found = self.router.candidates(nodes, field)
        if not found:
            self._by_object_type(nodes, type_name, field)
            return
        if child is None:
            self.found.append(Leaf(found))
            return
        if is_union_type(child):
            self.router.agree_on_members(found)
        selections = field.selections
        if is_abstract_type(child) and not any(map(self.router.is_interface_object, found)):
            # The shape of the response and the paths of fetches both go by the type at run time.
            selections = (TYPENAME_FIELD, *selections)
        before = len(self.found)
        self._selections(found, child.name, selections)
        if len(self.found) == before:  # nothing below can match; that the object is there still counts
            self._field(found, child.name, TYPENAME_FIELD)

    def _by_object_type(self, nodes: list[Node], type_name: str, field: Field) -> None:
        """Route a field that no subgraph answers for an abstract type as a whole.

        The value that a node brings may be of any of its types, so each has to be answered from there.
        """
        for node in nodes:
            narrowed = self._object_nodes(node)
            if narrowed and all(self.router.candidates([each], field) for each in narrowed.values()):
                break
        else:
            raise PlanningError(f"No subgraph can be asked for {type_name}.{field.name} here.")
        for name, each in narrowed.items():
            self._field([each], name, field)

    def _object_nodes(self, node: Node) -> dict[str, Node]:
        """Return a node for each type that clients may see among those that an abstract node may hold."""
        if self.router.is_interface_object(node):
            return {
                name: each
                for typed in self.router.typed(node)
                for name, each in self._object_nodes(typed).items()
            }
        if not self.router.is_abstract(node):
            return {}
        names = filter(self.router.schema.get_type, self.router.object_types(node))
        return {name: narrow for name in names if (narrow := self.router.narrow(node, name))}

    def _child_type(self, type_name: str, field_name: str) -> GraphQLCompositeType | None:
        """Return the composite type of a field, None for a leaf."""
        schema = self.router.schema
        parent = schema.get_type(type_name)
        definition = schema.get_field(parent, field_name) if is_composite_type(parent) else None
        if definition is None:
            raise PlanningError(f"{type_name} has no field {field_name}.")
        named = get_named_type(definition.type)
        return named if is_composite_type(named) else None

    def _narrowed(self, nodes: Iterable[Node], type_condition: str) -> dict[str, list[Node]]:
        """Return the nodes for a type condition, by the type that they are to be taken for.

        A subgraph that doesn't know the condition, or knows fewer types to meet it, is asked for each object
        type by itself.
        """
        covered = self.router.covers(type_condition)
        narrowed: dict[str, list[Node]] = {}
        for node in nodes:
            if self.router.is_interface_object(node):
                if self.router.is_sub_type(type_condition, node.type_name):
                    narrowed.setdefault(node.type_name, []).append(node)
                    continue
                typed = self.router.typed(node)
            else:
                typed = [node]
            for each in typed:
                self._narrow(each, type_condition, covered, narrowed)
        return narrowed

    def _narrow(
        self, node: Node, type_condition: str, covered: frozenset[str], narrowed: dict[str, list[Node]]
    ) -> None:
        if not self.router.is_abstract(node):
            if node.type_name in covered:
                narrowed.setdefault(node.type_name, []).append(node)
            return
        possible = covered.intersection(self.router.object_types(node))
        whole = self.router.narrow(node, type_condition)
        if whole and possible <= set(self.router.object_types(whole)):
            narrowed.setdefault(type_condition, []).append(whole)
            return
        for name in sorted(possible):
            each = self.router.narrow(node, name)
            if each:
                narrowed.setdefault(name, []).append(each)


# C. Choose


def _choose(leaves: Sequence[Leaf]) -> list[Node]:
    for leaf in sorted(leaves, key=lambda leaf: len(leaf.candidates) > 1):
        _reconsider(leaf, leaves)
    for _ in range(ROUNDS):
        changes = sum(_reconsider(leaf, leaves) for leaf in leaves if len(leaf.candidates) > 1)
        if not changes:
            break
    return [leaf.choice for leaf in leaves if leaf.choice]


def _reconsider(leaf: Leaf, leaves: Sequence[Leaf]) -> bool:
    """Let a leaf take the candidate that adds least to the other leaves' routes; say whether it changed."""
    before = leaf.choice
    if before:
        _use(before, -1)
        leaf.choice = None
    if len(leaf.candidates) == 1:
        leaf.choice = leaf.candidates[0]
    else:
        deepest = max((other.choice.depth for other in leaves if other.choice), default=0)
        leaf.choice = min(leaf.candidates, key=lambda node: _added(node, deepest))
    _use(leaf.choice, 1)
    return leaf.choice is not before


def _use(node: Node, users: int) -> None:
    for each in node.route:
        each.users += users


def _added(node: Node, deepest: int) -> tuple[int, int, int]:
    fetches = fields = 0
    for each in node.route:
        if not each.users:
            fields += 1
            fetches += each.is_fetch
    return max(node.depth, deepest), fetches, fields


# E. Freeze


class _Freezer:
    """Makes frozen fetches of the steps of one operation."""

    def __init__(self, supergraph: Supergraph, operation: Operation) -> None:
        self.supergraph = supergraph
        self.variables = operation.variables
        self.prefix = "_"
        while any(name.startswith(self.prefix) for name in self.variables):
            self.prefix += "_"

    def freeze(self, steps: Sequence[Step]) -> tuple[Fetch, ...]:
        numbers = {step: number for number, step in enumerate(steps)}
        return tuple(self._fetch(step, numbers) for step in steps)

    def _fetch(self, step: Step, numbers: dict[Step, int]) -> Fetch:
        batches = tuple(self._batch(batch, number, step) for number, batch in enumerate(step.batches))
        inner = [step.selections] if step.selections else [batch.selections for batch in step.batches]
        return self._rendered(
            Fetch(
                id=numbers[step],
                subgraph=step.subgraph,
                after=tuple(sorted(numbers[earlier] for earlier in step.after)),
                is_mutation=step.is_mutation,
                selections=step.selections,
                batches=batches,
                variables=self._declared(inner),
                conditions=() if () in step.conditions else tuple(sorted(step.conditions, key=str)),
                deep=step.deep,
            )
        )

    def _batch(self, batch: StepBatch, number: int, step: Step) -> Batch:
        frozen = Batch(
            key=f"{self.prefix}{number}",
            lookup=batch.lookup,
            targets=tuple(batch.targets),
            representation=batch.representation,
            required=batch.required,
            selections=_with_key(batch, batch.selections),
            filled=tuple(self._filled(step.subgraph, batch.lookup.type_name, batch.selections)),
            by_key=batch.by_key,
            deep=batch.deep,
        )
        if not batch.required:
            return frozen
        plain = self._without_requirements(step.subgraph, batch.lookup.type_name, batch.selections)
        if not plain:
            return frozen
        fallback = replace(
            frozen,
            representation=_key_in(batch),
            required=frozenset(),
            selections=_with_key(batch, plain),
        )
        fetch = Fetch(id=-1, subgraph=step.subgraph, batches=(fallback,), variables=self._declared([plain]))
        return replace(frozen, fallback=self._rendered(fetch))

    def _filled(
        self, subgraph: str, type_name: str, selections: Selections
    ) -> Iterable[tuple[str, LookupArgument]]:
        for selection in selections:
            if isinstance(selection, Fragment):
                yield from self._filled(subgraph, selection.type_condition, selection.selections)
            elif declared := self.supergraph.subgraphs[subgraph].field(type_name, selection.name):
                yield from ((selection.key, argument) for argument in declared.arguments)

    def _without_requirements(self, subgraph: str, type_name: str, selections: Selections) -> Selections:
        kept: list[Selection] = []
        for selection in selections:
            if isinstance(selection, Fragment):
                inner = self._without_requirements(subgraph, selection.type_condition, selection.selections)
                kept.extend([replace(selection, selections=inner)] if inner else [])
            else:
                declared = self.supergraph.subgraphs[subgraph].field(type_name, selection.name)
                if declared is None or not declared.requires:
                    kept.append(selection)
        return tuple(kept)

    def _rendered(self, fetch: Fetch) -> Fetch:
        if all(batch.lookup.many for batch in fetch.batches):
            return replace(fetch, document=render(fetch, [1] * len(fetch.batches)))
        return fetch

    def _declared(self, selections: Iterable[Selections]) -> dict[str, str]:
        used = {name for each in selections for name in variables_of(each)}
        return {name: text for name, text in self.variables.items() if name in used}


def _key_in(batch: StepBatch) -> Selections:
    return tuple(
        each
        for each in batch.representation
        if isinstance(each, Fragment) or each.asked_as not in batch.required
    )


def _with_key(batch: StepBatch, selections: Selections) -> Selections:
    """Add the key where a list may come back in another order, or shorter: it tells its items apart."""
    if not batch.by_key:
        return selections
    return (*selections, *(each for each in _key_in(batch) if each not in selections))
