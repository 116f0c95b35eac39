"""One test a hint: its code, its words, and its places. What surprises nobody gives none."""

from textwrap import dedent

import pytest

from stitcher.composition.compose import compose_with_hints
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError, Problem
from tests.composition.composing import FEDERATION, places


def hints(**sdls: str) -> tuple[Problem, ...]:
    sources = [Source(name, dedent(sdl).strip("\n"), f"{name}.graphql") for name, sdl in sdls.items()]
    return compose_with_hints(sources).hints


def only_hint(**sdls: str) -> Problem:
    found = hints(**sdls)
    assert len(found) == 1, "\n\n".join(map(str, found))
    assert found[0].fix
    return found[0]


def federated(*sdls: str) -> dict[str, str]:
    return {name: f"{FEDERATION}\n{sdl}" for name, sdl in zip("abcd", sdls, strict=False)}


def test_what_is_the_same_gives_none() -> None:
    sdl = """
        type Query { a(x: I = {n: 1}): A any: Any e(e: E): E }
        "An A." type A { id: ID! @deprecated(reason: "Old.") }
        input I { n: Int = 1 }
        union Any = A
        enum E { X }
    """
    assert hints(a=sdl, b=sdl) == ()


def test_hints_come_with_the_supergraph_only() -> None:
    with pytest.raises(CompositionError):
        hints(a="type Query { a: Int b: Int! }", b="type Query { a: String b: Int }")


# Types


def test_field_types() -> None:
    hint = only_hint(
        a="type Query { a: [Int!]! }", b="type Query {\n a: [Int] }", c="type Query { a: [Int!]! }"
    )
    assert hint.code == "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE"
    assert hint.message == (
        "Field Query.a is of type [Int!]! in a, [Int] in b, [Int!]! in c: clients see [Int]."
    )
    assert places(hint) == ["a.graphql:1", "b.graphql:2", "c.graphql:1"]


def test_external_fields_have_no_say() -> None:
    a = 'type Query { a: A } type A @key(fields: "id") { id: ID! x: X } type X implements N { z: Int }'
    a += " interface N { z: Int }"
    b = 'type A @key(fields: "id") { id: ID! x: N @external y: Int @requires(fields: "x { z }") }'
    b += " interface N { z: Int }"
    assert hints(**federated(a, b)) == ()


def test_argument_and_input_types() -> None:
    hint = only_hint(a="type Query { a(x: Int!): Int }", b="type Query { a(x: Int): Int }")
    assert hint.code == "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE"
    assert hint.message == "Argument Query.a(x:) is of type Int! in a, Int in b: clients see Int!."
    hint = only_hint(
        a="type Query { a(i: I): Int } input I { x: Int! }",
        b="type Query { b(i: I): Int } input I { x: Int }",
    )
    assert hint.message == "Input field I.x is of type Int! in a, Int in b: clients see Int!."


def test_arguments_and_input_fields_that_are_dropped() -> None:
    hint = only_hint(a="type Query { a(x: Int): Int }", b="type Query { a: Int }")
    assert hint.code == "INCONSISTENT_ARGUMENT_PRESENCE"
    assert hint.message == "Argument Query.a(x:) is in a and not in b: clients don't see it."
    hint = only_hint(
        a="type Query { a(i: I): Int } input I { x: Int y: Int }",
        b="type Query { b(i: I): Int } input I { x: Int }",
    )
    assert hint.code == "INCONSISTENT_INPUT_OBJECT_FIELD"
    assert hint.message == "Input field I.y is in a and not in b: clients don't see it."


def test_hidden_arguments_are_not_missed() -> None:
    assert hints(a="type Query { a(x: Int @inaccessible): Int }", b="type Query { a: Int }") == ()


def test_defaults_that_some_have() -> None:
    hint = only_hint(a="type Query { a(x: Int = 1): Int }", b="type Query { a(x: Int): Int }")
    assert hint.code == "INCONSISTENT_DEFAULT_VALUE_PRESENCE"
    assert hint.message == "Argument Query.a(x:) has the default 1 in a and not in b: clients see none."


# Members


def test_union_members() -> None:
    hint = only_hint(
        a="type Query { a: U } union U = P | Q type P { x: Int } type Q { x: Int }",
        b="type Query { b: U } union U = P type P { x: Int }",
    )
    assert hint.code == "INCONSISTENT_UNION_MEMBER"
    assert hint.message == "Q is a member of union U in a and not in b."


def test_enum_values() -> None:
    sent = "type Query {{ {}(e: E): Int }} enum E {{ {} }}"
    hint = only_hint(a=sent.format("a", "X Y"), b=sent.format("b", "X"))
    assert hint.code == "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"
    assert hint.message == "Value E.Y is in a and not in b: clients can't send it."
    received = "type Query {{ {}: E }} enum E {{ {} }}"
    hint = only_hint(a=received.format("a", "X Y"), b=received.format("b", "X"))
    assert hint.code == "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"
    assert hint.message == "Value E.Y is in a and not in b: clients may receive it."
    assert hints(a=received.format("a", "X Y @inaccessible"), b=received.format("b", "X")) == ()


def test_an_enum_that_nothing_uses() -> None:
    hint = only_hint(a="type Query { a: Int }\nenum E { X }")
    assert hint.code == "UNUSED_ENUM_TYPE"
    assert places(hint) == ["a.graphql:2"]
    assert hints(a="type Query { a: Int } enum E @inaccessible { X }") == ()


# Entities


def test_entities_that_are_plain_elsewhere() -> None:
    hint = only_hint(
        **federated(
            'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }',
            "type Query { b: A } type A { id: ID! @shareable }",
        )
    )
    assert hint.code == "INCONSISTENT_ENTITY"
    assert hint.message == "A has a key in a and not in b: it can't be looked up there."


def test_a_dialect_that_is_a_guess() -> None:
    hint = only_hint(
        a="type Query { a(id: ID!): A @lookup } type A { id: ID! x: Int }",
        b='type Query { b: A } type A @key(fields: "id") { id: ID! y: Int }',
    )
    assert hint.code == "AMBIGUOUS_DIALECT"
    assert "Subgraph b" in hint.message
    assert places(hint) == ["b.graphql:1"]


# Shared fields


def test_shared_fields_of_different_types() -> None:
    sdl = "type Query {{ u: U @shareable }} {} type P @shareable {{ x: Int }} type Q @shareable {{ x: Int }}"
    found = hints(**federated(sdl.format("union U = P"), sdl.format("union U = P | Q")))
    assert {hint.code for hint in found} == {
        "INCONSISTENT_UNION_MEMBER",
        "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN",
    }
    assert found[1].message == "Field Query.u is shared, and may be of different types: P in a; P, Q in b."


# Descriptions


@pytest.mark.parametrize(
    ("sdl", "what"),
    [
        ("{} schema {{ query: Query }} type Query {{ a: Int }}", "The schema"),
        ("{} type Query {{ a: Int }}", "Type Query"),
        ("type Query {{ {} a: Int }}", "Field Query.a"),
        ("type Query {{ a({} x: Int): Int }}", "Argument Query.a(x:)"),
        ("type Query {{ a(i: I): Int }} input I {{ {} x: Int }}", "Input field I.x"),
        ("type Query {{ a: E }} enum E {{ {} X }}", "Value E.X"),
    ],
)
def test_descriptions(sdl: str, what: str) -> None:
    hint = only_hint(a=sdl.format('"One."'), b=sdl.format('"Two."'), c=sdl.format(""), d=sdl.format('"One."'))
    assert hint.code == "INCONSISTENT_DESCRIPTION"
    assert hint.message == f"{what} is described in different words: clients read those of a."
    assert places(hint) == ["a.graphql:1", "b.graphql:1"]


def test_a_canonical_description_is_the_one_that_counts() -> None:
    hint = only_hint(a='type Query { "One." a: Int }', b='type Query { "Two." a: Int @canonical }')
    assert hint.message.endswith("clients read those of b.")


def test_deprecations() -> None:
    sdl = 'type Query {{ a: Int @deprecated(reason: "{}") }}'
    hint = only_hint(a=sdl.format("One."), b=sdl.format("Two."))
    assert hint.code == "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
    assert '@deprecated(reason: "One.") and @deprecated(reason: "Two.")' in hint.message


# Directives


@pytest.mark.parametrize(
    ("code", "a", "b"),
    [
        ("PRESENCE", "directive @d on FIELD", ""),
        ("LOCATIONS", "directive @d on FIELD | QUERY", "directive @d on FIELD"),
        ("LOCATIONS", "directive @d on QUERY", "directive @d on FIELD"),
        ("REPEATABLE", "directive @d repeatable on FIELD", "directive @d on FIELD"),
    ],
)
def test_executable_directives(code: str, a: str, b: str) -> None:
    hint = only_hint(a=f"type Query {{ a: Int }}\n{a}", b=f"type Query {{ b: Int }}\n{b}")
    assert hint.code == f"INCONSISTENT_EXECUTABLE_DIRECTIVE_{code}"
    assert "@d" in hint.message
    assert places(hint)[0] == "a.graphql:2"


def test_directives_of_schemas_are_no_concern_of_clients() -> None:
    assert hints(a="type Query { a: Int } directive @d on OBJECT", b="type Query { b: Int }") == ()


# Overrides

A = 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }'


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("FROM_SUBGRAPH_DOES_NOT_EXIST", 'y: Int @override(from: "z")'),
        ("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", 'y: Int @override(from: "a")'),
        ("OVERRIDDEN_FIELD_CAN_BE_REMOVED", 'x: Int @override(from: "a")'),
        ("OVERRIDE_MIGRATION_IN_PROGRESS", 'x: Int @override(from: "a", label: "percent(5)")'),
    ],
)
def test_overrides(code: str, field: str) -> None:
    hint = only_hint(**federated(A, f'type A @key(fields: "id") {{ id: ID!\n{field} }}'))
    assert hint.code == code
    assert places(hint)


# Lookups


def test_a_lookup_that_is_never_null() -> None:
    hint = only_hint(a="type Query { a(id: ID!): A! @lookup } type A { id: ID! }")
    assert hint.code == "LOOKUP_RETURNS_NON_NULLABLE_TYPE"


def test_a_lookup_that_brings_objects_without_their_key() -> None:
    a = 'type Query { as(ids: [ID!]!): [A]! @merge(keyField: "id") } type A { id: ID! }'
    b = 'type Query {{ bs(ids: [ID!]!): [A]! @merge(keyField: "id") {} }} type A {{ y: Int }}'
    hint = only_hint(a=a, b=b.format(""))
    assert hint.code == "LOOKUP_WITHOUT_KEY"
    assert "Query.bs of subgraph b" in hint.message
    assert hints(a=a, b=b.format("@inaccessible")) == ()
