"""A fetch is sent only if something that it is sent for is wanted."""

import pytest
from graphql import parse

from stitcher.planning.plan import Conditions, Plan
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("books { shipping @include(if: $a) }", ["", "$a"]),
        ("books @include(if: $a) { title shipping @skip(if: $b) }", ["$a", "$a & !$b"]),
        ("books { shipping @include(if: $a) inStock @include(if: $b) }", ["", "$a | $b"]),
        ("books { shipping @include(if: $a) inStock }", ["", ""]),
        # The catalog only tells price and weight so that the stock can tell shipping.
        (
            "latestReviews { stars product { ... on Book { shipping @include(if: $a) @skip(if: $b) } } }",
            ["", "$a & !$b", "$a & !$b"],
        ),
        (
            """latestReviews { product { ... on Book @include(if: $a) { shipping }
            ... on Game { title @include(if: $b) } } }""",
            ["", "$a | $b", "$a"],
        ),
        # The books may be there all the same, if for something else.
        (
            "books @include(if: $a) { inStock } books @include(if: $b) { title }",
            ["$a | $b", "$a"],
        ),
        (
            """books @include(if: $a) { id } books { reviews @skip(if: $b) { stars } }
            books @include(if: $a) { inStock }""",
            ["", "!$b", "$a"],
        ),
        (
            """latestReviews @include(if: $a) { product { ... on Book { shipping } } }
            latestReviews @include(if: $b) { stars product { id } }""",
            ["$a | $b", "$a", "$a"],
        ),
        ("a: books @include(if: $a) { inStock } b: books { inStock @include(if: $b) }", ["", "$a | $b"]),
    ],
)
def test_conditions_of_fetches(bookshop: Supergraph, fields: str, expected: list[str]) -> None:
    assert [printed(fetch.conditions) for fetch in planned(bookshop, fields).fetches] == expected


def test_what_is_asked_for_together_has_conditions_of_its_own(bookshop: Supergraph) -> None:
    """A batch that isn't wanted is left out of a request that is."""
    fields = """books { reviews @include(if: $a) { stars } }
    search(title: "x") { ... on Game { reviews { stars } } ... on Book { reviews @skip(if: $b) { body } } }"""
    _, fetch = planned(bookshop, fields).fetches
    assert printed(fetch.conditions) == ""
    assert [printed(batch.conditions) for batch in fetch.batches] == ["$a", "", "!$b"]


def planned(supergraph: Supergraph, fields: str) -> Plan:
    return plan_operation(supergraph, parse(f"query($a: Boolean!, $b: Boolean!) {{ {fields} }}"))


def printed(conditions: Conditions) -> str:
    return " | ".join(
        " & ".join(f"{'!' * each.skip}${each.variable}" for each in alternative) for alternative in conditions
    )
