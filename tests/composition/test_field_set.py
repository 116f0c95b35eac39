import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitcher.composition.field_set import FieldSetError, parse_field_set
from stitcher.composition.field_set_checks import check_arguments, check_field_set
from stitcher.composition.model import Types
from stitcher.composition.reader import read_sdl
from stitcher.composition.sources import Source
from stitcher.errors import Problem
from stitcher.selections import Field, Fragment, Selection, Selections, print_selections


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id", (Field("id", "id"),)),
        ("{ id }", (Field("id", "id"),)),
        (" \n id sku ", (Field("id", "id"), Field("sku", "sku"))),
        ("owner{id}", (Field("owner", "owner", selections=(Field("id", "id"),)),)),
        ('price(currency:"USD",n:[1 2])', (Field("price", "price", '(currency: "USD", n: [1, 2])'),)),
        ("... on Book { id }", (Fragment("Book", (Field("id", "id"),)),)),
        ("... { id }", (Field("id", "id"),)),
        ("__typename", (Field("__typename", "__typename"),)),
    ],
)
def test_read(text: str, expected: Selections) -> None:
    assert parse_field_set(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected the name"),
        ("{}", "Expected the name"),
        ("owner {}", "Expected the name"),
        ("id {", "Expected Name"),
        ("id } { a", "Unexpected|Expected"),
        ("a: id", "alias a"),
        ("id @include(if: true)", "@include"),
        ("...Named", "Named"),
        ("1", "Expected Name"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(FieldSetError, match=message):
        parse_field_set(text)


names = st.from_regex(r"[a-z]{1,3}", fullmatch=True).filter(lambda name: name != "on")
leaves: st.SearchStrategy[Selection] = names.map(lambda name: Field(name, name))


def nested(children: st.SearchStrategy[Selection]) -> st.SearchStrategy[Selection]:
    several = st.lists(children, min_size=1, max_size=3).map(tuple)
    fields = st.builds(lambda name, below: Field(name, name, selections=below), names, several)
    return fields | st.builds(Fragment, names.map(str.title), several)


@pytest.mark.search
@settings(max_examples=50, deadline=None)
@given(st.lists(st.recursive(leaves, nested, max_leaves=8), min_size=1).map(tuple), st.booleans())
def test_what_is_printed_is_read_again(selections: Selections, braces: bool) -> None:
    text = print_selections(selections)
    assert parse_field_set(f"{{ {text} }}" if braces else text) == selections


@pytest.fixture(scope="module")
def types() -> Types:
    sdl = """
        type Product implements Node {
          id: ID! price(currency: String!, at: Int = 1): Int owner: User any: Any tag: Tag
        }
        type User { id: ID! }
        interface Node { id: ID! }
        union Any = Product | User
        enum Tag { A }
    """
    problems: list[Problem] = []
    schema = read_sdl(Source("s", sdl, "s.graphql"), problems)
    assert schema is not None
    assert not problems
    return schema.types


@pytest.mark.parametrize(
    "text",
    [
        "id tag __typename",
        "owner { id }",
        'price(currency: "CHF")',
        "any { ... on Product { id } __typename }",
        "... on Node { id }",
    ],
)
def test_field_sets_that_fit(types: Types, text: str) -> None:
    assert list(check_field_set(parse_field_set(text), "Product", types)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sku", "Product has no field sku."),
        ("owner { name }", "User has no field name."),
        ("owner", "Product.owner is of type User; say which of its fields."),
        ("id { a }", "Product.id is of type ID, which has no fields."),
        ("tag { a }", "Product.tag is of type Tag, which has no fields."),
        ("any { id }", "Any has no field id."),
        ("... on Nothing { id }", "The type Nothing isn't declared."),
        ("... on User { id }", "Product can never be User."),
    ],
)
def test_field_sets_that_do_not_fit(types: Types, text: str, expected: str) -> None:
    assert list(check_field_set(parse_field_set(text), "Product", types)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('price(currency: "CHF")', []),
        ("any { ... on Product { price } }", ["The argument currency of Product.price is required."]),
        ('price(currency: "CHF", on: 1)', ["Product.price has no argument on."]),
    ],
)
def test_arguments(types: Types, text: str, expected: list[str]) -> None:
    assert list(check_arguments(parse_field_set(text), "Product", types)) == expected
