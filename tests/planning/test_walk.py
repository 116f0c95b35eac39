"""The leaves of an operation, and the subgraphs that each can be asked of."""

import pytest
from graphql import parse

from stitcher.errors import PlanningError
from stitcher.planning.nodes import Narrow, Node
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.planning.routing import Router
from stitcher.planning.walk import Leaf, find_leaves, find_turns
from stitcher.selections import Field
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed


@pytest.fixture(scope="module")
def shop() -> Supergraph:
    return composed(
        items=FEDERATION
        + """
          type Query { items: [Item!]! count: Int @shareable }
          type Mutation { buy: Int @shareable }
          interface Item { id: ID! }
          type Pen implements Item @key(fields: "id") { id: ID! name: String @shareable }
          type Ink implements Item @key(fields: "id") { id: ID! }
        """,
        names=FEDERATION
        + """
          type Query { count: Int @shareable }
          type Mutation { buy: Int @shareable }
          interface Named { name: String }
          type Pen implements Named @key(fields: "id") { id: ID! name: String @shareable }
          type Ink implements Named @key(fields: "id") { id: ID! name: String }
        """,
    )


def leaves(supergraph: Supergraph, query: str) -> list[Leaf]:
    document = parse(query)
    return find_leaves(
        Router(supergraph, frozenset()), normalize(supergraph.schema, *select_operation(document, None))
    )


def way(node: Node) -> str:
    """Return what is asked for from the nearest root or lookup down: ``names: Ink name``."""
    steps = []
    at: Node | None = node
    while at is not None and not at.is_fetch:
        match at.move:
            case Field(name=name):
                steps.append(name)
            case Narrow(type_name=name):
                steps.append(f"<{name}>")
        at = at.parent
    return f"{node.subgraph}: {'.'.join(reversed(steps))}"


def found(supergraph: Supergraph, query: str) -> list[list[str]]:
    return [[way(node) for node in leaf.candidates] for leaf in leaves(supergraph, query)]


def test_a_leaf_may_be_asked_of_several(shop: Supergraph) -> None:
    assert found(shop, "{ count }") == [["items: count", "names: count"]]


def test_what_is_answered_where_the_object_comes_from_is_not_asked_for_elsewhere(shop: Supergraph) -> None:
    assert found(shop, "{ items { ... on Pen { name } ... on Ink { name } } }") == [
        ["items: items.__typename"],
        ["items: items.<Pen>.name"],
        ["names: name"],
    ]


def test_each_subgraph_can_do_a_turn_of_a_mutation_whole(shop: Supergraph) -> None:
    document = parse("mutation { buy more: buy __typename }")
    operation = normalize(shop.schema, *select_operation(document, None))
    assert [
        [[way(node) for leaf in leaves for node in leaf.candidates] for leaves in turn]
        for turn in find_turns(Router(shop), operation)
    ] == [[["items: buy"], ["names: buy"]]] * 2


def test_what_the_gateway_answers_itself_is_no_leaf(shop: Supergraph) -> None:
    assert found(shop, '{ __typename __schema { types { name } } __type(name: "Pen") { name } }') == []


def test_a_condition_that_a_subgraph_does_not_know_becomes_object_types(shop: Supergraph) -> None:
    assert found(shop, "{ items { ... on Named { name } } }") == [
        ["items: items.__typename"],
        ["names: name"],
        ["items: items.<Pen>.name"],
    ]


def test_an_object_counts_even_if_nothing_below_it_can_match(shop: Supergraph) -> None:
    assert found(shop, "{ items { id @skip(if: true) } }") == [["items: items.__typename"]] * 2


def test_a_field_of_a_type_that_does_not_have_it(shop: Supergraph) -> None:
    with pytest.raises(PlanningError, match=r"Query has no field nothing\."):
        leaves(shop, "{ nothing }")


@pytest.mark.parametrize("selected", ["next { id next { id } }", "id ... on Thing { next { id } }", "id"])
def test_what_a_subgraph_has_no_type_for_is_only_asked_whether_it_is_there(selected: str) -> None:
    """It is null, so nothing of it has to be found, there or elsewhere."""
    supergraph = composed(
        a=FEDERATION + "type Query { node: Node } interface Node { id: ID! }",
        b=f"""{FEDERATION} type Query {{ things: [Thing] }} interface Node {{ id: ID! next: Node }}
              type Thing implements Node @key(fields: "id") {{ id: ID! next: Node }}""",
    )
    assert planned(supergraph, f"{{ node {{ {selected} }} }}") == printed(
        """
        1. a
             { node { __typename } }
        """
    )
