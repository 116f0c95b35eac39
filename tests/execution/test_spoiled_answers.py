"""Answers that are spoiled at random become what graphql-core makes of the same data in one schema."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
import pytest
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema, graphql_sync
from graphql.type import is_introspection_type, is_object_type
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests.operations import Request, requests
from tests.searching import examples
from tests.stitched import composed

EXAMPLES = examples(50)
"""How many spoiled answers are compared."""

SDL = """
type Query { pet: Pet must: Pet! pets: [Pet!] grid: [[Home]!]! home: Home any: [Any] hue: Hue! n: Int }
interface Pet { id: ID! name: String friend: Pet }
type Dog implements Pet { id: ID! name: String friend: Pet barks: Boolean! tags: [String!] homes: [Home] }
type Cat implements Pet { id: ID! name: String friend: Pet lives: Int! weights: [[Float!]] hues: [Hue!] }
type Home { id: ID! size: Int rooms: [Int]! hue: Hue pet: Pet! json: Json sure: Json! }
union Any = Home | Dog
enum Hue { RED BLUE }
scalar Json
"""

JUNK: list[Any] = [
    *(None, "", "abc", "RED", "PINK", "5", "Dog", "Ant", True, 0, 7, 2**31, -(2**40), 1.0, 1.5),
    *([], {}, ["a"], [None], [[]], [{}], {"id": "1"}, {"__typename": "Dog"}, {"__typename": "Home"}),
]
GOOD: dict[str, list[Any]] = {
    "ID": ["1", "x"],
    "String": ["a", ""],
    "Boolean": [True, False],
    "Int": [0, 5],
    "Float": [1.5],
    "Hue": ["RED", "BLUE"],
    "Json": [{"a": [1]}, "x", 5],
}


@dataclass
class Spoiled:
    """A service that answers at random, and spoils some of it; ``data`` is its last answer."""

    schema: GraphQLSchema
    random: Random
    data: Any = field(default=None)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        def resolve(_: Any, info: GraphQLResolveInfo[Any], **__: Any) -> Any:
            return self.value(info.return_type, 0)

        result = graphql_sync(
            self.schema,
            request.document.text,
            variable_values=dict(request.variables),
            field_resolver=resolve,
            type_resolver=lambda each, *_: each["__typename"],
        )
        assert not result.errors
        self.data = orjson.loads(orjson.dumps(result.data))
        for _ in range(self.random.randint(1, 3)):
            self.spoil(self.data)
        return SubgraphResponse(orjson.loads(orjson.dumps(self.data)))

    def value(self, type_: Any, depth: int) -> Any:
        if hasattr(type_, "of_type"):
            if type(type_).__name__ == "GraphQLNonNull":
                return self.value(type_.of_type, depth)
            return [self.value(type_.of_type, depth + 1) for _ in range(self.random.randint(0, 2))]
        if type_.name in GOOD:
            return self.random.choice(GOOD[type_.name])
        if is_object_type(type_):
            return {"__typename": type_.name}
        return {"__typename": self.random.choice(self.schema.get_possible_types(type_)).name}

    def spoil(self, data: Any) -> None:
        """Spoil one place, the deeper the likelier."""
        keys = list(data) if type(data) is dict else range(len(data))
        if not keys:
            return
        key = self.random.choice(list(keys))
        if type(data[key]) in (dict, list) and data[key] and self.random.random() < 0.7:
            self.spoil(data[key])
        elif type(data) is dict and self.random.random() < 0.3:
            del data[key]
        else:
            data[key] = deepcopy(self.random.choice(JUNK))

    async def close(self) -> None:
        pass


def expected(schema: GraphQLSchema, request: Request, data: Any) -> tuple[Any, list[Any]]:
    """Return what graphql-core makes of the data; what is left out is an error."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
        value = source.get(info.path.key, ...)
        if value is ...:
            raise GraphQLError("It was left out.")
        return value

    for named in schema.type_map.values():
        if is_object_type(named) and not is_introspection_type(named):  # which all schemas share
            named.is_type_of = lambda value, _: type(value) is dict
    result = graphql_sync(
        schema,
        request.query,
        data,
        variable_values=request.variables,
        field_resolver=resolve,
        type_resolver=lambda value, *_: value.get("__typename") if type(value) is dict else None,
    )
    return result.data, sorted((error.path for error in result.errors or ()), key=str)


@pytest.mark.search
def test_spoiled_answers_are_what_one_schema_makes_of_them() -> None:
    supergraph = composed(garden=SDL)
    service, whole = build_schema(SDL), build_schema(SDL)
    compared = 0

    with asyncio.Runner() as runner:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(request=requests(supergraph.schema, {}, 4), seed=st.integers(0, 2**32))
        def differ(request: Request, seed: int) -> None:
            nonlocal compared
            spoiled = Spoiled(service, Random(seed))
            gateway = Gateway(supergraph, {"garden": spoiled})
            response = runner.run(gateway.execute(ClientRequest(request.query, request.variables)))
            assume(response.executed and spoiled.data is not None)
            data, paths = expected(whole, request, spoiled.data)
            assert response.data == data, spoiled.data
            assert sorted((error["path"] for error in response.errors), key=str) == paths, spoiled.data
            for error in response.errors:
                assert error["extensions"]["service"] == "garden"
                assert error["extensions"]["code"] in ("UNEXPECTED_NULL", "UNEXPECTED_VALUE")
            compared += 1

        differ()
    assert compared > EXAMPLES // 2
