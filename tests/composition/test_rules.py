"""One test a rule: its code, its words, and the place of each side."""

import pytest

from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, printed, problems_of

ENTITY = 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }'


def federated(sdl: str) -> str:
    return f"{FEDERATION}\n{sdl}"


def test_a_syntax_error_has_a_file_and_line() -> None:
    problem = only_problem(a="type Query {\n  a: Int\n  b Int\n}")
    assert problem.code == "INVALID_GRAPHQL"
    assert "Expected ':'" in problem.message
    assert places(problem) == ["a.graphql:3"]


def test_an_empty_sdl() -> None:
    assert only_problem(a="").code == "INVALID_GRAPHQL"


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query { a: Int\na: Int }", "declares the field Query.a twice"),
        ("type Query { a(x: Int\nx: Int): Int }", "declares the argument Query.a(x:) twice"),
        ("type Query { a: Int } enum E { A\nA }", "declares the value E.A twice"),
        ("type Query { a: Int } input I { a: Int\na: Int }", "declares the field I.a twice"),
        ("type Query { a: Int } scalar S\nscalar S", "declares the type S twice"),
        ("type Query { a: Int } scalar S\nextend type S { a: Int }", "declares the type S twice"),
    ],
)
def test_what_is_declared_twice(sdl: str, message: str) -> None:
    problem = only_problem(a=sdl)
    assert problem.code == "INVALID_GRAPHQL"
    assert message in problem.message
    assert places(problem) == ["a.graphql:1", "a.graphql:2"]


def test_extensions_before_and_after_a_definition_add_up() -> None:
    supergraph = compose_sdls(
        a='extend type Query { a: Int } "Ask." type Query { b: Int } extend type Query { c: Int } scalar Int'
    )
    assert printed(supergraph, "Query") == '"""Ask."""\ntype Query {\n  a: Int\n  b: Int\n  c: Int\n}'


def test_renamed_root_types() -> None:
    supergraph = compose_sdls(
        a="""
            schema { query: Root mutation: Write subscription: Watch }
            type Root implements Node { self: Root! all: [Root!] a: Any }
            interface Node { self: Root! }
            union Any = Root | Write
            type Write { b: Root }
            type Watch { c: Int }
        """,
        b="type Query { d: Int }",
    )
    assert "self: Query!" in printed(supergraph, "Query")
    assert "d: Int" in printed(supergraph, "Query")
    assert printed(supergraph, "Any") == "union Any = Query | Mutation"
    assert supergraph.subgraphs["a"].types["Query"].fields["all"].type_name == "Query"
    assert supergraph.schema.subscription_type is not None


def test_a_type_named_like_a_root_that_is_none() -> None:
    problem = only_problem(a="schema { query: Root } type Root { a: Query }\ntype Query { b: Int }")
    assert problem.code == "ROOT_QUERY_USED"
    assert places(problem) == ["a.graphql:2"]


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query { a: Thin } type Thing { id: ID }", "Field Query.a refers to Thin"),
        ("type Query { a(x: Nope): Int }", "Argument Query.a(x:) refers to Nope"),
        ("type Query { a: I } input I { x: Int }", "Field Query.a refers to I, which can't be used there"),
        ("type Query { a(q: Query): Int }", "of kind object type"),
        ("type Query { a: Int } input I { q: Query }", "Input field I.q refers to Query"),
        ("type Query implements Int { a: Int }", "Type Query refers to Int"),
        ("type Query { a: Int } union U = Int", "Union U refers to Int"),
        ("type Query { __a: Int }", "__a"),
    ],
)
def test_references(sdl: str, message: str) -> None:
    problem = only_problem(a=f"\n\n{sdl}")
    assert problem.code == "INVALID_GRAPHQL"
    assert message in problem.message
    assert places(problem) == ["a.graphql:1"]


def test_a_reference_has_a_near_miss() -> None:
    assert "did you mean Thing?" in only_problem(a="type Query { a: Thin } type Thing { id: ID }").fix


def test_field_sets() -> None:
    key = only_problem(a=federated('type Query { a: A }\ntype A\n  @key(fields: "id sku") { id: ID! }'))
    assert key.code == "KEY_INVALID_FIELDS"
    assert '"id sku" of type A in subgraph a' in key.message
    assert places(key) == ["a.graphql:4"]
    broken = only_problem(a=federated('type Query { a: A } type A @key(fields: "id {") { id: ID! }'))
    assert broken.code == "KEY_INVALID_FIELDS"
    number = only_problem(a=federated("type Query { a: A } type A @key(fields: 1) { id: ID! }"))
    assert number.code == "KEY_INVALID_FIELDS_TYPE"
    arguments = only_problem(
        a=federated('type Query { a: A } type A @key(fields: "x(n: 1)") { x(n: Int): ID! }')
    )
    assert arguments.code == "KEY_FIELDS_HAS_ARGS"
    requires = only_problem(
        a=ENTITY, b=federated('type A @key(fields: "id") { id: ID! y: Int @requires(fields: "x") }')
    )
    assert requires.code == "REQUIRES_INVALID_FIELDS"
    assert "field A.y in subgraph b" in requires.message
    provides = only_problem(
        a=ENTITY,
        b=federated('type Query { b: A @provides(fields: "y") } type A @key(fields: "id") { id: ID! }'),
    )
    assert provides.code == "PROVIDES_INVALID_FIELDS"


def test_external_fields_that_nobody_serves() -> None:
    problem = only_problem(
        a=ENTITY,
        b=federated(
            'type A @key(fields: "id") {\n id: ID!\n z: Int @external\n y: Int @requires(fields: "z") }'
        ),
    )
    assert problem.code == "EXTERNAL_MISSING_ON_BASE"
    assert "A.z is external in subgraph b" in problem.message
    assert places(problem) == ["b.graphql:4"]


def test_an_external_field_that_nothing_uses_is_not_there_in_federation_1() -> None:
    supergraph = compose_sdls(
        a='type Query { a: A } type A @key(fields: "id") { id: ID! }',
        b='extend type A @key(fields: "id") { id: ID! @external z: Int @external y: Int }',
    )
    text = printed(supergraph, "A")
    assert "  y: Int" in text
    assert "  z: Int" not in text


def test_external_fields_may_come_from_an_interface_object() -> None:
    compose_sdls(
        a=federated("""
            type Query { m: M }
            interface M @key(fields: "id") { id: ID! }
            type B implements M @key(fields: "id") {
              id: ID! rating: Int @external good: Boolean @requires(fields: "rating")
            }
        """),
        b=federated('type M @key(fields: "id") @interfaceObject { id: ID! rating: Int }'),
    )


def test_external_fields_that_look_otherwise() -> None:
    def with_external(field: str) -> tuple[str, ...]:
        b = f'type A @key(fields: "id") {{ id: ID! {field} @external y: Int @requires(fields: "x") }}'
        a = 'type Query { a: A } type A @key(fields: "id") { id: ID! x(n: Int): Int }'
        return tuple(problem.code for problem in problems_of(a=a, b=federated(b)))

    assert with_external("x(n: Int): String") == ("EXTERNAL_TYPE_MISMATCH",)
    assert with_external("x: Int") == ("EXTERNAL_ARGUMENT_MISSING",)
    assert with_external("x(n: ID): Int") == ("EXTERNAL_ARGUMENT_TYPE_MISMATCH",)


def test_an_external_field_may_be_of_a_more_general_type() -> None:
    compose_sdls(
        a="""
            type Query { a: A }
            type A @key(fields: "id") { id: ID! n: B }
            type B implements N { id: ID! }
            interface N { id: ID! }
        """,
        b=federated("""
            type A @key(fields: "id") { id: ID! n: N @external y: Int @requires(fields: "n { id }") }
            interface N { id: ID! }
        """),
    )


def test_fields_that_are_not_shared() -> None:
    problem = only_problem(
        a=federated("type Query {\n  a: Int @shareable\n}"),
        b=federated("type Query {\n  b: Int\n  a: Int\n}"),
    )
    assert problem.code == "INVALID_FIELD_SHARING"
    assert problem.message == "Field Query.a is served by a, b, but not shareable in b."
    assert places(problem) == ["a.graphql:3", "b.graphql:4"]


def test_interface_fields_that_are_not_implemented() -> None:
    problem = only_problem(
        a="type Query { n: N } interface N { id: ID! }\ntype A implements N { id: ID! }",
        b="interface N {\n  x: Int\n}\ntype B implements N { x: Int id: ID! }",
    )
    assert problem.code == "INTERFACE_FIELD_NO_IMPLEM"
    assert "N.x, declared in b, is in no subgraph's A, which implements N in a" in problem.message
    assert places(problem) == ["b.graphql:2", "a.graphql:2"]


def test_a_merged_schema_that_is_not_valid() -> None:
    problem = only_problem(
        a="type Query { n: N } interface N { x: Int }\ntype A implements N { x: Int }",
        b="interface N {\n  y: Int!\n}\n\ntype A implements N { y: Int }",
    )
    assert problem.code == "INVALID_GRAPHQL"
    assert "N.y" in problem.message
    assert places(problem) == ["b.graphql:2", "b.graphql:5"]


def test_nothing_to_ask() -> None:
    assert only_problem(a="type A { id: ID }").code == "NO_QUERIES"


def test_inaccessible_elements_leave_the_client_schema_only() -> None:
    supergraph = compose_sdls(
        a=federated("""
            type Query { a: A b(x: Int, y: Int @inaccessible): Int c: U i(f: F): N }
            type A @key(fields: "id") { id: ID! @inaccessible x: E }
            type Hidden implements N @inaccessible { id: ID! }
            type Seen implements N & Gone { id: ID! }
            interface N { id: ID! }
            interface Gone @inaccessible { id: ID! }
            union U = A | Hidden
            enum E { A B @inaccessible }
            input F { x: Int y: Int @inaccessible }
        """)
    )
    assert "b(x: Int): Int" in printed(supergraph, "Query")
    assert printed(supergraph, "A") == "type A {\n  x: E\n}"
    assert printed(supergraph, "U") == "union U = A"
    assert printed(supergraph, "E") == "enum E {\n  A\n}"
    assert printed(supergraph, "F") == "input F {\n  x: Int\n}"
    assert printed(supergraph, "Seen") == "type Seen implements N {\n  id: ID!\n}"
    assert not {"Hidden", "Gone"} & set(supergraph.schema.type_map)
    assert set(supergraph.subgraphs["a"].types["A"].fields) == {"id", "x"}
    assert supergraph.subgraphs["a"].types["N"].possible_types == ("Hidden", "Seen")


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("REFERENCED_INACCESSIBLE", "type Query { a: A }\ntype A @inaccessible { id: ID! }"),
        ("REFERENCED_INACCESSIBLE", "type Query { a(i: I): Int }\ninput I @inaccessible { x: Int }"),
        ("ONLY_INACCESSIBLE_CHILDREN", "type Query { a: Int }\ntype A { id: ID! @inaccessible }"),
        ("REQUIRED_INACCESSIBLE", "type Query { a(x: Int! @inaccessible): Int }"),
        ("REQUIRED_INACCESSIBLE", "type Query { a(i: I): Int }\ninput I { y: Int x: Int! @inaccessible }"),
        ("QUERY_ROOT_TYPE_INACCESSIBLE", "type Query @inaccessible { a: Int }"),
        (
            "DEFAULT_VALUE_USES_INACCESSIBLE",
            "type Query { a(e: [E] = [A, B]): Int }\nenum E { A B @inaccessible }",
        ),
        (
            "DEFAULT_VALUE_USES_INACCESSIBLE",
            "type Query { a(i: I = {e: B}): Int } input I { e: E }\nenum E { A B @inaccessible }",
        ),
        (
            "IMPLEMENTED_BY_INACCESSIBLE",
            "type Query { n: N } interface N { id: ID! }\n"
            "type A implements N { x: Int id: ID! @inaccessible }",
        ),
    ],
)
def test_inaccessible_elements_that_are_needed(code: str, sdl: str) -> None:
    problem = only_problem(a=sdl)
    assert problem.code == code
    assert problem.places


def test_all_problems_are_reported_at_once() -> None:
    codes = [
        problem.code
        for problem in problems_of(
            a="type Query { a: Int b: Nope c(x: Int!): Int }",
            b='type Query { a: String c: Int } type A @key(fields: "nope") { id: ID! }',
            c="type Broken {",
            d=federated("type Query { a: Int }"),
        )
    ]
    assert sorted(codes) == [
        "FIELD_TYPE_MISMATCH",
        "INVALID_FIELD_SHARING",
        "INVALID_GRAPHQL",
        "INVALID_GRAPHQL",
        "KEY_INVALID_FIELDS",
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
    ]


def test_a_subgraph_that_cannot_be_read_makes_no_other_one_wrong() -> None:
    problem = only_problem(
        a="type Query {",
        b=federated('type A @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }'),
    )
    assert places(problem)[0].startswith("a.graphql")
