"""The shape of the response, compiled from the client's selections."""

import pytest
from graphql import build_schema, parse

from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.planning.projection import FieldShape, ObjectShape, compile_projection
from stitcher.selections import Condition, Field

SCHEMA = build_schema("""
  type Query { pet: Pet pets: [[Pet!]]! any: Any kind: Kind }
  interface Pet { name: String }
  type Dog implements Pet { name: String barks: Boolean! }
  type Cat implements Pet { name: String lives: Int }
  union Any = Dog | Cat
  enum Kind { DOG CAT }
""")


def shape(query: str) -> ObjectShape:
    operation = normalize(SCHEMA, *select_operation(parse(query), None))
    return compile_projection(SCHEMA, operation.type_name, operation.selections)


def at(query: str, *keys: str, of: str = "") -> tuple[FieldShape, ...]:
    """Return the fields below some response keys, of one type there."""
    current = shape(query)
    for key in keys:
        found = next(field for field in current.types["Query"].all if field.key == key).shape
        assert found
        current = found
    return current.types[of or "Query"].all


def test_nulls_are_noted_for_each_level_of_a_list() -> None:
    (pets, kind) = at("{ pets { name } kind }")
    assert pets.nullable == (False, True, False)
    assert pets.coordinate == "Query.pets"
    assert kind.nullable == (True,)


def test_each_type_has_its_own_fields_in_the_clients_order() -> None:
    query = "{ pet { ... on Dog { barks } a: name ... on Cat { lives name } ... on Pet { b: name } } }"
    assert [field.key for field in at(query, "pet", of="Dog")] == ["barks", "a", "b"]
    assert [field.key for field in at(query, "pet", of="Cat")] == ["a", "lives", "name", "b"]


def test_a_union_knows_its_members_only() -> None:
    query = "{ any { __typename ... on Pet { name } ... on Dog { barks } } }"
    assert [field.key for field in at(query, "any", of="Cat")] == ["__typename", "name"]
    found = shape(query).types["Query"].all[0].shape
    assert found
    assert found.is_abstract
    assert set(found.types) == {"Dog", "Cat"}


def test_a_typename_is_known_beforehand_for_objects() -> None:
    (query, pet) = at("{ __typename pet { what: __typename } }")
    assert query.constant == "Query"
    assert pet.constant is None
    assert [field.constant for field in at("{ pet { what: __typename } }", "pet", of="Cat")] == ["Cat"]


def test_the_values_of_an_enum_are_those_that_clients_see() -> None:
    (kind,) = at("{ kind }")
    assert kind.leaf
    assert kind.leaf.values == {"DOG", "CAT"}


def test_a_field_counts_if_one_of_its_places_does() -> None:
    x, not_y = Condition("x"), Condition("y", skip=True)
    query = """query($x: Boolean!, $y: Boolean!) {
      pet @include(if: $x) { name } pet @skip(if: $y) { name ... on Dog { barks } } kind @include(if: $x) kind
    }"""
    pet, kind = at(query)
    assert pet.alternatives == ((x,), (not_y,))
    assert kind.alternatives == ()
    name, barks = at(query, "pet", of="Dog")
    assert name.alternatives == ((x,), (not_y,))
    assert barks.alternatives == ((not_y,),)


@pytest.mark.parametrize(
    ("type_name", "field", "message"),
    [("Kind", "a", "Kind is no composite type"), ("Query", "a", "Query has no field a")],
)
def test_selections_of_another_schema(type_name: str, field: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_projection(SCHEMA, type_name, (Field(field, field),))


def test_an_object_is_made_of_a_template() -> None:
    fields = shape("query($x: Boolean!) { k: kind pet @include(if: $x) { name lives: __typename } }").untyped
    assert fields.template is None  # it depends on the variables
    pet = fields.all[1].shape
    assert pet
    template = pet.types["Dog"].template
    assert template
    assert template.blank == {"name": None, "lives": "Dog"}
    assert [row[:4] for row in template.rows] == [("name", "name", str, True)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ pet { name } }", False),
        ("{ pet { name ... on Pet { a: name } } }", False),
        ("{ pet { name ... on Dog { barks } } }", True),
        ("{ pet { __typename } }", True),
        ("{ any { ... on Pet { name } } }", True),
    ],
)
def test_the_type_of_an_object_has_to_be_known_if_what_is_selected_depends_on_it(
    query: str, expected: bool
) -> None:
    (field,) = at(query)
    assert field.shape
    assert field.shape.is_typed is expected
