"""Whole plans, as they are printed: over the bookshop, and over small graphs."""

from graphql import parse

from stitcher.planning.planner import plan_operation
from stitcher.selections import Condition, print_selections
from stitcher.supergraph import Supergraph
from tests.stitched import planned, printed

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


# Conditions


def test_a_fetch_that_only_conditions_ask_for_has_them_itself(bookshop: Supergraph) -> None:
    query = "query($no: Boolean!) { books { authors { name @include(if: $no) } } }"
    first, second = plan_operation(bookshop, parse(query)).fetches
    assert (first.conditions, second.conditions) == ((), ((Condition("no"),),))
    assert print_selections(second.batches[0].selections) == "name @include(if: $no) id"
