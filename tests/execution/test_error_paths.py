"""A subgraph's errors → the client's paths."""

from typing import Any

import pytest
from graphql import parse

from stitcher.execution.error_paths import error_path, locate, visible
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (["books", 0, "title"], ("books", 0, "title")),
        ([], ()),
        (None, ()),
        ("books", ()),
        ({"books": 0}, ()),
        (["books", -1], ()),
        (["books", 1.5], ()),
        (["books", True], ()),
        (["books", None, "title"], ()),
        (["books", ["title"]], ()),
    ],
    ids=str,
)
def test_a_path_counts_only_if_all_of_it_can_be_one(given: Any, path: Any) -> None:
    assert error_path({"message": "No.", "path": given}) == path


def test_an_error_without_a_path() -> None:
    assert error_path({"message": "No."}) == ()


@pytest.fixture
def plan(bookshop: Supergraph) -> Plan:
    return plan_operation(
        bookshop, parse('{ found: search(title: "x") { ... on Book { label: title inStock } } }')
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("found", 1, "label"), ("found", 1, "label")),
        (("found", 1, "id"), ("found", 1)),
        (("found", 1, "label", "more"), ("found", 1, "label")),
        (("found", 1, "label", 0), ("found", 1, "label", 0)),
        (("search",), ()),
        ((), ()),
    ],
)
def test_a_path_ends_where_the_client_sees_no_further(plan: Plan, path: Any, shown: Any) -> None:
    assert visible(plan.shape, {}, path, lambda _: True) == shown


def test_a_path_ends_where_the_client_sees_no_further_of_that_type(plan: Plan) -> None:
    data = {"found": [{"__typename": "Game"}, {"__typename": "Book"}]}
    assert visible(plan.shape, data, ("found", 0, "label"), lambda _: True) == ("found", 0)
    assert visible(plan.shape, data, ("found", 1, "label"), lambda _: True) == ("found", 1, "label")
    assert visible(plan.shape, data, ("found", 9, "label"), lambda _: True) == ("found", 9, "label")


def test_a_path_ends_where_a_condition_leaves_a_field_out(plan: Plan) -> None:
    assert visible(plan.shape, {}, ("found", 1, "label"), lambda field: field.key != "label") == ("found", 1)


def test_objects_stand_where_the_first_of_them_does(plan: Plan) -> None:
    (batch,) = plan.fetches[1].batches
    books = [{"__typename": "Book", "id": "1"}, {"__typename": "Book", "id": "2"}]
    game = {"__typename": "Game", "id": "1"}
    data = {"found": [None, game, [books[0], "x"], books[1]]}
    assert locate(data, batch.targets, [books[1]]) == ("found", 3)
    assert locate(data, batch.targets, [books[1], books[0]]) == ("found", 2, 0)
    assert locate(data, batch.targets, [game]) == ()
