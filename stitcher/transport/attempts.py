"""Sends a request to one of a service's instances, and to another one if that doesn't answer.

A. *Retry*, of queries: after any failure, on an instance that hasn't been tried; where there is none, on the
   same one after a pause. A mutation is sent again only if nothing of it was sent: it is never done twice.
B. *Hedge*, of queries where another instance is in use: without the head of an answer after the larger of
   100 ms and three times what the service usually takes, the request is sent to another one as well. The
   first good answer counts, and the other request is cancelled. An instance that was outrun has failed: one
   that hangs never answers, and would be asked for ever.
C. Both cost the service more requests, so both come out of one budget.
D. Every attempt tells the instance's breaker how it went. Where all instances are out of use, the request
   fails at once.

All of it ends at the timeout. Sources: Envoy's retry budgets and outlier detection; J. Dean and
L. A. Barroso, "The Tail at Scale", section "Hedged requests".
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import random
from time import monotonic
from typing import Generic, TypeVar

import structlog

from stitcher.transport.budget import Budget
from stitcher.transport.exchange import AttemptError, Outgoing
from stitcher.transport.instances import Instance, Instances

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

SOONEST_HEDGE = 0.1
TIMES_USUAL = 3
REMEMBERED = 100
"""How many answers say what is usual, of which 95 in 100 took no longer than that."""


class Attempts(Generic[T]):
    """The attempts at one service's requests.

    Args:
        name: The service's name, for the log.
        instances: Who can be asked.
        send: Sends a request to an instance and returns what is made of the answer; it is told whom to call
            when the head of an answer has come. Raises AttemptError.
        timeout: Seconds for a request, all attempts included.
    """

    def __init__(
        self,
        name: str,
        instances: Instances,
        send: Callable[[Instance, Outgoing, Callable[[], None]], Awaitable[T]],
        timeout: float,
    ) -> None:
        self._name = name
        self._instances = instances
        self._send = send
        self._timeout = timeout
        self._budget = Budget()
        self._usual = _Usual()

    async def send(self, outgoing: Outgoing) -> T:
        """Return what is made of an answer.

        Raises:
            AttemptError: no attempt succeeded; it is the last one's, SUBGRAPH_TIMEOUT if the time was over
                before one did, or SERVICE_UNAVAILABLE where all instances are out of use.
        """
        started = monotonic()
        self._budget.count(started)
        tried: list[Instance] = []
        try:
            async with asyncio.timeout(self._timeout) as limit:
                while True:
                    instance = self._next(tried)
                    try:
                        if outgoing.is_mutation or len(self._instances.all) == 1:
                            return await self._attempt(instance, outgoing, limit, _nobody)
                        return await self._hedged(instance, outgoing, limit, tried)
                    except AttemptError as error:
                        tried.append(instance)
                        pause = self._pause(tried, outgoing, error, started)
                        if pause is None:
                            raise
                        log.info("attempt failed; there is another", **error.told(self._name))
                        await asyncio.sleep(pause)
        except TimeoutError as error:
            message = f"didn't answer within {self._timeout:g} s"
            raise AttemptError("SUBGRAPH_TIMEOUT", message, instance=instance) from error

    def _next(self, tried: Sequence[Instance]) -> Instance:
        instance = self._instances.pick(tried) or (self._instances.pick() if tried else None)
        if instance is None:
            raise AttemptError("SERVICE_UNAVAILABLE", "is out of use: it has failed again and again")
        return instance

    def _pause(
        self, tried: Sequence[Instance], outgoing: Outgoing, error: AttemptError, started: float
    ) -> float | None:  # A
        """Return the seconds before the next attempt, None if there is to be none."""
        if not error.is_fault or len(tried) >= MOST or (outgoing.is_mutation and error.was_sent):
            return None
        if self._instances.pick(tried) is not None:
            pause = 0.0
        elif len(tried) >= MOST - 1 or error.was_repeated or self._instances.pick() is None:
            return None
        elif error.retry_after is None:
            pause = PAUSE * (0.5 + random() / 2)  # noqa: S311 - it is no secret
        elif error.retry_after <= LONGEST_PAUSE:
            pause = error.retry_after
        else:
            return None
        is_in_time = pause < self._timeout - (monotonic() - started)
        return pause if is_in_time and self._budget.spend(monotonic()) else None  # C

    async def _attempt(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, on_head: Callable[[], None]
    ) -> T:  # D
        is_probe = instance.breaker.begin()
        instance.outstanding += 1
        try:
            answer = await self._send(instance, outgoing, on_head)
        except AttemptError as error:
            error.instance = instance
            if error.is_fault:
                self._failed(instance)
            else:
                self._succeeded(instance)
            raise
        except BaseException:
            if limit.expired():  # else whoever asked has gone, which tells nothing
                self._failed(instance)
            raise
        else:
            self._succeeded(instance)
            return answer
        finally:
            instance.outstanding -= 1
            if is_probe:
                instance.breaker.end_probe()

    async def _hedged(
        self, instance: Instance, outgoing: Outgoing, limit: asyncio.Timeout, tried: list[Instance]
    ) -> T:  # B
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine
        others: list[asyncio.Task[T]] = []
        is_won = False
        start = monotonic()

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
                others.append(asyncio.create_task(self._attempt(other, outgoing, limit, note)))
                others[0].add_done_callback(win)

        def head() -> None:
            timer.cancel()
            self._usual.add_since(start)

        timer = asyncio.get_running_loop().call_later(self._usual.hedge_after, hedge)
        try:
            return await self._attempt(instance, outgoing, limit, head)
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

    def _failed(self, instance: Instance) -> None:
        seconds = instance.breaker.fail(monotonic())
        if seconds is not None:
            log.warning(
                "an instance is out of use", subgraph=self._name, address=instance.address, seconds=seconds
            )


class _Usual:
    """How long the heads of answers to queries usually take, where they may be hedged."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=REMEMBERED)
        self._since = 0
        self.hedge_after = SOONEST_HEDGE

    def add_since(self, start: float) -> None:
        """Note that one has come; now and then, work out anew what is usual."""
        self._taken.append(monotonic() - start)
        self._since += 1
        if self._since >= REMEMBERED // 4:
            self._since = 0
            usual = sorted(self._taken)[int(0.95 * len(self._taken))]
            self.hedge_after = max(SOONEST_HEDGE, TIMES_USUAL * usual)


def _nobody() -> None:
    """Do nothing: nobody waits for the head of this answer."""
