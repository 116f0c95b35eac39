"""Run federation-gateway-audit against the gateway, and print a table of its suites.

    python -m tests.conformance.federation_audit CHECKOUT [--suite NAME]… [--jobs N]

CHECKOUT is a checkout of graphql-hive/federation-gateway-audit; Node and npm must be there.

A. Install what the audit itself needs, unless that is done: not the gateways that it comes with.
B. Serve its subgraphs on a free port.
C. Start the gateway anew for each suite, as a process, from the SDLs that the audit serves; ask it until it
   answers, as the audit does.
D. Judge it by the audit's own ``src/test.ts``. Its subgraphs answer needless requests with errors.
E. Print how many cases of each suite passed, and why the others didn't; exit with 1 if there are any.

Each process is ended by its own handle.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from stitcher.composition.sources import url_variable
from tests.stack import free_ports

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 60

# The audit is written for Node 22 and later; this is all that Node 20 lacks.
_WITH_RESOLVERS = (
    "Promise.withResolvers ??= function () {"
    "let resolve, reject; const promise = new Promise((a, b) => { resolve = a; reject = b });"
    "return { promise, resolve, reject } }"
)
_NODE = ("node", "--import", f"data:text/javascript,{quote(_WITH_RESOLVERS)}", "--import", "tsx")


@dataclass(frozen=True)
class Outcome:
    """How a suite went; ``report`` says what failed."""

    suite: str
    passed: int
    total: int
    report: str


class AuditError(Exception):
    """The audit can't be run."""


# A. Install


def install(checkout: Path) -> None:
    """Install the audit's own dependencies; the peers' packages are many, and come and go."""
    if (checkout / "node_modules").is_dir():
        return
    wanted = json.loads((checkout / "package.json").read_text())["devDependencies"]
    quietly = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    runners = [f"{name}@{wanted[name]}" for name in ("graphql", "tsx")]
    install = "ci" if (checkout / "package-lock.json").exists() else "install"
    subprocess.run(["npm", install, *quietly], cwd=checkout, check=True)
    subprocess.run(
        ["npm", "install", "--no-save", "--save-prod", *quietly, *runners], cwd=checkout, check=True
    )


# B. Serve


@asynccontextmanager
async def running(
    command: Sequence[str], directory: Path, log: Path, environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    """Run a process until the block ends."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env={**os.environ, **environment},
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def serving(checkout: Path, port: int, directory: Path) -> AsyncIterator[str]:
    """Serve the audit's subgraphs until the block ends; yields where."""
    address = f"http://localhost:{port}"
    log = directory / "audit.log"
    poor_plans = {"PUNISH_FOR_POOR_PLANS": os.environ.get("PUNISH_FOR_POOR_PLANS", "1")}
    command = (*_NODE, "src/cli.ts", "serve", "--port", str(port))
    async with running(command, checkout, log, poor_plans) as process:

        async def is_up(session: aiohttp.ClientSession) -> bool:
            async with session.get(f"{address}/ids") as response:
                return response.status == 200

        await _until(is_up, process, log)
        yield address


async def _until(is_up: Any, process: Process, log: Path) -> None:
    """Wait until a process answers."""
    async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
        while True:
            if process.returncode is not None:
                raise AuditError(_text(log))
            try:
                if await is_up(session):
                    return
            except (aiohttp.ClientError, ValueError):
                pass
            await asyncio.sleep(0.05)


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


async def _get(url: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        response.raise_for_status()
        return await response.json()


# C. Gateway


@asynccontextmanager
async def gateway(subgraphs: Sequence[Mapping[str, str]], port: int, directory: Path) -> AsyncIterator[str]:
    """Run the gateway for some subgraphs until the block ends; yields its endpoint."""
    schemas = directory / "schemas"
    schemas.mkdir(parents=True)
    for subgraph in subgraphs:
        (schemas / f"{subgraph['name']}.graphql").write_text(subgraph["sdl"])
    environment = {url_variable(each["name"]): each["url"] for each in subgraphs}
    environment |= {"RATE_LIMIT": "off", "LOG_LEVEL": "error", "PYTHONPATH": str(_ROOT)}
    command = (sys.executable, "-m", "stitcher", "serve", "--schemas", str(schemas), "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    ping = {"operationName": "ping", "query": "query ping { __typename }"}

    async def is_up(session: aiohttp.ClientSession) -> bool:
        async with session.get(f"{address}/health") as response:
            response.raise_for_status()
        async with session.post(f"{address}/graphql", json=ping) as response:
            return bool((await response.json())["data"]["__typename"] == "Query")

    log = directory / "gateway.log"
    async with running(command, directory, log, environment) as process:
        await _until(is_up, process, log)
        yield f"{address}/graphql"


# D. Judge


async def judge(suite: str, checkout: Path, audit: str, port: int, directory: Path) -> Outcome:
    """Run a suite."""
    total = len(await _get(f"{audit}/{suite}/tests"))
    try:
        async with gateway(await _get(f"{audit}/{suite}/subgraphs"), port, directory) as endpoint:
            environment = {
                "TEST_SUITE": suite,
                "TESTS_ENDPOINT": f"{audit}/{suite}/tests",
                "GRAPHQL_ENDPOINT": endpoint,
            }
            log = directory / "judge.log"
            command = (*_NODE, "--test-reporter=tap", "src/test.ts")
            async with running(command, checkout, log, environment) as process:
                judged = await process.wait()
            output = _text(log)
    except (AuditError, TimeoutError) as error:
        return Outcome(suite, 0, total, f"The gateway didn't start. {error}")
    passed = len(re.findall(rf"^\s+ok \d+ - {re.escape(suite)}_\d+$", output, re.MULTILINE))
    return Outcome(suite, passed, total, "" if judged == 0 and passed == total else output)


async def run(checkout: Path, wanted: Sequence[str], jobs: int, directory: Path) -> list[Outcome]:
    """Run the wanted suites, or all; several at a time, each gateway on a port of its own."""
    port, *gateway_ports = free_ports(1 + jobs)
    async with serving(checkout, port, directory) as audit:
        known = await _get(f"{audit}/ids")
        if unknown := set(wanted) - set(known):
            raise AuditError(f"The audit has no suite {', '.join(sorted(unknown))}.")
        left = iter(list(wanted) or known)

        async def work(own: int) -> list[Outcome]:
            return [await judge(suite, checkout, audit, own, directory / suite) for suite in left]

        done = await asyncio.gather(*(work(own) for own in gateway_ports))
    return sorted((outcome for each in done for outcome in each), key=lambda outcome: outcome.suite)


# E. Print


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as text."""
    passed, total = (sum(getattr(each, name) for each in outcomes) for name in ("passed", "total"))
    rows = [(each.suite, f"{each.passed}/{each.total}", each.report) for each in outcomes]
    width = max(len(suite) for suite, *_ in rows)
    lines = [f"{suite:{width}}  {score:>7}{'  FAILED' if why else ''}" for suite, score, why in rows]
    whole = sum(not each.report for each in outcomes)
    return "\n".join(
        [*lines, "", f"{f'{whole} of {len(outcomes)} suites':{width}}  {f'{passed}/{total}':>7}"]
    )


def main() -> int:
    """Run the audit; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run federation-gateway-audit against the gateway.")
    parser.add_argument("checkout", type=Path, help="a checkout of graphql-hive/federation-gateway-audit")
    parser.add_argument("--suite", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="suites at a time")
    options = parser.parse_args()
    checkout = options.checkout.resolve()
    if not (checkout / "src" / "test.ts").exists():
        parser.error(f"{checkout} is no checkout of federation-gateway-audit")
    try:
        install(checkout)
        with tempfile.TemporaryDirectory() as directory:
            outcomes = asyncio.run(run(checkout, options.suite, options.jobs, Path(directory)))
    except (AuditError, TimeoutError, OSError, subprocess.CalledProcessError) as error:
        print(f"The audit can't be run: {error}", file=sys.stderr)
        return 1
    for failed in outcomes:
        if failed.report:
            print(f"{failed.suite}\n{failed.report}", file=sys.stderr)
    print(table(outcomes))
    return 1 if any(each.report for each in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
