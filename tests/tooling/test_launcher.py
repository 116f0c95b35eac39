"""The launcher behind `make up` and `make down`, with real processes."""

import json
import os
import pty
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.common.settings import Settings as ServiceSettings
from tests.redis_server import redis_binary
from tests.stack import free_ports
from tests.tooling.launching import ANSWERING, ROOT, UP, Launcher, taken_port

Start = Callable[..., Launcher]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Start]:
    """Make a launcher for a Procfile in which {0}, {1} and {2} are free ports, with these settings."""
    made: list[Launcher] = []

    def make(*lines: str, **settings: str) -> Launcher:
        ports = free_ports(3)
        procfile = "\n".join(lines)
        for number, port in enumerate(ports):
            procfile = procfile.replace(f"{{{number}}}", str(port))
        made.append(Launcher(tmp_path, procfile, ports, settings))
        return made[-1]

    yield make
    for launcher in made:
        launcher.close()


THING = f"thing: {ANSWERING} ${{THING_PORT:-{{0}}}}"
GATEWAY = f"gateway: {ANSWERING} ${{PORT:-{{1}}}}"


def said_by(port: int) -> str:
    """What the program on a port of this machine answers, once it listens."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"Nothing listens on port {port}.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_says_where_and_ends_everything_on_a_signal(launch: Start, number: int) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for("Ctrl-C ends it all")

    assert f"{UP} on http://localhost:{launcher.ports[1]}/graphql" in launcher.text()
    assert "demo-password-ada" in launcher.text()
    assert said_by(launcher.ports[0])
    assert launcher.end(number) == 0
    launcher.nobody_left()


def test_the_example_is_the_readmes_with_the_gateways_port(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    (launcher.directory / "README.md").write_text(
        "```sh\nmake up\n```\n<!-- ci: try -->\n```sh\ncurl http://localhost:3000/graphql\n```\n"
    )
    launcher.start()
    launcher.wait_for("Ctrl-C ends it all")

    assert f"curl http://localhost:{launcher.ports[1]}/graphql\n" in launcher.text()


def test_programs_are_told_where_the_others_are(launch: Start) -> None:
    auth = f"auth: {ANSWERING} ${{AUTH_PORT:-{{2}}}}"
    launcher = launch(THING, auth, GATEWAY, AUTH_MICROSERVICE_URL="http://elsewhere/graphql")
    launcher.start()
    launcher.wait_for(UP)

    told = said_by(launcher.ports[1])
    assert f'"THING_MICROSERVICE_URL": "http://127.0.0.1:{launcher.ports[0]}/graphql"' in told
    assert '"AUTH_MICROSERVICE_URL": "http://elsewhere/graphql"' in told
    assert f'"JWT_JWKS_URL": "http://127.0.0.1:{launcher.ports[2]}/.well-known/jwks.json"' in told
    assert f'"JWT_ISSUER": "{ServiceSettings.model_fields["jwt_issuer"].default}"' in told


def test_settings_come_from_dot_env_too(launch: Start) -> None:
    other = free_ports(1)[0]
    launcher = launch(THING, GATEWAY)
    (launcher.directory / ".env").write_text(f"THING_PORT={other}\nPORT=\n")
    launcher.start()
    launcher.wait_for(UP)

    assert said_by(other)
    assert said_by(launcher.ports[1])


@pytest.mark.parametrize(("given", "told"), [("auto", "pretty"), ("json", "json")])
def test_the_log_is_for_people_unless_it_is_said_otherwise(launch: Start, given: str, told: str) -> None:
    launcher = launch(GATEWAY.replace(ANSWERING, f"echo $LOG_FORMAT >told.txt; {ANSWERING}"))
    (launcher.directory / ".env").write_text(f"LOG_FORMAT={given}\n")
    launcher.start()
    launcher.wait_for(UP)

    assert (launcher.directory / "told.txt").read_text() == f"{told}\n"


def test_down_ends_it_from_elsewhere(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)

    assert launcher.run("down").stdout == "The stack is down.\n"
    assert launcher.process.wait(5) == 0
    launcher.nobody_left()
    assert launcher.run("down").stdout == "The stack wasn't up.\n"


def test_down_leaves_alone_a_process_that_only_has_the_number(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        for name in ("launcher", "thing"):
            file = launcher.directory / f".stitcher/run/{name}.pid"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{stranger.pid}\n")

        assert launcher.run("down").stdout == "The stack wasn't up.\n"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_one_that_is_killed_takes_no_other_with_it(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)
    os.kill(launcher.pid("thing"), signal.SIGKILL)
    launcher.wait_for("thing was ended by SIGKILL; the others run on.")

    assert said_by(launcher.ports[1])
    assert launcher.process.poll() is None


def test_the_launcher_ends_when_every_program_has(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)
    for name in ("thing", "gateway"):
        os.kill(launcher.pid(name), signal.SIGKILL)

    assert launcher.process.wait(10) == 1
    assert "Every program has ended." in launcher.text()


def test_one_that_dies_at_the_start_is_shown_and_ends_the_start(launch: Start) -> None:
    launcher = launch(THING, GATEWAY, "event: echo no such table >&2; exit 3 # ${EVENT_PORT:-{2}}")
    result = launcher.run("up")

    assert result.returncode == 1
    assert "event ended with status 3. Its last lines:\n  no such table\n" in result.stderr
    assert UP not in result.stdout
    launcher.nobody_left()


def test_a_port_in_use_is_named_before_anything_starts(launch: Start) -> None:
    with taken_port() as port:
        launcher = launch(f"thing: touch started; {ANSWERING} ${{THING_PORT:-{port}}}", GATEWAY)
        result = launcher.run("up")

    assert result.returncode == 1
    assert f"Port {port}, for thing, is in use by another program. Set THING_PORT to another" in result.stderr
    assert not (launcher.directory / "started").exists()


def test_a_second_stack_is_refused(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)
    result = launcher.run("up")

    assert result.returncode == 1
    assert f"The stack is up already (pid {launcher.process.pid})" in result.stderr
    assert said_by(launcher.ports[0])


def test_a_launcher_that_is_killed_leaves_nobody(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)

    assert launcher.end(signal.SIGKILL) == -signal.SIGKILL
    launcher.nobody_left()


def test_children_of_a_program_end_with_it(launch: Start) -> None:
    worker = f"{ANSWERING.removeprefix('exec ')} {{2}} &"
    launcher = launch(f"thing: {worker} {ANSWERING} ${{THING_PORT:-{{0}}}}", GATEWAY)
    launcher.start()
    launcher.wait_for(UP)
    assert said_by(launcher.ports[2])

    assert launcher.end() == 0
    launcher.nobody_left()


def test_a_closed_terminal_ends_it_all(launch: Start) -> None:
    launcher = launch(THING, GATEWAY)
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(launcher.directory)
            os.execve(launcher.command("up")[0], launcher.command("up"), launcher.env)
        finally:
            os._exit(1)
    seen = b""
    while UP.encode() not in seen:
        seen += os.read(terminal, 4096)
    os.close(terminal)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    launcher.nobody_left()


def test_an_output_that_is_closed_ends_it_all(launch: Start) -> None:
    talking = "event: while :; do echo alive; sleep 0.2; done & " + ANSWERING.removeprefix("exec ")
    launcher = launch(f"{talking} ${{EVENT_PORT:-{{2}}}}", GATEWAY)
    with subprocess.Popen(
        launcher.command("up"), cwd=launcher.directory, env=launcher.env, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if UP.encode() in line:
                break
        process.stdout.close()

    assert process.returncode == 0
    launcher.nobody_left()


def test_output_is_relayed_with_names_once_the_stack_is_up(launch: Start) -> None:
    launcher = launch(
        f"thing: sh -c 'while sleep 0.2; do echo tick; done' & {THING.partition(': ')[2]}", GATEWAY
    )
    launcher.start()
    launcher.wait_for("thing   | tick")

    before, _, _ = launcher.text().partition(UP)
    assert "tick" not in before


def test_a_redis_of_its_own(launch: Start) -> None:
    redis_binary()
    redis = "redis: exec redis-server --bind 127.0.0.1 --port ${REDIS_PORT:-{2}} --save ''"
    launcher = launch(redis, THING, GATEWAY)
    launcher.start()
    launcher.wait_for(UP)

    assert f'"REDIS_URL": "redis://127.0.0.1:{launcher.ports[2]}/0"' in said_by(launcher.ports[1])
    assert launcher.end() == 0
    launcher.nobody_left()


REDIS = "redis: echo never started; exit 1 # ${REDIS_PORT:-{2}}"


def test_a_redis_that_is_named_is_used(launch: Start) -> None:
    launcher = launch(REDIS, THING, GATEWAY, REDIS_URL="redis://user:secret@elsewhere/0")
    launcher.start()
    launcher.wait_for(UP)

    assert '"REDIS_URL": "redis://user:secret@elsewhere/0"' in said_by(launcher.ports[1])
    assert "Redis: the one at REDIS_URL." in launcher.text()
    assert "secret" not in launcher.text()


def test_without_redis_it_says_so(launch: Start, tmp_path: Path) -> None:
    # Programs beside the Python that runs are found too, so it is one that stands alone.
    python = tmp_path / "python/python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    packages = f"{ROOT}{os.pathsep}{sysconfig.get_path('purelib')}"
    launcher = launch(REDIS, THING, GATEWAY, PATH="/nonexistent", PYTHONPATH=packages)
    launcher.python = str(python)
    launcher.start()
    launcher.wait_for(UP)

    assert "Redis: no redis-server on this machine" in launcher.text()
    assert "REDIS_URL" not in said_by(launcher.ports[1])


DOCKER = """#!/bin/sh
# Stands for Docker, whose engine can't be had in a test: says what it was asked, and serves as the gateway.
echo "$@" >>asked.txt
case "$*" in
    "compose up --build") {answering} $PORT ;;
esac
"""


@pytest.fixture
def with_docker(launch: Start, tmp_path: Path) -> Launcher:
    """A launcher on a machine where a Docker engine answers."""
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(answering=ANSWERING))
    docker.chmod(0o755)
    port = str(free_ports(1)[0])
    path = f"{docker.parent}{os.pathsep}{os.environ['PATH']}"
    return launch(THING, GATEWAY, PATH=path, DOCKER="", PORT=port)


def test_docker_is_used_where_it_answers(with_docker: Launcher) -> None:
    with_docker.start()
    with_docker.wait_for(UP)

    assert with_docker.run("down").returncode == 0
    with_docker.nobody_left()
    asked = (with_docker.directory / "asked.txt").read_text().splitlines()
    assert asked == ["info", "compose version", "compose up --build", "compose down --remove-orphans"]


def test_compose_is_told_of_the_settings_in_env(with_docker: Launcher) -> None:
    (with_docker.directory / ".env").write_text("MORE_MICROSERVICE_URL=http://more/graphql\nJWT_JWKS_URL=\n")
    with_docker.start()
    with_docker.wait_for(UP)

    told = json.loads(said_by(int(with_docker.env["PORT"])))
    assert told["ENV_FILE"] == ".env"
    # What is empty in .env would be empty in Compose, and nobody's token be verified.
    assert told["JWT_JWKS_URL"] == "http://auth:4000/.well-known/jwks.json"


@pytest.mark.parametrize("setting", ["JWT_SECRET", "JWT_PUBLIC_KEY"])
@pytest.mark.parametrize("docker", ["auto", "off"])
def test_whose_tokens_are_of_another_issuer(with_docker: Launcher, setting: str, docker: str) -> None:
    procfile = with_docker.directory / "Procfile"
    auth = f"auth: {ANSWERING} ${{AUTH_PORT:-{with_docker.ports[2]}}}"
    procfile.write_text(f"{procfile.read_text()}\n{auth}")
    with_docker.env.update({"DOCKER": docker, setting: "of another issuer"})
    with_docker.start()
    with_docker.wait_for(UP)

    assert json.loads(said_by(int(with_docker.env["PORT"])))["JWT_JWKS_URL"] == ""
    assert "ENV_FILE" not in said_by(int(with_docker.env["PORT"]))


def test_containers_end_with_a_launcher_that_is_killed(with_docker: Launcher) -> None:
    with_docker.start()
    with_docker.wait_for(UP)
    with_docker.end(signal.SIGKILL)

    asked = with_docker.directory / "asked.txt"
    until = time.monotonic() + 10
    while "compose down" not in asked.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    with_docker.nobody_left()


def test_docker_can_be_switched_off(with_docker: Launcher) -> None:
    with_docker.env["DOCKER"] = "off"
    with_docker.start()
    with_docker.wait_for(UP)

    assert not (with_docker.directory / "asked.txt").exists()


def test_a_switch_that_is_neither_auto_nor_off_is_refused(launch: Start) -> None:
    result = launch(THING, GATEWAY, DOCKER="no").run("up")

    assert result.returncode == 1
    assert result.stderr == "DOCKER=no can't be used; expected auto or off.\n"
