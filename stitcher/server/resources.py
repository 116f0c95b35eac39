"""What is opened before a server serves, and closed when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol, TypeAlias, runtime_checkable

import structlog

__all__ = ["Resource", "opened"]

log = structlog.get_logger(__name__)


@runtime_checkable
class Opens(Protocol):
    """What has to be opened."""

    async def open(self) -> None:
        """Begin."""
        ...


class Closes(Protocol):
    """What has to be closed."""

    async def close(self) -> None:
        """End."""
        ...


Resource: TypeAlias = AbstractAsyncContextManager[Any] | Closes


@asynccontextmanager
async def opened(*resources: Resource) -> AsyncIterator[None]:
    """Open some resources in order, and close them in the opposite order.

    If one can't be opened, those before it are closed. If one can't be closed, that is logged, and the others
    are closed all the same.
    """
    async with AsyncExitStack() as stack:
        for resource in resources:
            if isinstance(resource, AbstractAsyncContextManager):
                await stack.enter_async_context(resource)
                continue
            stack.push_async_callback(_close, resource)
            if isinstance(resource, Opens):
                await resource.open()
        yield


async def _close(resource: Closes) -> None:
    try:
        await resource.close()
    except Exception:
        log.exception("resource can't be closed", resource=type(resource).__name__)
