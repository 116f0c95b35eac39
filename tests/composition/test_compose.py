"""Whole compositions: what comes out, and what it costs."""

import time

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from stitcher.supergraph import SubgraphField, TypeKind
from tests.composition.composing import FEDERATION, compose_sdls


def test_no_subgraphs():
    with pytest.raises(CompositionError, match="NO_QUERIES"):
        compose([])


def test_subgraphs_keep_their_names_order_urls_and_sdl():
    sources = [
        Source("zoo", "type Query { z: Int }", "zoo.graphql", ("http://one", "http://two")),
        Source("ark", "type Query { a: Int }", "ark.graphql", ("http://three",)),
    ]
    supergraph = compose(sources)
    assert list(supergraph.subgraphs) == ["zoo", "ark"]
    assert supergraph.subgraphs["zoo"].urls == ("http://one", "http://two")
    assert supergraph.subgraphs["ark"].sdl == "type Query { a: Int }"
    assert list(supergraph.schema.query_type.fields) == ["z", "a"]


def test_a_subgraph_has_its_composite_types_as_it_declares_them():
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
    assert types["Query"].fields["all"] == SubgraphField("all", "Any")
    assert types["Query"].fields["d"] == SubgraphField("d", "Date")
    assert supergraph.subgraphs["b"].types["Node"].possible_types == ("C",)


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
    start = time.process_time()
    compose(sources)
    return time.process_time() - start


def test_the_time_is_near_linear_in_the_number_of_subgraphs():
    seconds(2, 2)
    few = min(seconds(15, 6) for _ in range(2))
    many = seconds(150, 6)
    assert many < few * 10 * 3
