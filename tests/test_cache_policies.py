"""How long an answer may be kept, by what the SDL and the services' headers say."""

import pytest
from graphql import build_schema, parse

from stitcher.cache_policies import CachePolicy, find_cache_policies, said_by
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation

SDL = """
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
enum CacheControlScope { PUBLIC PRIVATE }

type Query {
  plain: Thing
  thing: Thing @cacheControl(maxAge: 60)
  short: Thing @cacheControl(maxAge: 5)
  number: Int
  kept: Int @cacheControl(maxAge: 30)
  typed: Typed
  mine: Typed @cacheControl(scope: PRIVATE)
  longer: Typed @cacheControl(maxAge: 500)
  node: Node @cacheControl(maxAge: 90)
  any: Any @cacheControl(maxAge: 90)
  inherits: Thing @cacheControl(inheritMaxAge: true)
}

type Thing {
  id: ID!
  name: String
  secret: String @cacheControl(scope: PRIVATE)
  fleeting: Int @cacheControl(maxAge: 1)
  other: Thing
  own: Thing @cacheControl(inheritMaxAge: true)
  typed: Typed
  likeParent: Inheriting
}

type Typed @cacheControl(maxAge: 240) { id: ID! }
type Inheriting @cacheControl(inheritMaxAge: true) { id: ID! }

interface Node { id: ID! value: Int }
type A implements Node { id: ID! value: Int @cacheControl(maxAge: 7) }
type B implements Node { id: ID! value: Int @cacheControl(scope: PRIVATE) }
union Any = A | B
"""

SCHEMA = build_schema(SDL)


def policy(query: str) -> tuple[int, bool]:
    node, fragments = select_operation(parse(query), None)
    operation = normalize(SCHEMA, node, fragments)
    policies = find_cache_policies(SCHEMA)
    assert policies is not None
    found = policies.of(operation.type_name, operation.selections)
    return found.max_age, found.is_private


@pytest.mark.parametrize(
    ("query", "max_age", "is_private"),
    [
        ("{ plain { id } }", 0, False),
        ("{ thing { id name } }", 60, False),
        ("{ thing { id __typename } __typename }", 60, False),
        ("{ thing { id } short { id } }", 5, False),
        ("{ a: thing { id } b: thing { fleeting } }", 1, False),
        ("{ number }", 0, False),
        ("{ kept }", 30, False),
        ("{ typed { id } }", 240, False),
        ("{ mine { id } }", 240, True),
        ("{ longer { id } }", 500, False),  # the field's own comes before the type's
        ("{ thing { other { id } } }", 0, False),
        ("{ thing { own { id } } }", 60, False),
        ("{ thing { typed { id } } }", 60, False),
        ("{ thing { likeParent { id } } }", 60, False),
        ("{ inherits { id } }", 0, False),  # from whom?
        ("{ thing { secret } }", 60, True),
        ("{ node { id } }", 90, False),
        ("{ node { value } }", 7, True),
        ("{ node { ... on A { value } } }", 7, False),
        ("{ any { ... on A { value } ... on B { value } } }", 7, True),
        ("query ($with: Boolean!) { thing { id fleeting @include(if: $with) } }", 1, False),
        ("{ __typename }", 0, False),
        ("{ __schema { types { name } } }", 0, False),
    ],
)
def test_the_rules(query: str, max_age: int, is_private: bool) -> None:
    assert policy(query) == (max_age, is_private)


def test_a_schema_that_says_nothing_has_no_policies() -> None:
    assert find_cache_policies(build_schema("type Query { a: Int }")) is None


def test_where_several_speak_of_one_field_the_least_counts() -> None:
    sdl = """
    directive @cacheControl(maxAge: Int, scope: Scope) repeatable on FIELD_DEFINITION
    enum Scope { PUBLIC PRIVATE }
    type Query { a: Int @cacheControl(maxAge: 60) @cacheControl(maxAge: 20, scope: PRIVATE) }
    """
    schema = build_schema(sdl)
    node, fragments = select_operation(parse("{ a }"), None)
    operation = normalize(schema, node, fragments)
    policies = find_cache_policies(schema)
    assert policies is not None
    assert policies.of("Query", operation.selections) == CachePolicy(20, is_private=True)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, None),
        ({"Cache-Control": ""}, None),
        ({"Cache-Control": "must-revalidate"}, None),
        ({"Cache-Control": "max-age=60"}, CachePolicy(60)),
        ({"Cache-Control": "Max-Age=60, Private"}, CachePolicy(60, is_private=True)),
        ({"Cache-Control": "max-age=60, s-maxage=10"}, CachePolicy(10)),
        ({"Cache-Control": "max-age=60", "Age": "50"}, CachePolicy(10)),
        ({"Cache-Control": "max-age=60", "Age": "500"}, CachePolicy(0)),
        ({"Cache-Control": "max-age=60, no-store"}, CachePolicy(0)),
        ({"Cache-Control": "no-cache"}, CachePolicy(0)),
        ({"Cache-Control": 'max-age="7"'}, CachePolicy(7)),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "private"}, CachePolicy(2**31, is_private=True)),
        ({"Cache-Control": "max-age=" + "9" * 100}, CachePolicy(9_999_999_999)),
    ],
)
def test_what_services_say(headers: dict[str, str], said: CachePolicy | None) -> None:
    assert said_by(headers) == said
