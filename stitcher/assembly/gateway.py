"""From settings to a gateway that can execute, or to every problem that is in the way.

A. Find out where each of the SDLs that were read is served.
B. Compose them.
C. Import the gateway's own resolvers, where its schema or a policy needs them.
D. Bind them to the local subgraph, unless its SDL is known to be wrong.
E. Find what decides on the schema's policies.
F. Give each microservice its transport.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import structlog
from graphql import NoSchemaIntrospectionCustomRule

from stitcher.assembly.schemas import addresses, schema_source, unused
from stitcher.assembly.services import client_headers, request_headers, transports, unshared
from stitcher.authorization import Authorization
from stitcher.cache_policies import find_cache_policies
from stitcher.caching.cache import ResponseCache
from stitcher.composition.compose import compose
from stitcher.composition.sources import LOCAL_SUBGRAPH, resolve_urls
from stitcher.discovery.copies import Copies
from stitcher.discovery.schema_source import Found
from stitcher.errors import CompositionError, Problem
from stitcher.events import Observer
from stitcher.field_limits import FieldLimit, FieldLimits, Per, find_field_limits
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions, Policy
from stitcher.local.policies import find_policies
from stitcher.local.resolvers import import_resolvers
from stitcher.local.schema import build_local_schema
from stitcher.local.transport import LocalTransport
from stitcher.planning.limits import Limits
from stitcher.settings.limits import LimitSettings
from stitcher.settings.load import Settings
from stitcher.supergraph import Supergraph
from stitcher.transport.upstreams import Upstreams
from stitcher.windows import parse_windows

__all__ = ["AT_RUN_TIME", "assemble", "limits_of"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

AT_RUN_TIME = frozenset(
    {
        *("schemas", "supergraph", "supergraph_header", "schema_poll_seconds", "schema_copies", "services"),
        *("request_headers", "response_headers", "forward_headers", "subgraph_timeout", "attempt_timeout"),
        *("subgraph_requests", "subgraph_queue", "introspection", "suggestions", "operation_cache_size"),
        "auth_required",
        *("login_fields", "login_rate_limit", "login_account_rate_limit", *LimitSettings.model_fields),
    }
) - {"rate_limit"}
"""Settings that are read here alone: a gateway that takes another's place can have others."""


def assemble(
    settings: Settings,
    upstreams: Upstreams,
    found: Found | None = None,
    cache: ResponseCache | None = None,
    observer: Observer | None = None,
) -> Gateway:
    """Compose SDLs into a gateway.

    Args:
        settings: What it does, and where its schema comes from.
        upstreams: Knows its services from now on.
        found: What its schema comes from, where that has been read; None to read it now.
        cache: Where what its services answer is kept; None for nowhere.
        observer: Is told what happens; None where nobody wants to know.

    Raises:
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    if found is None:
        found = schema_source(settings).read(Copies(settings.schema_copies))
    problems = [*found.problems]  # A
    known = addresses(settings)
    sources, unlocated = resolve_urls(found.sources, known)
    for sentence in unused(settings, found.sources, known):
        log.warning(sentence)
    problems.extend(unlocated)
    supergraph = _attempt(problems, partial(compose, sources)) if sources else None  # B

    broken = {place.file for problem in problems for place in problem.places}
    local = next((source for source in sources if source.name == LOCAL_SUBGRAPH), None)
    bound = local if local is not None and local.file not in broken else None
    named = _policies(settings, supergraph) if supergraph is not None else frozenset()
    policies: Mapping[str, Policy] | None = {}
    local_transport: LocalTransport | None = None
    if bound is not None or named:
        load = partial(import_resolvers, settings.resolvers, bound.file if bound else None)
        resolvers = _attempt(problems, load)  # C
        if resolvers is not None and bound is not None:
            schema = _attempt(problems, partial(build_local_schema, bound.sdl, bound.file, resolvers))  # D
            if schema is not None:
                local_transport = LocalTransport(schema, debug=settings.debug)
        if resolvers is not None:
            policies = _attempt(problems, partial(find_policies, resolvers, named))  # E

    if problems or supergraph is None:
        raise CompositionError(problems)
    services = [source for source in sources if source.name != LOCAL_SUBGRAPH]
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
        client_headers=client_headers(settings, services),
        unshared=unshared(settings, services),
        cache_policies=find_cache_policies(supergraph.whole),
        cache=cache,
        observer=observer,
        request_headers={source.name: request_headers(settings, source.name) for source in services},
    )
    reached = transports(settings, services, upstreams, observer)
    own = {} if local_transport is None else {LOCAL_SUBGRAPH: local_transport}
    return Gateway(supergraph, {**reached, **own}, options)  # F


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
