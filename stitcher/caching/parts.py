"""What of a plan's fetches may be kept: each root field by itself, and each entity of a batch.

It is worked out once for an operation. A part's key is made of

- what is the same for each request: the subgraph and its SDL, the type, how it is looked up, what is selected
  with which arguments and directives, and what the schema says of keeping it;
- the values of variables in it;
- the client's headers that the subgraph is sent and that matter; of a verified token, that there is one;
- for what is one client's, who asks;
- for an entity, its representation.

So nothing is found any more once a reload has changed the subgraph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any

from graphql import ValueNode, value_from_ast_untyped

from stitcher.authorization import Authorization
from stitcher.cache_policies import CachePolicies, CachePolicy
from stitcher.caching.arguments import given_arguments
from stitcher.caching.canonical import Renaming, canonical
from stitcher.caching.invalidation import Invalidation, invalidation
from stitcher.caching.tags import Format, Tagger, Tagging, tag
from stitcher.headers import RequestHeaders
from stitcher.planning.documents import render
from stitcher.planning.normalize import Operation, variables_of
from stitcher.planning.plan import Batch, Fetch, Plan
from stitcher.selections import Condition, Field, Selections
from stitcher.supergraph import ROOT, Supergraph

__all__ = ["CachedFetch", "CachedPart", "Caching"]

NO_HEADERS = RequestHeaders(())

TOKEN = "authorization"  # noqa: S105 - a header
VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class CachedPart:
    """A root field or a batch of which each answer may be kept.

    ``identity`` is what is the same for each request. ``policy`` is the schema's; None where it says nothing.
    With ``is_always_personal``, it is one client's whatever services say.
    ``is_personal`` says that something in it isn't for everybody, whatever is said. ``renaming`` is how
    values are kept, ``tagger`` finds their tags. A root field is asked for where its ``conditions`` hold;
    ``formats`` make further tags of its arguments.
    """

    identity: str
    subgraph: str
    type_name: str
    policy: CachePolicy | None
    is_personal: bool
    variables: tuple[str, ...]
    renaming: Renaming | None
    tagger: Tagger
    conditions: tuple[Condition, ...] = ()
    formats: tuple[Format, ...] = ()
    arguments: Mapping[str, ValueNode] = field(default_factory=dict)
    is_always_personal: bool = field(init=False)

    def __post_init__(self) -> None:
        is_private = self.policy is not None and self.policy.is_private
        object.__setattr__(self, "is_always_personal", self.is_personal or is_private)

    def prefix(
        self, values: Mapping[str, Any], headers: tuple[tuple[str, str], ...], who: bytes | None
    ) -> str:
        """Return how the keys of one request begin; ``who`` is for what is one client's."""
        if not self.variables and not headers and who is None:
            return self.identity
        given = {name: values[name] for name in self.variables if name in values}
        told = blake2b(self.identity.encode(), digest_size=16)
        told.update(repr((given, headers)).encode("utf-8", "surrogatepass"))
        if who is not None:
            told.update(b"\0" + who)
        return told.hexdigest()

    def tags_of_arguments(self, values: Mapping[str, Any]) -> list[str]:
        """Return the tags that a root field's arguments make."""
        if not self.formats:
            return []
        given = {name: value_from_ast_untyped(node, dict(values)) for name, node in self.arguments.items()}
        made = (form.fill({"args": given}) for form in self.formats)
        return [tag(self.subgraph, written) for written in made if written is not None]


@dataclass(slots=True)
class CachedFetch:
    """The parts of a fetch: one for each root field, or one for each batch; None for what can't be kept.

    ``names`` gives the tags of the entity that a representation of a type is of. With ``is_tagged``, all tags
    of its answers are found. ``looked_up`` are the identities of the parts that may be kept. ``type_name`` is
    the type that it asks for: that of the entities, or Query.
    """

    fetch: Fetch
    headers: RequestHeaders
    names: partial[list[str]]
    parts: tuple[CachedPart | None, ...]
    is_tagged: bool = field(init=False)
    looked_up: frozenset[str] = field(init=False)
    type_name: str = field(init=False)
    _some: dict[tuple[int, ...], Fetch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_tagged = None not in self.parts
        self.looked_up = frozenset(
            part.identity for part in self.parts if part and (part.policy is None or part.policy.max_age > 0)
        )
        self.type_name = self.fetch.batches[0].lookup.type_name if self.fetch.batches else ROOT

    def part_of(self, batch: Batch) -> CachedPart | None:
        """Return the part that a batch is."""
        batches = self.fetch.batches
        if batch is batches[0]:
            return self.parts[0]
        return next(
            (part for own, part in zip(batches, self.parts, strict=True) if own.key == batch.key), None
        )

    def tags_of_entity(
        self, type_name: str, representations: Sequence[Mapping[str, Any]], number: int
    ) -> list[str]:
        """Return the tags of the entity that one of some representations is of."""
        return self.names(type_name, representations[number])

    def headers_that_matter(
        self, headers: Mapping[str, str], *, is_verified: bool
    ) -> tuple[tuple[str, str], ...]:
        """Return what a subgraph is sent of a client's headers, and answers are told apart by.

        Of a token that the gateway has verified, it counts that there is one. Any other may be refused by the
        subgraph, so that what it was answered isn't for those who send another.
        """
        sent = self.headers.key(self.headers.of(headers))
        if is_verified:
            return tuple((name, VERIFIED if name == TOKEN else value) for name, value in sent)
        return sent

    def some(self, numbers: tuple[int, ...]) -> Fetch:
        """Return a fetch for some of the root fields alone."""
        if len(numbers) == len(self.parts):
            return self.fetch
        if numbers not in self._some:
            if len(self._some) >= 64:
                self._some.clear()
            selections = tuple(self.fetch.selections[number] for number in numbers)
            used = variables_of(selections) | self.fetch.directives.variables
            variables = {name: text for name, text in self.fetch.variables.items() if name in used}
            fetch = replace(self.fetch, selections=selections, variables=variables, document=None)
            self._some[numbers] = replace(fetch, document=render(fetch))
        return self._some[numbers]


class Caching:
    """Works out what of plans may be kept.

    Args:
        supergraph: What they are of.
        policies: What the schema says of keeping answers.
        authorization: What isn't for everybody, so that it is kept for each client by itself.
        headers: What each subgraph is sent of a client's headers.
        unkept: The subgraphs of which nothing is kept, since clients get cookies of their answers.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        policies: CachePolicies,
        authorization: Authorization,
        headers: Mapping[str, RequestHeaders],
        unkept: Iterable[str] = (),
    ) -> None:
        self._supergraph = supergraph
        self._policies = policies
        self._marked = authorization.fields.keys()
        self._headers = headers
        self._unkept = frozenset(unkept)
        self.tagging = Tagging(supergraph)
        self._sdls = {
            name: blake2b(subgraph.sdl.encode(), digest_size=16).digest()
            for name, subgraph in supergraph.subgraphs.items()
        }

    def of(self, plan: Plan) -> Mapping[int, CachedFetch]:
        """Return what of a query's fetches may be kept, by their numbers; nothing of a mutation's."""
        if plan.is_mutation:
            return {}
        return {
            fetch.id: self._fetch(fetch)
            for fetch in plan.fetches
            if not self._supergraph.subgraphs[fetch.subgraph].is_local and fetch.subgraph not in self._unkept
        }

    def invalidations(self, operation: Operation) -> tuple[Invalidation, ...]:
        """Return what a mutation's root fields end of what is kept."""
        if not operation.is_mutation:
            return ()
        return tuple(
            found
            for selection in _root_fields(operation.selections)
            if (found := invalidation(self._supergraph, self.tagging, selection)) is not None
        )

    def _fetch(self, fetch: Fetch) -> CachedFetch:
        if fetch.batches:
            parts = tuple(None if batch.contexts else self._batch(fetch, batch) for batch in fetch.batches)
        else:
            keys = Counter(selection.key for selection in fetch.selections if isinstance(selection, Field))
            parts = tuple(
                self._root(fetch, selection)
                if isinstance(selection, Field) and keys[selection.key] == 1
                else None
                for selection in fetch.selections
            )
        headers = self._headers.get(fetch.subgraph, NO_HEADERS)
        return CachedFetch(fetch, headers, partial(self.tagging.of_representation, fetch.subgraph), parts)

    def _batch(self, fetch: Fetch, batch: Batch) -> CachedPart:
        type_name = batch.lookup.type_name
        text, renaming = canonical(batch.selections)
        filled = repr([(key, argument.name) for key, argument in batch.filled])
        policy = self._policies.of_entity(type_name, batch.selections)
        return CachedPart(
            identity=self._identity(fetch, policy, str(batch.lookup), text, filled),
            subgraph=fetch.subgraph,
            type_name=type_name,
            policy=policy,
            is_personal=self._is_marked(type_name, batch.selections),
            variables=self._variables(fetch, batch.selections),
            renaming=renaming,
            tagger=self.tagging.of_entity(fetch.subgraph, type_name, batch.selections),
        )

    def _root(self, fetch: Fetch, selection: Field) -> CachedPart:
        selections = (selection,)
        policy = self._policies.of(ROOT, selections)
        text, renaming = canonical(selection.selections)
        asked = f"{selection.name}{selection.asked_with}{''.join(map(str, selection.conditions))}"
        return CachedPart(
            identity=self._identity(fetch, policy, ROOT, asked, text),
            subgraph=fetch.subgraph,
            type_name=ROOT,
            policy=policy,
            is_personal=self._is_marked(ROOT, selections),
            variables=self._variables(fetch, selections),
            renaming=renaming,
            tagger=self.tagging.of_root(fetch.subgraph, selection),
            conditions=selection.conditions,
            formats=tuple(self.tagging.formats_of_root(selection.name)),
            arguments=given_arguments(self._supergraph.whole.query_type, selection),
        )

    def _is_marked(self, type_name: str, selections: Selections) -> bool:
        return bool(self._marked) and self._policies.is_marked(type_name, selections, self._marked)

    def _variables(self, fetch: Fetch, selections: Selections) -> tuple[str, ...]:
        used = variables_of(selections) | fetch.directives.variables
        return tuple(sorted(name for name in fetch.variables if name in used))

    def _identity(self, fetch: Fetch, policy: CachePolicy | None, *texts: str) -> str:
        told = blake2b(self._sdls[fetch.subgraph], digest_size=16)
        told.update(repr((fetch.subgraph, policy, fetch.directives.text, *texts)).encode())
        return told.hexdigest()


def _root_fields(selections: Selections) -> Iterator[Field]:
    for selection in selections:
        if isinstance(selection, Field):
            yield selection
        else:
            yield from _root_fields(selection.selections)
