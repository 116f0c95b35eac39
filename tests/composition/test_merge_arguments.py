import pytest

from stitcher.composition.dialects.merge_arguments import KeyArgument, MergeError, merge_arguments
from stitcher.composition.model import Application, FieldDeclaration
from stitcher.composition.reader import read_sdl
from stitcher.composition.sources import Source
from stitcher.errors import Place
from stitcher.supergraph import Constant, KeyPath

ID = KeyPath(("id",))


def field(arguments: str) -> FieldDeclaration:
    source = Source("a", f"type Query {{ things({arguments}): Int }} input In {{ a: Int }}", "a.graphql")
    schema = read_sdl(source, [])
    assert schema is not None
    return schema.types["Query"].fields["things"]


def read(arguments: str = "ids: [ID!]!", *, many: bool = True, **given: object) -> dict[str, KeyArgument]:
    return merge_arguments(Application(given, Place("a.graphql", 1)), field(arguments), many=many)


def test_the_first_argument_takes_the_key_field():
    assert read(keyField="id") == {"ids": KeyArgument(ID, each=True)}
    assert read("id: ID!", many=False, keyField="id") == {"id": KeyArgument(ID)}


def test_the_argument_named_like_the_key_field_goes_first():
    assert read("locale: String, id: ID!", many=False, keyField="id") == {"id": KeyArgument(ID)}


def test_key_arg_names_another_and_a_path_into_it():
    assert read("a: Int, b: [ID!]", keyArg="b", keyField="id") == {"b": KeyArgument(ID, each=True)}
    nested = read("by: In", many=False, keyArg="by.a.c", keyField="owner.id")
    assert nested == {"by": KeyArgument({"a": {"c": KeyPath(("owner", "id"))}})}


def test_without_key_field_the_argument_takes_the_whole_key():
    assert read() == {"ids": KeyArgument(KeyPath(()), each=True)}


def test_key_makes_an_object():
    assert read(key=["id", "sku: code", "owner.name", "at.place: owner.city"]) == {
        "ids": KeyArgument(
            {
                "id": ID,
                "sku": KeyPath(("code",)),
                "owner": {"name": KeyPath(("owner", "name"))},
                "at": {"place": KeyPath(("owner", "city"))},
            },
            each=True,
        )
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ids: [[$key.id]]", {"ids": KeyArgument(ID, each=True)}),
        ("ids: [[$key]]", {"ids": KeyArgument(KeyPath(()), each=True)}),
        (
            "keys: [[{ id: $key.id, n: 1 }]]",
            {"keys": KeyArgument({"id": ID, "n": Constant(1)}, each=True)},
        ),
        ("key: { id: $key.id }", {"key": KeyArgument({"id": ID})}),
        (
            'id: $key.id, locale: "en", tags: [A, B]',
            {
                "id": KeyArgument(ID),
                "locale": KeyArgument(Constant("en")),
                "tags": KeyArgument(Constant(["A", "B"])),
            },
        ),
        ("id: $key.owner.id", {"id": KeyArgument(KeyPath(("owner", "id")))}),
        ("grid: [[1]], id: $key.id", {"grid": KeyArgument(Constant([[1]])), "id": KeyArgument(ID)}),
    ],
)
def test_expressions(expression: str, expected: dict[str, KeyArgument]):
    assert read(argsExpr=expression) == expected


def test_additional_args_add_constants():
    assert read(keyField="id", additionalArgs='locale: "en", f: {x: true}') == {
        "ids": KeyArgument(ID, each=True),
        "locale": KeyArgument(Constant("en")),
        "f": KeyArgument(Constant({"x": True})),
    }


def test_additional_args_are_merged_into_an_object_that_has_the_key():
    arguments = read("by: In", many=False, keyArg="by.id", keyField="id", additionalArgs="by: { deep: true }")
    assert arguments == {"by": KeyArgument({"id": ID, "deep": Constant(True)})}


def test_additional_args_win():
    arguments = read(argsExpr='ids: [[$key.id]], locale: "en"', additionalArgs='locale: "de"')
    assert arguments["locale"] == KeyArgument(Constant("de"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"argsExpr": "ids: [[$key.id]"}, "Unexpected"),
        ({"argsExpr": "ids: $id"}, r"\$id means nothing"),
        ({"argsExpr": "in: { ids: [[$key.id]] }"}, "whole of an argument"),
        ({"argsExpr": "ids: [$key.id]"}, "whole of an argument"),
        ({"argsExpr": 1}, "argsExpr is not a string"),
        ({"keyField": "id", "additionalArgs": "a: $key.id"}, "additionalArgs is for constants"),
        ({"keyField": "id", "keyArg": "in.ids"}, "whole of an argument"),
    ],
)
def test_what_cannot_be_understood(given: dict[str, object], message: str):
    with pytest.raises(MergeError, match=message):
        read(**given)


def test_a_field_without_arguments():
    own = field("ids: Int")
    own.arguments.clear()
    with pytest.raises(MergeError, match="no argument to take the key"):
        merge_arguments(Application({}, Place("a.graphql", 1)), own, many=True)
