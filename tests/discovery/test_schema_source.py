"""Schemas from files, a registry and services: real HTTP servers on loopback."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from graphql import build_schema, introspection_from_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from stitcher.discovery.copies import Copies, Told
from stitcher.discovery.remote import LiveService, Registry
from stitcher.discovery.schema_source import Found, SchemaSource
from tests.asgi_server import serving

SUPERGRAPH = """
schema
@link(url: "https://specs.apollo.dev/link/v1.0")
@link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!) repeatable on OBJECT
directive @link(url: String!, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
enum join__Graph { THING @join__graph(name: "thing", url: "http://thing/graphql") }
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
type Query @join__type(graph: THING) { a: Int }
"""


@dataclass
class Server:
    """Tells one text, with a tag, or fails."""

    text: str = ""
    status: int = 200
    seen: list[Request] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        self.seen.append(request)
        tag = f'"{hash(self.text)}"'
        is_known = request.headers.get("if-none-match") == tag
        response = Response(status_code=304) if is_known else Response(self.text, self.status, {"ETag": tag})
        await response(scope, receive, send)


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "copies")


def names(found: Found) -> dict[str, str]:
    return {source.name: source.file for source in found.sources}


async def read(source: SchemaSource, copies: Copies, *, from_copies: bool = False) -> Found:
    return await asyncio.to_thread(source.read, copies, from_copies=from_copies)


async def test_a_registry_tells_a_supergraph_and_is_asked_by_its_tag(copies: Copies) -> None:
    server = Server(SUPERGRAPH)
    async with serving(server) as url:
        source = SchemaSource(None, Registry(f"{url}/graph?key=secret", {"X-Key": "k"}))
        first = await read(source, copies)
        assert [problem.code for problem in first.problems] == []
        assert names(first) == {"thing": f"{url}/graph"}  # nothing secret
        assert first.sources[0].urls == ("http://thing/graphql",)
        second = await read(source, copies)
        assert second.digest == first.digest
        assert server.seen[1].headers["if-none-match"]
        assert server.seen[1].headers["x-key"] == "k"
        server.text = SUPERGRAPH.replace("a: Int", "a: Int b: Int")
        assert (await read(source, copies)).digest != first.digest


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_where_it_fails_the_last_text_that_could_be_used_stands_in(
    tmp_path: Path, copies: Copies, status: int
) -> None:
    server = Server(SUPERGRAPH)
    async with serving(server) as url:
        source = SchemaSource(None, Registry(url))
        first = await read(source, copies)
        copies.keep()
        server.status, server.text = status, "refused"
        with capture_logs() as logs:
            for _ in range(3):  # which is told once
                assert (await read(source, copies)).digest == first.digest
            assert (
                await read(source, Copies(tmp_path / "copies"))
            ).digest == first.digest  # after a restart, too
        assert [str(status) in log["cause"] for log in logs] == [True, True]  # one of each Copies
    with capture_logs() as logs:
        assert (await read(source, Copies(tmp_path / "copies"))).digest == first.digest
    assert "ClientConnectorError" in logs[0]["cause"]


async def test_without_a_copy_it_is_a_problem_that_says_what_to_do(copies: Copies) -> None:
    found = await read(SchemaSource(None, Registry("http://127.0.0.1:1/graph")), copies)
    (problem,) = found.problems
    assert problem.code == "UNREADABLE_SCHEMA"
    assert "SUPERGRAPH" in str(problem)


async def test_what_could_not_be_used_is_not_kept(tmp_path: Path, copies: Copies) -> None:
    server = Server(SUPERGRAPH)
    async with serving(server) as url:
        source = SchemaSource(None, Registry(url))
        first = await read(source, copies)
        copies.keep()
        server.text = "<html>"
        assert (await read(source, copies)).problems
        assert (await read(source, copies, from_copies=True)).digest == first.digest


async def test_a_service_tells_its_own_sdl(tmp_path: Path, copies: Copies) -> None:
    (tmp_path / "thing.graphql").write_text("type Query { old: Int }")
    (tmp_path / "client.graphql").write_text("type Query { b: Int }")
    sdl = "type Query { a: Int }"
    server = Server(json.dumps({"data": {"_service": {"sdl": sdl}}}))
    async with serving(server) as url:
        live = LiveService("thing", ("http://127.0.0.1:1/", url), False, {"X-Key": "k"})
        found = await read(SchemaSource(tmp_path, None, [live]), copies)
        assert {source.name: source.sdl for source in found.sources}["thing"] == sdl
        assert names(found)["thing"] == "thing (live)"
        assert server.seen[0].headers["x-key"] == "k"
    found = SchemaSource(tmp_path, None, [live]).read(copies)  # it is down, and nothing was kept: its file
    assert names(found)["thing"] == str(tmp_path / "thing.graphql")
    assert not found.problems


async def test_a_service_tells_its_schema_by_introspection_and_needs_no_file(
    tmp_path: Path, copies: Copies
) -> None:
    schema = build_schema('type Query { "Says a." a(b: Int = 1): Int @deprecated }')
    server = Server(json.dumps({"data": introspection_from_schema(schema)}))
    async with serving(server) as url:
        found = await read(
            SchemaSource(tmp_path / "none", None, [LiveService("thing", (url,), True)]), copies
        )
    assert not found.problems
    assert "a(b: Int = 1): Int @deprecated" in found.sources[0].sdl
    assert "Says a." in found.sources[0].sdl


@pytest.mark.parametrize("text", ["", "{}", '{"data": null}', '{"data": {"_service": null}}', "<html>"])
async def test_a_service_that_tells_nothing_is_a_problem(copies: Copies, text: str) -> None:
    async with serving(Server(text)) as url:
        live = LiveService("thing", (url,), False)
        (problem,) = (await read(SchemaSource(None, None, [live]), copies)).problems
        assert "[services.thing]" in str(problem)


def test_a_file_of_a_supergraph_is_told_by_its_name_and_a_directory_by_its_files(tmp_path: Path) -> None:
    source = SchemaSource(tmp_path / "schemas", tmp_path / "super.graphql")
    (tmp_path / "schemas").mkdir()
    assert source.watched == {tmp_path / "schemas", tmp_path}
    assert source.concerns(tmp_path / "super.graphql")
    assert source.concerns(tmp_path / "schemas" / "thing.graphql")
    assert not source.concerns(tmp_path / "gateway.log")
    assert not source.is_remote


def test_where_nothing_can_be_written_texts_are_remembered_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    copies = Copies(file / "copies")
    copies.remember("a", Told("text"))
    with capture_logs() as logs:
        copies.keep()
        copies.remember("a", Told("other"))
        copies.keep()
    assert [log["event"] for log in logs] == ["the last good schema can't be kept"]
    assert copies.last_good("a") == "other"


def test_a_full_disk_leaves_the_copy_before_whole(tmp_path: Path) -> None:
    """A file that can't grow is what a full disk looks like to who writes it."""
    before = Copies(tmp_path)
    before.remember("a", Told("before"))
    before.keep()
    script = (
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from stitcher.discovery.copies import Copies, Told\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        f"copies = Copies(Path({str(tmp_path)!r}))\n"
        "copies.remember('a', Told('x' * 10_000))\n"
        "copies.keep()\n"
        "assert copies.last_good('a') == 'x' * 10_000\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "can't be kept" in done.stdout + done.stderr
    assert Copies(tmp_path).last_good("a") == "before"
    assert len(list(tmp_path.iterdir())) == 1
