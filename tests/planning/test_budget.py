"""What planning takes grows with the operation, and is given up where it would not."""

from contextlib import nullcontext

import pytest
from graphql import parse

from stitcher.errors import RequestError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions
from stitcher.planning.budget import STEPS, Budget
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.cpu import cpu_time
from tests.limits import limits
from tests.stitched import composed

AT_MOST = 0.5
"""Seconds of CPU: twice what it may take on a machine with nothing else to do."""


class Counting(Budget):
    """Counts the steps that are taken."""

    spent = 0

    def spend(self, steps: int = 1) -> None:
        super().spend(steps)
        self.spent += steps


def nodes(count: int) -> Supergraph:
    """Return a graph with an interface whose types are split over two subgraphs, and lead back to it."""
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
    key = '@key(fields: "id")'
    here = "".join(f"type T{n} implements Node {key} {{ id: ID! child: Node }} " for n in range(1, count))
    there = "".join(f"type T{n} {key} {{ id: ID! }} " for n in range(1, count))
    return composed(
        a=f"""{link} type Query {{ node: Node }} interface Node {{ id: ID! }}
              type T0 implements Node {key} {{ id: ID! }} {here}""",
        b=f"""{link} interface Node {{ id: ID! child: Node }}
              type T0 implements Node {key} {{ id: ID! child: Node }} {there}""",
    )


def nested(levels: int) -> str:
    return "{ node " + "{ child " * levels + "{ id " + "} " * levels + "} }"


def steps(supergraph: Supergraph, query: str) -> int:
    budget = Counting()
    plan_operation(supergraph, parse(query), budget=budget)
    return budget.spent


def test_what_one_type_takes_another_way_grows_by_the_square_at_most() -> None:
    taken = [steps(nodes(2), nested(levels)) for levels in (3, 6, 12)]
    assert taken[1] < 4 * taken[0]
    assert taken[2] < 4 * taken[1]


@pytest.mark.parametrize(("count", "levels"), [(2, 13), (3, 5), (4, 4), (8, 2)])
def test_operations_that_are_planned(count: int, levels: int) -> None:
    gateway = Gateway(nodes(count), {}, GatewayOptions(limits=limits()))
    with cpu_time() as taken:
        plan = gateway.prepare(nested(levels)).plan
    assert taken.seconds < AT_MOST
    assert [fetch.subgraph for fetch in plan.fetches] == ["a", "b"]
    assert len(gateway.prepared) == 1


@pytest.mark.parametrize(("count", "levels"), [(3, 13), (4, 9), (8, 7), (40, 13)])
def test_operations_that_are_given_up(count: int, levels: int) -> None:
    gateway = Gateway(nodes(count), {}, GatewayOptions(limits=limits()))
    with cpu_time() as taken, pytest.raises(RequestError, match="too many steps to be planned") as caught:
        gateway.prepare(nested(levels))
    assert taken.seconds < AT_MOST
    assert caught.value.code == "OPERATION_TOO_LARGE"
    assert len(gateway.prepared) == 0


def test_without_limits_there_is_no_budget() -> None:
    assert steps(nodes(4), nested(6)) > STEPS
    assert Gateway(nodes(4), {}).prepare(nested(6)).plan.fetches


@pytest.mark.parametrize(("count", "levels"), [(3, 3), (3, 13), (8, 7), (20, 13)])
def test_what_is_denied_of_some_types_is_given_up_in_time_too(count: int, levels: int) -> None:
    """It branches wherever a field is denied for some of the types that it may have."""
    names = '["@key", "@authenticated"]'
    link = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: {names})'
    types = "".join(
        f"type T{n} implements Node {{ id: ID! child: Node {'@authenticated' if n % 2 else ''} }} "
        for n in range(count)
    )
    sdl = f"{link} type Query {{ node: Node }} interface Node {{ id: ID! child: Node }} {types}"
    gateway = Gateway(composed(a=sdl), {}, GatewayOptions(limits=limits()))
    clauses = gateway.prepare(nested(1)).plan.clauses
    given_up = pytest.raises(RequestError, match="too many steps to be planned")
    with cpu_time() as taken, given_up if levels > 3 else nullcontext():
        assert gateway.prepare(nested(levels), refused=clauses).plan.fetches
    assert taken.seconds < AT_MOST
    assert gateway.prepared.size < 2**20
