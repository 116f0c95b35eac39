"""Selections as text."""

import pytest
from graphql import parse

from stitcher.selections import Condition, Document, Field, Fragment, Selection, print_selections

IF_A, IF_B, UNLESS_A = Condition("a"), Condition("b"), Condition("a", skip=True)


@pytest.mark.parametrize(
    ("selection", "text"),
    [
        (Field("name", "name"), "name"),
        (Field("name", "alias", "(first: $n)"), "alias: name(first: $n)"),
        (Field("a", "a", selections=(Field("b", "b"), Field("c", "c"))), "a { b c }"),
        (Field("a", "a", conditions=(IF_A, UNLESS_A)), "a @include(if: $a) @skip(if: $a)"),
        # A directive stands once at a place; the others go around it.
        (Field("a", "a", conditions=(IF_A, IF_B)), "... @include(if: $a) { a @include(if: $b) }"),
        (Fragment("T", (Field("a", "a"),)), "... on T { a }"),
    ],
)
def test_text(selection: Selection, text: str) -> None:
    assert print_selections([selection]) == text
    parse(f"{{ {text} }}")


def test_equal_selections_are_one_key() -> None:
    one, other = (Field("a", "a", selections=(Fragment("T", (Field("b", "b"),)),)) for _ in range(2))
    assert len({one, other}) == 1


def test_a_field_is_known_by_the_name_that_was_asked_for() -> None:
    assert Field("a", "a_1", response_key="a").asked_as == "a"
    assert Field("a", "b").asked_as == "b"


def test_a_document_is_encoded_once() -> None:
    assert Document('{ a(b: "ä") }').encoded == '"{ a(b: \\"ä\\") }"'.encode()
