"""Routes: who is asked for a field, and the way there through keys."""

import pytest
from graphql import parse

from stitcher.planning.nodes import Position, Taken
from stitcher.planning.planner import plan_operation
from stitcher.planning.routing import Router
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, planned, printed


@pytest.fixture(scope="module")
def chain() -> Supergraph:
    """Four subgraphs, each of which knows the next one's key only."""
    return composed(
        a=FEDERATION + 'type Query { t: T } type T @key(fields: "a") { a: ID! }',
        b=FEDERATION + 'type T @key(fields: "a") @key(fields: "b") { a: ID! b: ID! }',
        c=FEDERATION
        + """
          type T @key(fields: "b") @key(fields: "c d { e }") { b: ID! c: ID! d: D! x: Int }
          type D @shareable { e: ID! }
        """,
        d=FEDERATION
        + """
          type T @key(fields: "c d { e }") { c: ID! d: D! y: Int }
          type D @shareable { e: ID! }
        """,
    )


def test_a_chain_of_keys_is_followed(chain: Supergraph) -> None:
    assert planned(chain, "{ t { y } }") == printed("""
        1. a
             { t { a } }
        2. b after 1
           T by a at t
             { b }
        3. c after 1, 2
           T by b at t
             { c d { e } }
        4. d after 1, 3
           T by c d { e } at t
             { y }
    """)


def test_what_lies_on_the_way_is_taken_along(chain: Supergraph) -> None:
    assert planned(chain, "{ t { b x y } }") == printed("""
        1. a
             { t { a } }
        2. b after 1
           T by a at t
             { b }
        3. c after 1, 2
           T by b at t
             { c d { e } x }
        4. d after 1, 3
           T by c d { e } at t
             { y }
    """)


@pytest.fixture(scope="module")
def feed() -> Supergraph:
    """External fields that some paths provide, and others don't."""
    return composed(
        posts=FEDERATION
        + """
          type Query { feed: [Post] item: Item @provides(fields: "... on Ad { user { name } }") }
          type Post @key(fields: "id") {
            id: ID!
            author: User @provides(fields: "name pet { name }")
            editor: User
          }
          type Ad { user: User }
          type User @key(fields: "id") { id: ID! name: String @external pet: Pet @external }
          type Pet { name: String @external }
          union Item = Post | Ad
        """,
        users=FEDERATION
        + """
          type User @key(fields: "id") { id: ID! name: String @shareable pet: Pet @shareable }
          type Pet { name: String @shareable age: Int }
        """,
    )


def test_an_external_field_is_asked_for_where_a_path_provides_it(feed: Supergraph) -> None:
    query = "{ feed { author { name pet { name } } editor { name } } }"
    assert planned(feed, query) == printed("""
        1. posts
             { feed { author { name pet { name } } editor { id } } }
        2. users after 1
           User by id at feed.editor
             { name }
    """)


def test_what_is_provided_in_part_is_asked_for_elsewhere_as_a_whole(feed: Supergraph) -> None:
    assert planned(feed, "{ feed { author { pet { name age } } } }") == printed("""
        1. posts
             { feed { author { id } } }
        2. users after 1
           User by id at feed.author
             { pet { name age } }
    """)


def test_a_field_may_be_provided_for_one_type_of_a_union(feed: Supergraph) -> None:
    query = "{ item { ... on Ad { user { name } } ... on Post { editor { name } } } }"
    assert planned(feed, query) == printed("""
        1. posts
             { item { __typename ... on Ad { user { name } } ... on Post { editor { id } } } }
        2. users after 1
           User by id at item<Post>.editor
             { name }
    """)


@pytest.fixture(scope="module")
def shared() -> Supergraph:
    """A field that three subgraphs share, beside one of each one's own."""
    own = 'type T @key(fields: "id") {{ id: ID! x: Int @shareable {0}: Int }}'
    return composed(
        start=FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! }',
        **{name: FEDERATION + own.format(name * 2) for name in "bcd"},
    )


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("{ t { x } }", ["b: x"]),
        ("{ t { x dd } }", ["d: x dd"]),
        ("{ t { x cc dd } }", ["c: x cc", "d: dd"]),
        ("{ t { dd x: id cc } }", ["d: dd", "c: cc"]),
    ],
)
def test_a_shared_field_is_asked_of_who_is_asked_anyway(
    shared: Supergraph, query: str, asked: list[str]
) -> None:
    lines = planned(shared, query).splitlines()[2:]
    who = [line.split()[1] for line in lines[::3]]
    what = [line.strip(" {}") for line in lines[2::3]]
    assert sorted(f"{name}: {fields}" for name, fields in zip(who, what, strict=True)) == sorted(asked)


def test_an_object_that_two_subgraphs_share_is_asked_of_both_for_what_only_one_has() -> None:
    supergraph = composed(
        a=FEDERATION + "type Query { t: T @shareable } type T @shareable { o: O } type O { p: Int }",
        b=FEDERATION + "type Query { t: T @shareable } type T @shareable { o: O } type O { q: Int }",
    )
    assert planned(supergraph, "{ t { o { p q } } }") == printed("""
        1. a
             { t { o { p } } }
        2. b
             { t { o { q } } }
    """)


@pytest.fixture(scope="module")
def requiring() -> Supergraph:
    """Fields that need others first, in a row, and plain ones beside them."""
    return composed(
        a=FEDERATION
        + """
          type Query { t: T }
          type T @key(fields: "id") { id: ID! p: Int }
          type W @key(fields: "id") { id: ID! k: Int w: W }
        """,
        b=FEDERATION
        + """
          type Query { w: W }
          type T @key(fields: "id") {
            id: ID! p: Int @external plain: Int first: Int @requires(fields: "p")
          }
          type W @key(fields: "id") {
            id: ID! k: Int @external w: W @external own: Int @requires(fields: "k w { k }")
          }
        """,
        c=FEDERATION
        + """
          type T @key(fields: "id") { id: ID! first: Int @external second: Int @requires(fields: "first") }
        """,
    )


def test_plain_fields_ride_with_one_that_requires_more(requiring: Supergraph) -> None:
    assert planned(requiring, "{ t { plain first } }") == printed("""
        1. a
             { t { id p } }
        2. b after 1
           T by id p at t
             { first plain }
    """)


def test_what_is_required_may_require_more_itself(requiring: Supergraph) -> None:
    assert planned(requiring, "{ t { plain second } }") == printed("""
        1. a
             { t { id p } }
        2. b after 1
           T by id p at t
             { first plain }
        3. c after 1, 2
           T by id first at t
             { second }
    """)


def test_a_subgraph_is_asked_again_once_others_have_answered_what_it_requires(
    requiring: Supergraph,
) -> None:
    assert planned(requiring, "{ w { own } }") == printed("""
        1. b
             { w { id } }
        2. a after 1
           W by id at w
             { k w { k } }
        3. b after 1, 2
           W by id k w { k } at w
             { own }
    """)


def test_keys_and_required_fields_give_way_to_what_the_client_asks_for(requiring: Supergraph) -> None:
    assert planned(requiring, "{ t { p: id p_1: id id: __typename first } }") == printed("""
        1. a
             { t { id_1: id p_2: p p: id p_1: id id: __typename } }
        2. b after 1
           T by id_1: id p_2: p at t
             { first }
    """)


def test_keys_give_way_to_fields_of_another_type_in_the_same_place() -> None:
    supergraph = composed(
        a="""
            type Query { found: [Found] }
            union Found = Book | Game
            type Book @key(selectionSet: "{ code }") { code: String! }
            type Game @key(selectionSet: "{ code }") { code: String }
        """,
        b="""
            type Query { game(code: String): Game @merge(keyField: "code") }
            type Game { code: String price: Int }
        """,
    )
    assert planned(supergraph, "{ found { ... on Book { code } ... on Game { price } } }") == printed("""
        1. a
             { found { __typename ... on Book { code } ... on Game { code_1: code } } }
        2. b after 1
           Game by code_1: code (game) at found<Game>
             { price }
    """)


def test_a_place_gives_each_field_a_key_of_its_own() -> None:
    place = Position()

    def claimed(arguments: str, type_name: str = "Book") -> str:
        return place.claim(Taken(type_name, "price", arguments), lambda one, other: one[1:] != other[1:])

    assert claimed("") == "price"
    assert claimed('(in: "EUR")') == "price_1"
    assert claimed('(in: "USD")') == "price_2"
    assert claimed("") == claimed("", "Game") == "price"
    assert place.child("owner") is place.child("owner")


def test_nobody_serves_an_unknown_root_field(requiring: Supergraph) -> None:
    assert Router(requiring).roots("Query", "nothing") == []


# Query again


@pytest.fixture(scope="module")
def again() -> Supergraph:
    """Fields of one subgraph lead back to Query, of which two others have more."""
    return composed(
        a=FEDERATION
        + """
          type Query { me: User q: Query }
          type User { q: Query! qs: [Query!] }
          type Mutation { do: Done }
          type Done { query: Query! }
        """,
        b=FEDERATION
        + """
          type Query { x: Int n(a: Int): Int t: T @shareable }
          type T @shareable { p: Int r: Int }
          type Mutation { undo: Undone }
          type Undone { query: Query! }
        """,
        c=FEDERATION + "type Query { y: Int t: T @shareable } type T @shareable { p: Int s: Int }",
    )


def test_below_query_any_subgraph_can_be_asked(again: Supergraph) -> None:
    assert planned(again, "{ me { q { k: x y } qs { __typename } } }") == printed("""
        1. a
             { me { q { __typename } qs { __typename } } }
        2. b after 1
           Query at me.q
             { k: x }
        3. c after 1
           Query at me.q
             { y }
    """)


def test_who_is_asked_anyway_is_asked_below_query_too(again: Supergraph) -> None:
    assert planned(again, "{ q { t { p s } me { q { y } } } }") == printed("""
        1. a
             { q { __typename me { q { __typename } } } }
        2. c after 1
           Query at q
             { t { p s } }
        3. c after 1
           Query at q.me.q
             { y }
    """)


def test_an_object_that_two_subgraphs_share_below_query(again: Supergraph) -> None:
    assert planned(again, "{ q { t { r s } } }") == printed("""
        1. a
             { q { __typename } }
        2. b after 1
           Query at q
             { t { r } }
        3. c after 1
           Query at q
             { t { s } }
    """)
    _, *both = plan_operation(again, parse("{ q { t { r s } } }")).fetches
    assert [fetch.deep for fetch in both] == [True, True]


def test_what_is_asked_of_query_at_several_places_is_asked_once(again: Supergraph) -> None:
    assert planned(again, "{ x q { x n } me { q { n x } qs { x n(a: 1) } } }") == printed("""
        1. b
             { x }
        2. a
             { q { __typename } me { q { __typename } qs { __typename } } }
        3. b after 2
           Query at q, me.q
             { x n }
        4. b after 2
           Query at me.qs
             { x n(a: 1) }
    """)


def test_below_a_mutation_query_is_asked_after_it(again: Supergraph) -> None:
    query = "mutation { do { query { x y } } undo { query { x me { q { x } } } } }"
    assert planned(again, query) == printed("""
        1. mutate a
             { do { query { __typename } } }
        2. b after 1
           Query at do.query
             { x }
        3. c after 1
           Query at do.query
             { y }
        4. mutate b after 1, 2, 3
             { undo { query { x __typename } } }
        5. a after 4
           Query at undo.query
             { me { q { __typename } } }
        6. b after 5
           Query at undo.query.me.q
             { x }
    """)
    documents = [fetch.document for fetch in plan_operation(again, parse(query)).fetches]
    kinds = [document and document.text.split()[0] for document in documents]
    assert kinds == ["mutation", "query", "query", "mutation", "query", "query"]


def test_a_plan_as_data_says_where_query_is_asked_again(again: Supergraph) -> None:
    assert plan_operation(again, parse("{ q { x } }")).to_json()["fetches"][1] == {
        "id": 2,
        "subgraph": "b",
        "after": [1],
        "document": "query { x }",
        "variables": [],
        "at": ["q"],
        "selections": "x",
    }


def test_query_may_be_required() -> None:
    supergraph = composed(
        a=FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! q: Query }',
        b=FEDERATION + "type Query { x: Int }",
        c=FEDERATION
        + """
          type Query { x: Int @external }
          type T @key(fields: "id") { id: ID! q: Query @external f: Int @requires(fields: "q { x }") }
        """,
    )
    assert planned(supergraph, "{ t { f } }") == printed("""
        1. a
             { t { id q { __typename } } }
        2. b after 1
           Query at t.q
             { x }
        3. c after 1, 2
           T by id q { x } at t
             { f }
    """)
