"""How long an answer may be kept, by what the SDL and the services' headers say."""

from collections.abc import Mapping

import pytest
from graphql import FieldNode, build_schema, parse
from multidict import CIMultiDict

from stitcher.cache_policies import CachePolicy, agreed, find_cache_policies, said_by
from stitcher.headers import Pass, RequestHeaders
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.selections import Field

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


def policy(query: str) -> tuple[int, bool] | None:
    node, fragments = select_operation(parse(query), None)
    operation = normalize(SCHEMA, node, fragments)
    policies = find_cache_policies(SCHEMA)
    found = policies.of(operation.type_name, operation.selections)
    return (found.max_age, found.is_private) if found else None


@pytest.mark.parametrize(
    ("query", "max_age", "is_private"),
    [
        ("{ thing { id name } }", 60, False),
        ("{ thing { id __typename } __typename }", 60, False),
        ("{ thing { id } short { id } }", 5, False),
        ("{ a: thing { id } b: thing { fleeting } }", 1, False),
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
    ],
)
def test_the_rules(query: str, max_age: int, is_private: bool) -> None:
    assert policy(query) == (max_age, is_private)


@pytest.mark.parametrize(
    "query", ["{ plain { id } }", "{ number }", "{ __typename }", "{ __schema { types { name } } }"]
)
def test_where_nothing_is_said_the_services_decide(query: str) -> None:
    assert policy(query) is None


@pytest.mark.parametrize(
    ("type_name", "query", "said"),
    [
        ("Typed", "{ id }", CachePolicy(240)),
        ("Thing", "{ id name }", None),
        ("Thing", "{ fleeting }", CachePolicy(1)),
        ("Thing", "{ fleeting name }", CachePolicy(0)),  # the name alone has nothing that it could inherit
        ("Thing", "{ fleeting secret }", CachePolicy(0, is_private=True)),
        ("Inheriting", "{ id }", CachePolicy(0)),
        ("Node", "{ value }", CachePolicy(0, is_private=True)),  # B says nothing of how long
    ],
)
def test_entities_by_themselves(type_name: str, query: str, said: CachePolicy | None) -> None:
    node, _ = select_operation(parse(query), None)
    names = [each.name.value for each in node.selection_set.selections if isinstance(each, FieldNode)]
    parsed = tuple(Field(name, name) for name in names)
    assert find_cache_policies(SCHEMA).of_entity(type_name, parsed) == said


@pytest.mark.parametrize(
    ("schema", "service", "both"),
    [
        (None, None, None),
        (CachePolicy(5), None, CachePolicy(5)),
        (None, CachePolicy(5, while_asking=7), CachePolicy(5, while_asking=7)),
        (CachePolicy(5), CachePolicy(9, True, 3, 4), CachePolicy(5, True, 3, 4)),
        (CachePolicy(9, True), CachePolicy(5), CachePolicy(5, True)),
        (None, CachePolicy(2**31, True), None),  # private, but for how long?
    ],
)
def test_what_schema_and_service_allow(
    schema: CachePolicy | None, service: CachePolicy | None, both: CachePolicy | None
) -> None:
    assert agreed(schema, service) == both


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
        ({"Cache-Control": "max-age=" + "9" * 100}, CachePolicy(2**31 - 1)),
        (
            {"Cache-Control": "max-age=5, stale-while-revalidate=7, stale-if-error=9"},
            CachePolicy(5, False, 7, 9),
        ),
        ({"Cache-Control": "max-age=5, stale-if-error=9", "Age": "6"}, CachePolicy(0, if_error=8)),
        ({"Vary": "*"}, CachePolicy(0)),
        ({"Vary": "Accept, Authorization"}, CachePolicy(2**31, is_private=True)),
        ({"Cache-Control": "max-age=5", "Vary": "Cookie"}, CachePolicy(5)),  # which it isn't sent
        ({"Cache-Control": "max-age=5", "Vary": "X-Tenant"}, CachePolicy(5)),
        ({"Cache-Control": "max-age=5", "Vary": "x-request-id"}, CachePolicy(0)),
        (CIMultiDict([("Cache-Control", "max-age=5"), ("Cache-Control", "private")]), CachePolicy(5, True)),
    ],
)
def test_what_services_say(headers: Mapping[str, str], said: CachePolicy | None) -> None:
    sent = RequestHeaders([Pass("authorization"), Pass("x-tenant"), Pass("x-request-id")])
    assert said_by(headers, sent) == said


def test_a_pattern_may_pass_on_whatever_an_answer_varies_by() -> None:
    sent = RequestHeaders([Pass("*")])
    assert said_by({"Vary": "Authorization"}, sent) == CachePolicy(2**31, is_private=True)
    assert said_by({"Vary": "X-Any"}, sent) is None
