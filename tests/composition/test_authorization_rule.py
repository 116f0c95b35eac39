"""Directives that say who may see what: in the right place, with arguments that can be met."""

import pytest

from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        (
            "type Query { a(x: Int @authenticated): Int }",
            "@authenticated on x of Query in subgraph a protects",
        ),
        (
            "type Query { a(x: I): Int } input I @authenticated { y: Int }",
            "@authenticated on I in subgraph a",
        ),
        ("type Query { a(x: I): Int } input I { y: Int @authenticated }", "@authenticated on y of I"),
        ("type Query { a: E } enum E { A @authenticated }", "@authenticated on A of E"),
        ("type Query { a: U } type T { x: Int } union U @authenticated = T", "@authenticated on U"),
        ("type Query { a: Int @authenticated(x: 1) }", "@authenticated(x: 1) of subgraph a can't be read."),
        ("type Query { a: Int @requiresScopes }", "@requiresScopes of subgraph a can't be read."),
        ('type Query { a: Int @requiresScopes(scopes: "x") }', '@requiresScopes(scopes: "x") of subgraph a'),
        ('type Query { a: Int @requiresScopes(scopes: ["x"]) }', '@requiresScopes(scopes: ["x"]) of'),
        ("type Query { a: Int @requiresScopes(scopes: []) }", "@requiresScopes(scopes: []) of"),
        ("type Query { a: Int @policy(policies: [[]]) }", "@policy(policies: [[]]) of"),
        ("type Query { a: Int @policy(policies: [[1]]) }", "@policy(policies: [[1]]) of"),
        ("type Query { a: T } type T { x: Int @public }", "@public of subgraph a isn't on a field of a root"),
        ("type Query @public { a: Int }", "@public of subgraph a isn't on a field of a root"),
        ("type Query { a: String } extend scalar String @authenticated", "@authenticated on String in"),
        ("type Query { a: ID } scalar ID @authenticated", "@authenticated on ID in"),
        ("type Query { a: Int } extend schema @authenticated", "@authenticated on the schema in"),
        ("schema @policy(policies: [[]]) { query: Query } type Query { a: Int }", "@policy on the schema in"),
        (
            "type Query { a: Int b: Int @internal @authenticated }",
            "on Query.b in subgraph a protects nothing",
        ),
    ],
)
def test_what_protects_nothing_is_an_error(sdl: str, message: str) -> None:
    problem = only_problem(a=sdl)
    assert problem.code == "INVALID_AUTHORIZATION"
    assert message in problem.message
    assert places(problem) == ["a.graphql:1"]


def test_a_mark_on_an_external_field() -> None:
    external = (
        'type Query { b: T } type T @key(fields: "id") '
        '{ id: ID! x: Int @external {} y: Int @requires(fields: "x") {} }'
    )
    link = FEDERATION.replace('"@key"', '"@key", "@authenticated"')
    served = 'type Query { a: T } type T @key(fields: "id") { id: ID! x: Int {} }'
    problem = only_problem(
        a=f"{link}\n{served.replace('{}', '')}", b=f"{link}\n{external.replace('{}', '@authenticated')}"
    )
    assert problem.code == "INVALID_AUTHORIZATION"
    assert "Field T.x is external in subgraph b" in problem.message
    both = {"a": served, "b": external}
    compose_sdls(**{name: f"{link}\n{sdl.replace('{}', '@authenticated')}" for name, sdl in both.items()})


def test_what_is_right() -> None:
    compose_sdls(
        a="""
        type Query @authenticated { a: T @public }
        type Mutation { login: Int @public }
        interface I @authenticated { x: E }
        type T implements I @requiresScopes(scopes: [["a", "b"], ["c"]]) {
          x: E @policy(policies: [["p"]])
          s: S
        }
        enum E @authenticated { A }
        scalar S @authenticated
        """
    )
