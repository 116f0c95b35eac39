"""Which values leaves may have: as graphql-core has it for what a resolver returns."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, build_schema, specified_scalar_types

from stitcher.leaves import BUILT_IN, WRONG, leaf_of

VALUES = [
    *("", "abc", "5", "-5", "5.5", "1e3", " 5 ", "true", "NaN", "1" * 400),
    *(True, False, 0, 1, -1, 5, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**70, 10**400, 10**5000),
    *(0.0, 1.0, 1.5, -0.0, 1e300, float("inf"), float("nan")),
    *({}, {"a": 1}, [], ["a"], [1]),
]


@pytest.mark.parametrize("name", list(specified_scalar_types))
def test_built_in_scalars_are_read_as_graphql_core_reads_them(name: str) -> None:
    for value in VALUES:
        try:
            expected = specified_scalar_types[name].coerce_output_value(value)
        except (GraphQLError, ValueError, OverflowError):
            expected = WRONG
        read = BUILT_IN[name].read(value)
        assert read is expected or read == expected


def test_a_number_for_a_float_stays_as_it_came() -> None:
    assert BUILT_IN["Float"].read(2**53) is not WRONG
    assert type(BUILT_IN["Float"].read(5)) is int


SCHEMA = build_schema("enum Hue { RED BLUE } scalar Any type Query { a: Any hue: Hue }")


@pytest.mark.parametrize(
    ("value", "expected"), [("RED", "RED"), ("GREEN", None), ("PINK", WRONG), (["RED"], WRONG), (1, WRONG)]
)
def test_an_enum_has_its_values_and_some_that_clients_must_not_see(value: Any, expected: Any) -> None:
    assert leaf_of(SCHEMA.type_map["Hue"], frozenset({"GREEN"})).read(value) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", VALUES, ids=lambda value: str(value)[:20] if type(value) is not int else "int"
)
def test_a_scalar_of_ones_own_may_be_anything(value: Any) -> None:
    scalar = SCHEMA.type_map["Any"]
    assert isinstance(scalar, GraphQLScalarType)
    assert leaf_of(scalar).read(value) is value


@pytest.mark.parametrize(
    ("name", "values", "nulls", "expected"),
    [
        ("String", ["a", ""], False, True),
        ("String", ["a", None], False, False),
        ("String", ["a", None], True, True),
        ("String", ["a", 5], True, False),
        ("Int", [1, 2**31 - 1, None], True, True),
        ("Int", [1, 2**31], False, False),
        ("Int", [1, True], False, False),
        ("Hue", ["RED", "BLUE"], False, True),
        ("Hue", ["RED", None], True, True),
        ("Hue", ["RED", None], False, False),
        ("Hue", ["RED", ""], True, False),
        ("Hue", ["RED", "GREEN"], False, False),
        ("Hue", [{}], False, False),
        ("Any", [1, {}, "a"], False, True),
        ("Any", [1, None], False, False),
        ("Any", [1, None], True, True),
        ("String", [], False, True),
    ],
)
def test_lists_whose_items_are_all_right_as_they_come(
    name: str, values: list[Any], nulls: bool, expected: bool
) -> None:
    leaf = leaf_of(SCHEMA.type_map.get(name) or specified_scalar_types[name])  # type: ignore[arg-type]
    assert leaf.are_plain(values, nulls=nulls) is expected
