"""Who does what in a mutation that several can do, and what is one request."""

import pytest
from graphql import parse

from stitcher.errors import PlanningError
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed

OVERRIDES = FEDERATION.replace("v2.3", "v2.7").replace('"@key"', '"@key", "@override"')

# Who


@pytest.fixture(scope="module")
def shop() -> Supergraph:
    """Several can check out, of which one alone can answer for the receipt."""
    return composed(
        cart=FEDERATION
        + """
          type Query { q: Int }
          type Mutation { checkout: Receipt @shareable add: Int @shareable }
          type Receipt { total: Int @shareable }
        """,
        mail=FEDERATION
        + """
          type Mutation { checkout: Receipt @shareable send: Int }
          type Receipt @key(fields: "id") { id: ID! total: Int @shareable }
        """,
        post=FEDERATION + 'type Receipt @key(fields: "id") { id: ID! number: Int @shareable }',
        till=FEDERATION
        + """
          type Mutation { checkout: Receipt @shareable add: Int @shareable }
          type Receipt { total: Int @shareable number: Int @shareable }
        """,
    )


def test_a_mutation_is_done_by_who_can_answer_for_all_of_it(shop: Supergraph) -> None:
    assert planned(shop, "mutation { checkout { id } }") == printed("""
        1. mutate mail
             { checkout { id } }
    """)


def test_a_mutation_is_done_by_who_takes_the_fewest_steps(shop: Supergraph) -> None:
    assert planned(shop, "mutation { checkout { number } }") == printed("""
        1. mutate till
             { checkout { number } }
    """)


def test_all_that_is_asked_of_a_mutation_under_one_key_is_done_by_one(shop: Supergraph) -> None:
    query = """mutation($x: Boolean!) {
      checkout @include(if: $x) { total } checkout @skip(if: $x) { id }
    }"""
    assert planned(shop, query) == printed("""
        1. mutate mail
             { checkout @include(if: $x) { total } checkout @skip(if: $x) { id } }
    """)


def test_a_mutation_is_done_by_who_does_the_one_beside_it(shop: Supergraph) -> None:
    assert planned(shop, "mutation { checkout { total } send add }") == printed("""
        1. mutate mail
             { checkout { total } send }
        2. mutate cart after 1
             { add }
    """)
    assert planned(shop, "mutation { add checkout { number } }") == printed("""
        1. mutate till
             { add checkout { number } }
    """)


@pytest.mark.parametrize("label", ["percent(5)", "launched"])
def test_a_rollout_decides_who_does_a_mutation(label: str) -> None:
    supergraph = composed(
        a=OVERRIDES + "type Query { q: Int } type Mutation { save: Saved } type Saved { at: Int @shareable }",
        b=OVERRIDES
        + f"""
          type Mutation {{ save: Saved @override(from: "a", label: "{label}") }}
          type Saved {{ at: Int @shareable }}
        """,
    )
    document = parse("mutation { save { at } again: save { at } }")
    for labels, subgraph in ((frozenset[str](), "a"), (frozenset({label}), "b")):
        (fetch,) = plan_operation(supergraph, document, labels=labels).fetches
        assert fetch.subgraph == subgraph


def test_what_no_one_can_answer_for_has_no_route() -> None:
    """Half of what moves has moved."""
    supergraph = composed(
        a=OVERRIDES
        + """
          type Query { q: Int }
          type Mutation { save: Saved @shareable }
          type Saved { x: Int y: Int }
        """,
        b=OVERRIDES
        + """
          type Mutation { save: Saved @shareable }
          type Saved { x: Int @override(from: "a", label: "one") y: Int @override(from: "a", label: "two") }
        """,
    )
    document = parse("mutation { save { x y } }")
    for labels in ((), ("one", "two")):
        assert len(plan_operation(supergraph, document, labels=frozenset(labels)).fetches) == 1
    with pytest.raises(PlanningError, match=r"No single subgraph can answer .* Mutation\.save"):
        plan_operation(supergraph, document, labels=frozenset({"one"}))


# One request


@pytest.fixture(scope="module")
def graph() -> Supergraph:
    """Mutations in two subgraphs; what they return has fields in both."""
    return composed(
        one=FEDERATION
        + """
          type Query { q: Int }
          type Mutation { a: T b: T must: Int! maybe: Int! @shareable }
          type T @key(fields: "id") { id: ID! x: Int back: T }
        """,
        two=FEDERATION
        + """
          type Mutation { c: T d: T maybe: Int @shareable }
          type T @key(fields: "id") { id: ID! y: Int next: T }
        """,
    )


def test_neighbours_in_one_subgraph_are_one_request(graph: Supergraph) -> None:
    query = "mutation { a { x } a2: a { x } b { id } c { y } again: a { x } must b { x } d { y } c { id } }"
    assert planned(graph, query) == printed("""
        1. mutate one
             { a { x } a2: a { x } b { id x } }
        2. mutate two after 1
             { c { y id } }
        3. mutate one after 2
             { again: a { x } must }
        4. mutate two after 3
             { d { y } }
    """)


def test_a_turn_is_completed_before_the_next(graph: Supergraph) -> None:
    """What another subgraph answers of the first mutation may be what the second changes."""
    assert planned(graph, "mutation { a { y } b { x } must }") == printed("""
        1. mutate one
             { a { id } }
        2. two after 1
           T by id at a
             { y }
        3. mutate one after 1, 2
             { b { x } must }
    """)


def test_a_subgraph_that_is_asked_again_goes_on_after_that(graph: Supergraph) -> None:
    """What it answers of the first mutation must not be what the second has made of it."""
    assert planned(graph, "mutation { a { next { x } } b { x } must }") == printed("""
        1. mutate one
             { a { id } }
        2. two after 1
           T by id at a
             { next { id } }
        3. one after 2
           T by id at a.next
             { x }
        4. mutate one after 1, 2, 3
             { b { x } must }
    """)


def test_a_null_that_only_one_subgraph_forbids_does_not_stop_what_follows(graph: Supergraph) -> None:
    assert planned(graph, "mutation { must a { x } maybe b { x } }") == printed("""
        1. mutate one
             { must a { x } maybe }
        2. mutate one after 1
             { b { x } }
    """)


def test_what_is_skipped_among_neighbours_leaves_the_others(graph: Supergraph) -> None:
    query = "mutation($x: Boolean!) { a @include(if: $x) { x } b @skip(if: $x) { x } }"
    (fetch,) = plan_operation(graph, parse(query)).fetches
    assert {str(condition) for conditions in fetch.conditions for condition in conditions} == {
        "@include(if: $x)",
        "@skip(if: $x)",
    }
