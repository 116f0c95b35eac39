"""A gateway over SDLs that a test writes out, in front of real HTTP services that answer what it says."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from ariadne import MutationType, ObjectType, QueryType
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema
from graphql import GraphQLSchema, ObjectTypeDefinitionNode, ObjectTypeExtensionNode, parse
from starlette.responses import JSONResponse, Response

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import SubgraphServer, serve

Answer = Callable[[dict[str, Any]], Any]
"""Makes an answer of a request's body: JSON, or a response as it is."""

FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", '
    '"@external", "@requires", "@provides"])\n'
)
"""The first line of an SDL of federation 2."""


def composed(**sdls: str) -> Supergraph:
    """Compose subgraphs given by name."""
    return compose([Source(name, dedent(sdl), f"{name}.graphql") for name, sdl in sdls.items()])


def planned(supergraph: Supergraph, query: str) -> str:
    """Return the plan of an operation as text, with lines as long as they come."""
    return _unwrapped(str(plan_operation(supergraph, parse(query))))


def printed(text: str) -> str:
    """Return a plan as it is printed, from the way in which a test writes it."""
    return _unwrapped(dedent(text).strip())


def _unwrapped(plan: str) -> str:
    return plan.replace("\n       ", " ")


def federated(sdl: str, roots: Mapping[str, Any], **entities: Callable[[Any], Any]) -> GraphQLSchema:
    """Return the executable schema of a federation subgraph.

    Args:
        sdl: the subgraph's SDL.
        roots: the value of each root field, or a function of its arguments.
        entities: what each type makes of a representation.
    """
    query, mutation = QueryType(), MutationType()
    types: list[ObjectType] = []
    document = parse(sdl)
    declared = {
        field.name.value: definition.name.value
        for definition in document.definitions
        if isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
        if definition.name.value in ("Query", "Mutation")
        for field in definition.fields or ()
    }
    for name, value in roots.items():
        bindable = mutation if declared[name] == "Mutation" else query
        bindable.set_field(
            name, lambda *_, value=value, **given: value(**given) if callable(value) else value
        )
    for name, resolve in entities.items():
        entity = FederatedObjectType(name)
        entity.reference_resolver(lambda _, __, reference, resolve=resolve: resolve(reference))
        types.append(entity)
    if "Mutation" in declared.values():
        types.append(mutation)
    return make_federated_schema(sdl, query, *types)


def always(answer: Any) -> Answer:
    """Make one answer of every body."""
    return lambda _: answer


@dataclass(frozen=True)
class Stitched:
    """A gateway and the services behind it."""

    gateway: Gateway
    services: SubgraphServer

    def sent(self, name: str) -> list[dict[str, Any]]:
        """Return the bodies of all requests to one service."""
        return [body for asked, body in self.services.requests if asked == name]


@contextlib.asynccontextmanager
async def stitched(
    supergraph: Supergraph, answers: Mapping[str, Answer | GraphQLSchema]
) -> AsyncIterator[Stitched]:
    """Serve each subgraph by an executable schema, or by a function of the request's body."""
    schemas = {name: each for name, each in answers.items() if isinstance(each, GraphQLSchema)}
    async with serve(schemas) as services, HttpPool() as pool:
        for name, answer in answers.items():
            if not isinstance(answer, GraphQLSchema):
                services.instead[name] = _responding(answer)
        transports = {
            name: HttpTransport(name, Upstream.at(services.url(name)), pool, timeout=5)
            for name in supergraph.subgraphs
        }
        yield Stitched(Gateway(supergraph, transports), services)


def _responding(answer: Answer) -> Callable[[dict[str, Any]], Response]:
    def respond(body: dict[str, Any]) -> Response:
        made = answer(body)
        return made if isinstance(made, Response) else JSONResponse(made)

    return respond
