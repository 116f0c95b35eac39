"""The supergraph's indexes, and what lookups can carry."""

import pytest

from stitcher.selections import Field
from stitcher.supergraph import Constant, KeyPath, Lookup, LookupArgument, PerKey, Rollout, SubgraphField
from tests.stitched import FEDERATION, composed

ID, NAME = Field("id", "id"), Field("name", "name")


def test_keys_that_are_always_there_come_first() -> None:
    supergraph = composed(
        a=FEDERATION + 'type Query { t: T } type T @key(fields: "code") @key(fields: "id") '
        "{ id: ID! code: ID }",
        b=FEDERATION + 'type T @key(fields: "code") @key(fields: "id") { id: ID! code: ID b: Int }',
    )
    assert list(map(str, supergraph.lookups["T"])) == [
        "a._entities(T: id)",
        "b._entities(T: id)",
        "a._entities(T: code)",
        "b._entities(T: code)",
    ]


def test_who_serves_a_field() -> None:
    supergraph = composed(
        a=FEDERATION + 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }',
        b=FEDERATION + 'type T @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") }',
    )
    assert supergraph.serving["T", "id"] == ("a", "b")
    assert supergraph.serving["T", "x"] == ("a",)
    assert supergraph.subgraphs["b"].field("T", "x")
    assert supergraph.subgraphs["b"].field("T", "z") is None
    assert supergraph.subgraphs["a"].field("Nothing", "x") is None


@pytest.mark.parametrize(
    ("arguments", "carried"),
    [
        ((LookupArgument("id", "ID!", KeyPath(("id",))),), False),
        ((LookupArgument("ids", "[ID!]!", PerKey(KeyPath(("name",)))),), True),
        ((LookupArgument("key", "Key!", PerKey(KeyPath(()))),), True),
        ((LookupArgument("key", "Key!", {"id": KeyPath(("id",)), "name": KeyPath(("name",))}),), True),
        ((LookupArgument("kind", "Kind!", Constant("name")),), False),
    ],
)
def test_a_lookup_carries_what_its_arguments_read(
    arguments: tuple[LookupArgument, ...], carried: bool
) -> None:
    lookup = Lookup("a", "T", (ID,), "t", arguments)
    assert lookup.carries((NAME,)) is carried
    assert lookup.carries(())


def test_representations_carry_everything() -> None:
    assert Lookup("a", "T", (ID,)).carries((NAME,))


def test_a_rollout_leaves_a_field_to_one_of_two() -> None:
    old, new = (SubgraphField("x", "Int", "Int", rollout=Rollout("half", side)) for side in (False, True))
    assert [each.is_here(frozenset({"half"})) for each in (old, new)] == [False, True]
    assert [each.is_here(frozenset()) for each in (old, new)] == [True, False]
    assert SubgraphField("x", "Int", "Int").is_here(frozenset())
