import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitcher.composition.selection_map import (
    ListMap,
    MapEntry,
    ObjectMap,
    PathMap,
    PathStep,
    SelectionMap,
    SelectionMapError,
    parse_selection_map,
)
from stitcher.composition.selector import Selector
from stitcher.selections import print_selections
from stitcher.supergraph import ArgumentValue, FirstOf, KeyItems, KeyPath, Narrowed


def key(*path: str) -> KeyPath:
    return KeyPath(path)


def narrowed(path: tuple[str, ...], type_condition: str, value: ArgumentValue) -> Narrowed:
    return Narrowed(path, frozenset({type_condition}), value)


@pytest.mark.parametrize(
    ("text", "selections", "value"),
    [
        ("id", "id", key("id")),
        ("address.id", "address { id }", key("address", "id")),
        ("{ id }", "id", {"id": key("id")}),
        ("{ w: size.width, h: size.height }", "size { width height }", None),
        (
            "size.{ width, height }",
            "size { width height }",
            {"width": key("size", "width"), "height": key("size", "height")},
        ),
        (
            "{ weight, size: box.{ w: width } }",
            "weight box { width }",
            {"weight": key("weight"), "size": {"w": key("box", "width")}},
        ),
        ("parts[id]", "parts { id }", KeyItems(("parts",), key("id"))),
        ("a.parts[{ id, n: name }]", "a { parts { id name } }", None),
        ("parts[[id]]", "parts { id }", KeyItems(("parts",), KeyItems((), key("id")))),
        ("a.{ b: c[id] }", "a { c { id } }", {"b": KeyItems(("a", "c"), key("id"))}),
        ("width(unit: INCH)", "width(unit: INCH)", key("width")),
        (
            '{ a: size(in: "(cm)"), b: size(in: "in"), c: size(in: "(cm)") }',
            'size(in: "(cm)") size_1: size(in: "in")',
            {"a": key("size"), "b": key("size_1"), "c": key("size")},
        ),
        (
            "media<Book>.isbn",
            "media { __typename ... on Book { isbn } }",
            narrowed(("media",), "Book", key("isbn")),
        ),
        (
            "media<Book>.{ isbn }",
            "media { __typename ... on Book { isbn } }",
            narrowed(("media",), "Book", {"isbn": key("isbn")}),
        ),
        (
            "<Book>.title | <Movie>.name",
            "__typename ... on Book { title } ... on Movie { name }",
            FirstOf((narrowed((), "Book", key("title")), narrowed((), "Movie", key("name")))),
        ),
        (
            "a.{ b: x | y, c: d<T>.e }",
            "a { x y d { __typename ... on T { e } } }",
            {"b": FirstOf((key("a", "x"), key("a", "y"))), "c": narrowed(("a", "d"), "T", key("e"))},
        ),
        (
            "{ bookId: <Book>.id } | { movieId: <Movie>.id }",
            "__typename ... on Book { id } ... on Movie { id }",
            FirstOf(
                (
                    narrowed((), "Book", {"bookId": narrowed((), "Book", key("id"))}),
                    narrowed((), "Movie", {"movieId": narrowed((), "Movie", key("id"))}),
                )
            ),
        ),
        ("| a\n# a comment\n| b,", "a b", FirstOf((key("a"), key("b")))),
    ],
)
def test_what_is_selected_and_the_value_made_of_it(
    text: str, selections: str, value: ArgumentValue | None
) -> None:
    selector = Selector()
    found = selector.select(parse_selection_map(text))
    assert print_selections(selector.selections) == selections
    if value is not None:
        assert found == value


def test_a_narrowed_object_within_a_path() -> None:
    selector = Selector()
    value = selector.select(parse_selection_map("a.{ b: <T>.c }"))
    assert value == narrowed(("a",), "T", {"b": narrowed((), "T", key("c"))})


def test_several_maps_share_what_they_select() -> None:
    selector = Selector()
    values = [selector.select(parse_selection_map(text)) for text in ("a.b", "a(n: 1).b", "a.c")]
    assert print_selections(selector.selections) == "a { b c } a_1: a(n: 1) { b }"
    assert values == [key("a", "b"), key("a_1", "b"), key("a", "c")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected a name, found the end"),
        ("a.", "Expected a name, found the end"),
        ("a b", "Expected the end, found 'b'"),
        ("{ a", "Expected a name, found the end"),
        ("{ }", "The object has no field"),
        ("{ a, a: b }", "The field a is given twice"),
        ("a[b", "Expected ']', found the end"),
        ("a[b, c]", "Expected ']', found 'c'"),
        ("[a]", r"Expected a name, found '\['"),
        ("<A>", r"Expected '\.', found the end"),
        ("a<A>", r"Expected '\.', found the end"),
        ("a<A>[b]", r"Expected '\.', found '\['"),
        ("a<>.b", "Expected a name, found '>'"),
        ("a | ", "Expected a name, found the end"),
        ("a(", "not closed"),
        ("a()", "The parentheses are empty"),
        ("a(b: $c)", "can't be read"),
        ("a(b: 1).c(d)", "can't be read"),
        ("a!", "'!' can't stand here"),
        ("é", "'é' can't stand here"),
        ('"a"', "can't stand here"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(SelectionMapError, match=message):
        parse_selection_map(text)


def printed(selected: SelectionMap) -> str:
    return " | ".join(map(printed_entry, selected.alternatives))


def printed_entry(entry: MapEntry) -> str:
    if isinstance(entry, ObjectMap):
        return f"{{ {', '.join(f'{name}: {printed(inner)}' for name, inner in entry.fields)} }}"
    text = "" if entry.type_condition is None else f"<{entry.type_condition}>."
    text += ".".join(
        f"{step.name}{step.arguments}" + (f"<{step.type_condition}>" if step.type_condition else "")
        for step in entry.steps
    )
    if isinstance(entry.below, ListMap):
        return text + printed_list(entry.below)
    return text if entry.below is None else f"{text}.{printed_entry(entry.below)}"


def printed_list(items: ListMap) -> str:
    return f"[{printed_list(items.item) if isinstance(items.item, ListMap) else printed(items.item)}]"


names = st.from_regex(r"[a-z_]\w{0,3}", fullmatch=True).map(str.lower).filter(str.isascii)
conditions = st.none() | st.sampled_from(["Book", "Movie"])
arguments = st.sampled_from(["", "", "(a: 1)", '(b: ")", c: [A, { d: null }])'])


def maps(inner: st.SearchStrategy[SelectionMap]) -> st.SearchStrategy[SelectionMap]:
    objects = st.dictionaries(names, inner, min_size=1, max_size=2).map(
        lambda fields: ObjectMap(tuple(fields.items()))
    )
    lists = inner.map(ListMap) | inner.map(lambda item: ListMap(ListMap(item)))
    ending = st.lists(st.builds(PathStep, names, arguments, conditions), max_size=2)
    paths = st.builds(
        lambda steps, last, condition, below: PathMap((*steps, last), condition, below),
        ending,
        st.builds(PathStep, names, arguments),
        conditions,
        st.none() | lists | objects,
    )
    return st.lists(paths | objects, min_size=1, max_size=2).map(lambda each: SelectionMap(tuple(each)))


simple = names.map(lambda name: SelectionMap((PathMap((PathStep(name),)),)))


@pytest.mark.search
@settings(max_examples=100, deadline=None)
@given(st.recursive(simple, maps, max_leaves=6))
def test_what_is_printed_is_read_again(selected: SelectionMap) -> None:
    assert parse_selection_map(printed(selected)) == selected


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='ab<>.|{}[]:(), "1#\n', max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SelectionMapError):
        assert parse_selection_map(text).alternatives
