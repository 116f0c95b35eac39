"""A subgraph whose SDL is no valid schema by itself doesn't compose, whatever the others add to it."""

import pytest

from stitcher.errors import CompositionError
from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places

OTHER = f"""
{FEDERATION}
type Query {{ other: Int size: Size }}
enum Size {{ SMALL }}
interface Named {{ name(short: Boolean): String }}
type Person implements Named @key(fields: "id") {{ id: ID! name(short: Boolean): String @shareable }}
union Found = Person
enum Colour {{ RED GREEN }}
input Box {{ box: Box, colour: Colour = GREEN }}
"""
"""A subgraph that is right, and whose declarations would hide what is wrong in another's."""


@pytest.mark.parametrize(
    ("sdl", "wrong"),
    [
        ("type Person", "must define one or more fields"),
        ("interface Named", "must define one or more fields"),
        ("union Found", "must define one or more member types"),
        ("enum Size", "must define one or more values"),
        ("input Box { box: Box! }", "cannot be provided a finite value"),
        ("input Box { box: Box = {} }", "references itself"),
        ("input Box @oneOf { box: Box!, other: Int }", "must be nullable"),
        ("enum Colour { RED } input Box { box: Box, colour: Colour = GREEN }", "does not exist"),
        ("enum Colour { RED } type Query { a(c: [Colour!] = [RED, GREEN]): Int }", "does not exist"),
        ("input Box { box: Box } type Query { a(box: Box = {bax: null}): Int }", "bax"),
        ("input Box { box: Box } type Query { a(box: Box = {box: null, box: null}): Int }", "only one input"),
        ("type Query { a(b: Int! @deprecated): Int }", "cannot be deprecated"),
        ('interface Named { name: String! } type Person implements Named @key(fields: "id") '
         "{ id: ID! name: String @shareable }", "expects type String!"),
        ('interface Named { name: String } type Person implements Named @key(fields: "id") '
         "{ id: ID! }", "does not provide it"),
        ('interface Named { name(short: Boolean): String } type Person implements Named @key(fields: "id") '
         "{ id: ID! name: String @shareable }", "does not provide it"),
        ('interface Named { name(short: Boolean): String } type Person implements Named @key(fields: "id") '
         "{ id: ID! name(short: Boolean!): String @shareable }", "expects type Boolean"),
        ('interface Named { name: String } type Person implements Named @key(fields: "id") '
         "{ id: ID! name(short: Boolean!): String @shareable }", "must not be required"),
        ("interface Thing { id: ID } interface Named implements Thing { id: ID name: String } "
         "type Car implements Named { id: ID name: String }", "must implement Thing"),
        ("interface Named implements Named { name: String }", "cannot implement itself"),
        ("directive @mine(a: Int, a: Int) on OBJECT", "only be defined once"),
    ],
)  # fmt: skip
def test_what_another_would_hide(sdl: str, wrong: str) -> None:
    problem = only_problem(own=f"{FEDERATION}\n{sdl}", other=OTHER)
    assert problem.code == "INVALID_GRAPHQL"
    assert "subgraph own" in problem.message
    assert wrong in problem.message
    assert places(problem)
    assert all(place.startswith("own.graphql:") for place in places(problem))


@pytest.mark.parametrize(
    ("sdl", "wrong"),
    [
        ("schema { query: Query mutation: Changes } type Query { a: Int }", "mutation root type of"),
        ("schema { query: Query query: Query } type Query { a: Int }", "only one query type"),
        ("schema { query: Query } schema { query: Query } type Query { a: Int }", "one schema definition"),
        ("schema { query: Query } interface Query { a: Int }", "must be Object type"),
    ],
)
def test_root_types(sdl: str, wrong: str) -> None:
    with pytest.raises(CompositionError, match=wrong) as caught:
        compose_sdls(own=sdl)
    assert {problem.code for problem in caught.value.problems} == {"INVALID_GRAPHQL"}


def test_one_type_for_two_operations() -> None:
    with pytest.raises(Exception, match="query and mutation root type of subgraph own is the same, Root"):
        compose_sdls(own="schema { query: Root mutation: Root } type Root { a: Int }")


@pytest.mark.parametrize(
    "sdl",
    [
        "type Person",
        "interface Named { name: String! } extend type Person implements Named { id: ID }",
        "extend type Query { a(c: Colour = GREEN): Int } enum Colour { RED }",
    ],
)
def test_without_federation(sdl: str) -> None:
    assert "by itself" in only_problem(own=sdl, other=OTHER).message


@pytest.mark.parametrize(
    "sdl",
    [
        'extend type Person @key(fields: "id") { id: ID! @external }',
        'extend type Person implements Named @key(fields: "id") { id: ID! @external name: String @external }'
        " interface Named { name: String }",
        "type Query",
        "type Query { _service: _Service! } type _Service { sdl: String }",
        'interface Named @key(fields: "id") { id: ID! name: String } type Person implements Named '
        '@key(fields: "id") { id: ID! name: String @shareable }',
    ],
)
def test_liberties_of_federation(sdl: str) -> None:
    other = OTHER.replace("name(short: Boolean)", "name")
    compose_sdls(own=f"{FEDERATION}\n{sdl}", other=other)


def test_interface_objects() -> None:
    compose_sdls(
        own=f'{FEDERATION}\ntype Named @key(fields: "id") @interfaceObject {{ id: ID! age: Int }}',
        other=f"""
        {FEDERATION}
        type Query {{ named: Named }}
        interface Named @key(fields: "id") {{ id: ID! }}
        type Person implements Named @key(fields: "id") {{ id: ID! }}
        """,
    )
