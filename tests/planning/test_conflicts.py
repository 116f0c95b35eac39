"""Fields that one subgraph would not answer under one response key get keys of their own."""

import pytest
from graphql import parse, validate
from graphql.utilities import build_schema

from stitcher.gateway.request import ClientRequest
from stitcher.planning.conflicts import separate_conflicts
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.selections import Selections, print_selections
from stitcher.supergraph import Supergraph
from tests.stitched import composed, stitched

PETS = """
type Query { pets: [Pet!]! }
union Pet = Cat | Dog | Bird
type Cat { name: String! age: Int toys: [Toy!]! home: Basket }
type Dog { name: String age: Int toys: [Ball!]! home: Kennel }
type Bird { name: String! age: [Int] toys: [Toy!]! }
type Toy { price: Int! }
type Ball { price: Int }
type Basket { size: Int }
type Kennel { size: Int }
"""
OTHERS = """
type Query { other: Int }
type Cat { name: String }
type Bird { name: String age: [Int] }
type Toy { price: Int }
"""


@pytest.fixture(scope="module")
def pets() -> Supergraph:
    """For clients every name and price may be null; the subgraph of the pets says it of some only."""
    return composed(pets=PETS, others=OTHERS)


def separated(supergraph: Supergraph, query: str) -> Selections:
    document = parse(query)
    assert not validate(supergraph.schema, document)
    operation = normalize(supergraph.schema, *select_operation(document, None))
    return separate_conflicts(supergraph, operation.type_name, operation.selections)


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("... on Cat { age } ... on Dog { age }", "... on Cat { age } ... on Dog { age }"),
        (
            "... on Cat { name } ... on Dog { name } ... on Bird { name }",
            "... on Cat { name } ... on Dog { name_1: name } ... on Bird { name }",
        ),
        (
            "... on Dog { a: name } ... on Cat { a: name }",
            "... on Dog { a: name } ... on Cat { name_1: name }",
        ),
        ("... on Cat { home { size } } ... on Dog { home { size } }", None),
        # Deeper down, the objects above may share their key.
        (
            "... on Cat { toys { price } } ... on Dog { toys { price } }",
            "... on Cat { toys { price } } ... on Dog { toys { price_1: price } }",
        ),
        # A new key stays clear of those that the client has given.
        (
            "... on Cat { name_1: age name } ... on Dog { name }",
            "... on Cat { name_1: age name } ... on Dog { name_2: name }",
        ),
        # The gateway asks for __typename itself.
        ("... on Cat { __typename } ... on Dog { __typename x: __typename }", None),
        (
            "... on Cat { __typename: age } ... on Dog { __typename: age __typename_1: name }",
            "... on Cat { age_1: age } ... on Dog { age_1: age __typename_1: name }",
        ),
        (
            "... on Cat { __typename: name } ... on Dog { __typename: name }",
            "... on Cat { name_1: name } ... on Dog { name_2: name }",
        ),
    ],
)
def test_keys(pets: Supergraph, selected: str, expected: str | None) -> None:
    selections = separated(pets, f"{{ pets {{ {selected} }} }}")
    assert print_selections(selections) == f"pets {{ {expected or selected} }}"
    assert not validate(build_schema(PETS), parse(f"{{ {print_selections(selections)} }}"))


def test_without_fragments_nothing_is_looked_at(pets: Supergraph) -> None:
    operation = normalize(pets.schema, *select_operation(parse("{ other }"), None))
    assert separate_conflicts(pets, "Query", operation.selections) is operation.selections


def test_without_fragments_a_field_may_still_be_called_typename(pets: Supergraph) -> None:
    assert print_selections(separated(pets, "{ pets { __typename } }")) == "pets { __typename }"
    assert print_selections(separated(pets, "{ __typename: other }")) == "other_1: other"


async def test_clients_have_the_keys_that_they_asked_for(pets: Supergraph) -> None:
    rows = [{"__typename": "Cat", "name": "Tom"}, {"__typename": "Dog", "name_1": "Rex"}]
    async with stitched(pets, {"pets": lambda _: {"data": {"pets": rows}}}) as world:
        response = await world.gateway.execute(
            ClientRequest("{ pets { ... on Cat { name } ... on Dog { name } } }")
        )
    assert response.data == {"pets": [{"name": "Tom"}, {"name": "Rex"}]}
