"""The command line, as it is used: another process, with its own directory and environment."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.responses import JSONResponse

from tests.subgraph_server import SubgraphServer
from tests.waiting import GATEWAY_IS_OPEN

REPOSITORY = Path(__file__).parents[2]

USERS = 'type Query { users: [User] }\ntype User @key(fields: "id") { id: ID! name: String }\n'
POSTS = 'type Query { a: Int }\nextend type User @key(fields: "id") { id: ID! @external posts: [String] }\n'


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    directory = tmp_path / "elsewhere" / "schemas"
    directory.mkdir(parents=True)
    (directory / "users.graphql").write_text(USERS)
    (directory / "posts.graphql").write_text(POSTS)
    return directory


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **variables}


def run(
    directory: Path, *arguments: str, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stitcher", *arguments],
        cwd=directory,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ask(url: str, query: str, **headers: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@contextmanager
def served(directory: Path, *arguments: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run ``stitcher serve`` on a free port; gives its endpoint once it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stitcher", "serve", "--port", "0", *arguments],
        cwd=directory,
        env=environment(**{"LOG_FORMAT": "json", "DRAIN_SECONDS": "0", **variables}),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := GATEWAY_IS_OPEN.search(line):
                break
        else:
            raise AssertionError(f"it ended with {process.wait()}")
        yield f"{found[1]}/graphql", process
    finally:
        process.terminate()  # it ends the processes that it has started
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def test_help_names_the_commands(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help", COLUMNS="100").stdout
    assert all(command in shown for command in ("serve", "compose", "plan"))
    assert "_MICROSERVICE_URL" in run(tmp_path, "serve", "--help", COLUMNS="100").stdout


def test_the_version_is_that_of_the_project(tmp_path: Path) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert run(tmp_path, "--version").stdout == f"stitcher {project['version']}\n"


def test_compose_prints_the_merged_schema_and_needs_no_address(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "compose", "--schemas", str(schemas))
    assert (done.returncode, done.stderr) == (0, "")
    assert "posts: [String]" in done.stdout
    assert "name: String" in done.stdout
    assert "@key" not in done.stdout
    assert run(tmp_path, "compose", SCHEMAS=str(schemas)).stdout == done.stdout


def test_compose_lists_what_is_wrong(tmp_path: Path, schemas: Path) -> None:
    (schemas / "more.graphql").write_text(
        'type Query { a: Int }\n\ntype User @key(fields: "nope") { id: ID! }\n'
    )
    (schemas / "yet.graphql").write_text("type Query { b: Nope }\n")
    done = run(tmp_path, "compose", "--schemas", str(schemas))
    assert (done.returncode, done.stdout) == (1, "")
    assert "more.graphql:3" in done.stderr
    assert "yet.graphql:1" in done.stderr
    assert "Fix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def test_compose_lists_hints_beside_the_schema(tmp_path: Path, schemas: Path) -> None:
    (schemas / "more.graphql").write_text("type Query { a: Int! }\n")
    plain = run(tmp_path, "compose", "--schemas", str(schemas))
    done = run(tmp_path, "compose", "--schemas", str(schemas), "--hints")
    assert (done.returncode, done.stdout) == (0, plain.stdout)
    assert "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE at " in done.stderr
    assert "more.graphql:1" in done.stderr
    assert done.stderr.endswith("1 hint.\n")


def test_check_compares_directories_and_files(tmp_path: Path, schemas: Path) -> None:
    printed = tmp_path / "printed.graphql"
    printed.write_text(run(tmp_path, "compose", "--schemas", str(schemas)).stdout)
    same = run(tmp_path, "check", str(schemas), str(printed))
    assert (same.returncode, same.stdout, same.stderr) == (0, "No changes.\n", "")
    (schemas / "users.graphql").write_text(USERS.replace("name: String", "name: String age: Int"))
    (schemas / "posts.graphql").write_text(POSTS.replace("a: Int", "a: Int!"))
    safe = run(tmp_path, "check", str(printed), str(schemas))
    assert (safe.returncode, safe.stderr) == (0, "")
    assert safe.stdout.startswith("safe FIELD_ADDED\n  ")
    broken = run(tmp_path, "check", str(schemas), str(printed))
    assert broken.returncode == 1
    assert "breaking FIELD_REMOVED\n  Field User.age was removed." in broken.stdout
    assert broken.stdout.endswith("2 breaking.\n")


def test_check_prints_json(tmp_path: Path, schemas: Path) -> None:
    fewer = tmp_path / "fewer.graphql"
    fewer.write_text("type Query { users: [User] a: Int } type User { id: ID! name: String }")
    done = run(tmp_path, "check", "--json", str(schemas), str(fewer))
    assert done.returncode == 1
    assert {change["code"] for change in json.loads(done.stdout)["breaking"]} == {"FIELD_REMOVED"}
    assert run(tmp_path, "check", "--json", str(fewer), str(fewer)).returncode == 0


def test_check_sees_what_graphql_core_does_not_compare(tmp_path: Path) -> None:
    old, new = tmp_path / "old.graphql", tmp_path / "new.graphql"
    sdl = "scalar D {} type Query {{ a(by: By): D b: Int {} }} input By {} {{ id: ID }}"
    old.write_text(sdl.format("", "", ""))
    url, limit = '@specifiedBy(url: "https://b.example")', '@rateLimit(limit: "5/minute")'
    new.write_text(sdl.format(url, limit, "@oneOf"))
    done = run(tmp_path, "check", str(old), str(new))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("breaking INPUT_BECAME_ONE_OF\n  Input By has become @oneOf:")
    assert done.stdout.endswith("1 breaking, 1 dangerous, 1 safe.\n")
    changes = json.loads(run(tmp_path, "check", "--json", str(new), str(old)).stdout)
    assert {level: [change["code"] for change in found] for level, found in changes.items()} == {
        "breaking": [],
        "dangerous": ["RATE_LIMIT_CHANGED", "SPECIFIED_BY_CHANGED"],
        "safe": ["INPUT_CEASED_TO_BE_ONE_OF"],
    }


def test_check_of_what_does_not_compose(tmp_path: Path, schemas: Path) -> None:
    broken = tmp_path / "broken.graphql"
    broken.write_text("type Query {")
    done = run(tmp_path, "check", str(schemas), str(broken))
    assert (done.returncode, done.stdout) == (1, "")
    assert "broken.graphql:1" in done.stderr
    missing = run(tmp_path, "check", str(schemas), str(tmp_path / "nowhere"))
    assert missing.returncode == 1
    assert "MISSING_SCHEMAS" in missing.stderr


def test_plan_prints_the_fetches(tmp_path: Path, schemas: Path) -> None:
    operation = tmp_path / "operation.graphql"
    operation.write_text("query A { users { name posts } } query B { a }")
    done = run(tmp_path, "plan", "--schemas", str(schemas), str(operation), "--name", "A")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"1\. users\b.*2\. posts after 1\b", done.stdout, re.DOTALL)


def test_plan_reads_stdin_and_writes_json(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "plan", "--schemas", str(schemas), "-", "--json", stdin="{ users { posts } }")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_plan_shows_the_labels_of_rollouts_off_and_on(tmp_path: Path) -> None:
    schemas = tmp_path / "moving"
    schemas.mkdir()
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@override"])'
    (schemas / "old.graphql").write_text(f"{link} type Query {{ x: Int y: Int z: Int }}")
    (schemas / "new.graphql").write_text(
        f"""{link} type Query {{
          x: Int @override(from: "old", label: "percent(5)") y: Int @override(from: "old", label: "launched")
        }}"""
    )
    arguments = ("plan", "--schemas", str(schemas), "-")
    assert run(tmp_path, *arguments, stdin="{ x z }").stdout == (
        "without a label\n1. old\n     { x z }\n\n"
        "with the label percent(5)\n1. new\n     { x }\n2. old\n     { z }\n"
    )
    assert run(tmp_path, *arguments, stdin="{ z }").stdout == "1. old\n     { z }\n"
    shown = json.loads(run(tmp_path, *arguments, "--json", stdin="{ x y }").stdout)
    assert [each["subgraph"] for each in shown["fetches"]] == ["old"]
    assert {
        label: [each["selections"] for each in plan["fetches"] if each["subgraph"] == "new"]
        for label, plan in shown["rollouts"].items()
    } == {"launched": ["y"], "percent(5)": ["x"]}


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [("{ nope }", "nope"), ("{", "Syntax Error"), ("query A { a } query B { a }", "operation")],
)
def test_plan_says_what_is_wrong(tmp_path: Path, schemas: Path, operation: str, complaint: str) -> None:
    done = run(tmp_path, "plan", "--schemas", str(schemas), "-", stdin=operation)
    assert (done.returncode, done.stdout) == (1, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("operation", "line"), [("{\n  nope\n}", 2), ("{ users {", 1)])
def test_plan_names_the_file_that_is_wrong(tmp_path: Path, schemas: Path, operation: str, line: int) -> None:
    (tmp_path / "users.graphql").write_text(operation)
    done = run(tmp_path, "plan", "--schemas", str(schemas), "users.graphql")
    assert (done.returncode, f"users.graphql:{line}:" in done.stderr) == (1, True)


def test_plan_of_a_file_that_is_no_text(tmp_path: Path, schemas: Path) -> None:
    operation = tmp_path / "operation.graphql"
    operation.write_bytes(b"{ users { \xff } }")
    done = run(tmp_path, "plan", "--schemas", str(schemas), str(operation))
    assert done.returncode == 1
    assert "Unexpected character: U+FFFD" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_lists_what_is_wrong(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "serve", "--schemas", str(schemas), USERS_MICROSERVICE_URL="ftp://x")
    assert done.returncode == 1
    assert "INVALID_URL" in done.stderr
    assert "MISSING_URL" in done.stderr
    assert "POSTS_MICROSERVICE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_setting_is_named(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "serve", "--schemas", str(schemas), PORT="http", RATE_LIMIT="often")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "PORT: 'http' can't be used; expected a port number, 0 to 65535."
    assert "RATE_LIMIT" in done.stderr
    assert "Traceback" not in done.stderr


def test_config_prints_what_is_in_force_and_where_from(tmp_path: Path) -> None:
    secret = "s" * 40
    (tmp_path / "gateway.toml").write_text(f'workers = 2\nsession_secret = "{secret}"\n')
    shown = run(tmp_path, "config", PORT="1")
    assert shown.returncode == 0
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["PORT", "1", "environment"] in lines
    assert ["WORKERS", "2", "gateway.toml"] in lines
    assert ["METRICS", "false", "default"] in lines
    assert secret not in shown.stdout
    told = json.loads(run(tmp_path, "config", "--json").stdout)
    assert {"name": "WORKERS", "value": 2, "origin": "gateway.toml"} in told
    assert json.loads(run(tmp_path, "config", "--schema").stdout)["title"] == "gateway.toml"
    (tmp_path / "gateway.toml").write_text("wrokers = 2")
    wrong = run(tmp_path, "config")
    assert (wrong.returncode, wrong.stderr.count("Did you mean workers?")) == (1, 1)


def test_serve_from_any_directory_until_it_is_told_to_end(tmp_path: Path, schemas: Path) -> None:
    urls = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:1/" for name in ("USERS", "POSTS")}
    settings = {"PORT": "1", "DRAIN_SECONDS": "0", **urls}
    with served(tmp_path, "--schemas", str(schemas), **settings) as (url, process):
        assert ask(url, "{ __typename }") == {"data": {"__typename": "Query"}}
        answer = ask(url, "{ a }")
        assert answer["data"] == {"a": None}
        assert "127.0.0.1" not in json.dumps(answer)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - start < 5


def test_several_processes_serve(tmp_path: Path, schemas: Path) -> None:
    urls = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:1/" for name in ("USERS", "POSTS")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ("--schemas", str(schemas), "--workers", "2", "--port", port)
    with served(tmp_path, *options, **urls) as (_, process):
        assert process.stderr is not None
        while "gateway is open" not in process.stderr.readline():
            pass  # the other process's
        url = f"http://127.0.0.1:{port}/graphql"
        for _ in range(20):
            assert ask(url, "{ __typename }") == {"data": {"__typename": "Query"}}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_no_process_starts_with_what_is_wrong(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "serve", "--schemas", str(schemas), "--workers", "2")
    assert done.returncode == 1
    assert done.stderr.count("MISSING_URL") == 2  # one for each microservice
    assert "Traceback" not in done.stderr


def test_a_client_cannot_name_its_own_address(tmp_path: Path, schemas: Path) -> None:
    urls = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:1/" for name in ("USERS", "POSTS")}
    with served(tmp_path, "--schemas", str(schemas), RATE_LIMIT="1/minute", **urls) as (url, _):
        ask(url, "{ __typename }", **{"x-forwarded-for": "10.0.0.1"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(url, "{ __typename }", **{"x-forwarded-for": "10.0.0.2"})
        with refused.value as response:
            assert response.code == 429


def test_resolvers_are_found_in_the_working_directory(tmp_path: Path, schemas: Path) -> None:
    (schemas / "gateway.graphql").write_text("type Query { hello: String }\n")
    package = tmp_path / "our" / "answers"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from ariadne import QueryType\n"
        "query = QueryType()\n"
        "query.set_field('hello', lambda *_: 'hi')\n"
        "bindables = [query]\n"
    )
    urls = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:1/" for name in ("USERS", "POSTS")}
    arguments = ("--schemas", str(schemas), "--resolvers", "our.answers")
    with served(tmp_path, *arguments, **urls) as (url, _):
        assert ask(url, "{ hello }") == {"data": {"hello": "hi"}}


SUPERGRAPH = REPOSITORY / "tests" / "composition" / "registry.supergraph.graphql"


def test_compose_and_plan_of_a_supergraph_file(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "compose", "--supergraph", str(SUPERGRAPH))
    assert (done.returncode, done.stderr) == (0, "")
    assert "royalty: Int" in done.stdout
    assert run(tmp_path, "compose", SUPERGRAPH=str(SUPERGRAPH)).stdout == done.stdout
    plan = run(tmp_path, "plan", "--supergraph", str(SUPERGRAPH), "-", stdin="{ best { stars title } }")
    assert (plan.returncode, plan.stderr) == (0, "")
    assert "2. catalogue after 1" in plan.stdout
    both = run(tmp_path, "compose", "--supergraph", str(SUPERGRAPH), "--schemas", str(schemas))
    assert both.returncode == 0
    assert "posts: [String]" in both.stdout
    assert "royalty: Int" in both.stdout


def test_a_supergraph_file_that_is_none(tmp_path: Path, schemas: Path) -> None:
    done = run(tmp_path, "compose", "--supergraph", str(schemas / "users.graphql"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "INVALID_FEDERATION_SUPERGRAPH" in done.stderr


async def test_a_supergraph_file_is_served(tmp_path: Path, subgraphs: SubgraphServer) -> None:
    file = tmp_path / "supergraph.graphql"
    text = SUPERGRAPH.read_text()
    file.write_text(text.replace("http://127.0.0.1:4000/ratings", f"{subgraphs.address}/ratings"))
    best = {"data": {"best": {"id": "1", "stars": 4.5}}}
    subgraphs.instead["ratings"] = lambda body: JSONResponse(best)
    with served(tmp_path, "--supergraph", str(file)) as (url, _):
        answer = await asyncio.to_thread(ask, url, "{ best { stars } }")
    assert answer == {"data": {"best": {"stars": 4.5}}}


ADDRESSES = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:1/" for name in ("USERS", "POSTS")}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_said_so(tmp_path: Path, schemas: Path, workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(
            tmp_path,
            "serve",
            "--schemas",
            str(schemas),
            PORT=port,
            WORKERS=workers,
            RATE_LIMIT="off",
            **ADDRESSES,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"PORT: the gateway can't listen on 127.0.0.1:{port}: another program listens there. "
        "Set PORT, or --port, to another one."
    )
    assert "gateway is open" not in done.stderr


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (
            "no.such.host.invalid",
            "HOST: 'no.such.host.invalid' can't be resolved; expected an address of this machine",
        ),
        ("192.0.2.1", "this machine has no such address. Set HOST, or --host, to one that it has."),
    ],
)
def test_a_host_that_is_not_this_machine(tmp_path: Path, schemas: Path, host: str, said: str) -> None:
    done = run(tmp_path, "serve", "--schemas", str(schemas), "--host", host, "--port", "0", **ADDRESSES)
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]


def test_all_addresses_of_a_name_are_listened_on(tmp_path: Path, schemas: Path) -> None:
    with served(tmp_path, "--schemas", str(schemas), "--host", "localhost", **ADDRESSES) as (url, _):
        port = urlsplit(url).port
        assert url == f"http://localhost:{port}/graphql"
        for found in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
            host = f"[{found[4][0]}]" if found[0] is socket.AF_INET6 else found[4][0]
            assert ask(f"http://{host}:{port}/graphql", "{ __typename }")["data"] == {"__typename": "Query"}


def test_the_warning_about_sessions_is_only_where_there_can_be_some(tmp_path: Path, schemas: Path) -> None:
    warning = "SESSION_SECRET isn't set"
    arguments = ("serve", "--schemas", str(schemas), "--host", "192.0.2.1")  # where it can't listen
    assert warning not in run(tmp_path, *arguments, **ADDRESSES).stderr
    (schemas / "gateway.graphql").write_text("type Query { now: Int } type Mutation { login: Boolean }")
    (tmp_path / "resolvers.py").write_text(
        "from ariadne import MutationType, QueryType\nquery, mutation = QueryType(), MutationType()\n"
        "query.set_field('now', lambda *_: 1)\nmutation.set_field('login', lambda *_: True)\n"
        "bindables = [query, mutation]\n"
    )
    assert warning in run(tmp_path, *arguments, **ADDRESSES).stderr
    assert warning not in run(tmp_path, *arguments, SESSION_SECRET="s" * 32, **ADDRESSES).stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_in_order(tmp_path: Path, schemas: Path, workers: str) -> None:
    with served(tmp_path, "--schemas", str(schemas), "--workers", workers, **ADDRESSES) as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_how_long_a_connection_stays_open(tmp_path: Path, schemas: Path) -> None:
    addresses = {f"{name}_MICROSERVICE_URL": "http://127.0.0.1:9" for name in ("USERS", "POSTS")}
    with (
        served(tmp_path, "--schemas", str(schemas), KEEP_ALIVE_TIMEOUT="1", **addresses) as (url, _),
        closing(HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=5)) as client,
    ):
        for pause in (0.0, 0.6, 0.6):
            time.sleep(pause)
            client.request("GET", "/health")
            assert client.getresponse().read()
        began = time.monotonic()
        assert client.sock.recv(1) == b""
        assert 0.7 < time.monotonic() - began < 3
