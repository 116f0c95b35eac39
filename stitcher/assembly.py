"""From settings to a gateway that can execute, or to every problem that is in the way.

A. Find out where each of the SDLs that were read is served.
B. Compose them.
C. Read the rules about headers.
D. Import the gateway's own resolvers, where its schema or a policy needs them.
E. Bind them to the local subgraph, unless its SDL is known to be wrong.
F. Find what decides on the schema's policies.
G. Give each microservice its transport.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from graphql import NoSchemaIntrospectionCustomRule

from stitcher.authorization import Authorization
from stitcher.composition.compose import compose
from stitcher.composition.sources import (
    LOCAL_SUBGRAPH,
    Source,
    resolve_urls,
    unused_addresses,
    url_variable,
)
from stitcher.discovery.copies import Copies
from stitcher.discovery.remote import LiveService, Registry
from stitcher.discovery.schema_source import Found, SchemaSource
from stitcher.errors import CompositionError, Problem
from stitcher.field_limits import FieldLimit, FieldLimits, Per, find_field_limits
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions, Policy
from stitcher.headers import ClientHeaders, Pass, RequestHeaders, RequestRule, ResponseHeaders
from stitcher.local.policies import find_policies
from stitcher.local.resolvers import import_resolvers
from stitcher.local.schema import build_local_schema
from stitcher.local.transport import LocalTransport
from stitcher.planning.limits import Limits
from stitcher.settings.headers import RequestHeaderSettings
from stitcher.settings.limits import LimitSettings
from stitcher.settings.load import Settings, read_environment
from stitcher.settings.services import ServiceSettings
from stitcher.settings.values import split
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstreams
from stitcher.windows import parse_windows

__all__ = ["AT_RUN_TIME", "assemble", "limits_of", "schema_source"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

AS_FOR_ALL = ServiceSettings.model_validate({})


AT_RUN_TIME = frozenset(
    {
        *("schemas", "supergraph", "supergraph_header", "schema_poll_seconds", "schema_copies", "services"),
        *("request_headers", "response_headers", "forward_headers", "subgraph_timeout", "attempt_timeout"),
        *("subgraph_requests", "subgraph_queue", "introspection", "suggestions", "operation_cache_size"),
        *("login_fields", "login_rate_limit", "login_account_rate_limit", *LimitSettings.model_fields),
    }
) - {"rate_limit"}
"""Settings that this module alone reads: a gateway that takes another's place can have others."""


def schema_source(settings: Settings) -> SchemaSource:
    """Return where the settings say that the schema comes from."""
    environment = {**_addresses(settings), **read_environment()}
    supergraph: Path | Registry | None = None
    if isinstance(settings.supergraph, str):
        header = settings.supergraph_header.get_secret_value() if settings.supergraph_header else ""
        name, colon, value = header.partition(": ")
        given = {name: value} if colon else {"Authorization": header} if header else {}
        supergraph = Registry(settings.supergraph, given)
    else:
        supergraph = settings.supergraph
    services = [
        LiveService(
            name,
            split(environment.get(url_variable(name), "")),
            own.schema_from == "introspection",
            {rule.set: rule.value or "" for rule in _own_rules(settings, name) if rule.set},
        )
        for name, own in settings.services.items()
        if own.schema_from != "file"
    ]
    return SchemaSource(settings.sdl_directory, supergraph, services)


def assemble(settings: Settings, upstreams: Upstreams, found: Found | None = None) -> Gateway:
    """Compose SDLs into a gateway.

    Args:
        settings: What it does, and where its schema comes from.
        upstreams: Knows its services from now on.
        found: What its schema comes from, where that has been read; None to read it now.

    Raises:
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    if found is None:
        found = schema_source(settings).read(Copies(settings.schema_copies))
    problems = [*found.problems]  # A
    environment = {**_addresses(settings), **read_environment()}
    sources, unlocated = resolve_urls(found.sources, environment)
    for sentence in [*unused_addresses(found.sources, environment), *_unused_tables(found.sources, settings)]:
        log.warning(sentence)
    problems.extend(unlocated)
    supergraph = _attempt(problems, partial(compose, sources)) if sources else None  # B

    services = [source for source in sources if source.name != LOCAL_SUBGRAPH]
    sent = {source.name: _request_rules(settings, source.name) for source in services}  # C
    given = {source.name: _response_rules(settings, source.name) for source in services}

    broken = {place.file for problem in problems for place in problem.places}
    local = next((source for source in sources if source.name == LOCAL_SUBGRAPH), None)
    bound = local if local is not None and local.file not in broken else None
    named = _policies(settings, supergraph) if supergraph is not None else frozenset()
    policies: Mapping[str, Policy] | None = {}
    transports: dict[str, Transport] = {}
    if bound is not None or named:
        load = partial(import_resolvers, settings.resolvers, bound.file if bound else None)
        resolvers = _attempt(problems, load)  # D
        if resolvers is not None and bound is not None:
            schema = _attempt(problems, partial(build_local_schema, bound.sdl, bound.file, resolvers))  # E
            if schema is not None:
                transports[bound.name] = LocalTransport(schema, debug=settings.debug)
        if resolvers is not None:
            policies = _attempt(problems, partial(find_policies, resolvers, named))  # F

    if problems or supergraph is None:
        raise CompositionError(problems)
    suggestions = settings.introspection if settings.suggestions is None else settings.suggestions
    options = GatewayOptions(
        operation_cache_size=settings.operation_cache_size,
        validation_rules=() if settings.introspection else (NoSchemaIntrospectionCustomRule,),
        limits=limits_of(settings),
        field_limits=_field_limits(settings, supergraph),
        debug=settings.debug,
        suggestions=suggestions,
        login_required=settings.auth_required,
        policies=policies or {},
        client_headers=ClientHeaders(sent.values()),
        unshared=frozenset(name for name, rules in given.items() if rules and rules.has_cookies),
    )
    known = upstreams.reach({source.name: source.urls for source in services})  # G
    for name, upstream in known.items():
        own = settings.services.get(name, AS_FOR_ALL)
        upstream.bulkhead.room = own.max_requests or settings.subgraph_requests
        upstream.bulkhead.queue = settings.subgraph_queue
        transports[name] = HttpTransport(
            name,
            upstream,
            upstreams.pool,
            timeout=own.timeout or settings.subgraph_timeout,
            attempt_timeout=settings.attempt_timeout,
            share=settings.inflight_dedupe,
            request_headers=RequestHeaders(sent[name]),
            response_headers=given[name],
        )
    return Gateway(supergraph, transports, options)


def _addresses(settings: Settings) -> dict[str, str]:
    """Return the services' addresses of the file, as the environment would have them."""
    return {url_variable(name): ",".join(own.url) for name, own in settings.services.items() if own.url}


def _unused_tables(sources: Sequence[Source], settings: Settings) -> Iterator[str]:
    """Yield a sentence about each service that settings name and no SDL is for."""
    names = {source.name for source in sources}
    for name in sorted(settings.services.keys() - names):
        yield f"There is a table [services.{name}], but no SDL is named so.{_likely(name, names)}"
    for rule in settings.response_headers:
        for name in sorted(set(rule.services) - names):
            yield f"A rule of response_headers is for {name}, but no SDL is named so.{_likely(name, names)}"


def _likely(name: str, names: Collection[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f" Did you mean {near[0]}?" if near else ""


def _request_rules(settings: Settings, name: str) -> list[RequestRule]:
    """Return what a service is sent: what is passed on by default, the rules for all, and its own."""
    rules = [rule.rule() for rule in _own_rules(settings, name)]
    return [*map(Pass, settings.forward_headers), *rules]


def _own_rules(settings: Settings, name: str) -> Sequence[RequestHeaderSettings]:
    return (*settings.request_headers, *settings.services.get(name, AS_FOR_ALL).request_headers)


def _response_rules(settings: Settings, name: str) -> ResponseHeaders | None:
    """Return what clients get of a service's headers, None for nothing."""
    rules = [rule.rule() for rule in settings.response_headers if not rule.services or name in rule.services]
    return ResponseHeaders(rules) if rules else None


def _policies(settings: Settings, supergraph: Supergraph) -> frozenset[str]:
    """Return the policies that the schema names; tell where what it marks is for nobody."""
    clauses = Authorization(supergraph.schema, supergraph.whole).clauses()
    marks = sorted({f"@{clause.directive}" for clause in clauses if not clause.policies})
    if marks and settings.verified_by is None:
        log.warning("no token is verified, so nobody gets what the schema marks", marks=marks)
    return frozenset().union(*(clause.policies for clause in clauses))


def limits_of(settings: Settings) -> Limits:
    """Return how large an operation may be."""
    return Limits(
        characters=settings.character_limit,
        tokens=settings.token_limit,
        depth=settings.depth_limit,
        root_fields=settings.root_field_limit,
        fields=settings.field_limit,
        aliases=settings.alias_limit,
        directives=settings.directive_limit,
        cost=settings.cost_limit,
        variable_bytes=settings.variable_limit,
        variable_items=settings.variable_item_limit,
        variable_depth=settings.variable_depth_limit,
    )


def _field_limits(settings: Settings, supergraph: Supergraph) -> FieldLimits:
    login_limits = tuple(
        FieldLimit(parse_windows(what, text), per)
        for what, text, per in (
            ("login", settings.login_rate_limit, Per.ADDRESS),
            ("login-account", settings.login_account_rate_limit, Per.ACCOUNT),
        )
        if text != "off"
    )
    return find_field_limits(supergraph.whole, settings.login_fields, login_limits)


def _attempt(problems: list[Problem], build: Callable[[], T]) -> T | None:
    try:
        return build()
    except CompositionError as error:
        problems.extend(error.problems)
        return None
