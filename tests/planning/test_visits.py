"""Visits: which can be made where keys lead to each other, in circles and through their own type."""

import pytest

from stitcher.planning.visits import LEVEL_LIMIT
from stitcher.supergraph import Supergraph
from tests.cpu import cpu_time
from tests.stitched import composed, planned, printed

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@shareable", "@inaccessible"])\n'
)


@pytest.fixture(scope="module")
def nested() -> Supergraph:
    """A key that is nested in its own type, beside one that isn't."""
    return composed(
        a=LINK
        + """
          type Query { b: B }
          type B @key(fields: "id") @key(fields: "sku") @key(fields: "toB { id }") {
            id: ID! sku: ID! @shareable toB: B @shareable
          }
        """,
        b=LINK
        + """
          type Query { sB: B @shareable }
          type B @key(fields: "sku", resolvable: false) { sku: ID! @shareable toB: B @shareable }
        """,
    )


def test_a_key_may_be_nested_in_its_own_type(nested: Supergraph) -> None:
    assert planned(nested, "{ sB { id } }") == printed("""
        1. b
             { sB { sku } }
        2. a after 1
           B by sku at sB
             { id }
    """)
    assert planned(nested, "{ sB { toB { toB { id } } } }") == printed("""
        1. b
             { sB { toB { toB { sku } } } }
        2. a after 1
           B by sku at sB.toB.toB
             { id }
    """)


def test_a_key_of_a_nested_object_may_have_to_be_looked_up_first() -> None:
    supergraph = composed(
        a=LINK + 'type Query { b: B } type B @key(fields: "sku") { sku: ID! @shareable toB: B @shareable }',
        b=LINK + 'type B @key(fields: "sku") { sku: ID! @shareable id: ID! @shareable }',
        c=LINK + 'type B @key(fields: "toB { id }") { id: ID! @shareable toB: B @shareable x: Int }',
    )
    assert planned(supergraph, "{ b { x } }") == printed("""
        1. a
             { b { toB { sku } } }
        2. b after 1
           B by sku at b.toB
             { id }
        3. c after 1, 2
           B by toB { id } at b
             { x }
    """)


def test_nested_objects_are_looked_up_on_as_many_levels_as_it_takes() -> None:
    count = LEVEL_LIMIT
    below = range(1, count)
    supergraph = composed(
        a=LINK
        + "type Query { t1: T1 } "
        + " ".join(f"type T{n} {{ t{n + 1}: T{n + 1} @shareable }}" for n in below)
        + f' type T{count} @key(fields: "id") {{ id: ID! }}',
        b=LINK
        + " ".join(
            f'type T{n} @key(fields: "t{n + 1} {{ k{n + 1} }}") {{ t{n + 1}: T{n + 1} @shareable k{n}: Int }}'
            for n in below
        )
        + f' type T{count} @key(fields: "id") {{ id: ID! k{count}: Int }}',
    )
    lines = planned(supergraph, "{ t1 { k1 } }").splitlines()
    assert lines[-3:] == [f"{count + 1}. b after 1, {count}", "   T1 by t2 { k2 } at t1", "     { k1 }"]


@pytest.mark.parametrize("key", ["k{}", "t {{ k{} }}", "t {{ t {{ k{} }} }}"])
def test_keys_that_lead_nowhere_are_given_up_soon(key: str) -> None:
    """Every subgraph but the first has every key; none is known to the first."""
    keys = " ".join(f'@key(fields: "{key.format(n)}")' for n in range(4))
    fields = " ".join(f"k{n}: ID! @shareable @inaccessible" for n in range(4))
    value = "type O @shareable { x: Int }"
    others = {
        f"s{n}": f"{LINK} type Query {{ t{n}: T }} "
        f"type T {keys} {{ {fields} t: T @shareable o: O @shareable }} {value}"
        for n in range(4)
    }
    first = f"{LINK} type Query {{ t: T }} type T {{ t: T @shareable o: O @shareable }} {value}"
    supergraph = composed(first=first, **others)
    with cpu_time() as taken:
        plan = planned(supergraph, "{ t { t { o { x } } o { x } } }")
    assert plan == printed("""
        1. first
             { t { t { o { x } } o { x } } }
    """)
    assert taken.seconds < 5


def test_an_object_whose_type_nobody_tells_yet_may_meet_a_condition() -> None:
    federation = LINK.replace('"@key"', '"@key", "@external", "@requires", "@interfaceObject"')
    supergraph = composed(
        house=federation
        + """
          type Query { staff: [Person] }
          interface Person @key(fields: "id") { id: ID! }
          type Cook implements Person @key(fields: "id") { id: ID! knives: Int }
        """,
        teams=federation
        + """
          type Query { team: Team }
          type Team @key(fields: "id") { id: ID! lead: Person }
          type Person @key(fields: "id") @interfaceObject { id: ID! }
        """,
        needs=federation
        + """
          type Team @key(fields: "id") {
            id: ID! lead: Person @external
            needs: String @requires(fields: "lead { ... on Cook { knives } }")
          }
          interface Person @key(fields: "id", resolvable: false) { id: ID! }
          type Cook implements Person @key(fields: "id", resolvable: false) {
            id: ID! knives: Int @external
          }
        """,
    )
    assert planned(supergraph, "{ team { needs } }") == printed("""
        1. teams
             { team { id lead { id } } }
        2. house after 1
           Person by id at team.lead
             { __typename ... on Cook { knives } }
        3. needs after 1, 2
           Team by id lead { __typename ... on Cook { knives } } at team
             { needs }
    """)
