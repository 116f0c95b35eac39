"""From settings to a gateway that can execute, or to every problem that is in the way.

A. Read the SDLs, and where each is served.
B. Compose them.
C. Bind the local subgraph's resolvers, unless its SDL is known to be wrong.
D. Give each subgraph its transport, and the gateway all of them.
E. Find what decides on the schema's policies.
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
from stitcher.local.policies import load_policies
from stitcher.local.schema import build_local_schema
from stitcher.local.transport import LocalTransport
from stitcher.planning.limits import Limits
from stitcher.settings.load import Settings, read_environment
from stitcher.supergraph import Supergraph
from stitcher.transport.base import Transport
from stitcher.transport.http import HttpPool, HttpTransport
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

    transports: dict[str, Transport] = {}
    broken = {place.file for problem in problems for place in problem.places}
    for source in sources:
        if source.name != LOCAL_SUBGRAPH:  # D
            transport = HttpTransport(
                source.name,
                source.urls,
                pool,
                timeout=settings.subgraph_timeout,
                share=settings.inflight_dedupe,
            )
            transports[source.name] = transport
        elif source.file not in broken:  # C
            bind = partial(build_local_schema, source.sdl, source.file, settings.resolvers)
            schema = _attempt(problems, bind)
            if schema is not None:
                transports[source.name] = LocalTransport(schema, debug=settings.debug)

    policies: Mapping[str, Policy] | None = None
    if supergraph is not None:  # E
        clauses = Authorization(supergraph.schema, supergraph.whole).clauses()
        named = frozenset().union(*(clause.policies for clause in clauses))
        policies = _attempt(problems, partial(load_policies, settings.resolvers, named))
        needed = sorted({f"@{clause.directive}" for clause in clauses if not clause.policies})
        if needed and settings.verified_by is None:
            log.warning("no token is verified, so nobody gets what the schema marks", marks=needed)

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
