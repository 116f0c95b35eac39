from typing import Any

import pytest

from stitcher.composition.dialects.merge_arguments import MergeError, merge_arguments
from stitcher.composition.model import Application, FieldDeclaration
from stitcher.composition.reader import read_sdl
from stitcher.composition.sources import Source
from stitcher.errors import Place
from stitcher.supergraph import ArgumentValue, Constant, KeyPath, PerKey

ID = KeyPath(("id",))


def field(arguments: str) -> FieldDeclaration:
    source = Source("a", f"type Query {{ things({arguments}): Int }} input In {{ a: Int }}", "a.graphql")
    schema = read_sdl(source, [])
    assert schema is not None
    return schema.types["Query"].fields["things"]


def read(arguments: str = "ids: [ID!]!", *, many: bool = True, **given: object) -> dict[str, ArgumentValue]:
    return merge_arguments(Application(given, Place("a.graphql", 1)), field(arguments), many=many)


def test_the_first_argument_takes_the_key_field() -> None:
    assert read(keyField="id") == {"ids": PerKey(ID)}
    assert read("id: ID!", many=False, keyField="id") == {"id": ID}


def test_the_argument_named_like_the_key_field_goes_first() -> None:
    assert read("locale: String, id: ID!", many=False, keyField="id") == {"id": ID}


def test_key_arg_names_another_and_a_path_into_it() -> None:
    assert read("a: Int, b: [ID!]", keyArg="b", keyField="id") == {"b": PerKey(ID)}
    nested = read("by: In", many=False, keyArg="by.a.c", keyField="owner.id")
    assert nested == {"by": {"a": {"c": KeyPath(("owner", "id"))}}}
    assert read("by: In", keyArg="by.keys", keyField="id") == {"by": {"keys": PerKey(ID)}}


def test_without_key_field_the_argument_takes_the_whole_key() -> None:
    assert read() == {"ids": PerKey(KeyPath(()))}


def test_key_makes_an_object() -> None:
    assert read(key=["id", "sku: code", "owner.name", "at.place: owner.city"]) == {
        "ids": PerKey(
            {
                "id": ID,
                "sku": KeyPath(("code",)),
                "owner": {"name": KeyPath(("owner", "name"))},
                "at": {"place": KeyPath(("owner", "city"))},
            }
        )
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ids: [[$key.id]]", {"ids": PerKey(ID)}),
        ("ids: [[$key]]", {"ids": PerKey(KeyPath(()))}),
        (
            "keys: [[{ id: $key.id, n: 1 }]]",
            {"keys": PerKey({"id": ID, "n": Constant(1)})},
        ),
        ("key: { id: $key.id }", {"key": {"id": ID}}),
        (
            'id: $key.id, locale: "en", tags: [A, B]',
            {
                "id": ID,
                "locale": Constant("en"),
                "tags": Constant(["A", "B"]),
            },
        ),
        ("id: $key.owner.id", {"id": KeyPath(("owner", "id"))}),
        ("grid: [[1]], id: $key.id", {"grid": Constant([[1]]), "id": ID}),
        ("in: { ids: [[$key.id]], n: 1 }", {"in": {"ids": PerKey(ID), "n": Constant(1)}}),
    ],
)
def test_expressions(expression: str, expected: dict[str, ArgumentValue]) -> None:
    assert read(argsExpr=expression) == expected


def test_additional_args_add_constants() -> None:
    assert read(keyField="id", additionalArgs='locale: "en", f: {x: true}') == {
        "ids": PerKey(ID),
        "locale": Constant("en"),
        "f": Constant({"x": True}),
    }


def test_additional_args_are_merged_into_an_object_that_has_the_key() -> None:
    arguments = read("by: In", many=False, keyArg="by.id", keyField="id", additionalArgs="by: { deep: true }")
    assert arguments == {"by": {"id": ID, "deep": Constant(True)}}
    arguments = read("keys: [In]", key=["id"], additionalArgs="keys: { deep: true }")
    assert arguments == {"keys": PerKey({"id": ID, "deep": Constant(True)})}


def test_additional_args_win() -> None:
    arguments = read(argsExpr='ids: [[$key.id]], locale: "en"', additionalArgs='locale: "de"')
    assert arguments["locale"] == Constant("de")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"argsExpr": "ids: [[$key.id]"}, "Unexpected"),
        ({"argsExpr": "ids: $id"}, r"\$id means nothing"),
        ({"argsExpr": "ids: [$key.id]"}, r"only as \[\[…\]\]"),
        ({"argsExpr": "ids: [[{ in: [[$key.id]] }]]"}, "only once"),
        ({"argsExpr": 1}, "argsExpr is not a string"),
        ({"keyField": "id", "additionalArgs": "a: $key.id"}, "additionalArgs is for constants"),
        ({"key": ["id", "locale: $locale"]}, r"'\$locale' is no field"),
        ({"keyField": "id", "keyArg": "ids."}, "'ids.' is no field"),
    ],
)
def test_what_cannot_be_understood(given: dict[str, Any], message: str) -> None:
    with pytest.raises(MergeError, match=message):
        read(**given)


def test_a_field_without_arguments() -> None:
    own = field("ids: Int")
    own.arguments.clear()
    with pytest.raises(MergeError, match="no argument to take the key"):
        merge_arguments(Application({}, Place("a.graphql", 1)), own, many=True)
