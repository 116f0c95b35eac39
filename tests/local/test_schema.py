import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from graphql import GraphQLSchema, graphql

from stitcher.errors import CompositionError, Problem
from stitcher.local.resolvers import import_resolvers
from stitcher.local.schema import build_local_schema

Package = Callable[[str], str]

BIND_HELLO = """
from ariadne import QueryType
query = QueryType()
query.set_field("hello", lambda *_: "hi")
bindables = [query]
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Write a package with this source; gives its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    numbers = itertools.count()

    def written(source: str) -> str:
        name = f"{tmp_path.name.replace('-', '_')}_{next(numbers)}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(source)
        return name

    return written


def build(sdl: str, package: str, file: str = "gateway.graphql") -> GraphQLSchema:
    return build_local_schema(sdl, file, import_resolvers(package, file))


def problems(sdl: str, package: str) -> list[Problem]:
    with pytest.raises(CompositionError) as caught:
        build_local_schema(
            sdl, "schemas/gateway.graphql", import_resolvers(package, "schemas/gateway.graphql")
        )
    assert all(problem.fix for problem in caught.value.problems)
    return list(caught.value.problems)


async def answer(schema: GraphQLSchema, query: str, **variables: object) -> object:
    result = await graphql(schema, query, variable_values=variables)
    assert result.errors is None
    return result.data


async def test_a_plain_schema(package: Package) -> None:
    schema = build_local_schema(
        "type Query { hello: String }", "f", import_resolvers(package(BIND_HELLO), None)
    )
    assert await answer(schema, "{ hello }") == {"hello": "hi"}


async def test_directives_for_the_gateway_mean_nothing_here(package: Package) -> None:
    sdl = """
    directive @merge(keyField: String) on FIELD_DEFINITION
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@shareable"])
    extend type Query { hello: String @merge(keyField: "id") @shareable @deprecated(reason: "old") }
    extend type Query { again: Thing @resolver }
    type Thing @key(selectionSet: "{ id }") { id: ID! @nobodyKnows }
    """
    source = BIND_HELLO + 'query.set_field("again", lambda *_: {"id": 1})'
    schema = build(sdl, package(source))
    assert await answer(schema, "{ hello again { id } }") == {"hello": "hi", "again": {"id": "1"}}
    assert schema.query_type is not None
    assert schema.query_type.fields["hello"].deprecation_reason == "old"


async def test_entities_of_federation(package: Package) -> None:
    sdl = """
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external"])
    type Query { hello: String }
    extend type User @key(fields: "id", resolvable: true) { id: ID! @external nick: String }
    """
    source = (
        BIND_HELLO
        + """
from ariadne.contrib.federation import FederatedObjectType
user = FederatedObjectType("User")
user.reference_resolver(lambda _, info, it: {"id": it["id"], "nick": "n" + it["id"]})
bindables.append(user)
"""
    )
    schema = build(sdl, package(source))
    query = "query($r: [_Any!]!) { hello _entities(representations: $r) { ... on User { nick } } }"
    found = await answer(schema, query, r=[{"__typename": "User", "id": "7"}])
    assert found == {"hello": "hi", "_entities": [{"nick": "n7"}]}


def test_every_root_field_needs_a_resolver(package: Package) -> None:
    query = 'type Query {\n  hello: String\n  "Says."\n  bye: String\n}\n'
    sdl = query + "type Mutation { shout: Int }\ntype T { x: Int }"
    found = problems(sdl, package(BIND_HELLO))
    assert [(problem.code, str(problem.places[0])) for problem in found] == [
        ("MISSING_RESOLVER", "schemas/gateway.graphql:4"),
        ("MISSING_RESOLVER", "schemas/gateway.graphql:6"),
    ]
    assert "Query.bye" in found[0].message
    assert '@mutation.field("shout")' in found[1].fix


def test_a_subscription_needs_a_source(package: Package) -> None:
    (problem,) = problems(
        "type Query { hello: String }\ntype Subscription { ticks: Int }", package(BIND_HELLO)
    )
    assert (problem.code, problem.places[0].line) == ("MISSING_RESOLVER", 2)
    assert '@subscription.source("ticks")' in problem.fix


def test_no_package() -> None:
    (problem,) = problems("type Query { hello: String }", "no_such_package.anywhere")
    assert problem.code == "NO_RESOLVERS"


def test_a_package_that_does_not_import(package: Package) -> None:
    for source in ("import no_such_module", "x = 1 / 0", "bindables = [", "def f():\n    return ]"):
        name = package("\n" + source)
        (problem,) = problems("type Query { hello: String }", name)
        assert problem.code == "BAD_RESOLVERS"
        assert "can't be imported" in problem.message
        (place,) = problem.places
        assert place.file.endswith(f"{name}/__init__.py")
        assert place.line == 1 + len(source.splitlines())


def test_a_module_of_the_package_that_does_not_import(package: Package, tmp_path: Path) -> None:
    name = package("from . import auth")
    (tmp_path / name / "auth.py").write_text("import json\n\nSETTINGS = json.loads('[1')\n")
    (problem,) = problems("type Query { hello: String }", name)
    # The line that called the library, not the library's own.
    assert (problem.places[0].file.rpartition("/")[2], problem.places[0].line) == ("auth.py", 3)
    assert "JSONDecodeError" in problem.message


def test_a_module_by_itself_that_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"{tmp_path.name.replace('-', '_')}_alone"
    (tmp_path / f"{name}_library.py").write_text("\n\ndef refuse():\n    raise ValueError('no')\n")
    (tmp_path / f"{name}.py").write_text(f"import {name}_library\n\n{name}_library.refuse()\n")
    (problem,) = problems("type Query { hello: String }", name)
    assert (problem.places[0].file.rpartition("/")[2], problem.places[0].line) == (f"{name}.py", 3)


def test_a_package_without_bindables(package: Package) -> None:
    for source in ("", "bindables = None"):
        (problem,) = problems("type Query { hello: String }", package(source))
        assert problem.code == "BAD_RESOLVERS"
        assert problem.places[0].file.endswith("__init__.py")


def test_resolvers_for_what_is_not_there(package: Package) -> None:
    (problem,) = problems("type Query { bye: String }", package(BIND_HELLO))
    assert problem.code == "BAD_RESOLVERS"
    assert "hello" in problem.message


@pytest.mark.parametrize(
    ("sdl", "line"), [("type Query {\n  a:\n}", 3), ("type Query {\n  hello: Nope\n}", 1)]
)
def test_an_invalid_schema(package: Package, sdl: str, line: int) -> None:
    (problem,) = problems(sdl, package(BIND_HELLO))
    assert (problem.code, problem.places[0].line) == ("INVALID_SCHEMA", line)
