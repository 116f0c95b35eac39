"""Which subgraphs are asked for fields that several serve: the fewest steps, then the fewest requests."""

import pytest

from tests.stitched import FEDERATION, composed, planned, printed

ROOT = FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! }'


def plan(query: str, **subgraphs: str) -> str:
    """Plan over a root that has nothing but keys, and subgraphs that serve fields of them."""
    sdls = {
        name: f'{FEDERATION} type T @key(fields: "id") {{ id: ID! {subgraph} }}'
        if subgraph[0] != "!"
        else subgraph[1:]
        for name, subgraph in subgraphs.items()
    }
    return planned(composed(root=ROOT, **sdls), query)


def fields(*names: str) -> str:
    return " ".join(f"{name}: Int @shareable" for name in names)


@pytest.mark.parametrize("order", ["t { x y }", "t { y x }"])
@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_field_with_a_choice_goes_where_another_has_to_go(order: str, names: tuple[str, str]) -> None:
    one, both = names
    assert plan(f"{{ {order} }}", **{one: fields("x"), both: fields("x", "y")}) == printed(f"""
        1. root
             {{ t {{ id }} }}
        2. {both} after 1
           T by id at t
             {{ {order[4:-2]} }}
    """)


def test_fewer_steps_come_before_fewer_requests() -> None:
    by_code = FEDERATION + 'type T @key(fields: "code") { code: ID! x: Int @shareable y: Int @shareable }'
    assert plan(
        "{ t { x y } }",
        codes="code: ID! @shareable",
        late="!" + by_code,
        one=fields("x"),
        two=fields("y"),
    ) == printed("""
        1. root
             { t { id } }
        2. one after 1
           T by id at t
             { x }
        3. two after 1
           T by id at t
             { y }
    """)


def test_a_step_that_is_needed_anyway_costs_nothing_more() -> None:
    late = 'type T @key(fields: "code") { code: ID! x: Int @shareable z: Int }'
    assert plan(
        "{ t { x z } }", codes="code: ID! @shareable", late=f"!{FEDERATION} {late}", one=fields("x")
    ) == printed("""
        1. root
             { t { id } }
        2. codes after 1
           T by id at t
             { code }
        3. late after 1, 2
           T by code at t
             { x z }
    """)


def test_what_is_on_the_way_is_asked_for_there() -> None:
    late = 'type T @key(fields: "code") { code: ID! x: Int @shareable z: Int }'
    assert plan(
        "{ t { z x w } }",
        codes="code: ID! @shareable w: Int @shareable",
        late=f"!{FEDERATION} {late}",
        other=fields("w"),
    ) == printed("""
        1. root
             { t { id } }
        2. codes after 1
           T by id at t
             { code w }
        3. late after 1, 2
           T by code at t
             { z x }
    """)


# One for all rather than one for each


def test_a_root_that_answers_everything_is_asked_alone() -> None:
    supergraph = composed(
        a=FEDERATION + "type Query { x: Int @shareable }",
        b=FEDERATION + "type Query { y: Int @shareable }",
        c=FEDERATION + "type Query { x: Int @shareable y: Int @shareable }",
    )
    assert planned(supergraph, "{ x y }") == printed("""
        1. c
             { x y }
    """)


def test_a_lookup_that_answers_everything_is_made_alone() -> None:
    assert plan("{ t { x y } }", a=fields("x"), b=fields("y"), c=fields("x", "y")) == printed("""
        1. root
             { t { id } }
        2. c after 1
           T by id at t
             { x y }
    """)


def test_one_that_nobody_needs_may_still_answer_for_all() -> None:
    assert plan(
        "{ t { x y z } }", a=fields("x", "y"), b=fields("y", "z"), d=fields("x", "y", "z")
    ) == printed("""
        1. root
             { t { id } }
        2. d after 1
           T by id at t
             { x y z }
    """)


def test_two_may_do_what_takes_three_if_the_one_with_most_comes_first() -> None:
    assert plan(
        "{ t { p q r s u v } }",
        most=fields("p", "q", "r", "s"),
        one=fields("p", "q", "u"),
        two=fields("r", "s", "v"),
        u=fields("u"),
        v=fields("v"),
    ) == printed("""
        1. root
             { t { id } }
        2. one after 1
           T by id at t
             { p q u }
        3. two after 1
           T by id at t
             { r s v }
    """)


def test_objects_at_other_places_are_looked_up_by_the_same_request() -> None:
    root = (
        'type Query { t: T u: U } type T @key(fields: "id") { id: ID! } type U @key(fields: "id") { id: ID! }'
    )
    supergraph = composed(
        root=FEDERATION + root,
        a=FEDERATION + 'type T @key(fields: "id") { id: ID! x: Int @shareable }',
        b=FEDERATION
        + """
          type T @key(fields: "id") { id: ID! x: Int @shareable }
          type U @key(fields: "id") { id: ID! y: Int }
        """,
    )
    assert planned(supergraph, "{ t { x } u { y } }") == printed("""
        1. root
             { t { id } u { id } }
        2. b after 1
           T by id at t
             { x }
           U by id at u
             { y }
    """)


def test_what_nobody_waits_for_is_asked_for_when_its_subgraph_is_asked_later() -> None:
    supergraph = composed(
        root=ROOT,
        a=FEDERATION + 'type T @key(fields: "id") { id: ID! x: Int @shareable }',
        hop=FEDERATION
        + """
          type T @key(fields: "id") { id: ID! u: U }
          type U @key(fields: "id", resolvable: false) { id: ID! }
        """,
        last=FEDERATION
        + """
          type T @key(fields: "id") { id: ID! x: Int @shareable }
          type U @key(fields: "id") { id: ID! w: Int }
        """,
    )
    assert planned(supergraph, "{ t { x u { w } } }") == printed("""
        1. root
             { t { id } }
        2. hop after 1
           T by id at t
             { u { id } }
        3. last after 1, 2
           T by id at t
             { x }
           U by id at t.u
             { w }
    """)


def test_each_turn_of_a_mutation_takes_the_fewest_steps() -> None:
    supergraph = composed(
        root=FEDERATION
        + """
          type Query { t: T }
          type Mutation { first: T }
          type T @key(fields: "id") { id: ID! }
        """,
        other=FEDERATION
        + """
          type Mutation { second: T }
          type T @key(fields: "id") { id: ID! }
        """,
        codes=FEDERATION + 'type T @key(fields: "id") { id: ID! code: ID! @shareable }',
        late=FEDERATION + f'type T @key(fields: "code") {{ code: ID! {fields("x", "y", "z")} w: Int }}',
        one=FEDERATION + f'type T @key(fields: "id") {{ id: ID! {fields("x")} }}',
        two=FEDERATION + f'type T @key(fields: "id") {{ id: ID! {fields("y")} }}',
        three=FEDERATION + f'type T @key(fields: "id") {{ id: ID! {fields("z")} }}',
    )
    assert planned(supergraph, "mutation { first { x y z } second { w } }") == printed("""
        1. mutate root
             { first { id } }
        2. one after 1
           T by id at first
             { x }
        3. two after 1
           T by id at first
             { y }
        4. three after 1
           T by id at first
             { z }
        5. mutate other after 1, 2, 3, 4
             { second { id } }
        6. codes after 5
           T by id at second
             { code }
        7. late after 5, 6
           T by code at second
             { w }
    """)


def test_a_search_that_is_cut_short_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stitcher.planning.choose.EFFORT", 0)
    names = [f"x{number}" for number in range(12)]
    subgraphs = {f"s{first}": fields(*names[first::5], *names[:first]) for first in range(5)}
    printed_plan = plan(f"{{ t {{ {' '.join(names)} }} }}", **subgraphs)
    assert sorted(name for name in printed_plan.split() if name in names) == sorted(names)


def test_among_as_few_requests_those_for_which_leaves_wait_least() -> None:
    root = FEDERATION + 'type Query { t: T @shareable } type T @key(fields: "id", resolvable: false)'
    supergraph = composed(
        bare=root + "{ id: ID! }",
        full=root + "{ id: ID! x: Int @shareable }",
        late=FEDERATION + 'type T @key(fields: "id") { id: ID! x: Int @shareable y: Int }',
    )
    assert planned(supergraph, "{ t { x y } }") == printed("""
        1. full
             { t { x id } }
        2. late after 1
           T by id at t
             { y }
    """)
