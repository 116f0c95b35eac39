from graphql import build_schema, parse

from stitcher.field_limits import find_field_limits
from stitcher.planning.counting import count_fields
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation

SCHEMA = build_schema(
    """
    directive @rateLimit(limit: String!) on FIELD_DEFINITION
    type Query { node: Node things: [Thing] search(text: String): [Found] @rateLimit(limit: "5/minute") }
    type Mutation { login(name: String): Int @rateLimit(limit: "5/minute") }
    interface Node { id: ID! report: Int }
    type Thing implements Node { id: ID! report: Int @rateLimit(limit: "3/hour") next: Thing }
    type Other implements Node { id: ID! report: Int }
    union Found = Thing | Other
    """
)
LIMITS = find_field_limits(SCHEMA)


def counts(text: str) -> dict[str, int]:
    node, fragments = select_operation(parse(text), None)
    found = count_fields(SCHEMA, normalize(SCHEMA, node, fragments), LIMITS)
    return {each.limit.windows[0].name: len(each.arguments) for each in found}


def test_nothing_that_is_limited() -> None:
    assert counts("{ __typename __schema { types { name } } node { id ... on Other { report } } }") == {}


def test_aliases_count_each() -> None:
    assert counts('mutation { login a: login(name: "a") b: login(name: "a") }') == {
        "Mutation.login/minute": 3
    }


def test_arguments_are_kept() -> None:
    node, fragments = select_operation(
        parse('mutation ($n: String) { login(name: $n) b: login(name: "b") }'), None
    )
    (found,) = count_fields(SCHEMA, normalize(SCHEMA, node, fragments), LIMITS)
    assert found.arguments == ("(name: $n)", '(name: "b")')


def test_fragments_count_where_they_are_spread() -> None:
    text = """
        mutation { ...A ... { c: login } ...B }
        fragment A on Mutation { a: login ...B }
        fragment B on Mutation { b: login }
    """
    assert counts(text) == {"Mutation.login/minute": 3}
    doubled = "{ a: things { ...F } b: things { ...F } } fragment F on Thing { report next { report } }"
    assert counts(doubled) == {"Thing.report/hour": 4}


def test_one_response_key_is_one_field() -> None:
    assert counts("{ search { __typename } ... { search { __typename } } }") == {"Query.search/minute": 1}
    text = """
        query ($a: Boolean!, $b: Boolean!) {
            search @include(if: $a) { __typename }
            search @skip(if: $b) { __typename }
        }
    """
    assert counts(text) == {"Query.search/minute": 1}


def test_conditions_with_variables_count_and_literals_decide() -> None:
    text = (
        "mutation ($a: Boolean!) { login @skip(if: $a) b: login @include(if: $a) c: login @skip(if: true) }"
    )
    assert counts(text) == {"Mutation.login/minute": 2}
    assert counts("mutation { a: login @include(if: false) ... @include(if: true) { b: login } }") == {
        "Mutation.login/minute": 1
    }


def test_the_ways_to_a_field_of_an_object() -> None:
    assert counts("{ node { report } }") == {"Thing.report/hour": 1}
    assert counts("{ node { ... on Thing { report } ... on Other { report } } }") == {"Thing.report/hour": 1}
    text = "{ search { ... on Node { report } ... on Thing { again: report } } }"
    assert counts(text) == {"Query.search/minute": 1, "Thing.report/hour": 2}
