"""Whole plans, as they are printed: over the bookshop, and over small graphs."""

from dataclasses import replace

import pytest
from graphql import parse

from stitcher.errors import PlanningError, RequestError
from stitcher.planning.planner import plan_operation
from stitcher.selections import Condition, print_selections
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed

# Mutations


def test_a_mutation_waits_for_the_one_before_whatever_stands_between(bookshop: Supergraph) -> None:
    query = """mutation {
      a: setPrice(id: "b1", price: 1) { id } __typename review(product: "b1", stars: 1) { stars }
    }"""
    assert planned(bookshop, query) == printed("""
        1. mutate catalog
             { a: setPrice(id: "b1", price: 1) { __typename id } }
        2. mutate reviews after 1
             { review(product: "b1", stars: 1) { stars } }
    """)


def test_a_mutation_asked_for_twice_is_done_once(bookshop: Supergraph) -> None:
    query = 'mutation { setPrice(id: "b1", price: 1) { id } setPrice(price: 1, id: "b1") { title } }'
    assert planned(bookshop, query) == printed("""
        1. mutate catalog
             { setPrice(id: "b1", price: 1) { __typename id }
               setPrice(price: 1, id: "b1") { __typename title } }
    """)


def test_a_mutation_asked_for_twice_is_done_once_under_different_conditions(bookshop: Supergraph) -> None:
    query = """mutation($x: Boolean!, $y: Boolean!) {
      review(product: "b1", stars: 1) @include(if: $x) { id }
      review(product: "b1", stars: 1) @skip(if: $y) { stars }
    }"""
    assert planned(bookshop, query) == printed("""
        1. mutate reviews
             { review(product: "b1", stars: 1) @include(if: $x) { id }
               review(product: "b1", stars: 1) @skip(if: $y) { stars } }
    """)


def test_a_mutation_that_several_subgraphs_offer_is_done_by_one() -> None:
    supergraph = composed(
        one=FEDERATION
        + """
          type Query { thing: Thing }
          type Mutation { touch: Thing @shareable }
          type Thing @key(fields: "id") { id: ID x: Int }
        """,
        other=FEDERATION
        + """
          type Mutation { touch: Thing @shareable }
          type Thing @key(fields: "id") { id: ID y: Int }
        """,
    )
    assert planned(supergraph, "mutation { touch { x y } }") == printed("""
        1. mutate one
             { touch { x id } }
        2. other after 1
           Thing by id at touch
             { y }
    """)


# Conditions


def test_a_fetch_that_only_conditions_ask_for_has_them_itself(bookshop: Supergraph) -> None:
    query = "query($no: Boolean!) { books { authors { name @include(if: $no) } } }"
    first, second = plan_operation(bookshop, parse(query)).fetches
    assert (first.conditions, second.conditions) == ((), ((Condition("no"),),))
    assert print_selections(second.batches[0].selections) == "name @include(if: $no) id"


# Response keys


@pytest.fixture(scope="module")
def shelf() -> Supergraph:
    """Two types behind an interface, either of which may have the other's key under the client's alias."""
    return composed(
        shop=FEDERATION
        + """
          type Query { wares: [Ware!]! }
          interface Ware { id: ID! }
          type Book implements Ware @key(fields: "id") { id: ID! isbn: ID! }
          type Pen implements Ware @key(fields: "id") { id: ID! ink: ID! }
        """,
        stock=FEDERATION
        + """
          type Book @key(fields: "id") { id: ID! left: Int }
          type Pen @key(fields: "id") { id: ID! left: Int }
        """,
    )


def test_a_key_stays_clear_of_every_field_that_shares_its_response_key(shelf: Supergraph) -> None:
    query = "{ wares { ... on Pen { id left } ... on Book { id: isbn left } } }"
    assert planned(shelf, query) == printed("""
        1. shop
             { wares { __typename ... on Pen { id id_1: id } ... on Book { id: isbn id_1: id } } }
        2. stock after 1
           Pen by id_1: id at wares<Pen>
             { left }
           Book by id_1: id at wares<Book>
             { left }
    """)


def test_a_field_that_the_client_calls_typename_has_another_key(shelf: Supergraph) -> None:
    query = "{ wares { __typename: id type: __typename ... on Pen { left } } }"
    assert planned(shelf, query) == printed("""
        1. shop
             { wares { __typename id_1: id type: __typename ... on Pen { id } } }
        2. stock after 1
           Pen by id at wares<Pen>
             { left }
    """)


# Selections of which nothing is left


def test_an_object_of_which_nothing_is_left_is_asked_for_all_the_same(bookshop: Supergraph) -> None:
    query = """{
      books { blurb authors @skip(if: true) { id } } b: books { authors { id @skip(if: true) } }
      product(id: "b1") { ... on Book { id @include(if: false) } }
    }"""
    assert planned(bookshop, query) == printed("""
        1. catalog
             { books { id } b: books { authors { __typename } } product(id: "b1") { __typename } }
        2. blurbs after 1
           Book by id (bookBlurb) at books
             { blurb }
    """)


# Abstract types


@pytest.fixture(scope="module")
def nodes() -> Supergraph:
    """A union and interfaces of one subgraph, and an interface that only another knows."""
    return composed(
        a=FEDERATION
        + """
          type Query { any: Any node: Node wide: Wide }
          union Any = P | Q
          interface Node { id: ID! }
          interface Wide { id: ID! }
          type P implements Node & Wide @key(fields: "id") { id: ID! }
          type Q implements Node & Wide @key(fields: "id") { id: ID! }
          type R implements Wide { id: ID! }
        """,
        b=FEDERATION
        + """
          interface Named { name: String }
          type P implements Named @key(fields: "id") { id: ID! name: String }
          type Q implements Named @key(fields: "id") { id: ID! name: String }
        """,
    )


@pytest.mark.parametrize(
    ("query", "root"),
    [
        ("{ node { ... on Named { name } } }", "node { __typename ... on P { id } ... on Q { id } }"),
        (
            "{ node { ... on Any { ... on Named { name } } } }",
            "node { __typename ... on Any { __typename ... on P { id } ... on Q { id } } }",
        ),
        (
            "{ node { id ... on Wide { ... on Named { name } } } }",
            "node { __typename id ... on Wide { __typename ... on P { id } ... on Q { id } } }",
        ),
    ],
)
def test_a_condition_that_a_subgraph_does_not_know_becomes_the_types_that_meet_it(
    nodes: Supergraph, query: str, root: str
) -> None:
    first, *others = plan_operation(nodes, parse(query)).fetches
    assert print_selections(first.selections) == root
    (second,) = others
    assert [(batch.lookup.type_name, print_selections(batch.selections)) for batch in second.batches] == [
        ("P", "name"),
        ("Q", "name"),
    ]


def test_fragments_may_be_required() -> None:
    supergraph = composed(
        a=FEDERATION
        + """
          type Query { t: T }
          type T @key(fields: "id") { id: ID! owner: Owner }
          interface Owner { id: ID! }
          type Man implements Owner { id: ID! age: Int }
          type Firm implements Owner { id: ID! }
        """,
        b=FEDERATION
        + """
          type T @key(fields: "id") {
            id: ID!
            owner: Owner @external
            f: Int @requires(fields: "owner { id ... on Man { age } }")
          }
          interface Owner { id: ID! }
          type Man implements Owner @external { id: ID! age: Int }
          type Firm implements Owner @external { id: ID! }
        """,
    )
    assert planned(supergraph, "{ t { f } }") == printed("""
        1. a
             { t { id owner { id __typename ... on Man { age } } } }
        2. b after 1
           T by id owner { __typename id ... on Man { age } } at t
             { f }
    """)


# What can't be planned


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("query A { warehouse } query B { warehouse }", None, "has several operations"),
        ("query A { warehouse }", "B", "no operation named 'B'"),
        ("fragment F on Book { id }", None, "no operation to run"),
    ],
)
def test_operations_that_are_not_there(
    bookshop: Supergraph, query: str, name: str | None, message: str
) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        plan_operation(bookshop, parse(query), name)
    assert caught.value.code == "OPERATION_RESOLUTION_FAILURE"


def test_a_field_that_nobody_can_be_asked_for(bookshop: Supergraph) -> None:
    """Composition sees to it that no client can ask for one; so take the keys away afterwards."""
    bare = {
        name: replace(
            subgraph, types={type_.name: replace(type_, lookups=()) for type_ in subgraph.types.values()}
        )
        for name, subgraph in bookshop.subgraphs.items()
    }
    with pytest.raises(
        PlanningError, match=r"No subgraph .* Book\.inStock here, where catalog has .* key of Book"
    ):
        plan_operation(replace(bookshop, subgraphs=bare), parse("{ books { inStock } }"))


def test_fragments_within_fragments_without_end(bookshop: Supergraph) -> None:
    chain = " ".join(f"fragment F{n} on Book {{ ...F{n + 1} }}" for n in range(5000))
    document = parse(f"{{ books {{ ...F0 }} }} {chain} fragment F5000 on Book {{ id }}")
    with pytest.raises(PlanningError, match=r"nested too deeply .* fewer fragments") as caught:
        plan_operation(bookshop, document)
    assert caught.value.code == "OPERATION_TOO_LARGE"
