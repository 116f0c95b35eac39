"""What a batch's keys become on their way to a subgraph, and which of its answers is whose."""

from typing import Any

import pytest
from graphql import parse

from stitcher.execution.entities import MISSING, Group
from stitcher.execution.lookups import entities_in, groups_at, variables
from stitcher.planning.plan import Batch
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed


def batch(supergraph: Supergraph, query: str) -> Batch:
    return plan_operation(supergraph, parse(query)).fetches[-1].batches[0]


def groups(*representations: dict[str, Any]) -> list[Group]:
    return [Group(each) for each in representations]


@pytest.fixture(scope="module")
def world() -> Supergraph:
    """People by a list of ids, by one name each, by representations, and with what a field requires."""
    return composed(
        root="""
          type Query { people: [Person!]! person(id: ID!): Person @merge(keyField: "id") @inaccessible }
          type Person @key(selectionSet: "{ id }") { id: ID! name: String }
        """,
        listed="""
          type Query { peopleByIds(ids: [ID!]!): [Person]! @merge(keyField: "id") @inaccessible }
          type Person @key(selectionSet: "{ id }") { id: ID! listed: Int }
        """,
        single="""
          type Query {
            lookups: Lookups! @internal
          }
          type Lookups @internal { person(called: String! @is(field: "name")): Person @lookup }
          type Person { name: String! @external single: Int }
        """,
        entities=FEDERATION + 'type Person @key(fields: "id") { id: ID! entities: Int }',
        requiring="""
          type Query { person(id: ID!): Person @lookup @internal }
          type Person {
            id: ID!
            requiring(with: With @require(field: "{ name, pets: pets[<Cat>.lives | <Dog>.age] }")): Int
          }
          input With { name: String pets: [Int] }
        """,
        pets="""
          type Query { personById(id: ID!): Person @lookup @internal }
          type Person { id: ID! pets: [Pet!] }
          union Pet = Cat | Dog
          type Cat { lives: Int }
          type Dog { age: Int }
        """,
    )


# Variables


def test_a_list_lookup_is_sent_all_keys_at_once(world: Supergraph) -> None:
    found = variables(batch(world, "{ people { listed } }"), groups({"id": "1"}, {"id": "2"}))
    assert found == {"_0_ids": ["1", "2"]}


def test_entities_are_sent_as_representations(world: Supergraph) -> None:
    sent = {"__typename": "Person", "id": "1"}
    assert variables(batch(world, "{ people { entities } }"), groups(sent)) == {"_0_representations": [sent]}


def test_a_lookup_one_by_one_has_variables_for_each(world: Supergraph) -> None:
    found = variables(batch(world, "{ people { single } }"), groups({"name": "Ada"}, {"name": "Bo"}))
    assert found == {"_0_0_called": "Ada", "_0_1_called": "Bo"}


@pytest.mark.parametrize(
    ("person", "sent"),
    [
        (
            {"name": "Ada", "pets": [{"__typename": "Cat", "lives": 9}, {"__typename": "Dog", "age": 3}]},
            {"name": "Ada", "pets": [9, 3]},
        ),
        ({"name": None, "pets": [{"__typename": "Cow"}]}, {"name": None, "pets": [None]}),
        ({"name": "Ada", "pets": [{"__typename": ["Cat"], "lives": 9}]}, {"name": "Ada", "pets": [None]}),
        ({"name": "Ada", "pets": None}, {"name": "Ada", "pets": None}),
        ({"name": "Ada", "pets": "none"}, {"name": "Ada", "pets": "none"}),
        ({"name": "Ada"}, {"name": "Ada"}),
    ],
    ids=["whole", "another type", "no type", "null", "no list", "not fetched"],
)
def test_required_fields_become_arguments(world: Supergraph, person: Any, sent: Any) -> None:
    found = variables(batch(world, "{ people { requiring } }"), groups({"id": "1", **person}))
    assert found == {"_0_0_0_with": sent, "_0_0_id": "1"}


# Answers

ONE, TWO = {"id": "1", "listed": 10}, {"id": "2", "listed": 20}


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        ([TWO, ONE], [ONE, TWO]),
        ([{**ONE, "id": 1}, TWO], [{**ONE, "id": 1}, TWO]),
        ([TWO], [None, TWO]),
        ([None, TWO, {"id": "3"}], [None, TWO]),
        ([7, TWO], [MISSING, TWO]),
        ([TWO, {"listed": 10}, None], [MISSING, TWO]),
        (None, [None, None]),
        ("none", None),
    ],
    ids=[
        *("another order", "number for string", "left out", "what nobody asked for"),
        *("no object", "no key", "null", "no list"),
    ],
)
def test_items_of_a_list_are_told_apart_by_their_keys(world: Supergraph, answered: Any, found: Any) -> None:
    asked = batch(world, "{ people { listed } }")
    assert entities_in(asked, {"_0": answered}, groups({"id": "1"}, {"id": "2"})) == found


@pytest.mark.parametrize(
    ("answered", "found"),
    [([{"entities": 1}, None], [{"entities": 1}, None]), ([{"entities": 1}], None), (None, None)],
    ids=["as asked", "too short", "null"],
)
def test_entities_come_in_order_or_not_at_all(world: Supergraph, answered: Any, found: Any) -> None:
    asked = batch(world, "{ people { entities } }")
    assert entities_in(asked, {"_0": answered}, groups({"id": "1"}, {"id": "2"})) == found


def test_nested_lookups_are_found_below_their_path(world: Supergraph) -> None:
    asked = batch(world, "{ people { single } }")
    data = {"_0_0": {"person": {"single": 1}}, "_0_1": {"person": None}, "_0_2": None, "_0_3": 7}
    people = groups(*({"name": str(number)} for number in range(5)))
    assert entities_in(asked, data, people) == [{"single": 1}, None, None, MISSING, MISSING]


# Whose an error is


@pytest.mark.parametrize(
    ("answered", "number", "whose"),
    [
        ([ONE, TWO], 1, ["2"]),
        ([TWO, ONE], 0, ["2"]),
        ([TWO, None], 1, ["1"]),
        ([None, None], 0, ["1"]),
        ([None], 0, ["1", "2"]),
        ([{"id": "3"}], 0, []),
        (None, 1, ["2"]),
        ([ONE], 2, []),
    ],
)
def test_the_groups_that_an_item_may_be_about(
    world: Supergraph, answered: Any, number: int, whose: list[str]
) -> None:
    asked = batch(world, "{ people { listed } }")
    found = groups_at(asked, {"_0": answered}, groups({"id": "1"}, {"id": "2"}), number)
    assert [group.representation["id"] for group in found] == whose
