import pytest
from graphql import parse_type

from stitcher.composition.compose import print_supergraph
from stitcher.composition.type_refs import merge_input, merge_output, type_text
from tests.composition.composing import compose_sdls, only_problem, places, printed, problems_of

SUPERTYPES = {"Dog": {"Animal", "Pet"}}


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ("Int", "Int!", "Int"),
        ("Int!", "Int!", "Int!"),
        ("[Int!]!", "[Int]!", "[Int]!"),
        ("[Int!]", "[Int]!", "[Int]"),
        ("[[Int!]!]!", "[[Int]!]", "[[Int]!]"),
        ("Dog", "Animal", "Animal"),
        ("[Pet]!", "[Dog!]!", "[Pet]!"),
        ("Int", "String", None),
        ("Int", "[Int]", None),
        ("[Dog]", "[Cat]", None),
    ],
)
def test_output_types_merge_to_the_most_general(one: str, other: str, merged: str | None) -> None:
    def is_subtype(name: str, of: str) -> bool:
        return of in SUPERTYPES.get(name, ())

    for pair in ((one, other), (other, one)):
        first, second = map(parse_type, pair)
        both = merge_output(first, second, is_subtype)
        assert (type_text(both) if both else None) == merged


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ("Int", "Int!", "Int!"),
        ("Int", "Int", "Int"),
        ("[Int!]", "[Int]!", "[Int!]!"),
        ("[[Int]!]", "[[Int!]]", "[[Int!]!]"),
        ("Int", "ID", None),
        ("[Int]", "Int!", None),
    ],
)
def test_input_types_merge_to_the_strictest(one: str, other: str, merged: str | None) -> None:
    for pair in ((one, other), (other, one)):
        both = merge_input(*map(parse_type, pair))
        assert (type_text(both) if both else None) == merged


def test_object_types_have_all_fields_and_interfaces() -> None:
    supergraph = compose_sdls(
        a="type Query { a: A } type A implements N { id: ID! x: [Int!]! } interface N { id: ID! }",
        b="""
            type A implements M @key(fields: "id") { id: ID! x: [Int] y(n: Int = 1): M }
            interface M { id: ID! }
        """,
    )
    assert printed(supergraph, "A") == (
        "type A implements N & M {\n  id: ID!\n  x: [Int]\n  y(n: Int = 1): M\n}"
    )


def test_a_field_may_return_a_member_or_the_union() -> None:
    supergraph = compose_sdls(
        a="type Query { any: Dog } type Dog { id: ID! }",
        b="type Query { any: Animal } union Animal = Dog | Cat type Dog { id: ID! } type Cat { id: ID! }",
    )
    assert printed(supergraph, "Query") == "type Query {\n  any: Animal\n}"
    assert supergraph.subgraphs["a"].types["Query"].fields["any"].type_name == "Dog"
    assert supergraph.subgraphs["b"].types["Animal"].possible_types == ("Cat", "Dog")


def test_a_field_of_types_that_cannot_be_merged() -> None:
    problem = only_problem(
        a="type Query {\n  a: Int\n  b: Int\n}", b="type Query {\n  a: Int\n  c: Int\n  b: String\n}"
    )
    assert problem.code == "FIELD_TYPE_MISMATCH"
    assert "Field Query.b" in problem.message
    assert "Int in a, String in b" in problem.message
    assert places(problem) == ["a.graphql:3", "b.graphql:4"]


def test_types_of_different_kinds() -> None:
    problem = only_problem(
        a="type Query { a: Int }\ntype A { id: ID }", b="enum A { X }\n", c="interface A { id: ID }"
    )
    assert problem.code == "TYPE_KIND_MISMATCH"
    assert "object type in a, enum in b, interface in c" in problem.message
    assert places(problem) == ["a.graphql:2", "b.graphql:1", "c.graphql:1"]


def test_arguments_are_those_of_all() -> None:
    supergraph = compose_sdls(
        a="type Query { a(x: Int, y: [Int!], z: Int = 3): Int }",
        b="type Query { a(x: Int!, y: [Int]!): Int }",
    )
    assert "a(x: Int!, y: [Int!]!): Int" in printed(supergraph, "Query")


def test_a_required_argument_that_others_lack() -> None:
    problem = only_problem(a="type Query { a(x: Int!): Int }", b="\ntype Query { a: Int }")
    assert problem.code == "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"
    assert "Query.a(x:) is required in a and missing in b" in problem.message
    assert places(problem) == ["a.graphql:1", "b.graphql:1"]


def test_defaults() -> None:
    both = compose_sdls(a="type Query { a(x: Int = 1): Int }", b="type Query { a(x: Int = 1): Int }")
    assert "a(x: Int = 1): Int" in printed(both, "Query")
    one = compose_sdls(a="type Query { a(x: Int = 1): Int }", b="type Query { a(x: Int): Int }")
    assert "a(x: Int): Int" in printed(one, "Query")
    problem = only_problem(a="type Query { a(x: Int = 1): Int }", b="type Query { a(x: Int = 2): Int }")
    assert problem.code == "FIELD_ARGUMENT_DEFAULT_MISMATCH"
    assert "1 in a, 2 in b" in problem.message


def test_argument_types_that_cannot_be_merged() -> None:
    problem = only_problem(a="type Query { a(x: Int): Int }", b="type Query { a(x: ID): Int }")
    assert problem.code == "FIELD_ARGUMENT_TYPE_MISMATCH"


def test_input_types_have_the_common_fields() -> None:
    supergraph = compose_sdls(
        a="type Query { a(f: F): Int } input F { x: Int = 1 y: [ID] z: Int }",
        b="input F { y: [ID!]! w: Boolean x: Int = 1 }",
    )
    assert printed(supergraph, "F") == "input F {\n  x: Int = 1\n  y: [ID!]!\n}"


def test_input_types_that_cannot_be_merged() -> None:
    query = "type Query { a(f: F): Int }"
    required = only_problem(a=f"{query} input F {{ x: Int y: Int! }}", b="input F { x: Int }")
    assert required.code == "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"
    assert "F.y is required in a and missing in b" in required.message
    different = only_problem(a=f"{query} input F {{ x: Int }}", b="input F { x: [Int] }")
    assert different.code == "INPUT_FIELD_TYPE_MISMATCH"
    default = only_problem(a=f"{query} input F {{ x: Int = 1 }}", b="input F { x: Int = 2 }")
    assert default.code == "INPUT_FIELD_DEFAULT_MISMATCH"
    nothing = only_problem(a=f"{query} input F {{ x: Int }}", b="input F { y: Int }")
    assert nothing.code == "EMPTY_MERGED_INPUT_TYPE"


def test_enums_that_clients_receive_have_all_values() -> None:
    supergraph = compose_sdls(a="type Query { a: E } enum E { A B }", b="enum E { C B }")
    assert printed(supergraph, "E") == "enum E {\n  A\n  B\n  C\n}"


def test_enums_that_clients_send_have_the_common_values() -> None:
    supergraph = compose_sdls(a="type Query { a(e: [E!]): Int } enum E { A B }", b="enum E { C B }")
    assert printed(supergraph, "E") == "enum E {\n  B\n}"


def test_enums_without_a_common_value() -> None:
    problem = only_problem(a="type Query { a(e: E): Int } enum E { A }", b="enum E { C }")
    assert problem.code == "EMPTY_MERGED_ENUM_TYPE"


def test_enums_that_clients_send_and_receive_are_the_same_everywhere() -> None:
    a = "type Query { a(e: E): E } enum E { A B }"
    problem = only_problem(a=a, b="enum E {\n  A\n}")
    assert problem.code == "ENUM_VALUE_MISMATCH"
    assert "value B is declared in a and not in b" in problem.message
    assert places(problem) == ["a.graphql:1", "b.graphql:1"]
    hidden = compose_sdls(a=a.replace("B }", "B @inaccessible }"), b="enum E { A }")
    assert printed(hidden, "E") == "enum E {\n  A\n}"


def test_unions_have_all_members() -> None:
    supergraph = compose_sdls(
        a="type Query { u: U } union U = A | B type A { x: Int } type B { x: Int }",
        b="extend union U = B | C type B { x: Int } type C { x: Int }",
    )
    assert printed(supergraph, "U") == "union U = A | B | C"
    assert supergraph.subgraphs["b"].types["U"].possible_types == ("B", "C")


def test_interfaces_have_all_fields() -> None:
    supergraph = compose_sdls(
        a="type Query { n: N } interface N { id: ID! } type A implements N { id: ID! x: Int }",
        b="interface N { x: Int } type A implements N { x: Int }",
    )
    assert printed(supergraph, "N") == "interface N {\n  id: ID!\n  x: Int\n}"


def test_descriptions_deprecations_and_specified_by_survive() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { a(old: Int @deprecated(reason: "gone")): Date e: E }
            scalar Date
            enum E { A }
        """,
        b='''
            "What is asked."
            type Query {
              "A date."
              a("How old." old: Int): Date @deprecated(reason: "no more")
              e(i: I): E
            }
            "A day."
            scalar Date @specifiedBy(url: "https://example.org/date")
            """Some letters."""
            enum E { "The first." A @deprecated(reason: "b") }
            input I @oneOf { "An x." x: Int @deprecated(reason: "y") y: Int }
        ''',
    )
    assert print_supergraph(supergraph) == (
        '"""What is asked."""\n'
        "type Query {\n"
        '  """A date."""\n'
        "  a(\n"
        '    """How old."""\n'
        '    old: Int @deprecated(reason: "gone")\n'
        '  ): Date @deprecated(reason: "no more")\n'
        "  e: E\n"
        "}\n\n"
        '"""A day."""\n'
        'scalar Date @specifiedBy(url: "https://example.org/date")\n\n'
        '"""Some letters."""\n'
        "enum E {\n"
        '  """The first."""\n'
        '  A @deprecated(reason: "b")\n'
        "}\n\n"
        "input I @oneOf {\n"
        '  """An x."""\n'
        '  x: Int @deprecated(reason: "y")\n'
        "  y: Int\n"
        "}\n"
    )


def test_the_description_of_the_schema_survives() -> None:
    supergraph = compose_sdls(a='"All of it." schema { query: Query } type Query { a: Int }')
    assert print_supergraph(supergraph).startswith('"""All of it."""\nschema {\n  query: Query\n}')


def test_executable_directives_are_those_that_all_define() -> None:
    supergraph = compose_sdls(
        a="""
            directive @trace(level: Int, label: String) repeatable on FIELD | QUERY | OBJECT
            directive @mine on FIELD
            type Query { a: Int }
        """,
        b="directive @trace(level: Int! = 2) on FIELD | FIELD_DEFINITION",
    )
    assert print_supergraph(supergraph) == (
        "directive @trace(level: Int!) on FIELD\n\ntype Query {\n  a: Int\n}\n"
    )


def test_executable_directives_with_arguments_that_cannot_be_merged() -> None:
    problem = only_problem(
        a="directive @trace(level: Int) on FIELD type Query { a: Int }",
        b="\ndirective @trace(level: ID) on FIELD\nextend type Query { b: Int }",
    )
    assert problem.code == "DIRECTIVE_ARGUMENT_TYPE_MISMATCH"
    assert places(problem) == ["a.graphql:1", "b.graphql:1"]


def test_a_problem_of_one_enum_does_not_hide_that_of_another() -> None:
    problems = problems_of(
        a="type Query { a(e: E, f: F): E } enum E { A B } enum F { A }", b="enum E { A } enum F { B }"
    )
    assert [problem.code for problem in problems] == ["ENUM_VALUE_MISMATCH", "EMPTY_MERGED_ENUM_TYPE"]
