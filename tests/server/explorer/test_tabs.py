"""What explorers open with: this project's own, and whatever a team writes."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from stitcher.composition.compose import compose
from stitcher.composition.inputs import read_inputs
from stitcher.errors import SettingsError
from stitcher.planning.planner import plan_rollouts
from stitcher.server.explorer.tabs import Tab, read_tabs
from tests.server.conftest import REPOSITORY

BROWSER = {"accept": "text/html"}
HOSTILE = 'query A { a(b: "</script><script>alert(1)</script>\\" \' & asset:playground.js") }'


def write(directory: Path, **files: str) -> Path:
    directory.mkdir()
    for name, text in files.items():
        (directory / name.replace("_", ".")).write_text(text)
    return directory


def test_this_projects_operations_fit_its_schema_with_their_variables() -> None:
    supergraph = compose(*read_inputs(REPOSITORY / "schemas", None))
    kinds, subgraphs = [], set()
    for tab in read_tabs(REPOSITORY / "explorer"):
        document = parse(tab.query)
        assert validate(supergraph.schema, document) == []
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        variables = get_variable_values(
            supergraph.schema, operation.variable_definitions or (), json.loads(tab.variables)
        )
        assert not isinstance(variables, list), variables
        kinds.append(operation.operation.value)
        plan, _ = plan_rollouts(supergraph, document, None)
        subgraphs.add(len(set(re.findall(r"^\d+\. (\w+)", str(plan), re.MULTILINE))))
    assert kinds == ["mutation", "query", "mutation"]
    assert 4 in subgraphs


def test_files_are_tabs_in_the_order_of_their_names(tmp_path: Path) -> None:
    directory = write(
        tmp_path / "explorer", b_graphql="{ b }", a_graphql="query A { a }", a_json='{"x": 1}', c_json="{}"
    )
    assert read_tabs(directory) == (Tab("a", "query A { a }", '{"x": 1}'), Tab("b", "{ b }", ""))
    assert read_tabs(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"a_graphql": "{ a"}, r"a\.graphql can't be opened in the explorer: Syntax Error"),
        ({"a_graphql": "{ a }", "a_json": "[1]"}, r"a\.json: expected a JSON object with the variables of"),
        ({"a_graphql": "{ a }", "a_json": "{"}, r"a\.json: expected a JSON object"),
    ],
)
def test_a_file_that_can_not_be_used_is_told(tmp_path: Path, files: Any, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_tabs(write(tmp_path / "explorer", **files))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (write(tmp_path / "explorer") / "a.graphql").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"a\.graphql can't be opened in the explorer"):
        read_tabs(tmp_path / "explorer")


async def test_the_page_has_them_as_text_and_its_policy_stays_as_it_was(
    open_gateway: Any, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with open_gateway() as url, http.get(url, headers=BROWSER) as response:
        before, policy = await response.text(), response.headers["content-security-policy"]
    write(tmp_path / "explorer", a_graphql=HOSTILE, a_json='{"x": 1}')
    async with open_gateway() as url, http.get(url, headers=BROWSER) as response:
        page = await response.text()
        assert response.headers["content-security-policy"] == policy
    (tabs,) = re.findall(r'data-tabs="([^"]*)"', page)
    assert json.loads(unescape(tabs)) == [{"name": "a", "query": HOSTILE, "variables": '{"x": 1}'}]
    assert page.replace(tabs, "[]") == before
    assert "<" not in tabs
    assert ">" not in tabs


async def test_where_the_page_is_off_nothing_is_read(open_gateway: Any, tmp_path: Path) -> None:
    write(tmp_path / "explorer", a_graphql="{")
    async with open_gateway(explorer="off"):
        pass
    with pytest.raises(SettingsError):
        async with open_gateway():
            pass
