"""Selections as they are kept."""

from typing import Any

import pytest
from graphql import build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from stitcher.caching.canonical import asked, canonical, kept
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.selections import Selections

SCHEMA = build_schema(
    """
    type Query { a: Thing }
    interface Node { id: ID }
    type Thing implements Node { id: ID name(loud: Boolean): String own: Thing any: Node all: [[Thing]] }
    type Other implements Node { id: ID text: String }
    """
)


def selected(text: str) -> Selections:
    query = f"query ($x: Boolean = true) {{ a {{ {text} }} }}"
    node, fragments = select_operation(parse(query), None)
    (root,) = normalize(SCHEMA, node, fragments).selections
    return root.selections


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id name", "name id"),
        ("id name", "n: name i: id"),
        ("a: id b: id", "id"),
        ("own { id name }", "o: own { n: name i: id }"),
        ("name(loud: true) b: name", "x: name y: name(loud: true)"),
        ("a: own { id } b: own { name }", "own { name } c: own { id }"),
        ("any { id ... on Thing { n: name } }", "any { ... on Thing { name } i: id }"),
        ("name @include(if: $x)", "n: name @include(if: $x)"),
    ],
)
def test_aliases_and_order_make_no_difference(one: str, other: str) -> None:
    assert canonical(selected(one))[0] == canonical(selected(other))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id", "id name"),
        ("name", "name(loud: true)"),
        ("name(loud: true)", "name(loud: false)"),
        ("own { id }", "own { name }"),
        ("name", "name @include(if: $x)"),
        ("name @skip(if: $x)", "name @include(if: $x)"),
        ("any { id }", "any { ... on Thing { id } }"),
        ("any { ... on Other { x: text } }", "any { ... on Thing { x: name } }"),
    ],
)
def test_what_is_asked_for_does(one: str, other: str) -> None:
    assert canonical(selected(one))[0] != canonical(selected(other))[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("id name", {"id": 1, "name": "n"}),
        ("i: id", {"i": 1}),
        ("x: name y: name(loud: true) z: name", {"x": "n", "y": "N", "z": "n"}),
        ("o: own { i: id o: own { n: name } } p: own { id }", {"o": {"i": 1, "o": None}, "p": {"id": 1}}),
        ("l: all { i: id }", {"l": [[{"i": 1}, None], None]}),
        ("any { ... on Thing { n: name } ... on Other { t: text } }", {"any": {"t": "t"}}),
        ("any { ... on Thing { x: name } ... on Other { x: text } }", {"any": {"x": "t"}}),
        ("a: own @include(if: $x) { id } b: own @skip(if: $x) { name }", {"a": {"id": 1}}),
        ("o: own { id }", {"o": "no object"}),
    ],
)
def test_a_value_comes_back_as_it_was_kept(text: str, value: Any) -> None:
    _, renaming = canonical(selected(text))
    assert asked(kept(value, renaming), renaming) == value


NAMES = st.sampled_from(("id", "name", "name(loud: true)", "own { id }", "own { n: name }", "any { id }"))


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), NAMES), min_size=1, max_size=4, unique_by=lambda each: each[0]
    )
)
def test_one_client_may_have_what_was_kept_for_another(fields: list[tuple[str, str]]) -> None:
    """Two who ask for the same under other aliases, in another order."""
    one = " ".join(f"{alias}: {name}" for alias, name in fields)
    other = " ".join(f"{alias * 2}: {name}" for alias, name in reversed(fields))
    (text, renaming), (other_text, other_renaming) = canonical(selected(one)), canonical(selected(other))
    assert text == other_text
    value = {alias: answer(name) for alias, name in fields}
    expected = {alias * 2: answer(name) for alias, name in fields}
    assert asked(kept(value, renaming), other_renaming) == expected


def answer(name: str) -> Any:
    if "{" not in name:
        return name
    return {"n": "own name"} if "n: name" in name else {"id": name}
