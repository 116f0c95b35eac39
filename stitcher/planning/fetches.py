"""Steps → fetches: texts, variables and conditions, all that is known of them before a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from graphql import DirectiveLocation

from stitcher.planning.conditions import Alternatives
from stitcher.planning.documents import free_prefix, render
from stitcher.planning.keys import always_there, leaf_of_type, leaves_of
from stitcher.planning.normalize import Operation, variables_of
from stitcher.planning.plan import Batch, Conditions, Context, Fetch
from stitcher.planning.restriction import Restriction
from stitcher.planning.secrets import Keys, secret_keys
from stitcher.planning.steps import Step, StepBatch, StepContext
from stitcher.selections import NO_DIRECTIVES, Field, Fragment, Selection, Selections, Written
from stitcher.supergraph import Constant, LookupArgument, Supergraph

__all__ = ["make_fetches"]


def make_fetches(
    supergraph: Supergraph,
    operation: Operation,
    steps: Sequence[Step],
    restriction: Restriction | None = None,
) -> tuple[Fetch, ...]:
    """Return the fetches of an operation's steps, in the same order.

    ``restriction`` knows which fields are marked.
    """
    return _FetchMaker(supergraph, operation, restriction).make(steps)


class _FetchMaker:
    """Makes the fetches of the steps of one operation."""

    def __init__(self, supergraph: Supergraph, operation: Operation, restriction: Restriction | None) -> None:
        self.supergraph = supergraph
        self.restriction = restriction
        self.operation = operation
        self.variables = operation.variables
        self.prefix = free_prefix(self.variables)

    def make(self, steps: Sequence[Step]) -> tuple[Fetch, ...]:
        numbers = {step: number for number, step in enumerate(steps)}
        return tuple(self._fetch(step, numbers) for step in steps)

    def _fetch(self, step: Step, numbers: dict[Step, int]) -> Fetch:
        batches = tuple(self._batch(batch, number, step) for number, batch in enumerate(step.batches))
        inner = [step.selections] if step.selections else [batch.selections for batch in step.batches]
        directives = self._directives(is_mutation=step.is_mutation)
        return self._rendered(
            Fetch(
                id=numbers[step],
                subgraph=step.subgraph,
                after=tuple(sorted(numbers[earlier] for earlier in step.after)),
                is_mutation=step.is_mutation,
                selections=step.selections,
                targets=tuple(step.targets),
                batches=batches,
                variables=self._declared(inner, directives),
                directives=directives,
                conditions=_conditions(step.conditions),
                deep=step.deep,
                apart=step.apart,
                secret=self._secret("Mutation" if step.is_mutation else "Query", step.selections),
            )
        )

    def _batch(self, batch: StepBatch, number: int, step: Step) -> Batch:
        entered = Batch(
            key=f"{self.prefix}{number}",
            lookup=batch.lookup,
            targets=tuple(batch.targets),
            representation=batch.representation,
            required=batch.required,
            selections=_with_key(batch, batch.selections),
            filled=tuple(
                dict.fromkeys(self._filled(step.subgraph, batch.lookup.type_name, batch.selections))
            ),
            contexts=tuple(self._context(context, step.subgraph, batch) for context in batch.contexts),
            by_key=batch.by_key,
            deep=batch.deep,
            apart=batch.apart,
            conditions=() if batch.conditions == step.conditions else _conditions(batch.conditions),
            secret=self._secret(batch.lookup.type_name, batch.selections),
            leaves=leaves_of(self.supergraph, batch.lookup.type_name, batch.representation),
            always_there=frozenset(
                always_there(self.supergraph, batch.lookup.type_name, batch.representation)
            ),
        )
        if not batch.required and not batch.contexts:
            return entered
        plain = self._with_key_alone(step.subgraph, batch.lookup.type_name, batch.selections)
        if not plain:
            return entered
        fallback = replace(
            entered,
            representation=_key_in(batch),
            required=frozenset(),
            selections=_with_key(batch, plain),
            filled=(),  # what needs no more than the key has no arguments to fill in
            contexts=(),
        )
        directives = self._directives(is_mutation=False)
        fetch = Fetch(
            id=-1,
            subgraph=step.subgraph,
            batches=(fallback,),
            variables=self._declared([plain], directives),
            directives=directives,
        )
        return replace(entered, fallback=self._rendered(fetch))

    def _context(self, context: StepContext, subgraph: str, batch: StepBatch) -> Context:
        keys: list[str] = []
        for selection in batch.selections:
            if isinstance(selection, Field):
                declared = self.supergraph.subgraphs[subgraph].field(batch.lookup.type_name, selection.name)
                keys.extend([selection.key] if declared and declared.contexts else [])
        return Context(
            depth=context.depth,
            representation=context.representation,
            argument=LookupArgument(context.argument.name, context.argument.type, Constant(None)),
            keys=tuple(dict.fromkeys(keys)),
            leaf=leaf_of_type(self.supergraph, context.argument.type),
            always_there=frozenset(always_there(self.supergraph, context.type_name, context.representation)),
        )

    def _secret(self, type_name: str, selections: Selections) -> frozenset[Keys]:
        return secret_keys(self.supergraph, self.restriction, type_name, selections)

    def _filled(
        self, subgraph: str, type_name: str, selections: Selections
    ) -> Iterable[tuple[str, LookupArgument]]:
        for selection in selections:
            if isinstance(selection, Fragment):
                yield from self._filled(subgraph, selection.type_condition, selection.selections)
            elif declared := self.supergraph.subgraphs[subgraph].field(type_name, selection.name):
                yield from ((selection.key, argument) for argument in declared.arguments)

    def _with_key_alone(self, subgraph: str, type_name: str, selections: Selections) -> Selections:
        """Return what of some selections can be asked for with nothing but a key."""
        kept: list[Selection] = []
        for selection in selections:
            if isinstance(selection, Fragment):
                inner = self._with_key_alone(subgraph, selection.type_condition, selection.selections)
                kept.extend([replace(selection, selections=inner)] if inner else [])
            else:
                declared = self.supergraph.subgraphs[subgraph].field(type_name, selection.name)
                if declared is None or not (declared.requires or declared.contexts):
                    kept.append(selection)
        return tuple(kept)

    def _rendered(self, fetch: Fetch) -> Fetch:
        if all(batch.lookup.many and not batch.contexts for batch in fetch.batches):
            return replace(fetch, document=render(fetch, [(batch, 1) for batch in fetch.batches]))
        return fetch

    def _declared(self, selections: Iterable[Selections], directives: Written) -> dict[str, str]:
        used = directives.variables.union(*map(variables_of, selections))
        return {name: text for name, text in self.variables.items() if name in used}

    def _directives(self, *, is_mutation: bool) -> Written:
        """Return the directives of the operation as a whole, as far as they may be on what is sent."""
        found = [
            directive
            for name, directive in self.operation.directives
            if is_mutation or not self.operation.is_mutation or self._is_for_queries(name)
        ]
        if not found:
            return NO_DIRECTIVES
        variables = frozenset[str]().union(*(part.variables for part in found))
        return Written("".join(part.text for part in found), variables)

    def _is_for_queries(self, name: str) -> bool:
        directive = self.supergraph.schema.get_directive(name)
        return directive is not None and DirectiveLocation.QUERY in directive.locations


def _conditions(alternatives: Alternatives) -> Conditions:
    return () if () in alternatives else tuple(sorted(alternatives, key=str))


def _key_in(batch: StepBatch) -> Selections:
    return tuple(
        selection
        for selection in batch.representation
        if isinstance(selection, Fragment) or selection.asked_as not in batch.required
    )


def _with_key(batch: StepBatch, selections: Selections) -> Selections:
    """Add the key where a list may come back in another order, or shorter: it tells its items apart."""
    if not batch.by_key:
        return selections
    return (*selections, *(selection for selection in _key_in(batch) if selection not in selections))
