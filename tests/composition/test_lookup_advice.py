"""What a problem says to write, written as it says, fixes the schema."""

import re

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError, Problem

FEDERATION = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
"""
ONE = {
    "plain": 'type Query { things: [Thing!]! thing(id: ID!): Thing @merge(keyField: "id") }\n'
    "type Thing { id: ID! serial: String }\n",
    "federation": f"{FEDERATION}\ntype Query {{ things: [Thing!]! }}\n"
    'type Thing @key(fields: "id") { id: ID! serial: String }\n',
}
OTHERS = {
    "a list": "type Query { thingsByIds(ids: [ID!]!): [Thing]! }\ntype Thing { id: ID! until: String }\n",
    "one by one": "type Query { thing2(id: ID!): Thing }\ntype Thing { id: ID! until: String }\n",
    "a list and one by one": "type Query { t(id: ID!): Thing ts(ids: [ID!]!): [Thing]! }\n"
    "type Thing { id: ID! until: String }\n",
    "an argument more": "type Query { ts(first: Int, among: [ID!]!): [Thing]! }\n"
    "type Thing { id: ID! until: String }\n",
    "no such field": "type Query { now: String }\ntype Thing { id: ID! until: String }\n",
    "what brings them by something else": "type Query { ts(first: Int!): [Thing!]! @inaccessible }\n"
    "type Thing { id: ID! until: String }\n",
    "another federation subgraph": f"{FEDERATION}\ntype Query {{ now: String }}\n"
    "type Thing { id: ID! @shareable until: String }\n",
}


def composed(one: str, two: str) -> list[Problem]:
    try:
        compose([Source("one", one, "one.graphql"), Source("two", two, "two.graphql")])
    except CompositionError as error:
        return list(error.problems)
    return []


def written(sdl: str, snippet: str) -> str:
    """Write a snippet into an SDL: in the place of what it begins like, or as a new field of Query."""
    head = re.split(r" (?=@)", snippet, maxsplit=1)[0]
    if head in sdl:
        return sdl.replace(head, snippet, 1)
    assert not snippet.startswith("type "), (sdl, snippet)
    return sdl.replace("type Query {", f"type Query {{ {snippet}", 1)


@pytest.mark.parametrize("one", ONE.values(), ids=list(ONE))
@pytest.mark.parametrize("two", OTHERS.values(), ids=list(OTHERS))
def test_what_is_advised_mends_it(one: str, two: str) -> None:
    problems = composed(one, two)
    assert [problem.code for problem in problems if "until" in problem.message] == ["SATISFIABILITY_ERROR"]
    (problem,) = (problem for problem in problems if "until" in problem.message)
    snippets = re.findall(r"`([^`]+)`", problem.fix)
    assert snippets
    assert "two" in problem.fix
    for snippet in snippets:
        two = written(two, snippet)
    assert [problem for problem in composed(one, two) if "until" in problem.message] == []


def test_the_field_that_could_be_the_lookup_is_named() -> None:
    (problem,) = (
        each for each in composed(ONE["plain"], OTHERS["a list and one by one"]) if "until" in each.message
    )
    assert problem.fix == (
        'write `ts(ids: [ID!]!): [Thing]! @merge(keyField: "id")` in two (two.graphql:1), '
        'and `type Thing @key(selectionSet: "{ id }")` (two.graphql:2).'
    )


def test_composite_schemas() -> None:
    one = "type Query { things: [Thing!]! thing(id: ID!): Thing @lookup }\ntype Thing { id: ID! a: String }\n"
    two = (
        "type Query { t(id: ID!): Thing other(id: ID!): Other @lookup }\n"
        "type Thing { id: ID! @shareable until: String }\ntype Other { id: ID! }\n"
    )
    (problem,) = (problem for problem in composed(one, two) if "until" in problem.message)
    (snippet,) = re.findall(r"`([^`]+)`", problem.fix)
    assert snippet == "t(id: ID!): Thing @lookup"
    assert [problem for problem in composed(one, written(two, snippet)) if "until" in problem.message] == []


def test_a_type_without_a_key_of_its_own_has_the_general_advice() -> None:
    two = "type Query { now: String }\ntype Thing { until: String }\n"
    (problem,) = (problem for problem in composed(ONE["plain"], two) if "until" in problem.message)
    assert problem.fix.startswith("give a subgraph that has it a key of Thing")
