"""Every block of every document is tried as it stands: the README, docs/, and what contributors read.

A page is one run: its blocks are done from top to bottom, in a directory of the page's own. That one looks
like the project's, with a copy of ``schemas/``; on port 3000 there is a gateway, and on 4001 to 4005 the five
services. With ``<!-- page: own project -->`` on the page, the directory is empty, and nobody listens. What
looks like a port in a block, 3000 to 3999 or 4000 to 4099, is replaced by a free one of this machine.

What is done with a block is said by its language:

=============  ============================================================================================
``sh``         is run by bash; every command has to end well
``console``    commands after ``$``, more lines of one after ``>``, and what each prints; ``…`` is anything
``dotenv``     settings that a gateway would start with; so does ``toml``, as ``gateway.toml``
``graphql``    an operation is planned with the SDLs in ``schemas/``; an SDL composes by itself
``python``     is run
``json``       is JSON
``nginx``      is tried by tests/server/http/test_behind_nginx.py
``text``       is for people alone; so are ``mermaid``, ``yaml``, and ``ts``, in which others' code is shown
=============  ============================================================================================

Marks, comments on the lines before a block, say more:

=============================  ============================================================================
``<!-- file: PATH -->``        the block is put into this file, and what follows uses it
``<!-- server -->``            the commands don't end by themselves; they go on until the page ends
``<!-- schemas: DIR -->``      the operation is planned with the SDLs in this directory
``<!-- not run: WHY -->``      the block isn't run: it would change the machine, takes what a test can't
                               have, or another test runs it. The reason says which; readers of a page's
                               source see it.
=============================  ============================================================================
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from graphql import ExecutableDefinitionNode, parse, validate

from scripts.banner import example
from stitcher.composition.compose import compose, compose_directory
from stitcher.composition.sources import Source
from stitcher.planning.planner import plan_rollouts
from stitcher.settings.load import load_settings
from tests.documents import PAGES, ROOT, Block, blocks
from tests.e2e.conftest import RunningGateway
from tests.stack import SERVICES, Stack, free_ports

SECONDS = 60
"""What one block may take."""

LINKED = ("resolvers", ".venv", ".env.example")
"""What a page's directory has of the project beside a copy of ``schemas/``."""

NOT_HERE = frozenset({"mermaid", "nginx", "text", "ts", "yaml"})
"""Languages that are tried elsewhere, or by people."""


class Page:
    """One page's directory, its ports, and what it has left running."""

    def __init__(self, directory: Path, ports: dict[str, int]) -> None:
        self.directory = directory
        self.ports = ports
        self.servers: list[subprocess.Popen[bytes]] = []
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.environment = {"PATH": path, "HOME": str(directory), "LANG": "C.UTF-8"}

    def check(self, block: Block) -> None:
        """Do what a block says, or hold it to what it says."""
        if "not run" in block.marks:
            assert len(block.marks["not run"].split()) > 2, f"{block} doesn't say why it isn't run"
        elif "file" in block.marks:
            file = self.directory / block.marks["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.here(block.text))
        elif "server" in block.marks:
            self.leave_running(block)
        elif block.language not in NOT_HERE:
            checks: dict[str, Callable[[Block], None]] = {
                "sh": self.run,
                "console": self.compare,
                "dotenv": self.set,
                "toml": self.set,
                "graphql": self.read_graphql,
                "python": self.run_python,
                "json": lambda block: json.loads(block.text),
            }
            assert block.language in checks, f"{block} has the language {block.language!r}"
            checks[block.language](block)

    def here(self, text: str) -> str:
        """Return a text with this page's ports in it."""
        return re.sub(r"\b(3\d\d\d|40\d\d)\b", lambda found: str(self.port(found[1])), text)

    def port(self, written: str) -> int:
        """Return the free port that stands for a written one."""
        if written not in self.ports:
            (self.ports[written],) = free_ports(1)
        return self.ports[written]

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script, with what it prints on both ways out in one text."""
        return subprocess.run(
            ["bash", "-uo", "pipefail", "-e"],
            input=self.here(script),
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )

    def run(self, block: Block) -> None:
        """Run the commands of an ``sh`` block."""
        done = self.bash(block.text)
        assert done.returncode == 0, f"{block} fails:\n{done.stdout}"

    def run_python(self, block: Block) -> None:
        """Run the code of a ``python`` block."""
        done = self.bash(f"python - <<'END'\n{block.text}END\n")
        assert done.returncode == 0, f"{block} fails:\n{done.stdout}"

    def compare(self, block: Block) -> None:
        """Run each command of a ``console`` block, and compare what it prints."""
        for command, expected in conversation(block.text):
            printed = self.bash(command).stdout
            pattern = ".*".join(map(re.escape, self.here(expected).split("…")))
            if not re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL):
                pytest.fail(f"{block}: {command}\nprints\n{printed}\ninstead of\n{self.here(expected)}")

    def set(self, block: Block) -> None:
        """Read the settings of a block, as a gateway would."""
        written = self.directory / block.language / (".env" if block.language == "dotenv" else "gateway.toml")
        written.parent.mkdir(exist_ok=True)
        written.write_text(block.text)
        before = dict(os.environ)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(written.parent)
            for name in before:
                patch.delenv(name)
            load_settings()

    def read_graphql(self, block: Block) -> None:
        """Plan an operation, or compose an SDL."""
        document = parse(block.text)
        if not all(isinstance(definition, ExecutableDefinitionNode) for definition in document.definitions):
            compose([Source("example", block.text, str(block))])
            return
        supergraph = compose_directory(self.directory / block.marks.get("schemas", "schemas"))
        assert validate(supergraph.schema, document) == [], block
        plan_rollouts(supergraph, document)

    def leave_running(self, block: Block) -> None:
        """Start the commands of a block, and wait until somebody listens where they say."""
        script = self.here(block.text)
        log = self.directory / "log"
        with log.open("a") as output:
            server = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=self.directory,
                env={**self.environment, "PORT": str(self.port("3000"))},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.servers.append(server)
        named = re.findall(r"(?<=[ =])\d{4,5}\b", script)  # not those in addresses
        awaited = set(map(int, named)) or {self.port("3000")}
        deadline = time.monotonic() + SECONDS
        while awaited := {port for port in awaited if not listens(port)}:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{block} doesn't come up:\n{log.read_text()}")
            time.sleep(0.05)

    def close(self) -> None:
        """End what the page has left running."""
        for server in self.servers:
            os.killpg(server.pid, signal.SIGTERM)
        for server in self.servers:
            server.wait(20)


def conversation(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a ``console`` block, each with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        end = 1
        while lines[end : end + 1] and lines[end].startswith("> "):
            end += 1
        yield "\n".join(line.removeprefix("> ") for line in lines[:end]), "\n".join(lines[end:])


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def project(directory: Path, stack: Stack, gateway: RunningGateway) -> Iterator[Page]:
    """Give a page what a reader has who has cloned the project and typed ``make up``."""
    for name in LINKED:
        (directory / name).symlink_to(ROOT / name)
    (directory / "schemas").mkdir()
    for schema in (ROOT / "schemas").iterdir():
        (directory / "schemas" / schema.name).write_text(schema.read_text())
    services = {f"400{number}": stack.port(name) for number, name in enumerate(SERVICES, 1)}
    page = Page(directory, {"3000": gateway.port, **services})
    try:
        yield page
    finally:
        page.close()


@contextmanager
def own_project(directory: Path) -> Iterator[Page]:
    """Give a page an empty directory, in which Stitcher is installed."""
    (directory / ".venv").symlink_to(os.environ.get("OWN_PROJECT_VENV", ROOT / ".venv"))
    page = Page(directory, {})
    try:
        yield page
    finally:
        page.close()


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [page for page in PAGES if list(blocks(page))], ids=name_of)
def test_a_page_is_as_it_says(path: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if "<!-- page: own project -->" in path.read_text():
        opening = own_project(tmp_path)
    else:
        running = request.getfixturevalue("stack"), request.getfixturevalue("gateway")
        opening = project(tmp_path, *running)
    with opening as page:
        for block in blocks(path):
            page.check(block)


def test_the_first_example_answers_from_four_services(gateway: RunningGateway) -> None:
    script = example(ROOT / "README.md").replace("localhost:3000", f"localhost:{gateway.port}")
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


def test_every_make_command_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in PAGES:
        written = re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), re.MULTILINE)
        assert set(written) <= targets, path
