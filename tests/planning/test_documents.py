"""The text that is sent to subgraphs, and the variables that it declares."""

import pytest
from graphql import parse

from stitcher.planning.documents import render
from stitcher.planning.plan import Fetch
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed


def last_fetch(supergraph: Supergraph, query: str) -> Fetch:
    return plan_operation(supergraph, parse(query)).fetches[-1]


def text(fetch: Fetch, *sizes: int) -> str:
    return render(fetch, zip(fetch.batches, sizes, strict=True)).text


def test_a_root_fetch_passes_on_the_variables_that_it_uses(bookshop: Supergraph) -> None:
    query = """query Q($genre: Genre = CRIME, $first: Int, $if: Boolean!) {
      books(genre: $genre) { title @include(if: $if) }
      latestReviews(first: $first) { stars }
    }"""
    catalog, reviews = plan_operation(bookshop, parse(query)).fetches
    assert catalog.document
    assert catalog.document.text == (
        "query($genre: Genre = CRIME, $if: Boolean!) { books(genre: $genre) { title @include(if: $if) } }"
    )
    assert reviews.document
    assert reviews.document.text == "query($first: Int) { latestReviews(first: $first) { stars } }"


def test_a_mutation_says_so(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, 'mutation { review(product: "b1", stars: 1) { stars } }')
    assert fetch.document == render(fetch)
    assert fetch.document.is_mutation
    assert fetch.document.text == 'mutation { review(product: "b1", stars: 1) { stars } }'


def test_entities_are_asked_for_by_representations(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, "{ products { reviews { stars } } }")
    assert text(fetch, 3, 3) == (
        "query($_0_representations: [_Any!]!, $_1_representations: [_Any!]!) {"
        " _0: _entities(representations: $_0_representations) { ... on Book { reviews { stars } } }"
        " _1: _entities(representations: $_1_representations) { ... on Game { reviews { stars } } } }"
    )


def test_a_list_lookup_takes_all_keys_in_one_variable(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, "{ books { authors { name } } }")
    assert text(fetch, 3) == (
        "query($_0_ids: [ID!]!) { _0: authorsByIds(ids: $_0_ids) { ... on Author { name id } } }"
    )


def test_a_lookup_one_by_one_has_an_alias_and_a_variable_for_each_key(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, "query($loud: Boolean) { books { blurb(loud: $loud) } }")
    assert fetch.document is None  # it depends on how many there are
    assert text(fetch, 2) == (
        "query($loud: Boolean, $_0_0_id: ID!, $_0_1_id: ID!) {"
        " _0_0: bookBlurb(id: $_0_0_id) { ..._0 } _0_1: bookBlurb(id: $_0_1_id) { ..._0 } }"
        " fragment _0 on Book { blurb(loud: $loud) }"
    )


def test_a_batch_of_nothing_declares_no_variables(bookshop: Supergraph) -> None:
    fetch = last_fetch(
        bookshop,
        """query($loud: Boolean) {
          books { blurb(loud: $loud) } product(id: "b1") { ... on Book { blurb } }
        }""",
    )
    assert text(fetch, 0, 1) == (
        "query($_1_0_id: ID!) { _1_0: bookBlurb(id: $_1_0_id) { ... on Book { blurb } } }"
    )


def test_what_the_gateway_adds_stays_clear_of_the_clients_variables(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, "query($_0_0_id: Boolean) { books { blurb(loud: $_0_0_id) } }")
    assert text(fetch, 1) == (
        "query($_0_0_id: Boolean, $_1_0_0_id: ID!) {"
        " _1_0_0: bookBlurb(id: $_1_0_0_id) { ... on Book { blurb(loud: $_0_0_id) } } }"
    )
    fetch = last_fetch(bookshop, "query($_: Boolean, $_1_: Boolean) { books { blurb(loud: $_) } }")
    assert fetch.batches[0].key == "_2_0"


@pytest.mark.parametrize("name", ["_" * 7400, "_1_" * 2000, "_0_0_id" * 1000])
def test_what_the_gateway_adds_is_short_whatever_the_clients_names_are(
    bookshop: Supergraph, name: str
) -> None:
    query = "query($%s: Boolean) { books { blurb(loud: $%s) } }"
    long, short = (text(last_fetch(bookshop, query.replace("%s", each)), 1000) for each in (name, "_"))
    assert len(long) == len(short) + 2 * (len(name) - 1)  # declared, and used


@pytest.fixture
def parcels() -> Supergraph:
    """A lookup with several arguments, one of them the same for every key."""
    return composed(
        shop=FEDERATION
        + """
          type Query { parcels: [Parcel!]! }
          type Parcel @key(fields: "sender code") { sender: ID! code: Int! }
        """,
        tracking="""
          type Query {
            parcel(from: ID!, code: Int!, source: String): Parcel @merge(
              argsExpr: "from: $key.sender, code: $key.code"
              additionalArgs: "source: \\"post\\""
            )
          }
          type Parcel @key(selectionSet: "{ sender code }") { sender: ID! code: Int! place: String }
        """,
    )


def test_an_argument_that_is_the_same_for_every_key_is_sent_once(parcels: Supergraph) -> None:
    fetch = last_fetch(parcels, "{ parcels { place } }")
    arguments = "from: $_0_{0}_from, code: $_0_{0}_code, source: $_0_0_source"
    assert text(fetch, 2) == (
        "query($_0_0_from: ID!, $_0_0_code: Int!, $_0_0_source: String, $_0_1_from: ID!, $_0_1_code: Int!) {"
        f" _0_0: parcel({arguments.format(0)}) {{ ..._0 }} _0_1: parcel({arguments.format(1)}) {{ ..._0 }} }}"
        " fragment _0 on Parcel { place }"
    )


@pytest.fixture
def boxes() -> Supergraph:
    """One service looks crates up in lists, and shelves one by one."""
    return composed(
        root="""
          type Query { boxes: [Box!]! }
          type Box { crate: Crate shelf: Shelf }
          type Crate @key(selectionSet: "{ id }") { id: ID! }
          type Shelf @key(selectionSet: "{ id }") { id: ID! }
        """,
        far="""
          type Query {
            crates(ids: [ID!]!): [Crate]! @merge(keyField: "id")
            shelf(id: ID!): Shelf @merge(keyField: "id")
          }
          type Crate @key(selectionSet: "{ id }") { id: ID! weight: Int colour(of: Int): String }
          type Shelf @key(selectionSet: "{ id }") { id: ID! row: Int }
        """,
    )


def test_a_list_lookup_without_keys_is_not_asked_for(boxes: Supergraph) -> None:
    query = """query($heavy: Boolean!, $of: Int) {
      boxes { crate { weight @include(if: $heavy) colour(of: $of) } shelf { row @skip(if: $heavy) } }
    }"""
    fetch = last_fetch(boxes, query)
    crates = "crates(ids: $_0_ids) { ... on Crate { weight @include(if: $heavy) colour(of: $of) id } }"
    shelf = "shelf(id: $_1_0_id) { ... on Shelf { row @skip(if: $heavy) } }"
    assert text(fetch, 0, 1) == f"query($heavy: Boolean!, $_1_0_id: ID!) {{ _1_0: {shelf} }}"
    declared = "$heavy: Boolean!, $of: Int, $_0_ids: [ID!]!"
    assert text(fetch, 3, 0) == f"query({declared}) {{ _0: {crates} }}"
    assert text(fetch, 3, 1) == f"query({declared}, $_1_0_id: ID!) {{ _0: {crates} _1_0: {shelf} }}"


def test_an_entity_type_without_keys_is_not_asked_for(bookshop: Supergraph) -> None:
    fetch = last_fetch(bookshop, "{ products { reviews { stars } } }")
    assert text(fetch, 0, 3) == (
        "query($_1_representations: [_Any!]!) {"
        " _1: _entities(representations: $_1_representations) { ... on Game { reviews { stars } } } }"
    )


@pytest.fixture
def items() -> Supergraph:
    """A field with an argument to fill in, beside fields that need nothing."""
    return composed(
        a="type Query { items: [Item!]! } type Item { id: ID! width: Int @shareable }",
        b="""
          type Query { itemById(id: ID!): Item @lookup @internal }
          type Item {
            id: ID! name(in: String): String label(w: Int @require(field: "width") of: Int): String
          }
        """,
    )


def test_what_is_filled_in_differs_from_key_to_key(items: Supergraph) -> None:
    query = "query($of: Int, $in: String) { items { one: label(of: $of) two: label name(in: $in) } }"
    fetch = last_fetch(items, query)
    declared = "$of: Int, $in: String, $_0_0_id: ID!, $_0_0_0_w: Int, $_0_0_1_w: Int"
    own = "one: label(of: $of, w: $_0_{0}_0_w) two: label(w: $_0_{0}_1_w)"
    assert text(fetch, 1) == (
        f"query({declared}) {{"
        f" _0_0: itemById(id: $_0_0_id) {{ ... on Item {{ {own.format(0)} name(in: $in) }} }} }}"
    )
    assert text(fetch, 2) == (
        f"query({declared}, $_0_1_id: ID!, $_0_1_0_w: Int, $_0_1_1_w: Int) {{"
        f" _0_0: itemById(id: $_0_0_id) {{ ... on Item {{ {own.format(0)} ..._0 }} }}"
        f" _0_1: itemById(id: $_0_1_id) {{ ... on Item {{ {own.format(1)} ..._0 }} }} }}"
        " fragment _0 on Item { name(in: $in) }"
    )


def test_the_names_of_what_is_filled_in_are_short_whatever_the_clients_are(items: Supergraph) -> None:
    for alias in ("a" * 5000, "a_0"):
        document = text(last_fetch(items, f"{{ items {{ {alias}: label }} }}"), 1)
        assert f"{alias}: label(w: $_0_0_0_w)" in document
        assert document.count(alias) == 1
