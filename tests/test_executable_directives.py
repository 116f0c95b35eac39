"""Directives of operations that all services define: they go with what they stand on, whoever is asked."""

from collections.abc import AsyncIterator
from typing import Any

import ariadne
import pytest
from graphql import get_introspection_query, parse, print_ast, validate

from stitcher.gateway.request import ClientRequest
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, Stitched, composed, federated, stitched

FMT = """
  enum Form { SHORT LONG }
  directive @fmt(as: Form = LONG, n: Int) repeatable on
    FIELD | QUERY | MUTATION | INLINE_FRAGMENT | FRAGMENT_SPREAD | FRAGMENT_DEFINITION | VARIABLE_DEFINITION
  directive @slow on QUERY | FIELD
  directive @once on MUTATION | FRAGMENT_SPREAD
"""
NAMES = (
    FEDERATION
    + FMT
    + """
      type Query { people: [Person!]! person(id: ID): Person beings: [Being] }
      type Mutation { rename(id: ID, name: String): Person }
      interface Being { id: ID! }
      type Person implements Being @key(fields: "id") { id: ID! name: String friend: Person }
      type Dog implements Being @key(fields: "id") { id: ID! name: String }
    """
)
AGES = (
    FEDERATION
    + FMT
    + """
      type Query { oldest: Person }
      type Person @key(fields: "id") { id: ID! age(in: Int): Int }
      type Dog @key(fields: "id") { id: ID! age: Int }
    """
)
ADA = {"__typename": "Person", "id": "1", "name": "Ada", "friend": {"id": "2", "name": "Bo"}}
REX = {"__typename": "Dog", "id": "3", "name": "Rex"}


@pytest.fixture
async def people() -> AsyncIterator[Stitched]:
    """Services that validate what they are sent."""
    roots = {"people": [ADA], "person": ADA, "beings": [ADA, REX], "rename": ADA}
    names = federated(
        NAMES,
        {name: lambda value=value, **_: value for name, value in roots.items()},
        Person=lambda reference: ADA,
        Dog=lambda reference: REX,
    )
    entity = {"Person": lambda reference: {**reference, "age": 36}, "Dog": lambda reference: {"age": 5}}
    ages = federated(AGES, {"oldest": {"id": "1", "age": 36}}, **entity)
    async with stitched(composed(names=NAMES, ages=AGES), {"names": names, "ages": ages}) as world:
        yield world


async def sent(people: Stitched, query: str, variables: dict[str, Any]) -> list[str]:
    """Return the documents that the services are sent for a valid operation, and all answer."""
    assert validate(people.gateway.supergraph.schema, parse(query)) == []
    response = await people.gateway.execute(ClientRequest(query, variables))
    assert response.errors == ()
    return [f"{name}: {body['query']}" for name, body in people.services.requests]


PERSON = "_0: _entities(representations: $_0_representations)"


@pytest.mark.parametrize(
    ("query", "variables", "documents"),
    [
        (
            "query($f: Form) { person @fmt(as: SHORT) { name @fmt(n: 2) @fmt(as: $f) @fmt } }",
            {"f": "LONG"},
            [
                "names: query($f: Form) { person @fmt(as: SHORT) { name @fmt(n: 2) @fmt(as: $f) @fmt } }",
            ],
        ),
        (
            "query($f: Form, $n: Int) { person @fmt(as: $f) { age(in: 3) @fmt(n: $n) } }",
            {"f": "LONG", "n": 3},
            [
                "names: query($f: Form) { person @fmt(as: $f) { id } }",
                "ages: query($n: Int, $_0_representations: [_Any!]!) "
                f"{{ {PERSON} {{ ... on Person {{ age(in: 3) @fmt(n: $n) }} }} }}",
            ],
        ),
        (
            "query($x: Boolean!) { person { a: name @fmt @include(if: $x) name @skip(if: $x) @fmt(n: 1) } }",
            {"x": True},
            [
                "names: query($x: Boolean!) "
                "{ person { a: name @include(if: $x) @fmt name @skip(if: $x) @fmt(n: 1) } }",
            ],
        ),
        (
            "query($f: Form) { person { ... @fmt(as: $f) { name id } ... on Being @fmt { id } } }",
            {},
            [
                "names: query($f: Form) { person { ... @fmt(as: $f) { name id } ... @fmt { id } } }",
            ],
        ),
        (
            "{ person { ...N @fmt(n: 1) } } fragment N on Person @fmt(n: 2) { name age }",
            {},
            [
                "names: { person { ... @fmt(n: 1) { ... @fmt(n: 2) { name } } id } }",
                f"ages: query($_0_representations: [_Any!]!) {{ {PERSON} "
                "{ ... on Person { ... @fmt(n: 1) { ... @fmt(n: 2) { age } } } } }",
            ],
        ),
        (
            "{ beings { ... on Dog @fmt { name } ... @fmt(n: 1) { id } } }",
            {},
            ["names: query { beings { __typename ... on Dog { ... @fmt { name } } ... @fmt(n: 1) { id } } }"],
        ),
        (
            "query Q($n: Int @fmt(n: 1) @fmt) @slow @fmt(n: $n) { person { age } }",
            {"n": 5},
            [
                "names: query($n: Int @fmt(n: 1) @fmt) @slow @fmt(n: $n) { person { id } }",
                "ages: query($n: Int @fmt(n: 1) @fmt, $_0_representations: [_Any!]!) @slow @fmt(n: $n) "
                f"{{ {PERSON} {{ ... on Person {{ age }} }} }}",
            ],
        ),
        (
            "mutation @once @fmt { rename @fmt(n: 1) { age } }",
            {},
            [
                "names: mutation @once @fmt { rename @fmt(n: 1) { id } }",
                "ages: query($_0_representations: [_Any!]!) @fmt "
                f"{{ {PERSON} {{ ... on Person {{ age }} }} }}",
            ],
        ),
    ],
)
async def test_directives_go_with_what_they_stand_on(
    people: Stitched, query: str, variables: dict[str, Any], documents: list[str]
) -> None:
    expected = [document.replace(": { ", ": query { ", 1) for document in documents]
    assert await sent(people, query, variables) == expected


async def test_fields_that_differ_in_directives_stay_apart(people: Stitched) -> None:
    query = "{ person { name name @fmt friend @fmt { id } friend { name } name ... @fmt { name } } }"
    assert await sent(people, query, {}) == [
        "names: query { person { name name @fmt friend @fmt { id } friend { name } ... @fmt { name } } }"
    ]


async def test_what_the_gateway_adds_has_no_directives_of_the_clients(people: Stitched) -> None:
    """A directive may change a key beyond recognition."""
    query = "{ person { id @fmt age __typename @fmt(n: 1) } beings { __typename @fmt id } }"
    first, _ = await sent(people, query, {})
    assert first == (
        "names: query { person { id @fmt id_1: id __typename_1: __typename @fmt(n: 1) }"
        " beings { __typename __typename_1: __typename @fmt id } }"
    )
    people.services.requests.clear()
    response = await people.gateway.execute(ClientRequest(query))
    assert response.data == {
        "person": {"id": "1", "age": 36, "__typename": "Person"},
        "beings": [{"__typename": "Person", "id": "1"}, {"__typename": "Dog", "id": "3"}],
    }


async def test_the_executable_schema_keeps_them(people: Stitched) -> None:
    query = """query Q($f: Form, $n: Int @fmt) @slow @fmt(n: $n) {
      ... @fmt(as: $f) { person @fmt { name } } ...R @fmt(n: 1)
    } fragment R on Query @fmt(n: 2) { person { id } oldest { age } }"""
    request = {"query": query, "variables": {"f": "SHORT", "n": 1}}
    success, result = await ariadne.graphql(people.gateway.schema, request)
    assert success
    assert result == {"data": {"person": {"name": "Ada", "id": "1"}, "oldest": {"age": 36}}}
    assert {name: print_ast(parse(body["query"])) for name, body in people.services.requests} == {
        "names": print_ast(
            parse("""query($f: Form, $n: Int @fmt) @slow @fmt(n: $n) {
              ... @fmt(as: $f) { person @fmt { name __typename__: __typename } }
              ... @fmt(n: 1) { ... @fmt(n: 2) { person { id __typename__: __typename } } }
            }""")
        ),
        "ages": print_ast(
            parse("""query($n: Int @fmt) @slow @fmt(n: $n) {
              ... @fmt(n: 1) { ... @fmt(n: 2) { oldest { age __typename__: __typename } } }
            }""")
        ),
    }


def test_what_is_for_spreads_alone_is_not_offered(people_supergraph: Supergraph) -> None:
    """Fragments are sent inline."""
    schema = people_supergraph.schema
    once, fmt = schema.get_directive("once"), schema.get_directive("fmt")
    assert once
    assert fmt
    assert [at.name for at in once.locations] == ["MUTATION"]
    assert {"FRAGMENT_SPREAD", "FRAGMENT_DEFINITION"} < {at.name for at in fmt.locations}
    errors = validate(schema, parse("{ person { ...N @once } } fragment N on Person { name }"))
    assert [error.message for error in errors] == ["Directive '@once' may not be used on fragment spread."]


@pytest.fixture
def people_supergraph() -> Supergraph:
    return composed(names=NAMES, ages=AGES)


async def test_a_directive_that_not_all_define_is_refused(people: Stitched) -> None:
    supergraph = composed(names=NAMES, ages=AGES.replace("directive @slow", "directive @fast"))
    assert validate(supergraph.schema, parse("{ person @slow { name } }"))
    response = await people.gateway.execute(ClientRequest("{ person @fast { name } }"))
    assert [error["message"] for error in response.errors] == ["Unknown directive '@fast'."]


async def test_introspection_may_have_them_too(people: Stitched) -> None:
    query = get_introspection_query().replace("__schema {", "__schema @fmt(n: 1) {")
    response = await people.gateway.execute(ClientRequest(query))
    assert response.data
    assert "fmt" in {each["name"] for each in response.data["__schema"]["directives"]}
    assert people.services.requests == []


async def test_the_order_of_keys_is_that_of_what_was_asked(people: Stitched) -> None:
    query = "{ person { name } person @fmt { id } person { friend { id } age } }"
    response = await people.gateway.execute(ClientRequest(query))
    assert response.errors == ()
    assert response.data
    assert list(response.data["person"]) == ["name", "id", "friend", "age"]
