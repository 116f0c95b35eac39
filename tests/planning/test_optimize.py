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


@pytest.fixture(scope="module")
def ants() -> Supergraph:
    return composed(
        own=FEDERATION
        + """
          type Query { ants: [Ant] boss: Ant done: Done }
          type Done { query: Query again: Query }
          type Ant @key(fields: "id") { id: ID! friend: Ant }
        """,
        other=FEDERATION
        + """
          type Query { one: Int two: Int }
          type Ant @key(fields: "id") { id: ID! must: Int! x: Int mate: Ant }
        """,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("ants @skip(if: $a) { must } ants { x }", "{ must @skip(if: $a) x }"),
        ("ants { x } ants @include(if: $a) { must x }", "{ x must @include(if: $a) }"),
        ("ants @include(if: $a) { must x } ants { x }", "{ must @include(if: $a) x }"),
        (
            "ants @skip(if: $a) { must } ants @include(if: $a) { x }",
            "{ must @skip(if: $a) x @include(if: $a) }",
        ),
        (
            "ants @skip(if: $a) @include(if: $b) { must } ants @include(if: $b) { x @skip(if: $a) }",
            "{ must @skip(if: $a) x @skip(if: $a) }",
        ),
        (
            "ants @skip(if: $a) { mate @skip(if: $b) { must } x @skip(if: $a) } ants { mate { x } }",
            "{ ... @skip(if: $a) { mate @skip(if: $b) { must } } x @skip(if: $a) mate { x } }",
        ),
        (
            "... @skip(if: $a) { ants { ... @include(if: $b) { must x } } } ants { x @include(if: $b) id }",
            "{ must @include(if: $b) @skip(if: $a) x @include(if: $b) @skip(if: $a) x @include(if: $b) }",
        ),
        # The ants are there only if all of what is asked of them is wanted.
        ("ants @skip(if: $a) { must x }", "{ must x }"),
        ("ants @skip(if: $a) { must } ants @skip(if: $a) @skip(if: $b) { x }", "{ must x @skip(if: $b) }"),
    ],
)
def test_what_some_visits_of_an_object_are_guarded_by_their_fields_go_by(
    ants: Supergraph, fields: str, expected: str
) -> None:
    plan = planned(ants, f"query($a: Boolean!, $b: Boolean = true) {{ {fields} }}")
    assert plan.partition("2. other after 1\n")[2] == f"   Ant by id at ants\n     {expected}"


def test_places_with_different_guards_stay_apart(ants: Supergraph) -> None:
    """Where an object is there without what guards it, others must not have it asked for more."""
    fields = """
      a: boss @skip(if: $a) { must } a: boss { id }
      b: boss { must } c: boss @include(if: $b) { must }
      ants @skip(if: $a) { friend @include(if: $b) { must } } ants { friend @include(if: $b) { id } }
    """
    assert planned(ants, f"query($a: Boolean!, $b: Boolean!) {{ {fields} }}") == printed("""
        1. own
             { a: boss @skip(if: $a) { id } a: boss { id } b: boss { id } c: boss @include(if: $b) { id }
               ants @skip(if: $a) { friend @include(if: $b) { id } } ants { friend @include(if: $b) { id } } }
        2. other after 1
           Ant by id at a, ants.friend
             { must }
           Ant by id at b, c
             { must }
    """)


def test_so_it_is_with_queries_below_others(ants: Supergraph) -> None:
    fields = """done {
      query @skip(if: $a) { one } query { two } again @skip(if: $a) { one } again @include(if: $b) { two }
    }"""
    assert planned(ants, f"query($a: Boolean!, $b: Boolean!) {{ {fields} }}") == printed("""
        1. own
             { done { query @skip(if: $a) { __typename } query { __typename }
               again @skip(if: $a) { __typename } again @include(if: $b) { __typename } } }
        2. other after 1
           Query at done.query
             { one @skip(if: $a) two }
        3. other after 1
           Query at done.again
             { one @skip(if: $a) two @include(if: $b) }
    """)
