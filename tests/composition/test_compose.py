"""Whole compositions: what comes out, and what it costs."""

import re
from collections.abc import Sequence

import pytest
from graphql import assert_object_type
from hypothesis import given, settings
from hypothesis import strategies as st

from stitcher.composition.compose import compose, print_supergraph
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError, Problem
from stitcher.supergraph import SubgraphField, TypeKind
from tests.composition.composing import FEDERATION, compose_sdls
from tests.cpu import cpu_time


def test_no_subgraphs() -> None:
    with pytest.raises(CompositionError, match="NO_QUERIES"):
        compose([])


def test_subgraphs_keep_their_names_order_urls_and_sdl() -> None:
    sources = [
        Source("zoo", "type Query { z: Int }", "zoo.graphql", ("http://one", "http://two")),
        Source("ark", "type Query { a: Int }", "ark.graphql", ("http://three",)),
    ]
    supergraph = compose(sources)
    assert list(supergraph.subgraphs) == ["zoo", "ark"]
    assert supergraph.subgraphs["zoo"].urls == ("http://one", "http://two")
    assert supergraph.subgraphs["ark"].sdl == "type Query { a: Int }"
    assert list(assert_object_type(supergraph.schema.query_type).fields) == ["z", "a"]


def test_a_subgraph_has_its_composite_types_as_it_declares_them() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { node: Node all: [Any!]! e: E d: Date }
            interface Node { id: ID! }
            interface Named implements Node { id: ID! name: String }
            type B implements Named & Node { id: ID! name: String }
            type A implements Node { id: ID! }
            union Any = B | A
            enum E { X }
            scalar Date
            input I { x: Int }
        """,
        b="type C implements Node { id: ID! } interface Node { id: ID! }",
    )
    types = supergraph.subgraphs["a"].types
    assert {name: declared.kind for name, declared in types.items()} == {
        "Query": TypeKind.OBJECT,
        "Node": TypeKind.INTERFACE,
        "Named": TypeKind.INTERFACE,
        "B": TypeKind.OBJECT,
        "A": TypeKind.OBJECT,
        "Any": TypeKind.UNION,
    }
    assert types["Node"].possible_types == ("A", "B")
    assert types["Any"].possible_types == ("A", "B")
    assert types["A"].possible_types == ("A",)
    assert types["Query"].fields["all"] == SubgraphField("all", "Any", "[Any!]!")
    assert types["Query"].fields["d"] == SubgraphField("d", "Date", "Date")
    assert supergraph.subgraphs["b"].types["Node"].possible_types == ("C",)


SUBGRAPHS = {
    "federated": f"""{FEDERATION}
        type Query {{ a: A @provides(fields: "x") b: [B!] media: Media }}
        type A @key(fields: "id") @key(fields: "b {{ id }}", resolvable: false) {{
          id: ID! b: B x: Int @external
        }}
        type B implements Node @key(fields: "id") @shareable {{ id: ID! at: At e(of: E = Y): E }}
        interface Node {{ id: ID! }}
        interface Media @key(fields: "id") {{ id: ID! }}
        type Film implements Media @key(fields: "id") {{ id: ID! title: String @inaccessible }}
        scalar At
        enum E {{ X @inaccessible Y }}
    """,
    "other": f"""{FEDERATION}
        type A @key(fields: "id") {{
          id: ID! x: Int @shareable y: Int @requires(fields: "b {{ id }}") b: B @external
        }}
        type B @shareable {{ id: ID! e(of: E = Y): E }}
        enum E {{ X Y }}
        type Media @key(fields: "id") @interfaceObject {{ id: ID! stars: Int @override(from: "federated") }}
        union Any = A | B
        type Mutation {{ set(input: In!): Any }}
        input In {{ id: ID = 1 of: [E!] }}
    """,
    "stitched": """
        schema { query: Root }
        type Root {
          as(keys: [Key!]!): [A]! @merge(keyArg: "keys")
          one(id: ID!, in: In): B @merge(keyField: "id", types: ["B"], key: ["id"]) @canonical
        }
        type A @key(selectionSet: "{ id }") { id: ID! z: Int @computed(selectionSet: "{ x }") }
        type B { id: ID! }
        input Key { id: ID! x: Int }
        input In { id: ID = 1 }
        directive @trace(level: Int) on FIELD
    """,
}
TOKEN = re.compile(r'"[^"\n]*"|\w+|[^\w\s]')
SPARE = [
    '"x"',
    '"{"',
    "5",
    "null",
    "[1]",
    "{a: 1}",
    "String",
    "Query",
    "__x",
    "input",
    "union",
    "@inaccessible",
    "@external",
    "@interfaceObject",
    "@merge",
    '@key(fields: "id")',
    '@computed(selectionSet: "id")',
]


def test_the_broken_ones_are_whole_to_begin_with() -> None:
    compose_sdls(**SUBGRAPHS)


@pytest.mark.search
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_broken_raises_nothing_but_problems(data: st.DataObject) -> None:
    sdls = dict(SUBGRAPHS)
    name = data.draw(st.sampled_from(sorted(sdls)))
    tokens = TOKEN.findall(sdls[name])
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(tokens) - 1))
        spare = data.draw(st.sampled_from(SPARE) | st.sampled_from(tokens))
        tokens[at : at + data.draw(st.integers(0, 1))] = [spare]
    sdls[name] = " ".join(tokens)
    problems: Sequence[Problem] = ()
    try:
        assert print_supergraph(compose_sdls(**sdls))
    except CompositionError as error:
        problems = error.problems or [Problem("NONE", "")]
    assert all(problem.code and problem.message and problem.fix for problem in problems)


def large(number: int, types: int) -> Source:
    """A subgraph of its own types, one entity that all share, and one value type."""
    own = "\n".join(
        f'"Type {t}" type T{number}_{t} @key(fields: "id") '
        f"{{ id: ID! a(first: Int = 5): Int b: [String!]! next: T{number}_{(t + 1) % types} shared: Shared }}"
        for t in range(types)
    )
    queries = " ".join(f"q{number}_{t}(id: ID!): T{number}_{t}" for t in range(types))
    sdl = f"""{FEDERATION}
        type Query {{ {queries} }}
        type Shared @shareable {{ x: Int e: E }}
        enum E {{ A B }}
        type Entity @key(fields: "id") {{ id: ID! e{number}: Int }}
        {own}
    """
    return Source(f"s{number}", sdl, f"s{number}.graphql")


def seconds(subgraphs: int, types: int) -> float:
    sources = [large(number, types) for number in range(subgraphs)]
    with cpu_time() as taken:
        compose(sources)
    return taken.seconds


def test_the_time_is_near_linear_in_the_number_of_subgraphs() -> None:
    seconds(2, 2)
    few = min(seconds(15, 6) for _ in range(2))
    many = seconds(150, 6)
    assert many < few * 10 * 3
