"""Fields that are deprecated on an object and not on its interface are served, and shown as deprecated."""

import textwrap
from pathlib import Path
from typing import Never

import pytest
from graphql import GraphQLSchema, assert_object_type, build_schema, graphql_sync, validate_schema

from stitcher.gateway.embedding import make_gateway_schema
from stitcher.local.resolvers import import_resolvers
from stitcher.local.schema import build_local_schema
from stitcher.validity import schema_errors
from tests.composition.composing import compose_sdls

SDL = """
type Query { thing: Thing }
interface Thing { name: String old: Int @deprecated }
interface Box implements Thing { name: String @deprecated(reason: "a box") old: Int @deprecated }
type Chest implements Box & Thing { name: String @deprecated(reason: "a chest") old: Int @deprecated }
type Key implements Thing { name: String old: Int }
"""


def shown(schema: GraphQLSchema) -> dict[str, str | None]:
    """Return why each type's name is deprecated, as introspection says."""
    query = "{ __type(name: %r) { fields(includeDeprecated: true) { name deprecationReason } } }"
    reasons = {}
    for name in ("Thing", "Box", "Chest", "Key"):
        result = graphql_sync(schema, query.replace("%r", f'"{name}"'))
        assert result.errors is None
        assert result.data
        fields = {each["name"]: each["deprecationReason"] for each in result.data["__type"]["fields"]}
        reasons[name] = fields["name"]
        assert fields["old"] == (None if name == "Key" else "No longer supported")
    return reasons


WRITTEN = {"Thing": None, "Box": "a box", "Chest": "a chest", "Key": None}


def test_graphql_core_refuses_them() -> None:
    assert len(validate_schema(build_schema(SDL))) == 2


def test_composed() -> None:
    assert shown(compose_sdls(things=SDL).schema) == WRITTEN


def test_merged_of_two() -> None:
    bare = SDL.replace("@deprecated", "")
    bare = bare.replace('(reason: "a box")', "").replace('(reason: "a chest")', "")
    assert shown(compose_sdls(bare=bare, things=SDL).schema) == WRITTEN


def test_executable() -> None:
    async def execute(*_: object) -> Never:
        raise AssertionError

    schema = make_gateway_schema(compose_sdls(things=SDL).schema, execute)
    assert shown(schema) == WRITTEN


@pytest.mark.parametrize("key", ["", '@key(fields: "name")'])
def test_of_the_gateway_itself(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = f"lone_resolvers_{len(key)}"
    (tmp_path / f"{package}.py").write_text(
        textwrap.dedent("""
        from ariadne import InterfaceType, QueryType

        query = QueryType()
        query.set_field("thing", lambda *_: None)
        thing = InterfaceType("Thing", lambda *_: "Key")
        bindables = [query, thing, InterfaceType("Box", lambda *_: "Chest")]
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    sdl = SDL.replace("type Key implements Thing", f"type Key implements Thing {key}")
    assert shown(build_local_schema(sdl, "gateway.graphql", import_resolvers(package, None))) == WRITTEN


def test_what_else_is_wrong_stays_wrong() -> None:
    schema = build_schema(
        SDL.replace("type Key implements Thing { name: String", "type Key implements Thing {")
    )
    (error,) = schema_errors(schema)
    assert "Thing.name expected but Key" in error.message
    assert shown_reason(schema) == "a chest"


def shown_reason(schema: GraphQLSchema) -> str | None:
    """Return why a chest's name is deprecated, in a schema that can't be executed."""
    reason: str | None = assert_object_type(schema.type_map["Chest"]).fields["name"].deprecation_reason
    return reason
