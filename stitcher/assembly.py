"""From settings to a gateway that can execute, or to every problem that is in the way.

A. Read the SDLs, and where each is served.
B. Compose them.
C. Give each microservice its transport.
D. Import the gateway's own resolvers, where its schema or a policy needs them.
E. Bind them to the local subgraph, unless its SDL is known to be wrong.
F. Find what decides on the schema's policies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import structlog
from graphql import NoSchemaIntrospectionCustomRule

from stitcher.authorization import Authorization
from stitcher.composition.compose import compose
from stitcher.composition.inputs import read_inputs
from stitcher.composition.sources import LOCAL_SUBGRAPH, resolve_urls, unused_addresses
from stitcher.errors import CompositionError, Problem
from stitcher.field_limits import FieldLimit, FieldLimits, Per, find_field_limits
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions, Policy
from stitcher.local.policies import find_policies
from stitcher.local.resolvers import import_resolvers
from stitcher.local.schema import build_local_schema
from stitcher.local.transport import LocalTransport
from stitcher.planning.limits import Limits
from stitcher.settings.load import Settings, read_environment
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.windows import parse_windows

__all__ = ["assemble", "limits_of"]

log = structlog.get_logger(__name__)

T = TypeVar("T")


def assemble(settings: Settings, pool: HttpPool) -> Gateway:
    """Compose the settings' schemas into a gateway, whose transports share ``pool``.

    Raises:
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    found, problems = read_inputs(settings.sdl_directory, settings.supergraph)  # A
    environment = read_environment()
    sources, unlocated = resolve_urls(found, environment)
    for sentence in unused_addresses(found, environment):
        log.warning(sentence)
    problems.extend(unlocated)
    supergraph = _attempt(problems, partial(compose, sources)) if sources else None  # B

    transports: dict[str, Transport] = {
        source.name: HttpTransport(
            source.name,
            source.urls,
            pool,
            timeout=settings.subgraph_timeout,
            share=settings.inflight_dedupe,
        )
        for source in sources
        if source.name != LOCAL_SUBGRAPH
    }  # C

    broken = {place.file for problem in problems for place in problem.places}
    local = next((source for source in sources if source.name == LOCAL_SUBGRAPH), None)
    bound = local if local is not None and local.file not in broken else None
    named = _policies(settings, supergraph) if supergraph is not None else frozenset()
    policies: Mapping[str, Policy] | None = {}
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
    )
    return Gateway(supergraph, transports, options)


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
