"""What is wrong with a request is told within bounds, and takes milliseconds to find."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import build_schema, parse, specified_rules

from stitcher.errors import RequestError
from stitcher.gateway.problems import ERROR_LIMIT, check, coerce
from tests.cpu import cpu_time

AT_MOST = 0.5
"""Seconds of CPU: twice what it may take on a machine with nothing else to do."""

VALUES = " ".join(f"VALUE_{number:06}" for number in range(250))
FIELDS = " ".join(f"someField{number:03}: Int" for number in range(100))
TYPES = " ".join(f"type Something{number:03} {{ id: ID }}" for number in range(500))
SCHEMA = build_schema(
    f"""
    type Query {{ e(v: [E]): String o(v: [O]): String deep(v: D): String some(first: Int): Int }}
    enum E {{ {VALUES} }}
    input O {{ {FIELDS} }}
    input D {{ d: [D] e: [E!] }}
    {TYPES}
    """
)
WRONG_VALUES = [f"VALUE_{number:06}X" for number in range(4900)]


def wrong(query: str, variables: Mapping[str, Any], *, suggestions: bool = True) -> list[str]:
    operation: Any = parse(query).definitions[0]
    with cpu_time() as taken, pytest.raises(RequestError) as caught:
        coerce(SCHEMA, operation.variable_definitions, variables, suggestions=suggestions)
    assert taken.seconds < AT_MOST
    assert caught.value.code == "BAD_USER_INPUT"
    return [error["message"] for error in caught.value.errors]


def invalid(query: str, *, suggestions: bool = True) -> list[str]:
    document = parse(query)
    with cpu_time() as taken, pytest.raises(RequestError) as caught:
        check(SCHEMA, document, specified_rules, suggestions=suggestions)
    assert taken.seconds < AT_MOST
    assert caught.value.code == "GRAPHQL_VALIDATION_FAILED"
    return [error["message"] for error in caught.value.errors]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($v: [E]) { e(v: $v) }", {"v": WRONG_VALUES}),
        ("query($v: [O]) { o(v: $v) }", {"v": [{f"someField{number}": 1 for number in range(1000, 5800)}]}),
        ("query($v: [O]) { o(v: $v) }", {"v": [{"someFields": 1}] * 4800}),
        ("query($v: D) { deep(v: $v) }", {"v": {"d": [{"e": WRONG_VALUES}]}}),
        ("query($v: D) { deep(v: $v) }", {"v": {"d": [{"e": [None] * 4000}]}}),
    ],
    ids=["enum values", "fields of one object", "fields of many objects", "nested", "nulls"],
)
def test_wrong_variables_are_refused_at_once(query: str, variables: Mapping[str, Any]) -> None:
    messages = wrong(query, variables)
    assert 1 < len(messages) <= ERROR_LIMIT + 1
    assert "error limit reached" in messages[-1]
    hidden = wrong(query, variables, suggestions=False)
    assert len(hidden) == len(messages)
    assert not any("Did you mean" in message for message in (*hidden, *messages[1:]))


def test_the_first_wrong_value_comes_with_suggestions() -> None:
    query = "query($v: [E]) { e(v: $v) }"
    first, second = wrong(query, {"v": ["VALUE_00001", "VALUE_00002"]})
    assert "Did you mean the enum value 'VALUE_000001'" in first
    assert "VALUE_00002" in second
    assert "Did you mean" not in second


def test_right_variables_are_coerced() -> None:
    operation: Any = parse("query($v: [E], $n: Int = 3) { e(v: $v) some(first: $n) }").definitions[0]
    for suggestions in (True, False):
        values = coerce(
            SCHEMA, operation.variable_definitions, {"v": "VALUE_000001"}, suggestions=suggestions
        )
        assert values == {"v": ["VALUE_000001"], "n": 3}


@pytest.mark.parametrize(
    "query",
    [
        "{ " + " ".join(f"... on Somethin{number:03} {{ id }}" for number in range(100)) + " }",
        "{ " + " ".join(f"som{number:03}" for number in range(1000)) + " }",
        "{ some(" + " ".join(f"firs{number:03}: 1" for number in range(400)) + ") }",
        "{ e(v: [" + " ".join(WRONG_VALUES[:900]) + "]) }",
        "{ o(v: {" + " ".join(f"someFiel{number}: 1" for number in range(600)) + "}) }",
        "query(" + " ".join(f"$v{number}: Somethin{number}" for number in range(300)) + ") { some }",
        "{ some " + " ".join(f"@include{number}(i: true)" for number in range(300)) + " }",
    ],
    ids=["types", "fields", "arguments", "enum values", "input fields", "variables", "directives"],
)
def test_wrong_names_are_refused_at_once(query: str) -> None:
    messages = invalid(query)
    assert 1 < len(messages) <= ERROR_LIMIT + 1
    assert "error limit reached" in messages[-1]
    assert not any("Did you mean" in message for message in messages[1:])


def test_the_first_wrong_name_comes_with_suggestions() -> None:
    first, second = invalid("{ sme emo: deap }")
    assert first == "Cannot query field 'sme' on type 'Query'. Did you mean 'some' or 'e'?"
    assert second == "Cannot query field 'deap' on type 'Query'."
    hidden = invalid("{ sme emo: deap }", suggestions=False)
    assert hidden == ["Cannot query field 'sme' on type 'Query'.", second]


def test_what_is_wrong_a_hundred_times_is_told_once() -> None:
    (said,) = invalid("{ " + "sme " * 10 + "}")
    assert said == "Cannot query field 'sme' on type 'Query'. Did you mean 'some' or 'e'?"
