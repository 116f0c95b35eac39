"""Normal forms: what an operation becomes before it is planned."""

import pytest
from graphql import build_schema, parse

from stitcher.planning.normalize import Operation, merge_selections, normalize, under, variables_of
from stitcher.planning.planner import select_operation
from stitcher.selections import Condition, Field, Fragment, print_selections

SCHEMA = build_schema("""
  type Query { pet: Pet dog: Dog being: Being }
  type Mutation { feed(id: ID!): Pet }
  interface Being { name: String }
  interface Pet implements Being { name: String friend: Pet }
  type Dog implements Being & Pet { name: String friend: Pet barks(loud: Boolean, often: Int): Boolean }
  type Cat implements Being & Pet { name: String friend: Pet }
  type Rock { weight: Int }
  union Thing = Dog | Rock
""")


def normalized(query: str) -> Operation:
    return normalize(SCHEMA, *select_operation(parse(query), None))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # A, D: fragments that narrow nothing are dissolved, fields of one key are merged.
        (
            "{ dog { ...A name } dog { ...B } } fragment A on Dog { name } fragment B on Pet { a: name }",
            "dog { name a: name }",
        ),
        ("{ dog { ... on Being { ... on Pet { name } } ... { a: name } } }", "dog { name a: name }"),
        ("{ dog { friend { name } friend { friend { name } } } }", "dog { friend { name friend { name } } }"),
        (
            "{ dog { a: barks(loud: true) b: barks barks(often: 2) barks(often: 2) } }",
            "dog { a: barks(loud: true) b: barks barks(often: 2) }",
        ),
        (
            "query Q { ...R dog { name } } fragment R on Query { dog { friend { name } } }",
            "dog { friend { name } name }",
        ),
        # C: those that narrow stay where they are; those that can't match are dropped.
        (
            "{ pet { ... on Dog { a: name } name ... on Dog { b: name } ... on Being { c: name } } }",
            "pet { ... on Dog { a: name } name ... on Dog { b: name } c: name }",
        ),
        (
            "{ being { ... on Pet { ... on Dog { name ... on Cat { name } } } } }",
            "being { ... on Pet { ... on Dog { name } } }",
        ),
        (
            "{ being { ...D ...D name ...D } } fragment D on Dog { name }",
            "being { ... on Dog { name } name }",
        ),
        # B: literal conditions are decided; those of variables go to the fields.
        (
            "{ dog { name @skip(if: true) a: name @include(if: true) ... @include(if: false) { b: name } } }",
            "dog { a: name }",
        ),
        ("query($x: Boolean!) { dog @skip(if: $x) { name } }", "dog @skip(if: $x) { name }"),
        (
            "query($x: Boolean!) { dog { ...N @include(if: $x) } } fragment N on Dog { name @skip(if: $x) }",
            "dog { name @include(if: $x) @skip(if: $x) }",
        ),
        (
            "query($x: Boolean!, $y: Boolean!) { dog { ... @include(if: $x) { name @include(if: $y) } } }",
            "dog { ... @include(if: $x) { name @include(if: $y) } }",
        ),
        # An unconditional field takes in those that follow; the place of the others is theirs if they count.
        (
            "query($x: Boolean!) { dog { name } dog @include(if: $x) { name friend { name } } }",
            "dog { name friend @include(if: $x) { name } }",
        ),
        (
            "query($x: Boolean!) { dog { a: name @skip(if: $x) name a: name } }",
            "dog { a: name @skip(if: $x) name a: name }",
        ),
        (
            "query($x: Boolean!, $y: Boolean!) { dog { name @skip(if: $x) b: name name @skip(if: $y) } }",
            "dog { name @skip(if: $x) b: name name @skip(if: $y) }",
        ),
        (
            """query($x: Boolean!) {
              dog @include(if: $x) { name } dog @include(if: $x) { a: name } dog @skip(if: $x) { name }
            }""",
            "dog @include(if: $x) { name a: name } dog @skip(if: $x) { name }",
        ),
        # The keys of an object have an order too, whatever stands between the places that select them.
        (
            """query($x: Boolean!) {
              dog @include(if: $x) { name } dog @skip(if: $x) { name } dog @include(if: $x) { a: name }
            }""",
            "dog @include(if: $x) { name } dog @skip(if: $x) { name } dog @include(if: $x) { a: name }",
        ),
        (
            """query($x: Boolean!) { dog { ...N @include(if: $x) ...N ...N @skip(if: $x) } }
            fragment N on Dog { name }""",
            "dog { name @include(if: $x) name }",
        ),
        # Directives that mean nothing to the gateway, and arguments of all kinds.
        ("query($n: Int) { dog { barks(loud: null, often: $n) } }", "dog { barks(loud: null, often: $n) }"),
    ],
)
def test_normal_forms(query: str, expected: str) -> None:
    assert print_selections(normalized(query).selections) == expected


def test_variables_keep_their_declarations() -> None:
    operation = normalized(
        "query($n: Int = 5, $unused: [ID!], $x: Boolean!) { dog { barks(often: $n) @skip(if: $x) } }"
    )
    assert operation.variables == {"n": "$n: Int = 5", "unused": "$unused: [ID!]", "x": "$x: Boolean!"}
    assert variables_of(operation.selections) == {"n", "x"}


def test_a_mutation_says_so() -> None:
    operation = normalized('mutation { feed(id: "1") { name } }')
    assert (operation.is_mutation, operation.type_name) == (True, "Mutation")
    assert not normalized("{ dog { name } }").is_mutation


@pytest.mark.parametrize(
    "fragment",
    ["...F{n} ...F{n}", "friend {{ ...F{n} }} friend {{ ...F{n} }}", "...F{n} ... on Dog {{ ...F{n} }}"],
)
def test_fragments_that_double_do_not_grow(fragment: str) -> None:
    fragments = [f"fragment F{n} on Pet {{ {fragment.format(n=n + 1)} }}" for n in range(90)]
    query = f"{{ dog {{ ...F0 }} }} {' '.join(fragments)} fragment F90 on Pet {{ name }}"
    assert str(normalized(query).selections[0]).count("name") == 1


def test_an_operation_of_a_kind_that_the_schema_does_not_have() -> None:
    with pytest.raises(ValueError, match="no subscription type"):
        normalized("subscription { dog { name } }")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ dog { tail { length } } }", "Dog has no field tail"),
        ("{ dog { name { first } } }", "String is no composite type"),
        ("{ dog { ... on Wolf { name } } }", "Wolf is no composite type"),
    ],
)
def test_an_operation_that_was_not_validated(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        normalized(query)


def test_field_sets_are_merged() -> None:
    sets = (
        Field("owner", "owner", selections=(Field("id", "id"),)),
        Fragment("Dog", (Field("name", "name"),)),
        Field("owner", "owner", selections=(Field("id", "id"), Field("name", "name"))),
        Field("owner", "owner", "(first: 1)"),
    )
    assert print_selections(merge_selections(sets)) == "owner { id name } ... on Dog { name } owner(first: 1)"


def test_conditions_go_onto_fields_through_fragments() -> None:
    fields = (Field("a", "a", conditions=(Condition("x"),)), Fragment("Dog", (Field("b", "b"),)))
    conditions = (Condition("y", skip=True),)
    assert print_selections(under(conditions, fields)) == (
        "a @include(if: $x) @skip(if: $y) ... on Dog { b @skip(if: $y) }"
    )
    assert under((), fields) is fields
