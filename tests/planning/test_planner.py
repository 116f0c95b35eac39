"""Whole plans, as they are printed: over the bookshop, and over small graphs."""

import pytest
from graphql import parse

from stitcher.planning.planner import plan_operation
from stitcher.selections import Condition, print_selections
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed

# Mutations


def test_a_mutation_waits_for_the_one_before_whatever_stands_between(bookshop: Supergraph) -> None:
    query = """mutation {
      a: setPrice(id: "b1", price: 1) { id } __typename review(product: "b1", stars: 1) { stars }
    }"""
    assert planned(bookshop, query) == printed("""
        1. mutate catalog
             { a: setPrice(id: "b1", price: 1) { __typename id } }
        2. mutate reviews after 1
             { review(product: "b1", stars: 1) { stars } }
    """)


def test_a_mutation_asked_for_twice_is_done_once(bookshop: Supergraph) -> None:
    query = 'mutation { setPrice(id: "b1", price: 1) { id } setPrice(price: 1, id: "b1") { title } }'
    assert planned(bookshop, query) == printed("""
        1. mutate catalog
             { setPrice(id: "b1", price: 1) { __typename id }
               setPrice(price: 1, id: "b1") { __typename title } }
    """)


def test_a_mutation_asked_for_twice_is_done_once_under_different_conditions(bookshop: Supergraph) -> None:
    query = """mutation($x: Boolean!, $y: Boolean!) {
      review(product: "b1", stars: 1) @include(if: $x) { id }
      review(product: "b1", stars: 1) @skip(if: $y) { stars }
    }"""
    assert planned(bookshop, query) == printed("""
        1. mutate reviews
             { review(product: "b1", stars: 1) @include(if: $x) { id }
               review(product: "b1", stars: 1) @skip(if: $y) { stars } }
    """)


def test_a_mutation_that_several_subgraphs_offer_is_done_by_one() -> None:
    supergraph = composed(
        one=FEDERATION
        + """
          type Query { thing: Thing }
          type Mutation { touch: Thing @shareable }
          type Thing @key(fields: "id") { id: ID x: Int }
        """,
        other=FEDERATION
        + """
          type Mutation { touch: Thing @shareable }
          type Thing @key(fields: "id") { id: ID y: Int }
        """,
    )
    assert planned(supergraph, "mutation { touch { x y } }") == printed("""
        1. mutate one
             { touch { x id } }
        2. other after 1
           Thing by id at touch
             { y }
    """)


# Conditions


def test_a_fetch_that_only_conditions_ask_for_has_them_itself(bookshop: Supergraph) -> None:
    query = "query($no: Boolean!) { books { authors { name @include(if: $no) } } }"
    first, second = plan_operation(bookshop, parse(query)).fetches
    assert (first.conditions, second.conditions) == ((), ((Condition("no"),),))
    assert print_selections(second.batches[0].selections) == "name @include(if: $no) id"


# Response keys


@pytest.fixture(scope="module")
def shelf() -> Supergraph:
    """Two types behind an interface, either of which may have the other's key under the client's alias."""
    return composed(
        shop=FEDERATION
        + """
          type Query { wares: [Ware!]! }
          interface Ware { id: ID! }
          type Book implements Ware @key(fields: "id") { id: ID! isbn: ID! }
          type Pen implements Ware @key(fields: "id") { id: ID! ink: ID! }
        """,
        stock=FEDERATION
        + """
          type Book @key(fields: "id") { id: ID! left: Int }
          type Pen @key(fields: "id") { id: ID! left: Int }
        """,
    )


def test_a_key_stays_clear_of_every_field_that_shares_its_response_key(shelf: Supergraph) -> None:
    query = "{ wares { ... on Pen { id left } ... on Book { id: isbn left } } }"
    assert planned(shelf, query) == printed("""
        1. shop
             { wares { __typename ... on Pen { id id_1: id } ... on Book { id: isbn id_1: id } } }
        2. stock after 1
           Pen by id_1: id at wares<Pen>
             { left }
           Book by id_1: id at wares<Book>
             { left }
    """)
