import pytest

from stitcher.composition.compose import compose, print_supergraph
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from stitcher.field_limits import find_field_limits

DIALECTS = {
    "plain": 'type Query { a: Int @rateLimit(limit: "5/minute") }',
    "plain, defined": """
        directive @rateLimit(limit: String!) on FIELD_DEFINITION
        type Query { a: Int @rateLimit(limit: "5/minute") }
    """,
    "federation 2": """
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
        type Query { a: Int @rateLimit(limit: "5/minute") }
    """,
    "federation 1": """
        extend type Query { a: Int @rateLimit(limit: "5/minute") }
        type T @key(fields: "id") { id: ID! }
    """,
    "composite schemas": """
        type Query { a: Int @rateLimit(limit: "5/minute") t(id: ID!): T @lookup }
        type T @key(fields: "id") { id: ID! }
    """,
    "stitching": """
        type Query { a: Int @rateLimit(limit: "5/minute") t(id: ID!): T @merge(keyField: "id") }
        type T @key(selectionSet: "{ id }") { id: ID! }
    """,
}


def sources(*sdls: str) -> list[Source]:
    return [Source(f"s{number}", sdl, f"s{number}.graphql", ("http://s",)) for number, sdl in enumerate(sdls)]


def problems(*sdls: str) -> list[tuple[str, int]]:
    with pytest.raises(CompositionError) as caught:
        compose(sources(*sdls))
    return [(problem.code, problem.places[0].line) for problem in caught.value.problems]


@pytest.mark.parametrize("sdl", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_keeps_it_and_clients_do_not_see_it(sdl: str) -> None:
    composed = compose(sources(sdl))
    (limit,) = find_field_limits(composed.schema)["Query.a"]
    assert [str(window) for window in limit.windows] == ["Query.a/minute: 5 in 60 s"]
    assert "rateLimit" not in print_supergraph(composed)


def test_the_strictest_of_several_subgraphs_counts() -> None:
    one = 'type Query { a: Int @rateLimit(limit: "5/minute;50/hour") }'
    other = 'type Query { a: Int @rateLimit(limit: "9/minute;30/hour") }'
    (limit,) = find_field_limits(compose(sources(one, other, "type Query { a: Int }")).schema)["Query.a"]
    assert [(window.amount, window.seconds) for window in limit.windows] == [(5, 60), (30, 3600)]


def test_what_is_no_limit_is_a_problem() -> None:
    found = problems(
        """type Query {
        a: Int @rateLimit(limit: "often")
        b: Int @rateLimit
        c: Int @rateLimit(limit: 5)
        d: Int @rateLimit(limit: "5/minute", burst: 3)
        e: Int @rateLimit(limit: "5/minute")
        }"""
    )
    assert found == [("RATE_LIMIT_INVALID", line) for line in (2, 3, 4, 5)]


def test_where_it_means_nothing_it_is_a_problem() -> None:
    one = """type Query { t(
        a: Int @rateLimit(limit: "5/minute")): T }
        type T @rateLimit(limit: "5/minute")
        @key(fields: "id") { id: ID! }"""
    other = """type Query { u: Int }
        extend type T @key(fields: "id") { id: ID! @external
        name: String @external @rateLimit(limit: "5/minute")
        more: String @requires(fields: "name") }"""
    one = one.replace("id: ID! }", "id: ID! name: String }")
    assert problems(one, other) == [("RATE_LIMIT_MISPLACED", line) for line in (2, 3, 3)]


def test_another_directive_of_the_name_is_left_alone() -> None:
    sdl = """
        directive @rateLimit(limit: Int! = 60, duration: Int! = 60) on FIELD_DEFINITION | OBJECT
        type Query @rateLimit(limit: 5) { a: Int @rateLimit(limit: 10, duration: 20) }
    """
    assert find_field_limits(compose(sources(sdl)).schema) == {}
