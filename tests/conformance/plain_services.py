"""Plain GraphQL services for tests of the stitching directives: they know nothing of a gateway.

To a service, the directives are words in its SDL without any effect. All that it has for the gateway is root
fields that return its objects by key.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ariadne import ObjectType, make_executable_schema
from graphql import GraphQLSchema

from stitcher.gateway.request import ClientRequest
from tests.stitched import Stitched, composed, stitched

DIRECTIVES = """
directive @key(selectionSet: String!) repeatable on OBJECT
directive @merge(
  keyField: String keyArg: String additionalArgs: String key: [String!] argsExpr: String types: [String!]
) repeatable on FIELD_DEFINITION
directive @computed(selectionSet: String!) on FIELD_DEFINITION
directive @canonical on
  OBJECT | INTERFACE | INPUT_OBJECT | UNION | ENUM | SCALAR | FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @inaccessible on FIELD_DEFINITION
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """One service: its SDL, and its resolvers by coordinate (``Query.book``), each a function of its parent
    and the field's arguments, or a value.
    """

    sdl: str
    resolvers: Mapping[str, Any] = field(default_factory=dict)

    def schema(self) -> GraphQLSchema:
        """Return the schema that the service runs."""
        types: dict[str, ObjectType] = {}
        for coordinate, resolve in self.resolvers.items():
            type_name, name = coordinate.split(".")
            bindable = types.setdefault(type_name, ObjectType(type_name))
            bindable.set_field(name, _resolver(resolve))
        return make_executable_schema(DIRECTIVES + self.sdl, *types.values())


def _resolver(resolve: Any) -> Callable[..., Any]:
    def call(row: Any, _: Any, /, **given: Any) -> Any:
        return resolve(row, **given) if callable(resolve) else resolve

    return call


@contextlib.asynccontextmanager
async def stitching(**services: Service) -> AsyncIterator[Stitched]:
    """Run services, by name, and a gateway in front of them."""
    supergraph = composed(**{name: service.sdl for name, service in services.items()})
    async with stitched(supergraph, {name: service.schema() for name, service in services.items()}) as world:
        yield world


async def data_of(world: Stitched, query: str, **variables: Any) -> Any:
    """Return the data of an answer without errors."""
    response = await world.gateway.execute(ClientRequest(query, variables))
    assert response.errors == ()
    return response.data


def keys_sent(world: Stitched, service: str) -> list[list[Any]]:
    """Return the values of all variables of each request to a service, the requests in order."""
    return [list(body.get("variables", {}).values()) for body in world.sent(service)]
