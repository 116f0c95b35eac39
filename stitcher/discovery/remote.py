"""Schemas that are told from afar: by a registry, or by a service itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from graphql import build_client_schema, get_introspection_query, print_schema
from yarl import URL

from stitcher.discovery.copies import Told

__all__ = ["LiveService", "Registry", "RemoteError", "fetch"]

TIMEOUT = 5.0
"""Seconds that a registry or a service has to tell its schema."""

SIZE_LIMIT = 32 * 1024 * 1024
"""The most bytes of a schema."""

FEDERATION_QUERY = "{ _service { sdl } }"


class RemoteError(Exception):
    """A schema wasn't told; the message says why, without what may be secret."""


@dataclass(frozen=True, slots=True)
class Registry:
    """An address that serves a supergraph, such as a registry's CDN, and the header that it wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """What places in the schema are named by: the address, without what may be secret."""
        return str(URL(self.url).with_user(None).with_query(None))

    async def fetch(self, session: aiohttp.ClientSession, known: Told | None) -> Told:
        """Return what it tells; ``known``, if that is still so (RFC 9110, 13.1.2).

        Raises:
            RemoteError: it tells nothing of use.
        """
        tag = {"If-None-Match": known.tag} if known and known.tag else {}
        async with session.get(self.url, headers={**self.headers, **tag}) as response:
            if response.status == 304 and known:
                return known
            if response.status != 200:
                raise RemoteError(f"it answers with the status {response.status}")
            return Told((await _read(response)).decode(), response.headers.get("ETag"))


@dataclass(frozen=True, slots=True)
class LiveService:
    """A service that tells its schema: by ``_service { sdl }``, or by introspection, without directives."""

    name: str
    urls: Sequence[str]
    by_introspection: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """What its schema is remembered by."""
        return self.urls[0] if self.urls else self.name

    @property
    def label(self) -> str:
        """What places in the schema are named by."""
        return f"{self.name} (live)"

    async def fetch(self, session: aiohttp.ClientSession, known: Told | None) -> Told:
        """Return what the first instance that answers tells.

        Raises:
            RemoteError: none tells anything of use.
        """
        error = RemoteError("nothing says where it is served")
        for url in self.urls:
            try:
                return Told(await self._ask(session, url))
            except (aiohttp.ClientError, TimeoutError, OSError) as failed:
                error = RemoteError(f"it can't be reached: {type(failed).__name__}")
            except RemoteError as failed:
                error = failed
        raise error

    async def _ask(self, session: aiohttp.ClientSession, url: str) -> str:
        query = get_introspection_query(input_value_deprecation=True)
        body = {"query": query if self.by_introspection else FEDERATION_QUERY}
        async with session.post(url, json=body, headers=self.headers) as response:
            content = await _read(response)
        try:
            data = json.loads(content)["data"]
            if not self.by_introspection:
                return str(data["_service"]["sdl"])
            return print_schema(build_client_schema(data))
        except (ValueError, KeyError, TypeError) as error:
            wanted = "introspection" if self.by_introspection else FEDERATION_QUERY
            raise RemoteError(f"it doesn't answer {wanted} (status {response.status})") from error


async def fetch(
    remotes: Sequence[Registry | LiveService], known: Sequence[Told | None]
) -> list[Told | RemoteError]:
    """Ask all at once; return what each tells, or why it doesn't."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "stitcher"}) as session:

        async def ask(remote: Registry | LiveService, before: Told | None) -> Told | RemoteError:
            try:
                return await remote.fetch(session, before)
            except RemoteError as error:
                return error
            except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as error:
                return RemoteError(f"it can't be read: {type(error).__name__}")

        return list(await asyncio.gather(*map(ask, remotes, known)))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content: Any = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > SIZE_LIMIT:
            raise RemoteError(f"it tells more than {SIZE_LIMIT} bytes")
    return bytes(content)
