"""Paths that can be answered, and those that can't: each with its query, the reason and the places."""

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, problems_of
from tests.cpu import cpu_time


def federated(*sdls: str) -> dict[str, str]:
    return {name: f"{FEDERATION}\n{sdl}" for name, sdl in zip("abcd", sdls, strict=False)}


def why(**sdls: str) -> str:
    problem = only_problem(**sdls)
    assert problem.code == "SATISFIABILITY_ERROR"
    assert problem.places
    return problem.message


# Keys


def test_without_a_key_there_is_no_way() -> None:
    problem = only_problem(
        **federated(
            "type Query { a: A }\ntype A @shareable { x: Int }",
            "\ntype A { x: Int @shareable y: Int z: Int }",
        )
    )
    assert problem.message == (
        "The query { a { y } } can't be answered: from a there is no way to A.y (nor to z); "
        "b has it, but no key to be asked by for objects of type A."
    )
    assert places(problem) == ["b.graphql:3"]


def test_a_key_that_is_not_resolvable_is_none() -> None:
    assert "b has it, but no key" in why(
        **federated(
            'type Query { a: A } type A @key(fields: "id") { id: ID! }',
            'type A @key(fields: "id", resolvable: false) { id: ID! y: Int }',
        )
    )


def test_a_key_that_is_out_of_reach() -> None:
    assert why(
        **federated(
            'type Query { a: A } type A @key(fields: "id") { id: ID! }',
            'type A @key(fields: "sku") @key(fields: "o { id }") { sku: ID! o: O y: Int } type O { id: ID! }',
        )
    ) == (
        "The query { a { sku } } can't be answered: from a there is no way to A.sku (nor to o, y); b has it, "
        'but takes no other keys than "sku" (sku is out of reach), "o { id }" (o is out of reach).'
    )


CHAIN = (
    'type Query { a: A } type A @key(fields: "k1") { k1: ID! }',
    'type A @key(fields: "k1") @key(fields: "k2") { k1: ID! k2: ID! }',
    'type A @key(fields: "k2") @key(fields: "k3") { k2: ID! k3: ID! }',
    'type A @key(fields: "k3") { k3: ID! x: Int }',
)


def test_a_chain_of_keys() -> None:
    compose_sdls(**federated(*CHAIN))


def test_a_broken_chain_of_keys() -> None:
    broken = [
        *CHAIN[:2],
        CHAIN[2].replace('@key(fields: "k2")', '@key(fields: "k2", resolvable: false)'),
        CHAIN[3],
    ]
    assert "takes no other keys" in problems_of(**federated(*broken))[0].message


def test_a_key_made_of_fields_of_two_subgraphs() -> None:
    compose_sdls(
        **federated(
            'type Query { a: A } type A @key(fields: "id") { id: ID! }',
            'type A @key(fields: "id") { id: ID! part: ID! @shareable }',
            'type A @key(fields: "id part") { id: ID! part: ID! x: Int }',
        )
    )


def test_nested_keys_that_lead_to_each_other() -> None:
    a = """
        type Query { a: A }
        type A @key(fields: "id") { id: ID! b: B @shareable }
        type B @key(fields: "id") { id: ID! }
    """
    b = """
        type B @key(fields: "id") { id: ID! a: A @shareable }
        type A @key(fields: "id") { id: ID! }
    """
    c = """
        type A @key(fields: "b { sku }") { id: ID! @shareable b: B @shareable x: Int }
        type B @key(fields: "sku") @key(fields: "a { id }") { sku: ID! a: A @shareable y: Int }
    """
    compose_sdls(**federated(a, b, c))
    problem, *_ = problems_of(**federated(a, b.replace("a: A @shareable", ""), c))
    assert '"b { sku }" (b.sku is out of reach)' in problem.message


def test_a_requirement_below_several_types() -> None:
    sdl = """
        type Query { a: A }
        type A @key(fields: "id") { id: ID! n: N }
        interface N { id: ID! }
        type P implements N { id: ID! @shareable }
        type Q implements N { id: ID! @shareable }
    """
    requiring = """
        type A @key(fields: "id") { id: ID! n: N @external x: Int @requires(fields: "n { id }") }
        interface N { id: ID! }
        type P implements N { id: ID! @shareable }
    """
    compose_sdls(**federated(sdl, requiring))


# Several subgraphs side by side


def test_a_shared_root_may_be_asked_for_in_each() -> None:
    compose_sdls(
        **federated(
            "type Query { v: V @shareable } type V { x: Int @shareable y: Int }",
            "type Query { v: V @shareable } type V { x: Int @shareable w: W @shareable } type W { a: Int }",
            "type Query { v: V @shareable } type V { w: W @shareable } type W { b: Int }",
        )
    )


def test_a_value_type_of_another_path_has_only_what_it_has_there() -> None:
    message = why(
        **federated(
            "type Query { v: V @shareable mine: V } type V { x: Int @shareable y: Int }",
            "type Query { v: V @shareable } type V { x: Int @shareable z: Int }",
        )
    )
    assert "{ mine { z } }" in message


def test_query_is_at_hand_everywhere() -> None:
    compose_sdls(
        **federated(
            "type Query { a: Int } type Mutation { change: Payload } type Payload { query: Query }",
            "type Query { b: Int }",
        )
    )


def test_mutations_and_subscriptions_are_ways_in_too() -> None:
    message = why(
        **federated(
            "type Query { q: Int } type Mutation { m: V } type V { x: Int @shareable }",
            "type Subscription { s: V } type V { x: Int @shareable }",
            "type Query { v: V } type V { x: Int @shareable y: Int }",
        )
    )
    assert "mutation { m { y } }" in message


def saving(*docs: str) -> dict[str, str]:
    """Return subgraphs that all have one mutation field, which returns what each makes of a Doc."""
    query = "type Query { q: Int @shareable }"
    return federated(*(f"{query} type Mutation {{ save: Doc @shareable }} type Doc {doc}" for doc in docs))


def test_a_mutation_has_to_be_answered_for_by_one_subgraph() -> None:
    problem = only_problem(**saving("{ x: Int @shareable }", "{ x: Int @shareable y: Int }", "{ z: Int }"))
    assert problem.code == "SATISFIABILITY_ERROR"
    assert problem.message == (
        "Mutation.save is done once, by one subgraph, and none of those that have it leads to everything "
        "below it. a: The query mutation { save { y } } can't be answered: from a there is no way to Doc.y; "
        "b has it, but no key to be asked by for objects of type Doc. b: The query mutation { save { z } } "
        "can't be answered: from b there is no way to Doc.z; c has it, but no key to be asked by for objects "
        "of type Doc. c: The query mutation { save { x } } can't be answered: from c there is no way to "
        "Doc.x; a has it, but no key to be asked by for objects of type Doc; b has it, but no key to be "
        "asked by for objects of type Doc."
    )
    assert places(problem) == ["a.graphql:2", "b.graphql:2", "c.graphql:2"]


@pytest.mark.parametrize(
    "docs",
    [
        ("{ x: Int @shareable }", "{ x: Int @shareable y: Int }"),
        ("{ x: Int @shareable y: Int }", "{ x: Int @shareable }"),
        ('@key(fields: "id") { id: ID! x: Int }', '@key(fields: "id") { id: ID! y: Int }'),
        (
            "{ id: ID! @shareable }",
            '@key(fields: "id") { id: ID! @shareable x: Int @shareable }',
            '@key(fields: "id") { id: ID! @shareable y: Int }',
        ),
    ],
)
def test_one_subgraph_that_can_answer_for_a_mutation_is_enough(docs: tuple[str, ...]) -> None:
    compose_sdls(**saving(*docs))


def test_a_mutation_may_be_answered_for_below_by_others() -> None:
    """What one server lacks, deep below, another may have; it has to be one all the same."""
    below = "{{ more: More @shareable }} type More @shareable {{ {} }}"
    compose_sdls(**saving(below.format("x: Int y: Int"), below.format("x: Int")))
    assert "a: The query mutation { save { more { y } } } can't be answered" in why(
        **saving(below.format("x: Int"), below.format("y: Int"))
    )


def test_a_query_may_be_answered_by_several() -> None:
    query = "type Query {{ doc: Doc @shareable }} type Doc {{ {} }}"
    compose_sdls(**federated(query.format("x: Int"), query.format("y: Int")))


def test_a_mutation_on_its_way_has_to_be_answered_for_before_and_after() -> None:
    before = "type Query { q: Int } type Mutation { save: Doc } type Doc { x: Int @shareable }"
    after = 'type Mutation {{ save: Doc @override(from: "a", label: "l") }} type Doc {{ {} }}'
    compose_sdls(**federated(before, after.format("x: Int @shareable")))
    assert "mutation { save { y } }" in why(**federated(before, after.format("x: Int @shareable y: Int")))


# Requirements and provisions

PRICED = 'type Query { a: A } type A @key(fields: "id") { id: ID! price: Int }'


def test_requirements_are_fetched_first() -> None:
    compose_sdls(
        **federated(
            PRICED,
            'type A @key(fields: "id") { id: ID! price: Int @external tax: Int @requires(fields: "price") }',
        )
    )


def test_a_chain_of_requirements_and_a_circle_of_them() -> None:
    b = 'type A @key(fields: "id") {{ id: ID! {} @external b: Int @requires(fields: "{}") }}'
    c = 'type A @key(fields: "id") { id: ID! b: Int @external c: Int @requires(fields: "b") }'
    compose_sdls(**federated(PRICED, b.format("price: Int", "price"), c))
    found = problems_of(**federated(PRICED, b.format("c: Int", "c"), c))
    assert {problem.code for problem in found} == {"SATISFIABILITY_ERROR"}
    assert 'c has it, but requires "b" (b is out of reach)' in found[0].message


def test_a_field_with_requirements_is_asked_for_by_a_key_even_where_the_object_is() -> None:
    b = """
        type Query {{ b: A }}
        type A @key(fields: "id"{}) {{ id: ID! price: Int @external tax: Int @requires(fields: "price") }}
    """
    compose_sdls(**federated(PRICED, b.format("")))
    assert "b has it, but no key" in why(**federated(PRICED, b.format(", resolvable: false")))


def test_a_requirement_below_an_object_that_is_elsewhere() -> None:
    a = """
        type Query { a: A }
        type A @key(fields: "id") { id: ID! o: O }
        type O @key(fields: "id") { id: ID! }
    """
    b = """
        type A @key(fields: "id") { id: ID! o: O @external y: Int @requires(fields: "o { size }") }
        type O @key(fields: "id") { id: ID! size: Int @external }
    """
    compose_sdls(**federated(a, b, 'type O @key(fields: "id") { id: ID! size: Int }'))
    found = problems_of(**federated(a, b, "type Query { o: O } type O { id: ID! @shareable size: Int }"))
    assert any('requires "o { size }" (o.size is out of reach)' in each.message for each in found)


PROVIDED = """
    type Query { a: A @provides(fields: "x b { y }") plain: A }
    type A @key(fields: "id") { id: ID! x: Int @external b: B }
    type B { y: Int @external }
"""


def test_what_a_path_provides_is_served_there_only() -> None:
    messages = [
        problem.message
        for problem in problems_of(
            **federated(
                PROVIDED,
                "type Query { z: A w: B } type A @shareable { id: ID! x: Int } type B @shareable { y: Int }",
            )
        )
    ]
    assert len(messages) == 2
    assert "{ plain { x } }" in messages[0]
    assert "{ plain { b { y } } }" in messages[1]


def test_what_is_provided_for_one_type_of_several() -> None:
    members = """
        type P @key(fields: "id") { id: ID! x: Int @external }
        type Q @key(fields: "id") { id: ID! x: Int @external }
    """
    others = """
        type P @key(fields: "id", resolvable: false) @shareable { id: ID! x: Int }
        type Q @shareable { id: ID! x: Int }
    """
    both = "... on P { x } ... on Q { x }"
    union = 'type Query {{ u: U @provides(fields: "{}") v: U @provides(fields: "{}") }} union U = P | Q'
    compose_sdls(**federated(union.format(both, both) + members, others))
    one = union.format("... on P { x }", both)
    assert "{ u { ... on Q { x } } }" in why(**federated(one + members, others))


# Labelled overrides


def test_a_field_on_its_way_is_in_reach_before_and_after() -> None:
    b = 'type A @key(fields: "id"{}) {{ id: ID! price: Int @override(from: "a", label: "new") }}'
    compose_sdls(**federated(PRICED, b.format("")))
    message = why(**federated(PRICED, b.format(", resolvable: false")))
    assert "{ a { price } }" in message
    assert "b has it, but no key" in message
    assert "a has it" not in message


# Abstract types


def test_each_object_type_is_a_path_of_its_own() -> None:
    message = why(
        **federated(
            """
            type Query { n: N }
            interface N { id: ID! }
            type P implements N @key(fields: "id") { id: ID! }
            type Q implements N { id: ID! @shareable }
            """,
            'type P @key(fields: "id") { id: ID! x: Int } type Q @shareable { id: ID! x: Int }',
        )
    )
    assert "{ n { ... on Q { x } } }" in message


def test_types_that_no_path_leads_to_need_no_way() -> None:
    compose_sdls(
        **federated(
            "type Query { u: U } union U = P type P { x: Int } type Lost { x: Int @shareable }",
            "union U = Lost type Lost { x: Int @shareable y: Int }",
        )
    )


def test_hidden_fields_may_be_out_of_reach_and_still_serve_as_keys() -> None:
    compose_sdls(
        **federated(
            'type Query { a: A } type A @key(fields: "id") { id: ID! @inaccessible x: Int }',
            'type A @key(fields: "id") { id: ID! @inaccessible y: Int }',
            "type A { z: Int @inaccessible }",
        )
    )


# Interface objects

TYPED = """
    type Query { n: N }
    interface N @key(fields: "id") { id: ID! }
    type P implements N @key(fields: "id") { id: ID! x: Int }
"""
UNTYPED = 'type Query { m: N } type N @key(fields: "id") @interfaceObject { id: ID! stars: Int }'


def test_interface_objects_get_their_types_where_the_interface_is_one() -> None:
    compose_sdls(**federated(TYPED, UNTYPED, 'type P @key(fields: "id") { id: ID! y: Int }'))


def test_interface_objects_whose_types_nobody_can_tell() -> None:
    message = why(**federated(TYPED.replace('interface N @key(fields: "id")', "interface N"), UNTYPED))
    assert "{ m { __typename } }" in message
    assert "a has it, but no key to be asked by for objects of type N" in message


def test_an_interface_object_that_cannot_be_asked_for_more() -> None:
    message = why(**federated(TYPED, UNTYPED.replace('(fields: "id")', '(fields: "id", resolvable: false)')))
    assert "{ n { ... on P { stars } } }" in message
    assert "b has it, but no key to be asked by for objects of type N" in message


def test_a_requirement_of_an_interface_object() -> None:
    b = UNTYPED.replace("stars: Int", 'x: Int @external stars: Int @requires(fields: "x")')
    compose_sdls(**federated(TYPED.replace("{ id: ID! }", "{ id: ID! x: Int }"), b))


# Other dialects

STITCHED = 'type Query { as(ids: [ID!]!): [A]! @merge(keyField: "id") } type A { id: ID! x: Int }'


def test_stitched_lookups_are_ways() -> None:
    compose_sdls(a=STITCHED, b="type Query { b: A } type A { id: ID! }")
    found = problems_of(a=STITCHED, b="type Query { b: A } type A { y: Int }")
    assert "{ as { y } }" in found[0].message
    assert 'a has it, but takes no other keys than "id" (id is out of reach)' in found[1].message


def test_lookup_fields_without_a_key_are_no_path_of_clients() -> None:
    compose_sdls(
        a=STITCHED, b='type Query { more(ids: [ID!]!): [A] @merge(keyField: "id") } type A { y: Int }'
    )


def test_a_requirement_goes_into_arguments() -> None:
    compose_sdls(
        a="type Query { a(id: ID!): A @lookup } type A { id: ID! price: Int }",
        b="""
            type Query { b(id: ID!): A @lookup @internal any: A }
            type A { id: ID! tax(price: Int @require(field: "price")): Int }
        """,
    )


def test_the_composite_schemas_spec_has_a_code_of_its_own() -> None:
    problem = only_problem(
        a="type Query { a(id: ID!): A @lookup } type A { id: ID! x: Int }",
        b="type Query { b: B many: [B] @internal } type A { y: Int } type B { z: Int }",
    )
    assert problem.code == "UNSATISFIABLE_QUERY_PATH"


# Time


def large(number: int) -> Source:
    """A subgraph with an entity that all have, one that leads to the next subgraph's, and a value type."""
    after = number + 1
    sdl = f"""{FEDERATION}
        type Query {{ q{number}: Shared r{number}: Link v{number}: Value }}
        type Shared @key(fields: "id") {{ id: ID! f{number}: Int link{number}: Link }}
        type Link @key(fields: "k{number}") @key(fields: "k{after}") {{
          k{number}: ID! k{after}: ID! x{number}: Int @external
          x{after}: Int @requires(fields: "x{number}")
        }}
        type Value @shareable {{ a: Int shared: Shared }}
    """
    if not number:
        sdl = sdl.replace("x0: Int @external", "").replace('@requires(fields: "x0")', "")
    return Source(f"s{number}", sdl, f"s{number}.graphql")


def seconds(subgraphs: int) -> float:
    sources = [large(number) for number in range(subgraphs)]
    with cpu_time() as taken:
        compose(sources)
    return taken.seconds


def test_the_time_is_near_linear_in_the_number_of_subgraphs() -> None:
    seconds(2)
    few, many = min(seconds(10) for _ in range(2)), seconds(100)
    assert many < few * 40


@pytest.mark.parametrize("subgraphs", [2, 5])
def test_the_large_one_is_whole(subgraphs: int) -> None:
    compose([large(number) for number in range(subgraphs)])
