"""Fewer requests from the same steps: what is asked for together, and what has to stay apart."""

import pytest

from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed


@pytest.fixture(scope="module")
def requiring() -> Supergraph:
    """Fields of one service that need different things of another."""
    return composed(
        own=FEDERATION
        + """
          type Query { things: [Thing] }
          type Thing @key(fields: "id") { id: ID! owner: Owner price(in: String): Int }
          type Owner { name: String city: String }
        """,
        needing=FEDERATION
        + """
          type Thing @key(fields: "id") {
            id: ID!
            owner: Owner @external
            price(in: String): Int @external
            plain: Int
            greeting: String @requires(fields: "owner { name }")
            distance: Int @requires(fields: "owner { city }")
            address: String @requires(fields: "owner { name city }")
            label: String @requires(fields: "owner { city name }")
            euros: String @requires(fields: "price(in: \\"EUR\\")")
            dollars: String @requires(fields: "price(in: \\"USD\\")")
          }
          type Owner @external { name: String city: String }
        """,
    )


def test_visits_of_one_object_become_one_if_they_bring_the_same(requiring: Supergraph) -> None:
    assert planned(requiring, "{ things { greeting distance plain address label } }") == printed("""
        1. own
             { things { id owner { name city } } }
        2. needing after 1
           Thing by id owner { name } at things
             { greeting plain }
           Thing by id owner { city } at things
             { distance }
           Thing by id owner { name city } at things
             { address label }
    """)


def test_visits_that_require_one_field_with_different_arguments_stay_apart(requiring: Supergraph) -> None:
    assert planned(requiring, "{ things { euros dollars greeting } }") == printed("""
        1. own
             { things { id price(in: "EUR") price_1: price(in: "USD") owner { name } } }
        2. needing after 1
           Thing by id price(in: "EUR") at things
             { euros }
           Thing by id price_1: price(in: "USD") at things
             { dollars }
           Thing by id owner { name } at things
             { greeting }
    """)


def test_batches_that_ask_the_same_at_several_places_become_one(bookshop: Supergraph) -> None:
    query = """{
      a: books { blurb } b: product(id: "b1") { ... on Book { blurb } } c: books { authors { name } }
      d: books { authors { name } blurb(loud: true) }
    }"""
    assert planned(bookshop, query) == printed("""
        1. catalog
             { a: books { id } b: product(id: "b1") { __typename ... on Book { id } }
               c: books { authors { id } } d: books { authors { id } id } }
        2. blurbs after 1
           Book by id (bookBlurb) at a, b<Book>
             { blurb }
           Book by id (bookBlurb) at d
             { blurb(loud: true) }
        3. people after 1
           Author by id (authorsByIds) at c.authors, d.authors
             { name id }
    """)


def test_places_where_one_response_key_stands_for_different_fields_stay_apart(bookshop: Supergraph) -> None:
    """Of the catalog the same is asked for both, but what people add to it isn't: it can't be one object."""
    query = """{
      one: latestReviews(first: 1) { product { ... on Book { authors { x: name } } } }
      two: latestReviews { product { ... on Book { authors { x: born } } } }
      like: latestReviews(first: 2) { product { ... on Book { authors { x: born } } } }
    }"""
    assert planned(bookshop, query) == printed("""
        1. reviews
             { one: latestReviews(first: 1) { product { __typename ... on Book { id } } }
               two: latestReviews { product { __typename ... on Book { id } } }
               like: latestReviews(first: 2) { product { __typename ... on Book { id } } } }
        2. catalog after 1
           Book by id at one.product<Book>
             { authors { id } }
           Book by id at two.product<Book>, like.product<Book>
             { authors { id } }
        3. people after 2
           Author by id (authorsByIds) at one.product<Book>.authors
             { x: name id }
           Author by id (authorsByIds) at two.product<Book>.authors, like.product<Book>.authors
             { x: born id }
    """)
