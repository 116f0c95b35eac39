"""The order in which a mutation does its root fields, whatever the variables are."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitcher.errors import RequestError
from stitcher.execution.shaper import holds
from stitcher.planning.budget import Budget
from stitcher.planning.serial import in_turns
from stitcher.selections import Condition, Field
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed

VARIABLES = "xyz"

CONDITIONS = st.lists(
    st.builds(Condition, st.sampled_from(VARIABLES), st.booleans()), max_size=2, unique_by=lambda each: each
).map(tuple)

FIELDS = st.lists(st.tuples(st.sampled_from("abc"), CONDITIONS), max_size=7).map(
    lambda drawn: [
        Field(key, key, conditions=conditions, selections=(Field(f"n{number}", f"n{number}"),))
        for number, (key, conditions) in enumerate(drawn)
    ]
)


def counting(fields: list[Field], values: dict[str, bool]) -> list[str]:
    """Return what is selected below the fields that count."""
    return [field.selections[0].key for field in fields if holds(field.conditions, values)]  # type: ignore[union-attr]


@given(FIELDS)
def test_a_field_is_done_where_it_first_counts_with_all_that_counts(fields: list[Field]) -> None:
    turns = in_turns(fields, Budget())
    for given_values in product((True, False), repeat=len(VARIABLES)):
        values = dict(zip(VARIABLES, given_values, strict=True))
        expected: dict[str, list[Field]] = {}
        for field in fields:
            if holds(field.conditions, values):
                expected.setdefault(field.key, []).append(field)
        done = [(turn[0].key, counting(turn, values)) for turn in turns]
        assert [each for each in done if each[1]] == [
            (key, counting(same, values)) for key, same in expected.items()
        ]


def test_a_turn_that_can_never_be_done_is_none() -> None:
    fields = [
        Field("a", "a"),
        Field("b", "b", conditions=(Condition("x"),)),
        Field("a", "a", conditions=(Condition("x"),)),
        Field("b", "b"),
        Field("b", "b", conditions=(Condition("y"),)),
    ]
    assert [turn[0].key for turn in in_turns(fields, Budget())] == ["a", "b", "b"]


def test_conditions_without_end_are_given_up() -> None:
    fields: list[Field] = []
    for number in range(40):
        fields += [
            Field("a", "a", conditions=(Condition(f"x{number}"), Condition(f"y{number}"))),
            Field("b", f"b{number}"),
        ]
    with pytest.raises(RequestError):
        in_turns(fields, Budget(12_000))


@pytest.fixture(scope="module")
def graph() -> Supergraph:
    return composed(
        one=FEDERATION + "type Query { q: Int } type Mutation { a: Box } type Box { x: Int y: Int }",
        two=FEDERATION + "type Mutation { b: Int }",
    )


def test_a_mutation_has_a_fetch_for_each_turn(graph: Supergraph) -> None:
    assert planned(graph, "mutation($x: Boolean!) { a @skip(if: $x) { x } b a { y } }") == printed("""
        1. mutate one
             { a @skip(if: $x) { x y } }
        2. mutate two after 1
             { b }
        3. mutate one after 2
             { a @include(if: $x) { y } }
    """)


def test_what_always_counts_is_done_once(graph: Supergraph) -> None:
    assert planned(graph, "mutation($x: Boolean!) { a { x } b a @skip(if: $x) { y } }") == printed("""
        1. mutate one
             { a { x y @skip(if: $x) } }
        2. mutate two after 1
             { b }
    """)
