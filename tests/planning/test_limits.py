"""How large an operation may be: each limit at its edge, over an operation that reaches nothing else."""

import tracemalloc
from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, parse, validate

from stitcher.errors import RequestError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions
from stitcher.planning.limits import FieldMergingRule, check_document, check_variables
from stitcher.supergraph import Supergraph
from tests.limits import limits
from tests.stitched import composed

SDL = """
type Query { a(x: [Int]): Int b: B page(first: Int): [B] }
type B { b: B c: Int d: Int }
"""

RELAY = """
query HomeQuery($count: Int!, $cursor: String, $id: ID!) {
  viewer { id actor { __typename id ...Actor_actor } newsFeed(first: $count, after: $cursor) {
    edges { cursor node { __typename id ...Story_story @arguments } } pageInfo { endCursor hasNextPage } } }
  node(id: $id) { __typename ... on Story { ...Story_story comments(first: 10) { edges { node { id body {
    text ranges { entity { __typename id url } } } author { ...Actor_actor } replies(first: 3) {
      edges { node { id body { text } author { ...Actor_actor } } } } } } } } id }
}
fragment Actor_actor on Actor { id name picture: profilePicture(size: 32) { uri width height } }
fragment Story_story on Story { id title summary: body { text } author { ...Actor_actor }
  attachments { url media { image(width: 400) { uri } } } likes: reactions(kind: LIKE) { count }
  viewerHasLiked }
"""

HEAVY = """
fragment User on User { id username name } fragment Review on Review { id body }
fragment Product on Product { inStock name price shippingEstimate upc weight }
query TestQuery {
  users { ...User reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews {
    ...Review product { ...Product } } } } } } }
  topProducts { ...Product reviews {
    ...Review author { ...User reviews { ...Review product { ...Product } } } } }
}
"""


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return composed(one=SDL)


def complaint(supergraph: Supergraph, query: str, **changes: Any) -> str | None:
    """Return why the operation is too large; None if it can be prepared."""
    gateway = Gateway(supergraph, {}, GatewayOptions(limits=limits(**changes)))
    try:
        gateway.prepare(query)
    except RequestError as error:
        (told,) = error.errors
        assert told["extensions"]["code"] in ("OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED")
        return str(told["message"])
    return None


@pytest.mark.parametrize(
    ("query", "setting", "size", "message"),
    [
        ("{ a }", "character", 5, "The document is over 4 characters long."),
        ("{ a b { c } }", "token", 7, "Syntax Error: Document contains more than 6 tokens. Parsing aborted."),
        (
            "{ a(x: [1, 2]) }",
            "token",
            11,
            "Syntax Error: Document contains more than 10 tokens. Parsing aborted.",
        ),
        ("{ b { b { c } } }", "depth", 3, "The operation is 3 levels deep; it may be 2."),
        (
            "{ ...F } fragment F on Query { b { ... { ...G } } } fragment G on B { b { c } }",
            "depth",
            3,
            "The operation is 3 levels deep; it may be 2.",
        ),
        (
            "{ a a ...F ... { a } } fragment F on Query { a }",
            "root_field",
            4,
            "The operation has 4 root fields, its fragments spread; it may have 3.",
        ),
        ("{ a b { c d } }", "field", 4, "The operation has 4 fields, its fragments spread; it may have 3."),
        (
            "{ b { ...F b { ...F } } } fragment F on B { c d }",
            "field",
            6,
            "The operation has 6 fields, its fragments spread; it may have 5.",
        ),
        (
            "{ x: a b { ...F b { ...F } } } fragment F on B { y: c }",
            "alias",
            3,
            "The operation has 3 aliases, its fragments spread; it may have 2.",
        ),
        (
            "query($v: Boolean = true) { a @skip(if: $v) ...F @skip(if: $v) ... @skip(if: $v) { a } } "
            "fragment F on Query { a @skip(if: $v) }",
            "directive",
            4,
            "The operation has 4 directives, its fragments spread; it may have 3.",
        ),
        ("{ page(first: 10) { c b { c } } }", "cost", 20, "The operation costs 20; it may cost 19."),
    ],
)
def test_each_limit_at_its_edge(
    supergraph: Supergraph, query: str, setting: str, size: int, message: str
) -> None:
    assert complaint(supergraph, query, **{f"{setting}_limit": size}) is None
    assert complaint(supergraph, query, **{f"{setting}_limit": size - 1}) == message


def test_directives_of_operations_variables_and_fragments_count() -> None:
    query = "query Q($v: Int @a) @a { f ...F } fragment F on T @a { f }"
    check_document(parse(query), limits(directive_limit=3))
    with pytest.raises(RequestError, match="has 3 directives"):
        check_document(parse(query), limits(directive_limit=2))


def test_the_largest_operation_of_a_document_counts() -> None:
    with pytest.raises(RequestError, match="3 levels deep"):
        check_document(parse("query A { a } query B { a { b { c } } }"), limits(depth_limit=2))


def test_fragments_that_double_are_measured_and_not_spread() -> None:
    fragments = " ".join(f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    document = parse(f"{{ ...F0 }} {fragments} fragment F60 on T {{ f }}", max_lexical_tokens=2000)
    with pytest.raises(RequestError, match="has more than 1000 root fields"):
        check_document(document, limits())


@pytest.mark.parametrize(
    "fragments",
    [
        "fragment F on T { ...F }",
        "fragment F on T { a { ...G } } fragment G on T { ... { ...F } }",
    ],
)
def test_a_circle_of_fragments(fragments: str) -> None:
    with pytest.raises(RequestError, match="Cannot spread fragment 'F' within itself") as caught:
        check_document(parse(f"{{ ...F }} {fragments}"), limits())
    assert caught.value.code == "GRAPHQL_VALIDATION_FAILED"
    assert caught.value.errors[0]["locations"]


def test_a_fragment_that_is_missing_is_left_to_validation() -> None:
    check_document(parse("{ ...Missing }"), limits())


def test_a_chain_of_fragments_that_is_too_long_to_walk(supergraph: Supergraph) -> None:
    chain = " ".join(f"fragment F{n} on B {{ ...F{n + 1} }}" for n in range(1200))
    query = f"{{ b {{ ...F0 }} }} {chain} fragment F1200 on B {{ c }}"
    told = complaint(supergraph, query, token_limit=20_000, character_limit=100_000)
    assert told == "The operation is nested too deeply."


def test_the_name_of_the_operation_is_no_way_around(supergraph: Supergraph) -> None:
    gateway = Gateway(supergraph, {}, GatewayOptions(limits=limits(character_limit=100)))
    with pytest.raises(RequestError) as caught:
        gateway.prepare("{ a }", "x" * 101)
    (error,) = caught.value.errors
    assert error["message"] == "The operation's name is over 100 characters long."


def test_what_is_remembered_of_refused_operations_is_bounded(supergraph: Supergraph) -> None:
    gateway = Gateway(supergraph, {}, GatewayOptions(limits=limits(character_limit=1_000_000)))
    tracemalloc.start()
    for number in range(30):
        with pytest.raises(RequestError):
            gateway.prepare("{ a }", f"{number}" + "x" * 500_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5_000_000


# What clients send


@pytest.mark.parametrize("query", [RELAY, HEAVY, get_introspection_query(), "{ " + "a " * 30 + "}"])
def test_what_clients_send_is_within_the_defaults(query: str) -> None:
    check_document(parse(query, max_lexical_tokens=limits().tokens), limits())
    assert len(query) <= limits().characters


def test_introspection_has_a_depth_of_its_own(supergraph: Supergraph) -> None:
    full = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    assert complaint(supergraph, full, depth_limit=1) is None
    circular = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    with pytest.raises(RequestError, match="Maximum introspection depth exceeded"):
        Gateway(supergraph, {}, GatewayOptions(limits=limits())).prepare(circular)


# Variables


@pytest.mark.parametrize(
    ("variables", "setting", "size", "message"),
    [
        ({"v": [1, 2, 3]}, "variable_item", 4, "The variables have more than 3 values."),
        ({"v": {"a": [1], "b": 2}, "w": 1}, "variable_item", 5, "The variables have more than 4 values."),
        ({"v": [[{"a": 1}]]}, "variable_depth", 4, "The variables are more than 3 levels deep."),
        ({"v": "é"}, "variable", 10, "The variables are over 9 bytes long."),
    ],
)
def test_variables_at_the_edge(variables: Any, setting: str, size: int, message: str) -> None:
    check_variables(variables, limits(**{f"{setting}_limit": size}))
    with pytest.raises(RequestError) as caught:
        check_variables(variables, limits(**{f"{setting}_limit": size - 1}))
    assert caught.value.errors[0]["message"] == message


# Fields that share a key


def test_comparing_fields_has_a_budget() -> None:
    schema = build_schema(SDL)
    few = parse("{ " + "b { c } " * 30 + "}")
    assert validate(schema, few, [FieldMergingRule]) == []
    many = parse("{ " + "b { c } " * 1000 + "}")
    (error,) = validate(schema, many, [FieldMergingRule])
    assert "aborted" in error.message
