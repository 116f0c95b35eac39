"""What Federation's own composition rejects, one case a rule; and that version 1 is spared."""

import pytest

from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, problems_of

A = """
    type Query { a: A }
    type A @key(fields: "id") { id: ID! x: Int o: O @shareable }
    type O @shareable { p: Int }
"""


def federated(*sdls: str) -> dict[str, str]:
    return {name: f"{FEDERATION}\n{sdl}" for name, sdl in zip("abcd", sdls, strict=False)}


def codes(*sdls: str) -> set[str]:
    return {problem.code for problem in problems_of(**federated(*sdls))}


# External fields


def test_an_external_field_that_nothing_uses() -> None:
    problem = only_problem(**federated(A, 'type A @key(fields: "id") {\n id: ID!\n x: Int @external }'))
    assert problem.code == "EXTERNAL_UNUSED"
    assert problem.message == "Field A.x is external in subgraph b, and nothing there uses it."
    assert places(problem) == ["b.graphql:4"]
    assert codes(A, 'type A @key(fields: "id") @external { id: ID! x: Int }') == {"EXTERNAL_UNUSED"}


@pytest.mark.parametrize(
    "sdl",
    [
        'type A @key(fields: "id") { id: ID! @external y: Int }',
        'type A @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
        'type A @key(fields: "id") { id: ID! o: O @external y: Int @requires(fields: "o { p }") } '
        "type O { p: Int @external }",
        'type A @key(fields: "id") { id: ID! o: O @shareable y: Int @requires(fields: "o { p }") } '
        "type O { p: Int @external }",
        'interface I { x: Int } type A implements I @key(fields: "id") { id: ID! x: Int @external }',
    ],
)
def test_external_fields_that_are_used(sdl: str) -> None:
    compose_sdls(**federated(A, sdl))


def test_what_an_interface_provides_its_types_do() -> None:
    compose_sdls(
        **federated(
            """
            type Query { n: N @provides(fields: "o { p }") }
            interface N { o: O }
            type P implements N @key(fields: "id") { id: ID! o: O @external }
            type O @shareable { p: Int }
            """,
            'type P @key(fields: "id") { id: ID! o: O @shareable } type O @shareable { p: Int }',
        )
    )


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("REQUIRES", 'type A @key(fields: "id") { id: ID! y: Int @requires(fields: "id") }'),
        (
            "REQUIRES",
            'type A @key(fields: "id") { id: ID! o: O @shareable y: Int @requires(fields: "o { p }") } '
            "type O @shareable { p: Int }",
        ),
        ("PROVIDES", 'type Query { b: A @provides(fields: "id") } type A @key(fields: "id") { id: ID! }'),
    ],
)
def test_what_is_served_anyway_needs_not_be_required_or_provided(code: str, sdl: str) -> None:
    problem = only_problem(**federated(A, sdl))
    assert problem.code == f"{code}_FIELDS_MISSING_EXTERNAL"
    assert "which the subgraph serves itself" in problem.message


def test_version_1_is_spared() -> None:
    compose_sdls(
        a=A.replace("@shareable", ""),
        b="""
            extend type A @key(fields: "id") {
              id: ID! @external x: Int @external y: Int @requires(fields: "id")
            }
        """,
    )


def test_an_external_argument_with_another_default() -> None:
    a = 'type Query { a: A } type A @key(fields: "id") { id: ID! x(n: Int = 1): Int }'
    b = 'type A @key(fields: "id") {{ id: ID! x(n: Int{}): Int @external y: Int @requires(fields: "x") }}'
    assert codes(a, b.format(" = 2")) == {"EXTERNAL_ARGUMENT_DEFAULT_MISMATCH"}
    problem = only_problem(**federated(a, b.format("")))
    assert "is none; with a it is 1" in problem.message
    compose_sdls(**federated(a, b.format(" = 1")))


def test_what_a_path_provides_counts_as_shared() -> None:
    a = 'type Query { o: O @provides(fields: "p") } type O { p: Int @external }'
    problem = only_problem(**federated(a, "type Query { b: O } type O { p: Int }"))
    assert problem.code == "INVALID_FIELD_SHARING"
    assert "not shareable in b" in problem.message
    compose_sdls(**federated(a, "type Query { b: O } type O { p: Int @shareable }"))


# Places of directives

INTERFACE = "type Query { i: I } type P implements I { x: O y: Int } type O { p: Int } interface I { y: Int "


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("EXTERNAL_ON_INTERFACE", INTERFACE + "x: O @external }"),
        ("OVERRIDE_ON_INTERFACE", INTERFACE + 'x: O @override(from: "b") }'),
        ("REQUIRES_UNSUPPORTED_ON_INTERFACE", INTERFACE + 'x: O @requires(fields: "y") }'),
        ("PROVIDES_UNSUPPORTED_ON_INTERFACE", INTERFACE + 'x: O @provides(fields: "p") }'),
        ("INVALID_SHAREABLE_USAGE", INTERFACE + "x: O @shareable }"),
        ("INVALID_SHAREABLE_USAGE", INTERFACE.replace("interface I", "interface I @shareable") + "x: O }"),
        ("INVALID_FIELD_SHARING", "type Query { a: Int } type Subscription { s: Int @shareable }"),
        ("PROVIDES_ON_NON_OBJECT_FIELD", 'type Query { a: Int @provides(fields: "x") }'),
    ],
)
def test_directives_that_stand_where_they_mean_nothing(code: str, sdl: str) -> None:
    assert code in codes(sdl)


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE", 'o: O @external @provides(fields: "p")'),
        ("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", "o: O @external @inaccessible"),
        ("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", 'o: O @external @federation__tag(name: "t")'),
    ],
)
def test_directives_that_exclude_each_other(code: str, field: str) -> None:
    b = f'type A @key(fields: "id") {{ id: ID! {field} y: Int @requires(fields: "o {{ p }}") }} '
    assert code in codes(A, b + "type O { p: Int @external }")


@pytest.mark.parametrize("label", ["5", "percent(101)", "percent(1.)", "a b", ""])
def test_labels_that_are_none(label: str) -> None:
    b = f'type A @key(fields: "id") {{ id: ID! x: Int @override(from: "a", label: "{label}") }}'
    assert codes(A, b) == {"OVERRIDE_LABEL_INVALID"}


@pytest.mark.parametrize("label", ["percent(5)", "percent(0.25)", "percent(100)", "rollout-1:new/_.x"])
def test_labels(label: str) -> None:
    b = f'type A @key(fields: "id") {{ id: ID! x: Int @override(from: "a", label: "{label}") }}'
    compose_sdls(**federated(A, b))


@pytest.mark.parametrize("directive", ['@requires(fields: "x")', '@provides(fields: "p")'])
def test_overridden_fields_that_need_or_give_more(directive: str) -> None:
    a = f"""
        type Query {{ a: A }}
        type A @key(fields: "id") {{ id: ID! x: Int @external o: O {directive} }}
        type O {{ p: Int @external }}
    """
    b = 'type A @key(fields: "id") { id: ID! x: Int o: O @override(from: "a") } type O @shareable { p: Int }'
    assert "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" in codes(a, b)


# Keys and arguments


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("KEY_FIELDS_SELECT_INVALID_TYPE", 'type A @key(fields: "i { id }") { i: I }'),
        ("KEY_FIELDS_SELECT_INVALID_TYPE", 'type A @key(fields: "u { __typename }") { u: U } union U = A'),
        ("KEY_FIELDS_HAS_ARGS", 'type A @key(fields: "x") { x(n: Int): ID }'),
        ("KEY_DIRECTIVE_IN_FIELDS_ARG", 'type A @key(fields: "x @lower") { x: ID }'),
    ],
)
def test_keys(code: str, sdl: str) -> None:
    assert codes(f"type Query {{ a: A }} {sdl} interface I {{ id: ID! }}") == {code}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "The argument n of A.x is required."),
        ("(n: $n)", "$n is a variable; only values that are written out can stand here."),
        ('(n: \\"1\\")', '"1" is no Int.'),
        ("(n: null)", "null is no Int!."),
        ("(n: 1, e: X)", "X is no E."),
        ("(n: 1, e: [A])", "[A] is no E."),
        ("(n: 1, i: {})", "The field a of In is required."),
        ("(n: 1, i: {a: 1, b: 2})", "In has no field b."),
        ("(n: 1, i: {a: [1, 2.5]})", "2.5 is no Int."),
        ("(n: 1, i: 1)", "1 is no In."),
        ("(n: 1, z: 1)", "A.x has no argument z."),
    ],
)
def test_arguments_of_requirements(arguments: str, message: str) -> None:
    problem = only_problem(**requiring(arguments))
    assert problem.code == "REQUIRES_INVALID_FIELDS"
    assert problem.message.endswith(message)


@pytest.mark.parametrize(
    "arguments", ["(n: 1)", "(n: 1, e: A)", "(n: 1, i: {a: 1}, s: {any: [A]})", "(n: 2, e: null)"]
)
def test_arguments_that_fit(arguments: str) -> None:
    compose_sdls(**requiring(arguments))


def requiring(arguments: str) -> dict[str, str]:
    field = "x(n: Int!, e: E, i: In, s: S): Int"
    types = "enum E { A } input In { a: [Int]! } scalar S"
    a = f'type Query {{ a: A }} type A @key(fields: "id") {{ id: ID! {field} }} {types}'
    b = f'id: ID! {field} @external y: Int @requires(fields: "x{arguments}")'
    return federated(a, f'type A @key(fields: "id") {{ {b} }} {types}')


# Interfaces

ENTITY = 'type Query { i: I } interface I @key(fields: "id") { id: ID! } '


@pytest.mark.parametrize(
    ("key", "lack"),
    [
        ("", "P has not"),
        ('@key(fields: "id sku")', "P has not"),
        ('@key(fields: "id", resolvable: false)', "P has it, but not resolvable"),
    ],
)
def test_a_key_of_an_interface_that_its_type_has_not(key: str, lack: str) -> None:
    problem = only_problem(**federated(f"{ENTITY} type P implements I {key} {{ id: ID! sku: ID }}"))
    assert problem.code == "INTERFACE_KEY_NOT_ON_IMPLEMENTATION"
    assert lack in problem.message
    assert places(problem) == ["a.graphql:2", "a.graphql:2"]


def test_a_key_of_an_interface_is_the_same_in_another_order() -> None:
    sdl = 'interface I @key(fields: "id o { b a }") { id: ID! o: O } type O { a: ID b: ID }'
    compose_sdls(
        **federated(
            'type Query { i: I } type P implements I @key(fields: "o { b a } id") { id: ID! o: O }' + sdl
        )
    )


def test_an_interface_with_a_key_and_without_all_of_its_types() -> None:
    p = 'type P implements I @key(fields: "id") { id: ID! }'
    b = "type Query { j: I } interface I { id: ID! } type Q implements I { id: ID! }"
    problem = only_problem(**federated(ENTITY + p, b))
    assert problem.code == "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"
    assert "not for those of its types Q" in problem.message
    compose_sdls(
        **federated(
            (ENTITY + p).replace('I @key(fields: "id")', 'I @key(fields: "id", resolvable: false)'), b
        )
    )


def test_an_interface_object_beside_the_types_of_the_interface() -> None:
    p = 'type P implements I @key(fields: "id") { id: ID! }'
    b = 'type I @interfaceObject @key(fields: "id") { id: ID! y: Int }\ntype P @key(fields: "id") { id: ID! }'
    problem = only_problem(**federated(ENTITY + p, b))
    assert problem.code == "INTERFACE_OBJECT_USAGE_ERROR"
    assert places(problem) == ["b.graphql:3", "b.graphql:2"]


def test_keys_of_interfaces_in_old_versions() -> None:
    sdl = 'type Query { i: I } interface I @key(fields: "id") { id: ID! } type P implements I { id: ID! }'
    old = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.2", import: ["@key"])\n'
    assert only_problem(a=old + sdl).code == "KEY_UNSUPPORTED_ON_INTERFACE"
    assert "I" not in {name for name, found in compose_sdls(a=sdl).lookups.items() if found}


# Extensions, runtime types


def test_an_extension_of_nothing() -> None:
    problem = only_problem(
        **federated(
            "type Query { a: A }\nextend type A { x: Int @shareable }", "extend type A { x: Int @shareable }"
        )
    )
    assert problem.code == "EXTENSION_WITH_NO_BASE"
    assert problem.message == "Type A is extended in a, b, and defined in no subgraph."
    assert places(problem) == ["a.graphql:3", "b.graphql:2"]
    compose_sdls(**federated("extend type Query { a: A } type A @federation__extends { x: Int }"))


SHARED = "type Query {{ u: U @shareable }} {} type P @shareable {{ x: Int }} type Q @shareable {{ x: Int }}"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("union U = P", "union U = Q"),
        (
            "interface U { x: Int } extend type P implements U",
            "interface U { x: Int } extend type Q implements U",
        ),
    ],
)
def test_a_shared_field_with_no_type_in_common(a: str, b: str) -> None:
    problem = only_problem(**federated(SHARED.format(a), SHARED.format(b)))
    assert problem.code == "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
    assert problem.message.endswith("has no type in common: P in a; Q in b.")


def test_a_shared_field_with_a_type_in_common() -> None:
    compose_sdls(**federated(SHARED.format("union U = P"), SHARED.format("union U = P | Q")))


# The spec


def linked(url: str = "https://specs.apollo.dev/federation/v2.3", more: str = "") -> str:
    return (
        f'extend schema @link(url: "{url}", import: ["@key", "@composeDirective", "@fromContext"]) {more}\n'
    )


@pytest.mark.parametrize("version", ["v3.0", "v0.9", "next"])
def test_versions_that_there_are_not(version: str) -> None:
    problem = only_problem(
        a=linked(f"https://specs.apollo.dev/federation/{version}") + "type Query { a: Int }"
    )
    assert problem.code == "UNKNOWN_FEDERATION_LINK_VERSION"


@pytest.mark.parametrize(
    ("name", "message"),
    [("mine", "is not the name of a directive"), ("@mine", "doesn't define it"), (None, "is not the name")],
)
def test_composed_directives(name: str | None, message: str) -> None:
    text = f'"{name}"' if name else "1"
    problem = only_problem(a=linked(more=f"@composeDirective(name: {text})") + "type Query { a: Int }")
    assert problem.code == "DIRECTIVE_COMPOSITION_ERROR"
    assert message in problem.message


def test_a_composed_directive_that_is_defined() -> None:
    sdl = (
        linked(more='@composeDirective(name: "@mine")')
        + "directive @mine on FIELD_DEFINITION type Query { a: Int @mine }"
    )
    assert compose_sdls(a=sdl)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("directive @key(field: Int) on OBJECT", "the argument field, no argument fields"),
        ("directive @key(fields: String!) on OBJECT | UNION", "the location UNION"),
    ],
)
def test_definitions_that_differ(definition: str, message: str) -> None:
    problem = only_problem(a=f"{linked()} {definition} type Query {{ a: Int }}")
    assert problem.code == "DIRECTIVE_DEFINITION_INVALID"
    assert message in problem.message


# Marks on external fields


@pytest.mark.parametrize("mark", ['@deprecated(reason: "r")', '@federation__tag(name: "t")'])
def test_a_mark_on_an_external_field(mark: str) -> None:
    use = 'y: Int @requires(fields: "x")'
    b = f'type A @key(fields: "id") {{ id: ID! x: Int @external {mark} {use} }}'
    problem = only_problem(**federated(A, b))
    assert problem.code == "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
    compose_sdls(**federated(A.replace("x: Int", f"x: Int {mark}"), b.replace(mark, "")))
