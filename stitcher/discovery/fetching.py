"""Asks for schemas that are told from afar."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import aiohttp
from graphql import build_client_schema, get_introspection_query, print_schema

from stitcher.discovery.copies import Told
from stitcher.discovery.remote import LiveService, Registry

__all__ = ["RemoteError", "fetch"]

TIMEOUT = 5.0
"""Seconds that a registry or a service has to tell its schema."""

SIZE_LIMIT = 32 * 1024 * 1024
"""The most bytes of a schema."""

FEDERATION_QUERY = "{ _service { sdl } }"


class RemoteError(Exception):
    """A schema wasn't told; the message says why, without what may be secret."""


async def fetch(
    remotes: Sequence[Registry | LiveService], known: Sequence[Told | None]
) -> list[Told | RemoteError]:
    """Ask all at once; return what each tells, or why it doesn't.

    Args:
        remotes: Who is asked.
        known: What each has told before; returned again where that is still so.
    """
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "stitcher"}) as session:

        async def ask(remote: Registry | LiveService, before: Told | None) -> Told | RemoteError:
            try:
                if isinstance(remote, Registry):
                    return await _ask_registry(session, remote, before)
                return await _ask_instances(session, remote)
            except RemoteError as error:
                return error
            except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as error:
                return RemoteError(f"it can't be read: {type(error).__name__}")

        return list(await asyncio.gather(*map(ask, remotes, known)))


async def _ask_registry(session: aiohttp.ClientSession, registry: Registry, known: Told | None) -> Told:
    """Return what a registry tells; ``known``, if that is still so (RFC 9110, 13.1.2)."""
    tag = {"If-None-Match": known.tag} if known and known.tag else {}
    async with session.get(registry.url, headers={**registry.headers, **tag}) as response:
        if response.status == 304 and known:
            return known
        if response.status != 200:
            raise RemoteError(f"it answers with the status {response.status}")
        return Told((await _read(response)).decode(), response.headers.get("ETag"))


async def _ask_instances(session: aiohttp.ClientSession, service: LiveService) -> Told:
    """Return what the first instance of a service that answers tells."""
    error = RemoteError("nothing says where it is served")
    for url in service.urls:
        try:
            return Told(await _ask_service(session, service, url))
        except (aiohttp.ClientError, TimeoutError, OSError) as failed:
            error = RemoteError(f"it can't be reached: {type(failed).__name__}")
        except RemoteError as failed:
            error = failed
    raise error


async def _ask_service(session: aiohttp.ClientSession, service: LiveService, url: str) -> str:
    wanted = (
        get_introspection_query(input_value_deprecation=True)
        if service.by_introspection
        else FEDERATION_QUERY
    )
    async with session.post(url, json={"query": wanted}, headers=service.headers) as response:
        content = await _read(response)
    try:
        data = json.loads(content)["data"]
        if not service.by_introspection:
            return str(data["_service"]["sdl"])
        return print_schema(build_client_schema(data))
    except (ValueError, KeyError, TypeError) as error:
        what = "introspection" if service.by_introspection else FEDERATION_QUERY
        raise RemoteError(f"it doesn't answer {what} (status {response.status})") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise RemoteError(f"it tells more than {SIZE_LIMIT} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
