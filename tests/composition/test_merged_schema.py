"""What is wrong with the merged schema alone: its places are those of all who declare it."""

import pytest

from tests.composition.composing import FEDERATION, only_problem, places

THING = """
interface Thing { name(a: Int): Int! }
type Box implements Thing @key(fields: "id") {
    id: ID!
    name(a: Int): Int! @shareable
}
type Query { thing: Thing }
"""


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("name(a: Int): Int", "expects type Int! but Box.name is type Int."),
        ("name: Int!", "Thing.name(a:) expected but Box.name does not provide it."),
        ("name(a: Int!): Int!", "expects type Int but Box.name(a:) is type Int!."),
    ],
)
def test_an_interface_that_another_spoils(field: str, message: str) -> None:
    other = f'type Box @key(fields: "id") {{\n  id: ID!\n  {field} @shareable\n}}'
    problem = only_problem(a=f"{FEDERATION}{THING}", b=f"{FEDERATION}\n{other}")
    assert problem.code == "INVALID_GRAPHQL"
    assert message in problem.message
    assert places(problem) == ["a.graphql:2", "a.graphql:5", "b.graphql:4"]


def test_an_interface_of_an_interface_that_one_subgraph_has() -> None:
    a = "interface J { n: Int }\ninterface I implements J { n: Int }\ntype Query { j: J }"
    problem = only_problem(a=a, b="interface I { n: Int }\ntype T implements I { n: Int }")
    assert "T must implement J" in problem.message
    assert places(problem) == ["a.graphql:2", "b.graphql:1", "b.graphql:2"]


def test_a_cycle_of_inputs_that_each_subgraph_has_half_of() -> None:
    query = "type Query { x(i: I): Int }\n"
    a = query + "input I { j: J }\ninput J { i: I! }"
    problem = only_problem(a=a, b=query + "input I { j: J! }\ninput J { i: I }")
    assert "I.j, J.i" in problem.message
    assert places(problem) == ["a.graphql:2", "b.graphql:2", "a.graphql:3", "b.graphql:3"]
