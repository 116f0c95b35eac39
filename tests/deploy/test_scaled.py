"""compose.yaml in a real engine: three gateways behind the balancer. It says so where there is no engine."""

import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from scripts.docker import compose_command
from tests.stack import free_ports

ROOT = Path(__file__).parents[2]
IMAGES = ("python:3.12-slim", "node:22-slim", "redis:7-alpine", "postgres:17-alpine", "nginx:alpine")
LIMIT = 5
CLIENTS = 8
LOGIN = 'mutation { login(email: "ada@example.org", password: "demo-password-ada") { token } }'


class Stack:
    """The containers of one run, which nobody else's are mixed up with."""

    def __init__(self, command: tuple[str, ...]) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}/graphql"
        self._project = f"stitcher-test-{os.getpid()}"
        self._command = (*command, "--project-name", self._project, "--file", str(ROOT / "compose.yaml"))
        self._env = {
            **os.environ,
            "PORT": str(self.port),
            "SESSION_SECRET": "a-secret-of-all-three-gateways-together",
            "RATE_LIMIT": "off",
            "LOGIN_RATE_LIMIT": f"{LIMIT}/hour",
        }

    def compose(self, *arguments: str) -> str:
        done = subprocess.run([*self._command, *arguments], env=self._env, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-5_000:]
        return done.stdout

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "-q", service).split()


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def stack() -> Iterator[Stack]:
    command = compose_command()
    if command is None:
        pytest.skip("no Docker engine answers here, so nothing shows that the stack runs in it")
    for image in IMAGES:
        if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode:
            pytest.skip(f"the image {image} isn't on this machine, and tests fetch none")
    stack = Stack(command)
    try:
        stack.compose("up", "--detach", "--build", "--scale", "gateway=3", "--scale", "thing=2")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "2")


async def test_several_gateways_are_as_one(stack: Stack) -> None:
    gateways, things = stack.containers("gateway"), stack.containers("thing")
    assert (len(gateways), len(things)) == (3, 2)
    async with aiohttp.ClientSession() as session:
        await until_all_services_are_in_use(stack, session)
        token = await limits_are_exact(stack, session)
        await the_load_is_shared(stack, session, token, gateways, things)
        lost = await lost_while(stack, session, "stop", "--time", "25", gateways[0])
        assert lost == Counter()
        # What is in flight on one that is killed is lost, and nothing after that.
        lost = await lost_while(stack, session, "kill", gateways[1])
        assert set(lost) <= {502}
        assert lost.total() <= CLIENTS
    it_can_change_nothing(gateways[2])


async def until_all_services_are_in_use(stack: Stack, session: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        async with session.get(f"http://127.0.0.1:{stack.port}/health/ready") as response:
            if response.status == 200:
                state = await response.json()
                if state["redis"] == "up" and state["services"]["thing"]["inUse"] == 2:
                    return
        await asyncio.sleep(0.5)
    pytest.fail(f"not up in time: {state}")


async def limits_are_exact(stack: Stack, session: aiohttp.ClientSession) -> str:
    """Log in too often, on whichever gateway, as clients that invent addresses do; return a token."""
    answers = []
    for number in range(3 * LIMIT):
        headers = {"x-forwarded-for": f"198.51.100.{number}"}
        async with session.post(stack.url, json={"query": LOGIN}, headers=headers) as response:
            answers.append((response.status, await response.json()))
    tokens = [body["data"]["login"]["token"] for status, body in answers if status == 200]
    assert len(tokens) == LIMIT
    assert {status for status, _ in answers} == {200, 429}
    return str(tokens[0])


async def the_load_is_shared(
    stack: Stack, session: aiohttp.ClientSession, token: str, gateways: list[str], things: list[str]
) -> None:
    headers = {"authorization": f"Bearer {token}"}
    for number in range(60):
        query = f"{{ clients(first: 2) {{ name things(first: 2) {{ serial a{number}: status }} }} }}"
        async with session.post(stack.url, json={"query": query}, headers=headers) as response:
            body = await response.json()
        assert "errors" not in body, body
        assert body["data"]["clients"][0]["things"]
    for gateway in gateways:
        assert docker("logs", gateway).count('"/graphql"') >= 10
    for thing in things:
        assert docker("logs", thing).count("POST /graphql") >= 10


async def lost_while(stack: Stack, session: aiohttp.ClientSession, *command: str) -> Counter[Any]:
    """Return what eight clients got instead of answers, from before something is done until well after."""
    lost: Counter[Any] = Counter()
    is_over = asyncio.Event()

    async def client() -> None:
        while not is_over.is_set():
            async with session.post(stack.url, json={"query": "{ __typename }"}) as response:
                if response.status != 200 or await response.json() != {"data": {"__typename": "Query"}}:
                    lost[response.status] += 1
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())
        await asyncio.sleep(1)
        await asyncio.to_thread(docker, *command)
        await asyncio.sleep(4)
        is_over.set()
    return lost


def it_can_change_nothing(gateway: str) -> None:
    """Make sure that a gateway's files are read only, and that it has no rights."""
    (container,) = json.loads(docker("inspect", gateway))
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert container["Config"]["User"] == "stitcher"
    status = docker("exec", gateway, "cat", "/proc/1/status")
    rights = [
        line.split()[1] for line in status.splitlines() if line.startswith(("CapEff", "CapPrm", "CapBnd"))
    ]
    assert {int(each, 16) for each in rights} == {0}
