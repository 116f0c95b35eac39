"""Which subgraphs are asked for fields that several serve: the fewest steps, then the fewest requests."""

import pytest

from tests.stitched import FEDERATION, composed, planned, printed

ROOT = FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! }'


def plan(query: str, **subgraphs: str) -> str:
    """Plan over a root that has nothing but keys, and subgraphs that serve fields of them."""
    sdls = {
        name: f'{FEDERATION} type T @key(fields: "id") {{ id: ID! {each} }}' if each[0] != "!" else each[1:]
        for name, each in subgraphs.items()
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
