"""What a requirement gives to a field is taken by all that serve it."""

import pytest

from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, problems_of

REQUIRING = """
    type T @key(fields: "id") {{ id: ID! {external} @external y: Int @requires(fields: "{required}") }}
    {types}
"""


def composed(
    served: str, external: str, required: str, types: str = "", other_types: str = ""
) -> dict[str, str]:
    return {
        "a": f"{FEDERATION}\n{REQUIRING.format(external=external, required=required, types=types)}",
        "b": f"{FEDERATION}\ntype Query {{ t: T }}"
        f' type T @key(fields: "id") {{ id: ID! {served} }}\n{other_types}',
    }


@pytest.mark.parametrize(
    ("served", "external", "required", "types", "other_types", "message"),
    [
        ("x: Int", "x(n: Int): Int", "x(n: 1)", "", "", "T.x has no argument n, in subgraph b"),
        (
            "x(n: E): Int",
            "x(n: E): Int",
            "x(n: B)",
            "enum E { A B }",
            "enum E { A }",
            "B is no E, in subgraph b",
        ),
        (
            "x(n: I): Int",
            "x(n: I): Int",
            "x(n: {b: 1})",
            "input I { a: Int b: Int }",
            "input I { a: Int }",
            "I has no field b, in subgraph b",
        ),
        (
            "x(n: [I!]): Int",
            "x(n: [I!]): Int",
            "x(n: [{a: 1}, {a: 1, b: {c: 2}}])",
            "input I { a: Int b: J } input J { c: Int }",
            "input I { a: Int b: J } input J { d: Int }",
            "J has no field c, in subgraph b",
        ),
        ("x(n: Int!): Int", "x(n: Int): Int", "x(n: null)", "", "", "null is no Int!, in subgraph b"),
        (
            "x(n: Int!): Int",
            "x(n: Int): Int",
            "x",
            "",
            "",
            "The argument n of T.x is required, in subgraph b",
        ),
        (
            "o: O",
            "o: O",
            "o { x(n: 1) }",
            "type O { x(n: Int): Int @external }",
            "type O { x: Int }",
            "O.x has no argument n, in subgraph b",
        ),
    ],
)
def test_arguments_that_the_server_does_not_take(
    served: str, external: str, required: str, types: str, other_types: str, message: str
) -> None:
    problems = problems_of(**composed(served, external, required, types, other_types))
    found = [problem for problem in problems if problem.code == "REQUIRES_INVALID_FIELDS"]
    assert any(message in problem.message for problem in found), "\n".join(map(str, problems))
    assert all(places(problem)[0] == "a.graphql:3" for problem in found)
    assert any(place.startswith("b.graphql") for problem in found for place in places(problem))


def test_arguments_that_all_servers_take() -> None:
    compose_sdls(**composed("x(n: Int!): Int", "x(n: Int): Int", "x(n: 1)"))


def test_each_of_several_servers_is_checked() -> None:
    sdls = composed("x(n: Int): Int @shareable", "x(n: Int): Int", "x(n: 1)")
    compose_sdls(**sdls)
    sdls["c"] = f'{FEDERATION}\ntype T @key(fields: "id") {{ id: ID! x: Int @shareable }}'
    problem = only_problem(**sdls)
    assert problem.code == "REQUIRES_INVALID_FIELDS"
    assert "T.x has no argument n, in subgraph c." in problem.message


def test_an_interface_is_checked_for_all_of_its_types() -> None:
    sdls = composed(
        "i: I",
        "i: I",
        "i { x(n: 1) }",
        "interface I { x(n: Int): Int } type O implements I { x(n: Int): Int @external }",
        "interface I { x: Int } type O implements I { x(n: Int): Int }",
    )
    assert any("I.x has no argument n, in subgraph b" in each.message for each in problems_of(**sdls))


def test_arguments_of_computed_fields_are_checked() -> None:
    problems = problems_of(
        a='type T @key(selectionSet: "{ id }") { id: ID! y: Int @computed(selectionSet: "{ x(n: 1) }") } '
        'type Query { ts(ids: [ID!]!): [T] @merge(keyField: "id") }',
        b='type T @key(selectionSet: "{ id }") { id: ID! x(n: Int): Int } '
        'type Query { t(id: ID!): T @merge(keyField: "id") }',
        c='type T @key(selectionSet: "{ id }") { id: ID! x: Int } '
        'type Query { tc(id: ID!): T @merge(keyField: "id") }',
    )
    assert any("T.x has no argument n" in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("served", "external", "code"),
    [
        ("x: Int", "x: Int!", "EXTERNAL_TYPE_MISMATCH"),
        ("x: Int!", "x: Int", "EXTERNAL_TYPE_MISMATCH"),
        ("x: [Int]", "x: [Int!]", "EXTERNAL_TYPE_MISMATCH"),
        ("x(n: Int): Int", "x(n: Int!): Int", "EXTERNAL_ARGUMENT_TYPE_MISMATCH"),
    ],
)
def test_an_external_field_of_another_nullability(served: str, external: str, code: str) -> None:
    given = "x(n: 1)" if "(" in served else "x"
    assert only_problem(**composed(served, external, given)).code == code


def test_where_servers_differ_an_external_field_is_what_the_merged_type_holds() -> None:
    sdls = composed("x: Int! @shareable", "x: Int!", "x")
    sdls["c"] = f'{FEDERATION}\ntype T @key(fields: "id") {{ id: ID! x: Int @shareable }}'
    compose_sdls(**sdls)


@pytest.mark.parametrize(
    ("expected", "one", "other"),
    [
        ("Float", "1", "1.0"),
        ("Float", "1e2", "100.0"),
        ("ID", "1", '"1"'),
        ("[Int]", "1", "[1]"),
        ("I", "{a: 1, b: 2}", "{b: [2.0], a: 1}"),
        ("String", '"a"', '"""a"""'),
        ("S", "{a: 1, b: [2]}", "{b: [2], a: 1}"),
    ],
)
def test_defaults_are_compared_as_values(expected: str, one: str, other: str) -> None:
    types = "input I { a: Int b: [Float] } scalar S"
    supergraph = compose_sdls(
        a=f"type Query {{ x(n: {expected} = {one}): Int }} {types}",
        b=f"type Query {{ x(n: {expected} = {other}): Int }} {types}",
    )
    assert supergraph.schema.query_type


@pytest.mark.parametrize(
    ("expected", "one", "other"),
    [("Float", "1", "1.5"), ("ID", "1", '"01"'), ("[[Int]]", "[1, 2]", "[[1, 2]]"), ("S", "1", '"1"')],
)
def test_defaults_that_differ(expected: str, one: str, other: str) -> None:
    problem = only_problem(
        a=f"type Query {{ x(n: {expected} = {one}): Int }} scalar S",
        b=f"type Query {{ x(n: {expected} = {other}): Int }} scalar S",
    )
    assert problem.code == "FIELD_ARGUMENT_DEFAULT_MISMATCH"


@pytest.mark.parametrize(
    ("argument", "given", "types", "message"),
    [
        ("Int", "3000000000", "", "3000000000 is no Int"),
        ("Int", "-2147483649", "", "-2147483649 is no Int"),
        ("Float", "1e400", "", "1e400 is no Float"),
        ("I", "{a: 1, a: 2}", "input I { a: Int }", "The field a is given more than once"),
        ("Any", "{a: [{b: 1, b: 2}]}", "scalar Any", "The field b is given more than once"),
        ("One", "{a: 1, b: 2}", "input One @oneOf { a: Int b: Int }", "Exactly one field of One"),
        ("One", "{a: null}", "input One @oneOf { a: Int b: Int }", "Exactly one field of One"),
    ],
)
def test_arguments_that_no_service_takes(argument: str, given: str, types: str, message: str) -> None:
    field = f"x(n: {argument}): Int"
    problems = problems_of(**composed(field, field, f"x(n: {given})", types, types))
    assert any(message in problem.message for problem in problems), "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("argument", "given"), [("Int", "-2147483648"), ("Float", "1e300"), ("ID", "3000000000")]
)
def test_numbers_that_are_just_not_too_large(argument: str, given: str) -> None:
    field = f"x(n: {argument}): Int"
    compose_sdls(**composed(field, field, f"x(n: {given})"))
