"""Serves a changed schema without a restart.

A. *When*: a file has changed, SIGHUP has come, or it is time to ask those who tell their schema from afar.
B. *Read and compose*, in a thread: the settings, the schema, a gateway. What is the same as before reloads
   nothing; what is broken changes nothing, and is told in the log, the metrics and at ``/health/ready``.
C. *Plan* the operations that are used most, in that thread, so that nobody waits for it afterwards.
D. *Swap*. Requests in flight end with the gateway that they began with, which closes after its last one.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import structlog

from stitcher.assembly.gateway import AT_RUN_TIME, assemble
from stitcher.assembly.schemas import addresses, schema_source
from stitcher.caching.cache import ResponseCache
from stitcher.composition.changes import Changes, find_changes
from stitcher.composition.sources import is_address
from stitcher.discovery.copies import Copies
from stitcher.discovery.schema_source import Found, SchemaSource
from stitcher.discovery.watch import watch
from stitcher.errors import CompositionError, RequestError, StitcherError
from stitcher.events import Observer
from stitcher.gateway.current import CurrentGateway
from stitcher.gateway.gateway import Gateway
from stitcher.settings.load import Settings
from stitcher.transport.upstreams import Upstreams

__all__ = ["Built", "Reload", "build_first"]

log = structlog.get_logger(__name__)

MOST_USED = 200
"""How many operations are planned before a swap …"""

PLANNING = 3.0
"""… and the seconds that this may take."""

COLLECT_AFTER = 5.0
"""Seconds after which memory is looked through for the gateway that was replaced."""

SHOWN = 20
"""How many differences of a schema are logged."""


class Built(NamedTuple):
    """A gateway and what it was made with.

    ``digest`` is the same for the same schema, and shown. ``fingerprint`` is so for the same gateway; it
    isn't shown, since it is made of secrets, too.
    """

    gateway: Gateway
    settings: Settings
    source: SchemaSource
    digest: str
    fingerprint: str


class _Following(NamedTuple):
    """What takes another's place, what changes by it for clients, and how many operations are planned."""

    built: Built
    changes: Changes
    planned: int

    def tell(self) -> None:
        """Log that it is served."""
        told = {
            kind: [change.message for change in found[:SHOWN]]
            for kind, found in self.changes.by_kind().items()
        }
        report = log.warning if self.changes.breaking else log.info
        report("a changed schema is served", hash=self.built.digest, planned=self.planned, **told)


def build_first(
    settings: Settings,
    upstreams: Upstreams,
    copies: Copies,
    cache: ResponseCache | None = None,
    observer: Observer | None = None,
) -> Built:
    """Return the gateway to begin with.

    Where what is told from afar is broken, the last that could be used stands in for it.

    Raises:
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    source = schema_source(settings)
    found = source.read(copies)
    try:
        gateway = assemble(settings, upstreams, found, cache, observer)
    except CompositionError as error:
        if not source.is_remote:
            raise
        found = source.read(copies, from_copies=True)
        try:
            gateway = assemble(settings, upstreams, found, cache, observer)
        except CompositionError:
            raise error from None
        log.error("the newest schema is broken, so the last good one is served", problems=_told(error))
    else:
        copies.keep()
    return Built(gateway, settings, source, found.digest, _fingerprint(settings, found))


class Reload:
    """Puts a new gateway in the place of the one in use, when there is something new.

    Args:
        first: The one in use.
        current: Where it is in use.
        upstreams: The services.
        copies: What is remembered of what was told from afar.
        read_settings: Returns the settings as they are now.

    Attributes:
        counts: How often a reload was ``served``, ``unchanged`` or ``broken``.
    """

    def __init__(
        self,
        first: Built,
        current: CurrentGateway,
        upstreams: Upstreams,
        copies: Copies,
        read_settings: Callable[[], Settings],
    ) -> None:
        self._served = first
        self._current = current
        self._upstreams = upstreams
        self._copies = copies
        self._read_settings = read_settings
        self._complaint = ""
        self._restart: set[str] = set()
        self._is_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.counts: Counter[str] = Counter(served=0, unchanged=0, broken=0)

    async def open(self) -> None:
        """Begin to look for changes, of the settings too: the process may have added to them since."""
        self._first = self._read_settings()
        self._served = self._served._replace(settings=self._first)
        work = [self._keep_reloading(), self._poll()]
        if self._served.settings.schema_watch:
            work.append(watch(self._watched, self._concerns, self.request))
        self._tasks = [asyncio.create_task(part) for part in work]
        self.request()  # for what has changed between the first reading and now

    async def close(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def request(self) -> None:
        """Ask for a reload: at once, or after the one under way."""
        self._is_wanted.set()

    # A. When

    def _watched(self) -> set[Path]:
        return {*self._served.source.watched, self._served.settings.config_file.absolute().parent}

    def _concerns(self, path: Path) -> bool:
        return path.name == self._served.settings.config_file.name or self._served.source.concerns(path)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._served.settings.schema_poll_seconds)
            if self._served.source.is_remote:
                self.request()

    async def _keep_reloading(self) -> None:
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            try:
                await self._reload()
            except Exception:
                self.counts["broken"] += 1
                log.exception("schema can't be reloaded")

    async def _reload(self) -> None:
        try:
            following = await asyncio.to_thread(self._build)
        except StitcherError as error:
            self._refuse(error)
            return
        self._complaint = ""
        self._current.problems = ()
        if following is None:
            self.counts["unchanged"] += 1
            return
        self._served = following.built
        self._current.replace(following.built.gateway, following.built.digest)  # D
        self.counts["served"] += 1
        following.tell()
        self._copies.keep()
        asyncio.get_running_loop().call_later(COLLECT_AFTER, gc.collect)

    def _refuse(self, error: StitcherError) -> None:
        if str(error) == self._complaint:  # as it was told already
            return
        self._complaint = str(error)
        self.counts["broken"] += 1
        problems = error.problems if isinstance(error, CompositionError) else ()
        self._current.problems = tuple(problem.code for problem in problems) or (error.code,)
        log.error("the newest schema is broken, so the one before is served on", problems=_told(error))

    # B. Read and compose

    def _build(self) -> _Following | None:
        before = self._served
        settings = self._read_settings()
        self._tell_what_needs_a_restart(settings)
        source = schema_source(settings)
        found = source.read(self._copies)
        fingerprint = _fingerprint(settings, found)
        if fingerprint == before.fingerprint:
            return None
        options = before.gateway.options
        gateway = assemble(settings, self._upstreams, found, options.cache, options.observer)
        planned = self._plan_ahead(gateway)
        changes = find_changes(before.gateway.supergraph, gateway.supergraph)
        return _Following(Built(gateway, settings, source, found.digest, fingerprint), changes, planned)

    def _tell_what_needs_a_restart(self, settings: Settings) -> None:
        names = Settings.model_fields.keys() - AT_RUN_TIME
        changed = {name for name in names if getattr(settings, name) != getattr(self._first, name)}
        if changed - self._restart:
            log.warning("settings have changed that need a restart", settings=sorted(map(str.upper, changed)))
        self._restart = changed

    def _plan_ahead(self, gateway: Gateway) -> int:  # C
        ends = monotonic() + PLANNING
        planned = 0
        for query, operation_name, labels, refused in self._served.gateway.prepared.most_used(MOST_USED):
            if monotonic() > ends:
                break
            try:
                gateway.prepare(query, operation_name, labels, refused)
                planned += 1
            except RequestError:  # its clients will be told
                continue
        return planned


def _fingerprint(settings: Settings, found: Found) -> str:
    """Return a word for everything that a gateway is made of, but for its resolvers."""
    values = settings.model_dump(mode="json", include=set(AT_RUN_TIME))
    secrets = settings.supergraph_header.get_secret_value() if settings.supergraph_header else ""
    known = sorted(item for item in addresses(settings).items() if is_address(item[0]))
    urls = [(source.name, source.urls) for source in found.sources]
    return sha256(repr((found.digest, urls, values, secrets, known)).encode()).hexdigest()


def _told(error: StitcherError) -> list[str]:
    return [str(part) for part in (error.problems if isinstance(error, CompositionError) else (error,))]
