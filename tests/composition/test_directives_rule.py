"""Directives with a slip of the pen: a problem where all have to be known, a hint elsewhere."""

import pytest

from stitcher.composition.compose import compose_with_hints
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError, Problem
from tests.composition.composing import compose_sdls, only_problem

FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", '
    '"@authenticated", "@tag", "@cost", "@listSize", "@shareable", {name: "@policy", as: "@rule"}]) '
)
KEYED = 'type T @key(selectionSet: "{ id }") { id: ID } '
COMPOSITE = "type L { x: Int } "


def hints_of(sdl: str) -> list[Problem]:
    found = compose_with_hints([Source("a", sdl, "a.graphql")]).hints
    return [hint for hint in found if hint.code == "INVALID_GRAPHQL"]


SLIPS = [
    (
        "type Query { a: String @inaccesible }",
        "Unknown directive '@inaccesible'. Did you mean '@inaccessible'?",
    ),
    (
        "type Query { a: String @authenticate }",
        "Unknown directive '@authenticate'. Did you mean '@authenticated'?",
    ),
    ("type Query @mine { a: String }", "Unknown directive '@mine'."),
    ("type Query { a(b: Int @mine): String }", "Unknown directive '@mine'."),
    ("type Query { a: E } enum E { A @mine }", "Unknown directive '@mine'."),
    ("type Query { a(i: I): Int } input I { b: Int @mine }", "Unknown directive '@mine'."),
    ("extend schema @mine type Query { a: Int }", "Unknown directive '@mine'."),
    ("type Query { a: Int @cost(wieght: 3) }", "Unknown argument 'wieght' on directive '@cost'."),
    ('type Query { a: Int @tag(nmae: "x") }', "Unknown argument 'nmae' on directive '@tag'."),
    (
        "type Query { a: Int } union U @shareable = V type V { x: Int }",
        "'@shareable' may not be used on union.",
    ),
    ("type Query { a: Int @inaccessible @inaccessible b: Int }", "'@inaccessible' can only be used once"),
    (
        "directive @x on OBJECT directive @x on SCALAR type Query { a: Int }",
        "can be only one directive named '@x'",
    ),
    (
        "directive @x(n: Int) on OBJECT type Query @x(m: 1) { a: Int }",
        "Unknown argument 'm' on directive '@x'",
    ),
    ("directive @x on OBJECT type Query @x @x { a: Int }", "'@x' can only be used once at this location."),
    ("directive @x on FIELD type Query @x { a: Int }", "'@x' may not be used on object."),
    ('directive @x(n: Int) on OBJECT type Query @x(n: "1") { a: Int }', "argument n of @x is wrong"),
    ('type Query { a: Int @cost(weight: "3") }', "argument weight of @cost is wrong"),
    ("type Query { a: [Int] @listSize(slicingArguments: [1]) }", "slicingArguments of @listSize is wrong"),
    ('type Query { a: Int @deprecated(raeson: "x") }', "Unknown argument 'raeson'"),
    ("type Query { a: Int @auth__authenticated }", "Unknown directive '@auth__authenticated'."),
]


@pytest.mark.parametrize(("sdl", "message"), SLIPS)
@pytest.mark.parametrize("head", [FEDERATION, KEYED])
def test_a_slip_of_the_pen_is_a_problem(head: str, sdl: str, message: str) -> None:
    if head == KEYED and sdl.startswith("extend schema"):
        sdl = sdl.replace("extend schema", "schema").replace("type Query", "{ query: Query } type Query")
    problem = only_problem(a=head + sdl)
    assert problem.code == "INVALID_GRAPHQL"
    assert message in problem.message
    assert problem.places


@pytest.mark.parametrize(
    ("sdl", "message"),
    [slip for slip in SLIPS if not slip[0].startswith("extend schema") and "auth" not in slip[0]],
)
@pytest.mark.parametrize("head", ["", 'type T @key(fields: "id") { id: ID } '])
def test_elsewhere_it_is_a_hint(head: str, sdl: str, message: str) -> None:
    (hint,) = hints_of(head + sdl)
    assert message in hint.message


def test_slips_in_composite_schemas() -> None:
    assert (
        "Did you mean '@lookup'"
        in only_problem(
            a="type Query { a: Int find(id: ID!): T @lookup other(id: ID!): T @lokup } type T { id: ID! }"
        ).message
    )


def test_slips_in_stitching_directives() -> None:
    problem = only_problem(a=KEYED + 'type Query { t(id: ID!): T @merge(keyFeild: "id", keyField: "id") }')
    assert "Unknown argument 'keyFeild' on directive '@merge'. Did you mean 'keyField'" in problem.message


@pytest.mark.parametrize(
    "sdl",
    [
        FEDERATION + 'type Query { a: Int @rule(policies: [["x"]]) @tag(name: "a") @tag(name: "b") }',
        FEDERATION
        + 'type Query { a: Int @federation__policy(policies: [["x"]]) @deprecated(reason: "old") }',
        FEDERATION + 'scalar S @specifiedBy(url: "https://s.example") type Query { a: S @public }',
        FEDERATION + "directive @mine(n: Int) repeatable on OBJECT type Query @mine(n: 1) @mine { a: Int }",
        FEDERATION
        + '@link(url: "https://example.com/mine/v1.0", import: ["@other"]) '
        + "type Query { a: Int @mine @mine__x(y: 1) @other }",
        FEDERATION + 'type Query { a: Int @rateLimit(limit: "5/minute") @cost(weight: 3) }',
        FEDERATION + "input I @oneOf { a: Int b: Int } type Query { a(i: I): Int }",
        # What frameworks print of the federation spec itself.
        FEDERATION
        + "directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE "
        'scalar FieldSet type T @key(fields: "id") @key(fields: "x") { id: ID x: Int } type Query { a: T }',
        KEYED
        + "directive @key(selectionSet: String!) on OBJECT "
        + 'type Query { t(id: ID!): T @merge(keyField: "id") }',
        "directive @cost(complexity: Int) on FIELD_DEFINITION type Query { a: Int @cost(complexity: 1) }"
        + KEYED,
        'directive @tag(value: String) on FIELD_DEFINITION type Query { a: Int @tag(value: "1") }' + KEYED,
    ],
)
def test_what_is_right(sdl: str) -> None:
    compose_sdls(a=sdl)
    assert hints_of(sdl) == []


def test_subscriptions_are_a_hint() -> None:
    found = compose_with_hints(
        [Source("a", "type Query { a: Int } type Subscription { b: Int }", "a.graphql")]
    )
    assert [hint.code for hint in found.hints] == ["SUBSCRIPTIONS_NOT_SERVED"]


@pytest.mark.parametrize("name", ["connect", "source"])
def test_connectors_are_refused(name: str) -> None:
    sdl = (
        FEDERATION
        + f'@link(url: "https://specs.apollo.dev/connect/v0.2", import: ["@{name}"]) type Query {{ a: Int }}'
    )
    with pytest.raises(CompositionError, match="UNSUPPORTED_FEATURE"):
        compose_sdls(a=sdl)
