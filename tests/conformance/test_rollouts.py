"""``@override`` with a label: a field that moves from one service to another for a part of the requests."""

from collections import Counter

import pytest
from graphql import parse

from stitcher.errors import CompositionError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Rollout, Supergraph
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests.stitched import composed, printed

LINK = '@link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@override"])'
OLD = f"""
    extend schema {LINK}
    type Query {{ products: [Product!]! }}
    type Product @key(fields: "id") {{ id: ID! name: String stock: Int }}
"""
NEW = f"""
    extend schema {LINK}
    type Product @key(fields: "id") {{ id: ID! stock: Int @override(from: "old", label: "percent(25)") }}
"""
OTHER = f"""
    extend schema {LINK}
    type Product @key(fields: "id") {{ id: ID! stock: Int }}
"""
QUERY = "{ products { name stock } }"


@pytest.fixture
def moving() -> Supergraph:
    return composed(old=OLD, new=NEW)


def test_both_services_serve_the_field_each_for_its_part(moving: Supergraph) -> None:
    assert moving.labels == {"percent(25)"}
    old, new = (moving.subgraphs[name].field("Product", "stock") for name in ("old", "new"))
    assert old is not None
    assert new is not None
    assert old.rollout == Rollout("percent(25)", arriving=False)
    assert new.rollout == Rollout("percent(25)", arriving=True)


def test_a_plan_goes_by_the_labels_that_a_request_has_on(moving: Supergraph) -> None:
    off = plan_operation(moving, parse(QUERY))
    on = plan_operation(moving, parse(QUERY), labels=frozenset({"percent(25)"}))
    assert str(off) == printed("""
        1. old
             { products { name stock } }
    """)
    assert str(on) == printed("""
        1. old
             { products { name id } }
        2. new after 1
           Product by id at products
             { stock }
    """)


async def test_the_gateway_draws_the_part_for_each_request() -> None:
    asked: Counter[str] = Counter()

    class Service:
        def __init__(self, name: str) -> None:
            self.name = name

        async def send(self, request: SubgraphRequest) -> SubgraphResponse:
            asked[self.name] += 1
            if self.name == "old":
                return SubgraphResponse({"products": [{"id": "1", "name": "a", "stock": 1}]})
            return SubgraphResponse({"_0": [{"stock": 2}]})

        async def close(self) -> None: ...

    gateway = Gateway(composed(old=OLD, new=NEW), {name: Service(name) for name in ("old", "new")})
    stocks: Counter[int] = Counter()
    for _ in range(2000):
        response = await gateway.execute(ClientRequest(QUERY))
        assert response.data is not None
        stocks[response.data["products"][0]["stock"]] += 1
    assert stocks[2] == asked["new"]
    assert 400 < stocks[2] < 600  # 500 expected; outside of this once in some millions of runs


def test_a_field_that_moves_need_not_be_shareable_but_only_one_may_take_it() -> None:
    with pytest.raises(CompositionError) as caught:
        composed(old=OLD, new=NEW, third=OTHER)
    assert {problem.code for problem in caught.value.problems} == {"INVALID_FIELD_SHARING"}
