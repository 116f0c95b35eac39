"""Commands as Typer calls them, in this process."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from stitcher.cli.app import app
from stitcher.errors import SettingsError

SCHEMAS = {
    "products": 'type Query { product(id: ID!): Product @merge(keyField: "id") } '
    'type Product @key(selectionSet: "{ id }") { id: ID! name: String }',
    "reviews": 'type Query { productById(id: ID!): Product @merge(keyField: "id") @inaccessible } '
    'type Product @key(selectionSet: "{ id }") { id: ID! reviews: [String!] }',
}


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("schemas").mkdir()
    for name, sdl in SCHEMAS.items():
        Path("schemas", f"{name}.graphql").write_text(sdl)
    Path("a.graphql").write_text("{ product(id: 1) { name reviews } }")


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_a_plan_in_every_form() -> None:
    assert "2. reviews after 1" in run("plan", "a.graphql")
    assert [fetch["subgraph"] for fetch in json.loads(run("plan", "a.graphql", "--json"))["fetches"]] == [
        "products",
        "reviews",
    ]
    assert "f1 --> f2" in run("plan", "a.graphql", "--mermaid")
    assert ElementTree.fromstring(run("plan", "a.graphql", "--svg")).tag.endswith("svg")


def test_what_cannot_be_planned() -> None:
    Path("b.graphql").write_text("{ product(id: 1) { nothing } }")
    run("plan", "b.graphql", code=1)
    Path("b.graphql").write_text("{")
    run("plan", "b.graphql", code=1)


def test_composing_comparing_and_the_settings() -> None:
    assert "type Product {" in run("compose")
    Path("newer").mkdir()
    Path("newer", "products.graphql").write_text(SCHEMAS["products"].replace("name: String", "title: String"))
    assert "1 breaking" in run("check", "schemas/products.graphql", "newer", code=1)
    assert "No changes." in run("check", "schemas", "schemas")
    assert '"breaking": []' in run("check", "schemas", "schemas", "--json")
    assert "LOG_REQUESTS" in run("config")
    assert {"name": "PORT", "value": 3000, "origin": "default"} in json.loads(run("config", "--json"))
    assert '"$schema"' in run("config", "--schema")
    assert run("--version").startswith("stitcher")


@pytest.mark.parametrize("levels", ["stitcher", "stitcher=loud", "=info"])
def test_loggers_with_levels_that_there_are_not(levels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVELS", levels)
    result = CliRunner().invoke(app, ["config"])
    assert isinstance(result.exception, SettingsError)
    assert "LOG_LEVELS" in str(result.exception)
