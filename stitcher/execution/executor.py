"""The executor: a plan → data and errors.

A. *Start* every fetch that waits for nobody; start each other one when the last that it waits for has ended.
B. *Send* a root fetch as it is; for an entity fetch, group the objects of each batch first. Ask for nothing
   where there is no object to complete.
C. *Merge* what came back into the data.
D. *Shape* the data for the client when all fetches have ended.

What is done between fetches is done at once, since switching to a thread costs more than it takes; but once
the data is large, it is done in a thread, one part after the other.

Cost: besides HTTP, an operation is some forty calls, an entity seven; see :mod:`stitcher.gateway.gateway` for
shares.

A subgraph that fails takes only its own fields with it: a fetch never raises. Whatever is raised while it is
made up, sent or merged is its failure; what nobody foresaw is logged, and hidden from the client. Only in a
mutation, nothing more is done once a root field that must not be null has failed, as in graphql-core: there
won't be any data.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, ParamSpec, TypeVar

import structlog

from stitcher.cache_policies import CachePolicy
from stitcher.errors import SubgraphError, trace_of
from stitcher.events import FetchEnded, Trail
from stitcher.execution.cached.entities import EntityLookup
from stitcher.execution.cached.roots import RootLookup
from stitcher.execution.cached.run import CachedRun, Ending
from stitcher.execution.call import Call, GatewayResponse
from stitcher.execution.contexts import group_by_contexts
from stitcher.execution.entities import MISSING, Data, Group, Groups, collect, copied, group_objects, merge
from stitcher.execution.failures import Batches, Failures, Told, Unreported
from stitcher.execution.lookups import Unmerged, entities_in, variables
from stitcher.execution.shaper import Shaper, holds, included
from stitcher.large import LARGE, free
from stitcher.planning.documents import render
from stitcher.planning.plan import Batch, Fetch, Plan
from stitcher.planning.projection import Fields, ObjectShape
from stitcher.selections import Document, Field
from stitcher.transport.base import SubgraphRequest, SubgraphResponse, Transport

__all__ = ["execute_plan"]

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


async def execute_plan(plan: Plan, transports: Mapping[str, Transport], call: Call) -> GatewayResponse:
    """Run a plan: fetch, merge, shape."""
    return await _Execution(plan, transports, call).run()


class _Execution:
    """One plan being run."""

    def __init__(self, plan: Plan, transports: Mapping[str, Transport], call: Call) -> None:
        self.plan = plan
        self.transports = transports
        self.call = call
        self.data: Data = dict(call.data)
        self.failures = Failures(plan, self.data, call.variables, debug=call.debug)
        self.waiting = [len(fetch.after) for fetch in plan.fetches]
        self.is_over = False
        self.size = call.size
        self.turn: asyncio.Lock | None = None
        self.headers: dict[int, Sequence[tuple[str, str, str]]] = {}
        self.cache: CachePolicy | None = None
        self.is_said_by_all = True
        keeping = call.keeping
        self.cached = CachedRun(keeping, call.variables, call.headers, call.deadline) if keeping else None

    async def run(self) -> GatewayResponse:
        first = [fetch for fetch in self.plan.fetches if not fetch.after]
        if len(self.plan.fetches) == 1:
            await self._fetch(first[0])
        elif first:
            async with asyncio.TaskGroup() as group:
                for fetch in first:
                    group.create_task(self._chain(fetch, group))
        data = await self._do(self._shape)  # D
        errors = self.failures.told() if self.failures.errors else ()
        ending, extensions = self._of_cache(self.cached) if self.cached else (None, None)
        return GatewayResponse(
            data,
            errors,
            size=self.size,
            headers=self._headers() if self.headers else (),
            cache=self.cache,
            is_said_by_all=self.is_said_by_all,
            kept=ending,
            extensions=extensions,
        )

    def _of_cache(self, run: CachedRun) -> tuple[Ending | None, Data | None]:
        """Return what would end the answer as a whole, and what became of its fetches."""
        if run.policy is not None:
            self.cache = run.policy.narrowed(self.cache) if self.cache else run.policy
        told = run.keeping.told
        return run.ending(), None if told is None else {"cache": told}

    def _headers(self) -> Sequence[tuple[str, str, str]]:
        return [header for number in sorted(self.headers) for header in self.headers[number]]

    async def _do(self, part: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a part of the work: at once, or in a thread if the data is large."""
        if self.size < LARGE:
            return part(*args, **kwargs)
        self.turn = self.turn or asyncio.Lock()
        async with self.turn:
            return await asyncio.to_thread(part, *args, **kwargs)

    # A. Start

    async def _chain(self, fetch: Fetch, group: asyncio.TaskGroup) -> None:
        """Run a fetch, then whatever it was the last to wait for."""
        following: Fetch | None = fetch
        while following:
            await self._fetch(following)
            ready = []
            for number in self.plan.followers[following.id]:
                self.waiting[number] -= 1
                if not self.waiting[number]:
                    ready.append(self.plan.fetches[number])
            following = ready.pop() if ready else None
            for other in ready:
                group.create_task(self._chain(other, group))

    # B. Send

    async def _fetch(self, fetch: Fetch) -> None:
        if fetch.conditions and not self._is_wanted(fetch):
            return
        if fetch.is_mutation and not self.is_over:
            self.is_over = await self._do(self._has_failed_before, fetch)
        if self.is_over:
            return
        if not fetch.batches:
            await self._fetch_root(fetch)
            return
        asked: list[tuple[Batch, list[Group]]] = []
        sending: list[Coroutine[Any, Any, None]] = []
        for batch in fetch.batches:
            if not self._is_wanted(batch):
                asked.append((batch, []))
                continue
            try:
                parts = await self._do(self._groups, batch)
            except Exception as error:  # noqa: BLE001 - it is the fetch's failure
                objects = [
                    found_object for target in batch.targets for found_object in collect(self.data, target)
                ]
                self.failures.whole_fetch(fetch, [(batch, [Group({}, objects)])], self._told(fetch, error))
                continue
            for part, groups in parts:
                asked.append((part, groups.complete))
                if groups.lacking:
                    await self._do(self.failures.unasked, part, groups.lacking)
                if groups.incomplete and part.fallback:
                    again = [(part.fallback.batches[0], groups.incomplete)]
                    sending.append(self._fetch_entities(part.fallback, again))
        if any(groups for _, groups in asked):
            sending.append(self._fetch_entities(fetch, asked))
        if len(sending) == 1:
            await sending[0]
        elif sending:
            await asyncio.gather(*sending)

    def _groups(self, batch: Batch) -> list[tuple[Batch, Groups]]:
        if batch.contexts:
            return group_by_contexts(batch, self.data, self.failures.is_empty)
        return [(batch, group_objects(batch, self.data, self.failures.is_empty))]

    def _is_wanted(self, asking: Fetch | Batch) -> bool:
        conditions = asking.conditions
        return not conditions or any(holds(condition, self.call.variables) for condition in conditions)

    def _has_failed_before(self, fetch: Fetch) -> bool:
        """Whether a root field before those of a mutation's fetch is null although it must not be."""
        coming = {selection.key for selection in fetch.selections if isinstance(selection, Field)}
        fields = included(self.plan.shape.untyped, self.call.variables)
        before = itertools.takewhile(lambda field: field.source not in coming, fields)
        strict = tuple(field for field in before if not field.nullable[0])
        shaper = Shaper(self.call.variables, Unreported(self.failures))
        self._describe()
        return bool(strict) and shaper.shape(self.data, ObjectShape({}, Fields(strict), False)) is None

    async def _fetch_root(self, fetch: Fetch) -> None:
        objects = [found_object for target in fetch.targets for found_object in collect(self.data, target)]
        if not objects:
            return
        try:
            if self.cached is None:
                document = fetch.document or render(fetch)
                response = await self._send(fetch, document, self._passed_on(fetch))
            else:
                response = await self._root(self.cached, fetch)
            errors: Sequence[Mapping[str, Any]] = response.errors
            if response.data is not None:
                await self._do(self._merge_root, fetch, objects, response.data)  # C
            elif not errors:
                errors = [_no_data(fetch)]
        except Exception as error:  # noqa: BLE001 - it is the fetch's failure
            errors = [self._told(fetch, error)]
        if errors:
            self.failures.root(fetch, objects, errors)

    async def _root(self, run: CachedRun, fetch: Fetch) -> SubgraphResponse:
        """Return the answer to a root fetch: what is kept of it, and what is asked for."""
        cached = run.of(fetch)
        if cached is None:
            return await self._request_root(fetch)
        wanted = [
            number
            for number, part in enumerate(cached.parts)
            if part is None or holds(part.conditions, self.call.variables)
        ]
        lookup = RootLookup(run, cached, wanted, self._request_root)
        await lookup.serve()
        self.size += lookup.size
        return SubgraphResponse(lookup.data, tuple(lookup.errors))

    async def _request_root(self, fetch: Fetch, *, is_renewal: bool = False) -> SubgraphResponse:
        document = fetch.document or render(fetch)
        return await self._send(fetch, document, self._passed_on(fetch), is_renewal=is_renewal)

    async def _fetch_entities(self, fetch: Fetch, asked: Batches) -> None:
        run = self.cached
        cached = run.of(fetch) if run else None
        if run is None or cached is None:
            await self._ask_entities(fetch, asked)
            return
        ask, request, merge = self._ask_entities, self._request_entities, self._merge_kept
        await EntityLookup(run, cached, asked, ask, request, merge).serve()

    async def _ask_entities(self, fetch: Fetch, asked: Batches, lookup: EntityLookup | None = None) -> None:
        """Ask for entities and merge them."""
        try:
            response = await self._request_entities(fetch, asked)
            asked = [pair for pair in asked if pair[1]]
            if lookup is not None:
                lookup.receive(response, asked)
            unmerged = await self._do(self._merge_entities, asked, response.data)  # C
        except Exception as error:  # noqa: BLE001 - it is the fetch's failure
            if lookup is not None:
                asked = await lookup.fall_back(asked)
            if asked:
                self.failures.whole_fetch(fetch, asked, self._told(fetch, error))
            return
        if lookup is not None and response.data is None:
            asked = await lookup.fall_back(asked)
            if not asked:
                return
        if response.errors or response.data is None:
            errors = response.errors or [_no_data(fetch)]
            self.failures.entities(fetch, asked, errors, response.data)
        if unmerged:
            await self._do(self.failures.unmerged, fetch, unmerged)

    async def _request_entities(
        self, fetch: Fetch, asked: Batches, *, is_renewal: bool = False
    ) -> SubgraphResponse:
        document = fetch.document
        if document is None or not all(groups for _, groups in asked):
            document = render(fetch, [(batch, len(groups)) for batch, groups in asked])
        values = self._passed_on(fetch)
        for batch, groups in asked:
            if groups:
                values.update(variables(batch, groups))
        return await self._send(fetch, document, values, is_renewal=is_renewal)

    async def _merge_kept(self, found: Sequence[tuple[Batch, Group, Data]], size: int) -> None:
        await self._do(self._merge_found, found)
        self.size += size

    async def _send(
        self, fetch: Fetch, document: Document, values: Data, *, is_renewal: bool = False
    ) -> SubgraphResponse:
        call = self.call
        deadline = None if is_renewal else call.deadline
        request = SubgraphRequest(
            document,
            values,
            call.headers,
            call.context,
            not self.plan.is_mutation,
            deadline,
            self.cached.cache.purges.newest if self.cached else 0,
        )
        if call.trail is None:
            response = await self.transports[fetch.subgraph].send(request)
        else:
            response = await self._observed(call.trail, fetch.subgraph, request)
        if is_renewal:
            return response
        self.size += response.size
        if response.headers:
            self.headers[fetch.id] = response.headers
        if response.cache is None:
            self.is_said_by_all = False
        else:
            if self.cached is not None and response.cache.max_age > 0:
                self.cached.learn(fetch)
            self.cache = response.cache.narrowed(self.cache) if self.cache else response.cache
        return response

    async def _observed(self, trail: Trail, subgraph: str, request: SubgraphRequest) -> SubgraphResponse:
        began = monotonic()
        span = trail.span.fetch(subgraph) if trail.span is not None else None
        if span is not None:
            request = replace(request, headers={**request.headers, **span.headers()})
        size, code = 0, "CANCELLED"
        try:
            response = await self.transports[subgraph].send(request)
            size, code = response.size, ""
        except SubgraphError as error:
            code = error.code
            raise
        finally:
            trail.fetches.append(FetchEnded(subgraph, monotonic() - began, size, code or None))
            if span is not None:
                span.end(size, code or None)
        return response

    def _told(self, fetch: Fetch, error: Exception) -> Data:
        """Return what the client is told of a fetch that failed as a whole."""
        if isinstance(error, SubgraphError):
            return Told(message=str(error), extensions={"code": error.code})
        log.error("fetch failed", subgraph=fetch.subgraph, exc_info=error)
        trace = trace_of(error) if self.call.debug else {}
        return Told(message="Internal server error.", extensions={"code": "INTERNAL_SERVER_ERROR", **trace})

    def _passed_on(self, fetch: Fetch) -> Data:
        given = self.call.variables
        return {name: given[name] for name in fetch.variables if name in given}

    # C. Merge

    def _merge_root(self, fetch: Fetch, objects: Sequence[Data], data: Data) -> None:
        for number, item in enumerate(objects):
            own = copied(data) if fetch.apart and number else data
            if halves := merge(item, own, deep=fetch.deep):
                self.failures.halves(halves)

    def _merge_entities(self, asked: Batches, data: Data | None) -> list[Unmerged]:
        """Merge the entities into the objects; return what came instead of one."""
        unmerged: list[Unmerged] = []
        for batch, groups in asked:
            entities = entities_in(batch, data or {}, groups)
            if entities is None:
                entities = [MISSING] * len(groups)
            for group, entity in zip(groups, entities, strict=True):
                if type(entity) is not dict:
                    unmerged.append((batch, group, entity))
                    continue
                self._merge_entity(batch, group, entity)
        return unmerged

    def _merge_found(self, found: Sequence[tuple[Batch, Group, Data]]) -> None:
        for batch, group, entity in found:
            self._merge_entity(batch, group, entity)

    def _merge_entity(self, batch: Batch, group: Group, entity: Data) -> None:
        for number, target in enumerate(group.objects):
            own = copied(entity) if batch.apart and number else entity
            if halves := merge(target, own, deep=batch.deep):
                self.failures.halves(halves)

    # D. Shape

    def _describe(self) -> None:
        for path, keys in self.plan.described:
            for found_object in collect(self.data, path):
                found_object.update({key: self.call.data.get(source) for key, source in keys})

    def _shape(self) -> Data | None:
        if self.plan.described:
            self._describe()
        shaped = Shaper(self.call.variables, self.failures).shape(self.data, self.plan.shape)
        if self.size >= LARGE:
            free(self.data)
        return shaped


def _no_data(fetch: Fetch) -> Data:
    message = f"The service {fetch.subgraph} answered with neither errors nor the data it was asked for."
    return Told(message=message, extensions={"code": "SUBGRAPH_BAD_RESPONSE"})
