"""Arguments from a context: who is asked for the value, and where it is read, told by plans."""

import pytest

from stitcher.supergraph import Supergraph
from tests.stitched import composed, planned, printed

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@shareable", '
    '"@external", "@context", "@fromContext"])\n'
)

SHOPS = f"""{LINK}
type Query {{ shops: [Shop!]! }}
type Shop @key(fields: "id") @context(name: "shop") {{
  id: ID! region: String @external offers: [Offer!]! window: Window
}}
type Window @key(fields: "id") {{ id: ID! }}
type Offer @key(fields: "id") {{
  id: ID! name: String price(region: String @fromContext(field: "$shop {{ region }}"), vat: Boolean): String
}}
"""

PLACES = f"""{LINK}
type Shop @key(fields: "id") {{ id: ID! region: String }}
type Window @key(fields: "id") {{ id: ID! front: Offer }}
type Offer @key(fields: "id", resolvable: false) {{ id: ID! }}
"""


@pytest.fixture(scope="module")
def shops() -> Supergraph:
    return composed(shops=SHOPS, places=PLACES)


def test_the_value_is_fetched_first_and_the_field_by_a_key_even_in_its_own_subgraph(
    shops: Supergraph,
) -> None:
    assert planned(shops, "{ shops { offers { name price(vat: true) } } }") == printed("""
        1. shops
             { shops { offers { id name } id } }
        2. places after 1
           Shop by id at shops
             { region }
        3. shops after 1, 2
           Offer by id at shops.offers
             with region from shops { region }
             { price(vat: true) }
    """)


def test_objects_between_may_come_from_elsewhere(shops: Supergraph) -> None:
    assert planned(shops, "{ shops { window { front { price } } } }") == printed("""
        1. shops
             { shops { window { id } id } }
        2. places after 1
           Window by id at shops.window
             { front { id } }
           Shop by id at shops
             { region }
        3. shops after 2
           Offer by id at shops.window.front
             with region from shops { region }
             { price }
    """)


def test_the_client_may_call_the_value_something_else(shops: Supergraph) -> None:
    assert planned(shops, "{ shops { region: id offers { a: price b: price(vat: false) } } }") == printed("""
        1. shops
             { shops { region: id offers { id } id } }
        2. places after 1
           Shop by id at shops
             { region_1: region }
        3. shops after 1, 2
           Offer by id at shops.offers
             with region from shops { region_1: region }
             { a: price b: price(vat: false) }
    """)


NESTED = f"""{LINK}
type Query @context(name: "c") {{ zone: String top: Node }}
interface Node @context(name: "d") {{ child: Node leaf: Leaf }}
type Setter implements Node @context(name: "c") {{ zone: String child: Node leaf: Leaf }}
type Other implements Node {{ child: Node leaf: Leaf mark: String }}
type Leaf @key(fields: "id") {{
  id: ID!
  told(zone: String @fromContext(field: "$c {{ zone }}")): String
  marked(mark: String @fromContext(field: "$d ... on Other {{ mark }}")): String
}}
"""


def test_the_nearest_object_of_a_type_that_sets_it_counts() -> None:
    plan = planned(
        composed(a=NESTED), "{ top { ... on Other { child { ... on Setter { leaf { told } } } } } }"
    )
    assert plan.endswith(
        "Leaf by id at top<Other>.child<Setter>.leaf\n"
        "     with zone from top<Other>.child<Setter> { zone }\n"
        "     { told }"
    )
    plan = planned(composed(a=NESTED), "{ top { ... on Other { leaf { told } } } }")
    assert "with zone from Query { zone }" in plan


def test_where_only_some_types_set_it_each_type_is_asked_by_itself() -> None:
    assert planned(composed(a=NESTED), "{ top { leaf { told } } }") == printed("""
        1. a
             { top { __typename ... on Other { leaf { id } } ... on Setter { leaf { id } zone } } zone }
        2. a after 1
           Leaf by id at top<Other>.leaf
             with zone from Query { zone }
             { told }
           Leaf by id at top<Setter>.leaf
             with zone from top<Setter> { zone }
             { told }
    """)


def test_an_interface_may_set_it_for_all_of_its_types() -> None:
    assert planned(composed(a=NESTED), "{ top { leaf { marked } } }") == printed("""
        1. a
             { top { __typename leaf { id } ... on Other { mark } } }
        2. a after 1
           Leaf by id at top.leaf
             with mark from top { ... on Other { mark } }
             { marked }
    """)


def test_arguments_from_different_objects_are_read_at_each() -> None:
    sdl = f"""{LINK}
    type Query @context(name: "outer") {{ zone: String mid: Mid }}
    type Mid @context(name: "inner") {{ mark: String leaf: Leaf }}
    type Leaf @key(fields: "id") {{
      id: ID!
      both(
        mark: String @fromContext(field: "$inner {{ mark }}")
        zone: String @fromContext(field: "$outer {{ zone }}")
      ): String
    }}
    """
    assert planned(composed(a=sdl), "{ mid { leaf { both } } }") == printed("""
        1. a
             { mid { leaf { id } mark } zone }
        2. a after 1
           Leaf by id at mid.leaf
             with mark from mid { mark }
             with zone from Query { zone }
             { both }
    """)


def test_a_value_may_be_a_root_field_of_another_subgraph() -> None:
    first = f"""{LINK}
    type Query @context(name: "q") {{ leaf: Leaf setting: Setting }}
    type Setting @key(fields: "id") {{ id: ID! zone: String @external }}
    type Leaf @key(fields: "id") {{
      id: ID! told(zone: String @fromContext(field: "$q {{ setting {{ zone }} }}")): String
    }}
    """
    second = f"""{LINK}
    type Setting @key(fields: "id") {{ id: ID! zone: String }}
    type Query {{ x: Leaf }}
    type Leaf @key(fields: "id", resolvable: false) {{ id: ID! }}
    """
    assert planned(composed(a=first, b=second), "{ x { told } }") == printed("""
        1. b
             { x { id } }
        2. a
             { setting { id } }
        3. b after 2
           Setting by id at setting
             { zone }
        4. a after 1, 3
           Leaf by id at x
             with zone from Query { setting { zone } }
             { told }
    """)
