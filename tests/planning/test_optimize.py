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
            euros: String @requires(fields: "price(in: \\"EUR\\")")
            dollars: String @requires(fields: "price(in: \\"USD\\")")
          }
          type Owner @external { name: String city: String }
        """,
    )


def test_visits_of_one_object_become_one_with_all_that_they_require(requiring: Supergraph) -> None:
    assert planned(requiring, "{ things { greeting distance plain } }") == printed("""
        1. own
             { things { id owner { name city } } }
        2. needing after 1
           Thing by id owner { name city } at things
             { greeting plain distance }
    """)


def test_visits_that_require_one_field_with_different_arguments_stay_apart(requiring: Supergraph) -> None:
    assert planned(requiring, "{ things { euros dollars greeting } }") == printed("""
        1. own
             { things { id price(in: "EUR") price_1: price(in: "USD") owner { name } } }
        2. needing after 1
           Thing by id price(in: "EUR") owner { name } at things
             { euros greeting }
           Thing by id price_1: price(in: "USD") at things
             { dollars }
    """)
