from typing import Any

import pytest

from stitcher.composition.compose import compose_with_hints
from stitcher.composition.sources import Source
from tests.composition.composing import compose_sdls, only_problem, places

HEAD = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", '
    '"@requires", "@authenticated", "@requiresScopes", "@policy", "@shareable", "@inaccessible", '
    '"@interfaceObject"])'
)
CODE = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"


def split(secret: str, derived: str) -> dict[str, Any]:
    """Return two subgraphs: one has the secret, with these marks, the other makes something of it."""
    return {
        "one": f"""
            {HEAD}
            type Query {{ t: T }}
            type T @key(fields: "id") {{ id: ID! secret: String {secret} }}
        """,
        "two": f"""
            {HEAD}
            type T @key(fields: "id") {{
              id: ID!
              secret: String @external
              derived: String @requires(fields: "secret") {derived}
            }}
        """,
    }


A_OR_B = '@requiresScopes(scopes: [["a"], ["b"]])'
A = '@requiresScopes(scopes: [["a"]])'
A_AND_B = '@requiresScopes(scopes: [["a", "b"]])'
A_POLICY, B_POLICY = '@policy(policies: [["a"]])', '@policy(policies: [["b"]])'


@pytest.mark.parametrize(
    ("secret", "derived", "missing"),
    [
        ("@authenticated", "", "@authenticated"),
        ("@authenticated", A, "@authenticated"),
        (A, "", A),
        (A, "@authenticated", A),
        (A, A_OR_B, A),
        (A_AND_B, A, A_AND_B),
        (A_POLICY, B_POLICY, A_POLICY),
        (f"@authenticated {A_POLICY}", A_POLICY, "@authenticated"),
        (A_POLICY, A, A_POLICY),
    ],
)
def test_a_field_that_asks_for_less_than_what_it_requires_is_refused(
    secret: str, derived: str, missing: str
) -> None:
    problem = only_problem(**split(secret, derived))
    assert problem.code == CODE
    assert "T.derived" in problem.message
    assert "T.secret" in problem.message
    assert problem.fix == f"mark T.derived {missing}."
    assert places(problem) == ["two.graphql:5"]


@pytest.mark.parametrize(
    ("secret", "derived"),
    [
        ("", "@authenticated"),
        ("@authenticated", "@authenticated"),
        ("@authenticated", f"@authenticated {A}"),
        (A_OR_B, A),
        (A_OR_B, A_AND_B),
        (A, A_AND_B),
        (A_OR_B, A_OR_B),
        (f"@authenticated {A} {A_POLICY}", f"{A_POLICY} {A_AND_B} @authenticated"),
    ],
)
def test_one_that_asks_for_as_much_is_not(secret: str, derived: str) -> None:
    compose_sdls(**split(secret, derived))


def test_what_several_subgraphs_ask_for_adds_up() -> None:
    sdls = split(A_AND_B, A)
    sdls["three"] = f"""
        {HEAD}
        type T @key(fields: "id") {{ id: ID! derived: String @shareable @requiresScopes(scopes: [["b"]]) }}
    """
    sdls["two"] = sdls["two"].replace("derived: String", "derived: String @shareable")
    compose_sdls(**sdls)


OWNER = """
    type T @key(fields: "id") {{ id: ID! owner: Owner {} }}
    type Owner {} @key(fields: "id") {{ id: ID! name: {} }}
"""


@pytest.mark.parametrize(
    "one",
    [
        OWNER.format("", "", "String @authenticated"),
        OWNER.format("", "@authenticated", "String"),
        OWNER.format("@authenticated", "", "String"),
        OWNER.format("", "", "Secret") + "scalar Secret @authenticated",
        OWNER.format("", "implements Named", "String") + "interface Named { name: String @authenticated }",
        OWNER.format("", "implements Named", "String") + "interface Named @authenticated { name: String }",
        OWNER.format("", "implements Named", "String")
        + "interface Named @inaccessible { name: String @authenticated }",
    ],
)
def test_marks_count_wherever_they_protect_what_is_required(one: str) -> None:
    type_ = "Secret" if "Secret" in one else "String"
    two = f"""
        {HEAD}
        type T @key(fields: "id") {{
          id: ID!
          owner: Owner @external
          derived: String @requires(fields: "owner {{ name }}")
        }}
        type Owner @key(fields: "id") {{ id: ID! name: {type_} @external }}
        {"scalar Secret" if type_ == "Secret" else ""}
    """
    problem = only_problem(one=f"{HEAD} type Query {{ t: T }} {one}", two=two)
    assert problem.code == CODE
    assert problem.fix == "mark T.derived @authenticated."


def test_fragments_are_looked_into() -> None:
    being = """
        union Being = Owner | Other
        type Other @key(fields: "id") { id: ID! }
        type Owner @key(fields: "id") { id: ID! name: String %s }
    """
    problem = only_problem(
        one=f"""
            {HEAD}
            type Query {{ t: T }}
            type T @key(fields: "id") {{ id: ID! owner: Being }}
            {being.replace("%s", "@authenticated")}
        """,
        two=f"""
            {HEAD}
            type T @key(fields: "id") {{
              id: ID!
              owner: Being @external
              derived: String @requires(fields: "owner {{ ... on Owner {{ name }} }}")
            }}
            {being.replace("%s", "@external")}
        """,
    )
    assert problem.code == CODE


def test_computed_fields_are_held_to_it() -> None:
    problem = only_problem(
        one="""
            type Query { t: T tById(id: ID!): T @merge(keyField: "id") }
            type T { id: ID! secret: String @authenticated }
        """,
        two="""
            type Query { ts(keys: [Key!]!): [T]! @merge }
            scalar Key
            type T @key(selectionSet: "{ id }") {
              id: ID!
              derived: String @computed(selectionSet: "{ secret }")
            }
        """,
    )
    assert problem.code == CODE


def test_so_are_required_arguments() -> None:
    problem = only_problem(
        one="""
            type Query { t: T tById(id: ID!): T @lookup @shareable }
            type T @key(fields: "id") { id: ID! secret: String @authenticated }
        """,
        two="""
            type Query { tById(id: ID!): T @lookup @shareable }
            type T @key(fields: "id") { id: ID! derived(secret: String @require(field: "secret")): String }
        """,
    )
    assert problem.code == CODE


def test_a_protected_field_in_a_key_is_a_hint() -> None:
    one = f"""{HEAD}
        type Query {{ t: T }}
        type T @key(fields: "id") @key(fields: "ssn") {{ id: ID! ssn: String! @authenticated }}
    """
    two = f'{HEAD} type T @key(fields: "ssn") {{ ssn: String! @shareable name: String }}'
    one = one.replace("ssn: String!", "ssn: String! @shareable")
    composed = compose_with_hints([Source("one", one, "one.graphql"), Source("two", two, "two.graphql")])
    hints = [hint for hint in composed.hints if hint.code == "PROTECTED_KEY"]
    assert [str(hint.places[0]) for hint in hints] == ["one.graphql:3", "two.graphql:1"]
