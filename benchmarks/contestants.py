"""The gateways that are compared, and how each is started in front of a graph's services."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.graphs import GRAPHS, Graph
from benchmarks.processes import Process, free_port, running

__all__ = ["CONTESTANTS", "SESSION_SECRET", "Gateway", "Missing", "serving"]

SESSION_SECRET = "benchmark" * 5

PEERS = Path(__file__).parent / "peers"


class Missing(Exception):  # noqa: N818 - nothing went wrong
    """A contestant can't run here; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: its endpoint, its process, and the CPU seconds that its start took."""

    url: str
    process: Process
    start_cpu: float


@contextmanager
def serving(
    name: str,
    size: int = 0,
    contestant: str = "stitcher",
    *,
    delay: float = 0.0,
    options: Sequence[str] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Gateway]:
    """Serve a graph's subgraphs, and one gateway in front of them, until the block ends.

    Stitcher gets the options of its command line, and the settings beside those that it has here anyway.

    Raises:
        Missing: the contestant can't run here.
        RuntimeError: it doesn't start.
    """
    graph = GRAPHS[name](size)
    port = free_port()
    services = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "benchmarks.subgraphs", str(port), name, str(size), str(delay)]
    with (
        tempfile.TemporaryDirectory() as directory,
        running(command, f"{services}/{next(iter(graph.sdls))}"),
        _started(contestant, graph, services, Path(directory), options, settings) as (url, process),
    ):
        yield Gateway(url, process, process.cpu())


@contextmanager
def _started(
    contestant: str,
    graph: Graph,
    services: str,
    directory: Path,
    options: Sequence[str],
    settings: Mapping[str, str],
) -> Iterator[tuple[str, Process]]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    cwd, variables, path = None, {"NODE_ENV": "production"}, "/graphql"
    if contestant.startswith("stitcher"):
        shared = "1" if contestant.endswith("sharing") else "0"
        variables = {"RATE_LIMIT": "off", "INFLIGHT_DEDUPE": shared, "SESSION_SECRET": SESSION_SECRET}
        variables |= settings
        for name, sdl in graph.sdls.items():
            (directory / f"{name}.graphql").write_text(sdl)
            variables[f"{name.upper()}_MICROSERVICE_URL"] = f"{services}/{name}"
        serve = [sys.executable, "-m", "stitcher", "serve", "--schemas", str(directory)]
        command = [*serve, "--port", str(port), *options]
    elif contestant == "plain Ariadne":
        command, path = [sys.executable, "-m", "benchmarks.plain_ariadne", str(port), services], "/"
    else:
        _install()
        supergraph = _compose(graph, services, directory / "supergraph.graphql")
        cwd = PEERS
        if contestant == "Apollo Gateway":
            command, path = ["node", "apollo.mjs", str(supergraph), str(port)], "/"
        else:
            variables["SHARE"] = "1" if contestant.endswith("sharing") else "0"
            hive = ["node", "node_modules/.bin/hive-gateway", "supergraph", str(supergraph), "--jit"]
            command = [
                *hive,
                "--fork",
                "1",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "-c",
                "hive.config.mjs",
            ]
    with running(command, root + path, cwd, variables) as process:
        yield root + path, process


CONTESTANTS = ("stitcher", "plain Ariadne", "Apollo Gateway", "Hive Gateway")


def _install() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Missing("Node.js and npm are not on the PATH")
    if not (PEERS / "node_modules").exists():
        print("Installing the peers from npm; this takes some minutes.", file=sys.stderr)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(command, cwd=PEERS, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"npm could not install it: {done.stderr[-500:]}")


def _compose(graph: Graph, services: str, file: Path) -> Path:
    subgraphs = [{"name": name, "url": f"{services}/{name}", "sdl": sdl} for name, sdl in graph.sdls.items()]
    done = subprocess.run(
        ["node", "compose.mjs"], cwd=PEERS, input=json.dumps(subgraphs), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    file.write_text(done.stdout)
    return file
