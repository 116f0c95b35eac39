"""Sends a request to one of a service's instances, and to another one if that doesn't answer.

A. *Retry*, of queries: after any failure, on an instance that hasn't been tried; where there is none, on the
   same one after a pause. A mutation is sent again only if nothing of it was sent: it is never done twice.
   An instance has less time for a query than there is for all attempts, if there is another to ask.
B. *Hedge*, of queries where another instance is in use: without the head of an answer after the larger of
   100 ms and three times what the service usually takes, the request is sent to another one as well; and so
   it is without the end of an answer, half a second after its head. The first good answer counts, and the
   other request is cancelled. An instance that was outrun has failed: one that hangs never answers, and would
   be asked for ever.
C. Both cost the service more requests, so both come out of one budget.
D. Every attempt tells the instance's breaker how it went. Where all instances are out of use, the request
   fails at once. So does a query that is to find out how an instance fares that was out, if that takes long;
   it goes on to find out.
E. So many requests are sent at a time, and so many wait for their turn; others fail at once.

All of it ends at the timeout, or when the client's time is over. Sources: Envoy's retry budgets and outlier
detection; J. Dean and L. A. Barroso, "The Tail at Scale", section "Hedged requests"; M. Nygard, "Release
It!", section "Bulkheads".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import random
from time import monotonic
from typing import Generic, TypeVar

import structlog

from stitcher.events import AttemptEnded, BreakerMoved, Observer
from stitcher.transport.exchange import AttemptError, Outgoing
from stitcher.transport.instances import Instance
from stitcher.transport.upstreams import Upstream

__all__ = ["Attempts"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST = 3
"""The most attempts at one request, the hedges not counted; at one instance, two."""

PAUSE = 0.1
"""Seconds, at most, before the same instance is asked once more; chance says how many, so that a crowd of
requests doesn't come back at once."""

LONGEST_PAUSE = 2.0
"""Seconds that an instance may ask to be left alone for, with its Retry-After, before a request fails."""

BODY_PATIENCE = 0.5
"""Seconds from the head of an answer to its end, before another instance is asked, too."""

PROBE_PATIENCE = 0.5
"""Seconds that a client waits for an instance that was out of use: it may hang still."""


class Attempts(Generic[T]):
    """The attempts at one service's requests.

    Args:
        name: The service's name, for the log.
        upstream: The service: who can be asked, and how it has fared so far.
        send: Sends a request to an instance and returns what is made of the answer; it is told whom to call
            when the head of an answer has come. Raises AttemptError.
        timeout: Seconds for a request, all attempts included.
        attempt_timeout: Seconds that an instance has for a query, where there is another.
        observer: Is told of each attempt, and who goes out of use; None where nobody wants to know.
    """

    def __init__(
        self,
        name: str,
        upstream: Upstream,
        send: Callable[[Instance, Outgoing, Callable[[], None]], Awaitable[T]],
        timeout: float,
        attempt_timeout: float,
        observer: Observer | None = None,
    ) -> None:
        self._name = name
        self._instances = upstream.instances
        self._bulkhead = upstream.bulkhead
        self._budget = upstream.budget
        self._usual = upstream.usual
        self._send = send
        self._timeout = timeout
        self._attempt_timeout = attempt_timeout
        self._observer = observer
        self._probes: set[asyncio.Task[T]] = set()

    async def send(self, outgoing: Outgoing) -> T:
        """Return what is made of an answer.

        Raises:
            AttemptError: no attempt succeeded; it is the last one's, or
                SUBGRAPH_TIMEOUT if the time was over before one did,
                DEADLINE_EXCEEDED if the client's was,
                SERVICE_UNAVAILABLE where all instances are out of use,
                SERVICE_OVERLOADED where there was no room.
        """
        has_room = self._bulkhead.take()  # E
        if not has_room and self._bulkhead.is_full:
            raise AttemptError("SERVICE_OVERLOADED", "has as many requests as it may have; so has its queue")
        started = monotonic()
        self._budget.count(started)
        tried: list[Instance] = []
        instance: Instance | None = None
        try:
            async with asyncio.timeout(outgoing.ends - started) as limit:
                if not has_room:
                    await self._bulkhead.wait()
                    has_room = True
                while True:
                    instance = self._next(tried, may_probe=not outgoing.is_mutation)
                    try:
                        is_alone = len(self._instances.all) == 1 and not instance.breaker.is_out
                        if outgoing.is_mutation or is_alone:
                            return await self._attempt(instance, outgoing, limit, _nobody)
                        return await self._ask(instance, outgoing, limit, tried)
                    except AttemptError as error:
                        tried.append(instance)
                        pause = self._pause(tried, outgoing, error)
                        if pause is None:
                            raise
                        log.info("attempt failed; there is another", **error.told(self._name))
                        await asyncio.sleep(pause)
                        outgoing = outgoing._replace(kind="retry")
        except TimeoutError as error:
            if not has_room:
                message = "had as many requests as it may have, for too long"
                raise AttemptError("SERVICE_OVERLOADED", message) from error
            code = "DEADLINE_EXCEEDED" if outgoing.is_cut else "SUBGRAPH_TIMEOUT"
            message = f"didn't answer within {max(outgoing.ends - started, 0):.3g} s"
            raise AttemptError(code, message, instance=instance) from error
        finally:
            if has_room:
                self._bulkhead.leave()

    async def _ask(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, tried: list[Instance]
    ) -> T:
        if instance.breaker.is_out:
            return await self._probe(instance, outgoing)
        return await self._hedged(instance, outgoing, limit, tried)

    def _next(self, tried: Sequence[Instance], *, may_probe: bool) -> Instance:
        pick = partial(self._instances.pick, may_probe=may_probe)
        instance = pick(tried) or (pick() if tried else None)
        if instance is None:
            raise AttemptError("SERVICE_UNAVAILABLE", "is out of use: it has failed again and again")
        return instance

    def _pause(self, tried: Sequence[Instance], outgoing: Outgoing, error: AttemptError) -> float | None:  # A
        """Return the seconds before the next attempt, None if there is to be none."""
        if not error.is_fault or len(tried) >= MOST or (outgoing.is_mutation and error.was_sent):
            return None
        if self._instances.pick(tried) is not None:
            pause = 0.0
        elif len(tried) >= MOST - 1 or error.was_repeated or error.was_late or self._instances.pick() is None:
            return None
        elif error.retry_after is None:
            pause = PAUSE * (0.5 + random() / 2)  # noqa: S311 - it is no secret
        elif error.retry_after <= LONGEST_PAUSE:
            pause = error.retry_after
        else:
            return None
        now = monotonic()
        return pause if now + pause < outgoing.ends and self._budget.spend(now) else None  # C

    async def _attempt(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, on_head: Callable[[], None]
    ) -> T:  # D
        is_probe = instance.breaker.begin()
        instance.outstanding += 1
        began = monotonic() if self._observer is not None else 0.0
        code: str | None = "CANCELLED"
        try:
            answer = await self._send(instance, outgoing, on_head)
            code = None
        except AttemptError as error:
            code = error.code
            error.instance = instance
            if error.is_fault:
                self._failed(instance)
            else:
                self._succeeded(instance)
            raise
        except BaseException:
            # Else whoever asked has gone, or hasn't given it its time, which tells nothing.
            if limit.expired() and not outgoing.is_cut:
                self._failed(instance)
            raise
        else:
            self._succeeded(instance)
            return answer
        finally:
            instance.outstanding -= 1
            if self._observer is not None:
                kind = "probe" if is_probe else outgoing.kind
                seconds = monotonic() - began
                self._observer.notice(AttemptEnded(self._name, instance.address, kind, seconds, code))
            if is_probe:
                instance.breaker.end_probe()

    async def _bounded(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, on_head: Callable[[], None]
    ) -> T:
        """Attempt what another instance can be asked, too."""
        if monotonic() + self._attempt_timeout >= outgoing.ends:
            return await self._attempt(instance, outgoing, limit, on_head)
        try:
            async with asyncio.timeout(self._attempt_timeout) as own:
                return await self._attempt(instance, outgoing._replace(is_cut=False), own, on_head)
        except TimeoutError as error:
            if not own.expired():
                raise
            raise _late(instance, self._attempt_timeout) from error

    async def _probe(self, instance: Instance, outgoing: Outgoing) -> T:  # D
        probe = asyncio.create_task(self._alone(instance, outgoing))
        self._probes.add(probe)
        probe.add_done_callback(self._probed)
        done, _ = await asyncio.wait((probe,), timeout=PROBE_PATIENCE)
        if done:
            return probe.result()
        raise AttemptError(
            "SERVICE_UNAVAILABLE", "is out of use: it has failed again and again", was_late=True
        )

    async def _alone(self, instance: Instance, outgoing: Outgoing) -> T:
        """Attempt what may outlive the one who asked."""
        try:
            async with asyncio.timeout(self._timeout) as own:
                return await self._attempt(instance, outgoing._replace(is_cut=False), own, _nobody)
        except TimeoutError as error:
            raise _late(instance, self._timeout) from error

    def _probed(self, probe: asyncio.Task[T]) -> None:
        self._probes.discard(probe)
        if not probe.cancelled():
            probe.exception()  # nobody may have waited for it

    async def _hedged(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, tried: list[Instance]
    ) -> T:  # B
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine
        others: list[asyncio.Task[T]] = []
        is_won = False
        start = monotonic()
        loop = asyncio.get_running_loop()

        def win(other: asyncio.Task[T]) -> None:
            nonlocal is_won
            if not other.cancelled() and other.exception() is None and not is_won and not task.done():
                is_won = True
                task.cancel()

        def hedge() -> None:
            other = self._instances.pick((*tried, instance))
            if other is not None and self._budget.spend(monotonic()):  # C
                tried.append(other)
                note = partial(self._usual.add_since, monotonic())
                hedging = outgoing._replace(kind="hedge")
                others.append(asyncio.create_task(self._bounded(other, hedging, limit, note)))
                others[0].add_done_callback(win)

        timer = loop.call_later(self._usual.hedge_after, hedge)

        def head() -> None:
            nonlocal timer
            timer.cancel()
            self._usual.add_since(start)
            if not others:
                timer = loop.call_later(BODY_PATIENCE, hedge)

        try:
            return await self._bounded(instance, outgoing, limit, head)
        except asyncio.CancelledError:
            if not is_won:
                raise
            task.uncancel()
            self._failed(instance)
            return others[0].result()
        except AttemptError:
            if not others:
                raise
            others[0].remove_done_callback(win)
            return await others[0]
        finally:
            timer.cancel()
            for other in others:
                other.remove_done_callback(win)
                other.cancel()  # does nothing where it has ended

    def _succeeded(self, instance: Instance) -> None:
        if instance.breaker.succeed(monotonic()):
            log.info("an instance is in use again", subgraph=self._name, address=instance.address)
            if self._observer is not None:
                self._observer.notice(BreakerMoved(self._name, instance.address, is_out=False))

    def _failed(self, instance: Instance) -> None:
        seconds = instance.breaker.fail(monotonic())
        if seconds is not None:
            log.warning(
                "an instance is out of use", subgraph=self._name, address=instance.address, seconds=seconds
            )
            if self._observer is not None:
                self._observer.notice(BreakerMoved(self._name, instance.address, is_out=True))


def _late(instance: Instance, seconds: float) -> AttemptError:
    message = f"didn't answer within {seconds:g} s"
    return AttemptError("SUBGRAPH_TIMEOUT", message, was_late=True, instance=instance)


def _nobody() -> None:
    """Do nothing: nobody waits for the head of this answer."""
