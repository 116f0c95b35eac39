"""A graph for one test: subgraphs of real Ariadne schemas, served over HTTP, with a gateway in front.

    async with running({"books": federation_2(SDL, root(book=BOOK), entity("Book", BOOKS)), …}) as graph:
        data, steps = await graph.ask("{ book { title price } }")
        assert steps == "books > stock"

``steps`` is what really happened: the requests that were sent, ``>`` between the plan's sequential steps.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from ariadne import MutationType, ObjectType, QueryType
from ariadne.contrib.federation import FederatedInterfaceType, FederatedObjectType, make_federated_schema
from ariadne.contrib.federation.utils import resolve_entities
from ariadne.utils import type_get_extension
from graphql import (
    GraphQLInterfaceType,
    GraphQLSchema,
    Node,
    TypeDefinitionNode,
    TypeExtensionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayResponse
from stitcher.planning.plan import Plan
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.subgraph_server import SubgraphServer, serve

Row = dict[str, Any]

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable", '
    '"@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject", "@extends"])\n'
)


class Service(NamedTuple):
    """A subgraph: the SDL that is composed, and the schema that is served."""

    sdl: str
    schema: GraphQLSchema


class Answer(NamedTuple):
    """What the client got, and the requests that it took, step by step."""

    data: Any
    steps: str


@dataclass(frozen=True)
class Graph:
    """A running graph."""

    gateway: Gateway
    server: SubgraphServer

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Ask for something that is answered without an error."""
        response, steps = await self.ask_for_errors(query, variables)
        assert response.errors == ()
        return Answer(response.data, steps)

    async def ask_for_errors(
        self, query: str, variables: Mapping[str, Any] | None = None
    ) -> tuple[GatewayResponse, str]:
        """Ask for something that may be answered with errors."""
        self.server.requests.clear()
        response = await self.gateway.execute(ClientRequest(query, variables))
        if not response.executed:
            assert self.server.requests == []
            return response, ""
        return response, _steps(self.gateway.prepare(query, None).plan, self.server.asked())

    def plan(self, query: str) -> str:
        """Return the plan as text."""
        return str(self.gateway.prepare(query, None).plan)


Bound = TypeVar("Bound", bound=ObjectType)


@asynccontextmanager
async def running(services: Mapping[str, Service]) -> AsyncIterator[Graph]:
    """Compose and serve a graph until the block ends."""
    supergraph = compose([Source(name, service.sdl, f"{name}.graphql") for name, service in services.items()])
    schemas = {name: service.schema for name, service in services.items()}
    async with serve(schemas) as server, HttpPool() as pool:
        transports = {
            name: HttpTransport(name, Upstream.at(server.url(name)), pool, timeout=5) for name in services
        }
        gateway = Gateway(supergraph, transports)
        yield Graph(gateway, server)
        await gateway.close()


def federation_2(sdl: str, *bindables: Any) -> Service:
    """Make a subgraph of federation 2, its directives imported."""
    return federation_1(LINK + sdl, *bindables)


def federation_1(sdl: str, *bindables: Any) -> Service:
    """Make a subgraph of an SDL as it stands; without ``@link`` that is federation 1."""
    schema = make_federated_schema(_defining(sdl), *bindables)
    if schema.query_type and "_entities" in schema.query_type.fields:
        schema.query_type.fields["_entities"].resolve = _entities
    return Service(sdl, schema)


def root(**fields: Any) -> QueryType:
    """Bind fields of Query: to a function as its resolver, to anything else as its value."""
    return _bound(QueryType(), fields)


def mutations(**fields: Any) -> MutationType:
    """Bind fields of Mutation."""
    return _bound(MutationType(), fields)


def entity(name: str, rows: Iterable[Row] | None = None, /, **fields: Any) -> FederatedObjectType:
    """Bind an entity to its rows, found by whatever of a representation they have.

    What the row doesn't have stays as it was sent. Without rows every entity exists.
    """
    bound = _bound(FederatedObjectType(name), fields)
    bound.reference_resolver(_finder(rows))
    return bound


def entity_interface(name: str, rows: Iterable[Row]) -> FederatedInterfaceType:
    """Bind an interface that is an entity to rows that say their ``__typename``."""
    bound = FederatedInterfaceType(name)
    bound.reference_resolver(_finder(rows))
    return bound


def by(rows: Iterable[Row], key: str = "id") -> Callable[..., Any]:
    """Return a resolver that finds a row by the argument of a name."""
    return lambda *_, **arguments: next((row for row in rows if row[key] == arguments[key]), None)


def of(name: str) -> ObjectType:
    """Bind a type that is no entity."""
    return ObjectType(name)


def _bound(bindable: Bound, fields: Mapping[str, Any]) -> Bound:
    for name, value in fields.items():
        bindable.set_field(name, value if callable(value) else lambda *_, value=value: value)
    return bindable


def _finder(rows: Iterable[Row] | None) -> Callable[..., Row | None]:
    def find(_: Any, __: Any, reference: Row) -> Row | None:
        if rows is None:
            return dict(reference)
        sent = {name: value for name, value in reference.items() if name != "__typename"}
        return next(({**reference, **row} for row in rows if _matches(row, sent)), None)

    return find


def _matches(row: Any, sent: Any) -> bool:
    if isinstance(sent, dict) and isinstance(row, dict):
        return all(_matches(row[name], value) for name, value in sent.items() if name in row)
    if isinstance(sent, list) and isinstance(row, list):
        return len(row) == len(sent) and all(map(_matches, row, sent))
    return bool(row == sent)


def _entities(parent: Any, info: Any, representations: list[Row]) -> list[Any]:
    """Resolve entities as Ariadne does, and interfaces that are entities, which it has no resolver for."""
    found = []
    for reference in representations:
        type_ = info.schema.get_type(reference["__typename"])
        if isinstance(type_, GraphQLInterfaceType):
            row = type_get_extension(type_, "__resolve_reference__")(parent, info, reference)
            found.append(row and {**row, "__typename": row["__typename"]})
        else:
            found += resolve_entities(parent, info, representations=[reference])
    return found


def _defining(sdl: str) -> str:
    """Turn extensions of what is defined elsewhere into definitions, which a service of its own needs."""
    document = parse(sdl)
    defined = {
        definition.name.value
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode)
    }

    class Define(Visitor):
        def leave(self, node: Node, *_: Any) -> Any:
            if not isinstance(node, TypeExtensionNode) or node.name.value in {*defined, "Query", "Mutation"}:
                return None
            return parse(print_ast(node).removeprefix("extend "), no_location=True).definitions[0]

    return print_ast(visit(document, Define()))


def _steps(plan: Plan, asked: list[str]) -> str:
    """Say which requests were sent at which step of a plan; those that it doesn't know come last."""
    levels: list[int] = []
    sent: dict[int, list[str]] = {}
    left = Counter(asked)
    for fetch in plan.fetches:
        levels.append(1 + max((levels[earlier] for earlier in fetch.after), default=0))
        if left[fetch.subgraph]:
            left[fetch.subgraph] -= 1
            sent.setdefault(levels[-1], []).append(fetch.subgraph)
    steps = [" ".join(sorted(names)) for _, names in sorted(sent.items())]
    return " > ".join([*steps, *(f"+ {name}" for name in left.elements())])
