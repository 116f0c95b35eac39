"""The README's examples, against the real services and the real gateway."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ariadne import ObjectType, QueryType, make_executable_schema
from graphql import parse

from scripts.banner import example
from stitcher.composition.compose import compose_directory
from stitcher.planning.planner import plan_operation
from tests.e2e.conftest import ROOT, RunningGateway, run_gateway
from tests.stack import Stack
from tests.subgraph_server import serve

README = ROOT / "README.md"


def block(marker: str) -> str:
    """Return the code block that follows a ``ci:`` comment, without its indentation."""
    pattern = rf"^( *)<!-- ci: {re.escape(marker)} -->\s*^ *```\w*\n(.*?)^ *```$"
    found = re.search(pattern, README.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no block for {marker}"
    return re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE)


def test_the_first_example_answers_from_four_services(gateway: RunningGateway) -> None:
    script = example(README).replace("localhost:3000", f"localhost:{gateway.port}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail"], input=script, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert "errors" not in answer
    for client in answer["data"]["clients"]:
        assert client["name"]
        assert client["accounts"]
        for thing in client["things"]:
            assert thing["serial"]
            assert thing["lastEvent"]["message"]


async def test_a_microservice_is_added_by_its_sdl_and_its_address(
    stack: Stack, gateway: RunningGateway, tmp_path: Path
) -> None:
    sdl = block("schemas/warranty.graphql")
    for schema in (ROOT / "schemas").glob("*.graphql"):
        (tmp_path / schema.name).write_text(schema.read_text())
    (tmp_path / "warranty.graphql").write_text(sdl)
    query, thing = QueryType(), ObjectType("Thing")
    query.set_field("thingsByIds", lambda *_, ids: [{"id": each} for each in ids])
    thing.set_field("warrantyUntil", lambda row, *_: f"until {row['id']}")
    plain = re.sub(r" @\w+(\([^)]*\))?", "", sdl)
    async with serve({"warranty": make_executable_schema(plain, query, thing)}) as service:
        settings = {"SCHEMAS": str(tmp_path), "WARRANTY_MICROSERVICE_URL": service.url("warranty")}
        starting = run_gateway(stack, gateway.token, tmp_path / "log", **settings)
        # In a thread: this test's event loop has a service to run.
        running = await asyncio.to_thread(starting.__enter__)
        try:
            answer = await running.ask(block("warranty"))
        finally:
            starting.__exit__(None, None, None)
    assert "errors" not in answer
    things = [thing for client in answer["data"]["clients"] for thing in client["things"]]
    assert len(things) > 2
    assert all(thing["warrantyUntil"].startswith("until thing-") and thing["lastEvent"] for thing in things)
    assert [name for name, _ in service.requests] == ["warranty"]


async def test_the_schema_answers_without_the_server(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    example: dict[str, Any] = {}
    exec(block("embedded"), example)
    token = await stack.login()
    answer = await example["answer"]("{ me { name } clients(first: 1) { name } }", token)
    assert "errors" not in answer
    assert answer["data"]["me"] == {"name": "Ada Lovelace"}
    assert answer["data"]["clients"][0]["name"]


def plans() -> list[str]:
    return re.findall(r"<!-- ci: plan (.*?) -->", README.read_text())


@pytest.mark.parametrize("operation", plans())
def test_plans_are_as_printed(operation: str) -> None:
    supergraph = compose_directory(ROOT / "schemas")
    assert str(plan_operation(supergraph, parse(operation))) == block(f"plan {operation}").rstrip("\n")


def test_every_setting_is_in_the_table() -> None:
    from stitcher.settings import Settings

    readme = README.read_text()
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in readme] == []
