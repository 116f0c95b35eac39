from graphql import build_schema

from stitcher.field_limits import FieldLimit, Per, find_field_limits
from stitcher.windows import parse_windows

SCHEMA = build_schema(
    """
    directive @rateLimit(limit: String!) repeatable on FIELD_DEFINITION
    type Query { search: Node @rateLimit(limit: "5/minute") free: Thing }
    type Mutation { login: Int register: Int @rateLimit(limit: "9/hour") rename: Int }
    interface Node { id: ID! report: Int @rateLimit(limit: "3/hour") }
    type Thing implements Node { id: ID! report: Int @rateLimit(limit: "1/second") size: Int }
    type Other implements Node { id: ID! report: Int }
    type Apart { report: Int }
    """
)
LOGIN = (FieldLimit(parse_windows("login", "5/minute"), Per.ADDRESS),)


def limited(coordinate: str, limit: str) -> FieldLimit:
    return FieldLimit(parse_windows(coordinate, limit))


def test_what_is_written_in_the_schema() -> None:
    node, thing = limited("Node.report", "3/hour"), limited("Thing.report", "1/second")
    found = find_field_limits(SCHEMA)
    assert {name: set(limits) for name, limits in found.items()} == {
        "Query.search": {limited("Query.search", "5/minute")},
        "Mutation.register": {limited("Mutation.register", "9/hour")},
        "Node.report": {node, thing},
        "Thing.report": {node, thing},
        "Other.report": {node},
    }


def test_logins_beside_what_is_written() -> None:
    found = find_field_limits(SCHEMA, ["login", "register", "search", "signUp"], LOGIN)
    assert found["Mutation.login"] == LOGIN
    assert found["Mutation.register"] == (limited("Mutation.register", "9/hour"), *LOGIN)
    assert found["Query.search"] == (limited("Query.search", "5/minute"),)
    assert "Mutation.rename" not in found


def test_a_schema_without_limits() -> None:
    schema = build_schema(
        "directive @rateLimit(limit: Int) on FIELD_DEFINITION type Query { a: Int @rateLimit(limit: 3) }"
    )
    assert find_field_limits(schema, ["login"], LOGIN) == {}
