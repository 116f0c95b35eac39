"""Whatever an SDL says, composing it ends in a supergraph or in problems, never in another error."""

import contextlib
from itertools import product

import pytest

from stitcher.composition.compose import Composed, compose_with_hints
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, printed
from tests.searching import part_of

KEY = '@key(fields: "id")'
DIRECTIVES = {
    "deprecated": ("reason",),
    "specifiedBy": ("url",),
    "oneOf": (),
    "key": ("fields", "resolvable", "selectionSet"),
    "requires": ("fields",),
    "provides": ("fields",),
    "override": ("from", "label"),
    "external": ("reason",),
    "shareable": (),
    "inaccessible": (),
    "interfaceObject": (),
    "extends": (),
    "link": ("url", "import", "as", "for"),
    "composeDirective": ("name",),
    "tag": ("name",),
    "authenticated": (),
    "requiresScopes": ("scopes",),
    "policy": ("policies",),
    "public": (),
    "cost": ("weight",),
    "listSize": ("assumedSize", "slicingArguments", "sizedFields", "requireOneSlicingArgument"),
    "context": ("name",),
    "fromContext": ("field",),
    "merge": ("keyField", "keyArg", "key", "argsExpr", "additionalArgs", "types"),
    "computed": ("selectionSet",),
    "canonical": (),
    "lookup": (),
    "is": ("field",),
    "require": ("field",),
    "internal": (),
    "rateLimit": ("limit",),
}
VALUES = [
    "null",
    "1",
    "1.5",
    "true",
    '""',
    '"id"',
    '"{ id }"',
    "id",
    "[]",
    '["id", 1]',
    '{name: "id"}',
    "9" * 400,
]
SDL = """
    {schema}
    type Query {object} {{ t(id: ID! {argument}): T {field} ts(ids: [ID!]!, i: In): [T] }}
    type T implements N @key(fields: "id") {object} {{ id: ID! n(a: Int {argument}): Int {field} }}
    interface N {interface} {{ id: ID! {field} }}
    union U {union} = T
    scalar S {scalar}
    enum E {enum} {{ A B {value} }}
    input In {input} {{ a: Int {input_field} b: E }}
"""
LOCATIONS = [
    "schema",
    "object",
    "field",
    "argument",
    "interface",
    "union",
    "scalar",
    "enum",
    "value",
    "input",
    "input_field",
]


def uses(name: str) -> list[str]:
    """Return the directive without arguments, and with each value for each argument."""
    given = [f"@{name}({argument}: {value})" for argument in DIRECTIVES[name] for value in VALUES]
    return [f"@{name}", f"@{name} @{name}", *given]


def compose_or_problems(sdl: str) -> None:
    with contextlib.suppress(CompositionError):
        composed(sdl)


def composed(sdl: str) -> Composed:
    other = f"type Query {{ other: T }} type T {KEY} {{ id: ID! o: Int }}"
    return compose_with_hints([Source("a", sdl, "a.graphql"), Source("b", other, "b.graphql")])


def test_without_any_of_them_there_is_nothing_to_say() -> None:
    assert composed(SDL.format(**dict.fromkeys(LOCATIONS, ""))).supergraph


@pytest.mark.search
@pytest.mark.parametrize("name", DIRECTIVES)
def test_each_directive_argument_value_and_place(name: str) -> None:
    for use, location in part_of(list(product(uses(name), LOCATIONS)), 5):
        applied = {place: use if place == location else "" for place in LOCATIONS}
        if location == "schema":
            applied["schema"] = f"extend schema {use}"
        compose_or_problems(SDL.format(**applied))


@pytest.mark.search
@pytest.mark.parametrize("name", sorted(set(DIRECTIVES) - {"link"}))
def test_in_federation_2(name: str) -> None:
    for use, location in part_of(list(product(uses(name), ("object", "field", "argument"))), 5):
        applied = {place: use if place == location else "" for place in LOCATIONS}
        compose_or_problems(f"{FEDERATION}\n{SDL.format(**applied)}")


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query { a: Int @deprecated(reason: null) }", "null is no String!."),
        ("type Query { a: Int @deprecated(reason: 1) }", "1 is no String."),
        ("type Query { a: S } scalar S @specifiedBy", "the argument url is required."),
        ("type Query { a: S } scalar S @specifiedBy(url: [])", "[] is no String."),
    ],
)
def test_values_of_directives(sdl: str, message: str) -> None:
    problem = only_problem(a=sdl)
    assert problem.code == "INVALID_GRAPHQL"
    assert message in problem.message
    assert places(problem) == ["a.graphql:1"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ('from: "b", label: 1', "OVERRIDE_LABEL_INVALID"),
        ("from: 1", "INVALID_GRAPHQL"),
        ("", "INVALID_GRAPHQL"),
    ],
)
def test_values_of_overrides(arguments: str, code: str) -> None:
    given = f"({arguments})" if arguments else ""
    assert only_problem(a=f"{FEDERATION}\ntype Query {{ a: Int @override{given} }}").code == code


@pytest.mark.parametrize("link", ["", FEDERATION.removeprefix("extend schema")])
def test_a_schema_extension_leaves_default_names_alone(link: str) -> None:
    supergraph = compose_sdls(
        a=f"extend schema {link} {{ mutation: Root }} type Root {{ b: Int }} type Query {{ a: Int }}"
    )
    assert printed(supergraph, "Query") == "type Query {\n  a: Int\n}"
    assert printed(supergraph, "Mutation") == "type Mutation {\n  b: Int\n}"


def test_a_schema_extension_that_names_another_root() -> None:
    problem = only_problem(
        a="extend schema { query: Root } type Root { b: Int } type Query { a: Int }",
    )
    assert problem.code == "ROOT_QUERY_USED"
