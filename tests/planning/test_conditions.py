"""A fetch is sent only if something that it is sent for is wanted."""

import pytest
from graphql import parse

from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("books { shipping @include(if: $a) }", ["", "$a"]),
        ("books @include(if: $a) { title shipping @skip(if: $b) }", ["$a", "!$b"]),
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
    ],
)
def test_conditions_of_fetches(bookshop: Supergraph, fields: str, expected: list[str]) -> None:
    plan = plan_operation(bookshop, parse(f"query($a: Boolean!, $b: Boolean!) {{ {fields} }}"))
    printed = [
        " | ".join(
            " & ".join(f"{'!' * each.skip}${each.variable}" for each in alternative)
            for alternative in fetch.conditions
        )
        for fetch in plan.fetches
    ]
    assert printed == expected
