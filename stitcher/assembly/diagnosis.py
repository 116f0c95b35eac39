"""What is in the way of a gateway with these settings: everything that it would ask, asked once.

A. The schema: whether it composes.
B. Each instance of each service: whether it answers, how its clock is, and what its live schema lacks of the
   SDL.
C. Redis, and the issuer's keys, where the settings name them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Literal, NamedTuple, TypeAlias

import aiohttp
from graphql import (
    FieldDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    build_client_schema,
    get_introspection_query,
    parse,
    print_ast,
)
from yarl import URL

from stitcher.assembly.schemas import addresses, schema_source
from stitcher.assembly.services import request_headers
from stitcher.composition.compose import compose
from stitcher.composition.sources import LOCAL_SUBGRAPH, Source, resolve_urls
from stitcher.discovery.copies import Copies
from stitcher.errors import CompositionError
from stitcher.settings.load import Settings

__all__ = ["Finding", "State", "diagnose"]

State: TypeAlias = Literal["ok", "warning", "problem"]

TIMEOUT = 5.0
"""Seconds that each has to answer."""

SKEW = 5.0
"""Seconds that clocks may differ: tokens expire, and cached answers end, by the clock."""

SHOWN = 5
"""How many differences of a schema are told."""

_WITH_FIELDS = (
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
)


class Finding(NamedTuple):
    """What was found of one thing, and what to do about it if it isn't well."""

    subject: str
    state: State
    told: str
    advice: str = ""


async def diagnose(settings: Settings) -> list[Finding]:
    """Return what was found, in an order in which it is best mended."""
    sources, findings = _schema(settings)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "stitcher"}) as http:
        asked = [
            _instance(http, source, url, _own_headers(settings, source.name))
            for source in sources
            for url in source.urls
        ]
        if settings.jwt_jwks_url:
            asked.append(_keys(http, str(settings.jwt_jwks_url)))
        if settings.redis_url is not None:
            asked.append(_redis(settings.redis_url.get_secret_value()))
        for found in await asyncio.gather(*asked):
            findings += found
    return findings


def _own_headers(settings: Settings, name: str) -> Mapping[str, str]:
    """Return the headers that a service is sent whatever a client sends."""
    return dict(request_headers(settings, name).of({}))


# A. The schema


def _schema(settings: Settings) -> tuple[list[Source], list[Finding]]:
    found = schema_source(settings).read(Copies(settings.schema_copies))
    sources, unlocated = resolve_urls(found.sources, addresses(settings))
    problems = [*found.problems, *unlocated]
    if sources and not found.problems:
        try:
            supergraph = compose(sources)
        except CompositionError as error:
            problems += error.problems
        else:
            if not problems:
                names = ", ".join(sorted(supergraph.subgraphs))
                return sources, [Finding("schema", "ok", f"composed of {names}")]
    told = [Finding("schema", "problem", each.message, each.fix) for each in problems]
    return [source for source in sources if source.name != LOCAL_SUBGRAPH], told


# B. Services


async def _instance(
    http: aiohttp.ClientSession, source: Source, url: str, headers: Mapping[str, str]
) -> list[Finding]:
    subject = f"{source.name} at {URL(url).with_user(None).with_query(None)}"
    began = monotonic()
    try:
        async with http.post(url, json={"query": "{ __typename }"}, headers=headers) as response:
            answer = await response.json(content_type=None)
            took = monotonic() - began
            said = response.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        why = "answers with no JSON" if isinstance(error, ValueError) else f"can't be reached: {_name(error)}"
        return [Finding(subject, "problem", why, "start it, or correct its address.")]
    if not isinstance(answer, dict) or not ({"data", "errors"} & answer.keys()):
        advice = "is the path right? It is often /graphql."
        return [Finding(subject, "problem", f"gives no GraphQL answer (status {response.status})", advice)]
    findings = [Finding(subject, "ok", f"answers in {took * 1000:.0f} ms"), *_clock(subject, said)]
    return [*findings, *await _live_schema(http, source, url, subject, headers)]


def _clock(subject: str, said: str | None) -> Iterator[Finding]:
    """Yield what is wrong with a clock, as the header Date tells."""
    try:
        skew = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() if said else 0.0
    except (ValueError, TypeError):
        return
    if abs(skew) > SKEW:
        told = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
        yield Finding(subject, "warning", told, "let both take their time from one server (NTP).")


async def _live_schema(
    http: aiohttp.ClientSession, source: Source, url: str, subject: str, headers: Mapping[str, str]
) -> list[Finding]:
    """Return what a service's live schema lacks of its SDL."""
    try:
        async with http.post(url, json={"query": get_introspection_query()}, headers=headers) as response:
            live = build_client_schema((await response.json(content_type=None))["data"])
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError):
        return [Finding(subject, "ok", "doesn't tell its schema, so it isn't compared with the SDL")]
    missing = list(_missing(source.sdl, live))
    if not missing:
        return [Finding(subject, "ok", f"its live schema has all of {source.file}")]
    more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    shown = "; ".join(missing[:SHOWN]) + more
    advice = f"deploy the service that {source.file} is of, or correct the file."
    return [Finding(subject, "problem", f"its live schema lacks {shown}", advice)]


def _missing(sdl: str, live: GraphQLSchema) -> Iterator[str]:
    """Yield the fields of an SDL that a live schema lacks, or has with another type."""
    roots = {
        name: getattr(root, "name", name)
        for name, root in (("Query", live.query_type), ("Mutation", live.mutation_type))
    }
    for node in parse(sdl).definitions:
        if not isinstance(node, _WITH_FIELDS):
            continue
        name = node.name.value
        declared = live.get_type(roots.get(name, name))
        fields = declared.fields if isinstance(declared, GraphQLObjectType | GraphQLInterfaceType) else None
        for field in node.fields or ():
            path = f"{name}.{field.name.value}"
            if fields is None or field.name.value not in fields:
                if not _is_the_gateways(field, name):
                    yield path
            elif str(fields[field.name.value].type) != print_ast(field.type):
                yield f"{path}: {print_ast(field.type)} (it is {fields[field.name.value].type})"


def _is_the_gateways(field: FieldDefinitionNode, type_name: str) -> bool:
    """Whether a field is declared for the gateway alone."""
    marks = {directive.name.value for directive in field.directives or ()}
    return "external" in marks or (type_name == "Query" and field.name.value.startswith("_"))


# C. What else is asked


async def _keys(http: aiohttp.ClientSession, url: str) -> list[Finding]:
    advice = "start the issuer, or correct JWT_JWKS_URL; until then, each token is answered 503."
    try:
        async with http.get(url) as response:
            body: Any = await response.json(content_type=None)
            said = response.headers.get("Date")
        number = len(body["keys"])
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return [Finding("keys", "problem", f"the issuer can't be reached: {_name(error)}", advice)]
    except (ValueError, KeyError, TypeError):
        return [Finding("keys", "problem", "the issuer's answer is no set of keys", advice)]
    state: State = "ok" if number else "problem"
    told = f"the issuer has {number} {'key' if number == 1 else 'keys'}"
    return [Finding("keys", state, told, "" if number else advice), *_clock("keys", said)]


async def _redis(url: str) -> list[Finding]:
    from stitcher.redis.client import RedisClient, RedisUnavailableError

    client = RedisClient(url)
    began = monotonic()
    try:
        await client.call("SET", "stitcher:doctor", 1, "PX", 1000)
    except RedisUnavailableError as error:
        advice = "start it, or correct REDIS_URL; without it, each gateway counts for itself."
        return [Finding("redis", "problem", str(error), advice)]
    finally:
        await client.close()
    return [Finding("redis", "ok", f"takes writes in {(monotonic() - began) * 1000:.0f} ms")]


def _name(error: BaseException) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
