"""``make up`` and ``make down``: the whole stack, in Docker or as processes on this machine.

``python -m scripts.stack up`` or ``down`` works on the project in the working directory, with the settings of
the environment and `.env`. What is known of a running stack is in ``.stitcher/run``: a pid file for the
launcher and for each program, and ``compose``, which is there as long as containers may be.
"""

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values

from scripts.banner import banner
from scripts.docker import compose_command
from scripts.pid_file import PidFile, end_groups
from scripts.ports import obstacle
from scripts.procfile import Entry, ProcfileError, read_procfile
from scripts.supervisor import Program, Stack, StackError, run

__all__ = ["main"]

_RUN = Path(".stitcher/run")
_LAUNCHER = PidFile(_RUN / "launcher.pid")
_COMPOSE = _RUN / "compose"
_GUARD = (sys.executable, "-m", "scripts.stack", "down")

_ISSUER = "https://auth.stitcher.example"
"""What auth calls itself in tokens unless it is told otherwise: microservices and gateway insist on it."""

_KEY_SET_IN_COMPOSE = "http://auth:4000/.well-known/jwks.json"
"""Where ``compose.yaml`` has the keys of auth. What is said here comes before an empty line in `.env`."""

_END_WITHIN = 20.0
"""Seconds that a program has for its own end before it is killed: the gateway gives open requests 15."""

_CONTAINERS_START_WITHIN = 900.0
"""Seconds for images to be fetched and built, and everything in them to answer."""

_CONTAINERS_END_WITHIN = 40.0
_LAUNCHER_ENDS_WITHIN = 60.0


def main() -> None:
    """Run the command; end with a message and status 1 where it fails."""
    parser = argparse.ArgumentParser(prog="scripts.stack", description="Bring the whole stack up or down.")
    parser.add_argument("command", choices=("up", "down"))
    try:
        {"up": up, "down": down}[parser.parse_args().command]()
    except (StackError, ProcfileError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:  # Before the supervisor listens for it, when nothing runs yet.
        sys.exit(130)


def up() -> None:
    """Bring the stack up, say so, and keep it until it is to end.

    Raises:
        StackError, ProcfileError: it can't be started as things are, or a program of it failed.
    """
    lock = _LAUNCHER.take()  # Kept until this process is gone, and therefore never closed.
    if lock is None:
        raise StackError(f"The stack is up already (pid {_LAUNCHER.holder()}); `make down` ends it.")
    PidFile.write(lock, os.getpid())
    if _end_leftovers():
        print("Ended what was left of a stack whose launcher was killed.", flush=True)
    env = _environment()
    compose = compose_command() if _may_use_docker(env) else None
    try:
        stack = _in_docker(compose, env) if compose else _on_this_machine(env)
        asyncio.run(run(stack, banner(_gateway(env).port, Path("README.md"))))
    finally:
        _end_containers()


def down() -> None:
    """End the stack, whoever started it, and whatever is left of one that was killed."""
    launcher = _LAUNCHER.holder()
    if launcher:
        os.kill(launcher, signal.SIGTERM)
        until = time.monotonic() + _LAUNCHER_ENDS_WITHIN
        while _LAUNCHER.holder() and time.monotonic() < until:
            time.sleep(0.05)
        if _LAUNCHER.holder():
            os.kill(launcher, signal.SIGKILL)
    left = _end_leftovers()
    print("The stack is down." if launcher or left else "The stack wasn't up.")


def _environment() -> dict[str, str]:
    """Return the environment with `.env` beneath it, and with this Python's commands on the PATH."""
    file = {name: value for name, value in dotenv_values(".env").items() if value}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {**file, **os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}


def _may_use_docker(env: Mapping[str, str]) -> bool:
    value = env.get("DOCKER") or "auto"
    if value not in ("auto", "off"):
        raise StackError(f"DOCKER={value} can't be used; expected auto or off.")
    return value == "auto"


def _on_this_machine(env: Mapping[str, str]) -> Stack:
    """Return the Procfile's programs, told where they find each other.

    Raises:
        StackError, ProcfileError: a port is taken, or the Procfile can't be used.
    """
    entries = {entry.name: entry for entry in read_procfile(Path("Procfile"), env)}
    told = dict(env)
    if (told.get("LOG_FORMAT") or "auto") == "auto":
        told["LOG_FORMAT"] = "pretty"  # its output passes through here, so it sees no terminal
    redis = entries.get("redis")
    told.setdefault("DRAIN_SECONDS", "0")  # nobody balances load before it
    if env.get("REDIS_URL"):
        entries.pop("redis", None)
        print("Redis: the one at REDIS_URL.")
    elif redis and shutil.which("redis-server", path=env["PATH"]):
        told["REDIS_URL"] = f"redis://127.0.0.1:{redis.port}/0"
    else:
        entries.pop("redis", None)
        print("Redis: no redis-server on this machine, so the gateway limits requests in memory, by itself.")
    _check_ports(entries.values())
    for name, entry in entries.items():
        if name not in ("redis", "gateway"):
            variable = f"{name.upper()}_MICROSERVICE_URL"
            told[variable] = told.get(variable) or f"http://127.0.0.1:{entry.port}/graphql"
    if auth := entries.get("auth"):
        told["JWT_JWKS_URL"] = _key_set(env, f"http://127.0.0.1:{auth.port}/.well-known/jwks.json")
        told["JWT_ISSUER"] = told.get("JWT_ISSUER") or _ISSUER
    print(f"Starting {len(entries)} programs on this machine, without Docker:", flush=True)
    programs = tuple(Program(entry.name, entry.command, _health(entry)) for entry in entries.values())
    return Stack(programs, told, _RUN, _GUARD, end_within=_END_WITHIN)


def _key_set(env: Mapping[str, str], of_auth: str) -> str:
    """Return where the gateway finds the keys of tokens: nowhere, if it has another key for them."""
    others = env.get("JWT_SECRET") or env.get("JWT_PUBLIC_KEY")
    return env.get("JWT_JWKS_URL") or ("" if others else of_auth)


def _in_docker(compose: tuple[str, ...], env: Mapping[str, str]) -> Stack:
    """Return Compose as the one program; ``compose.yaml`` says what it starts.

    Raises:
        StackError, ProcfileError: the gateway's port is taken, or no number.
    """
    gateway = _gateway(env)
    _check_ports([gateway])
    told = {**env, "JWT_JWKS_URL": _key_set(env, _KEY_SET_IN_COMPOSE)}
    if Path(".env").is_file():
        told["ENV_FILE"] = ".env"
    command = shlex.join(compose)
    _COMPOSE.write_text(command)
    print(f"Starting in Docker, by {command}; the first time, images are fetched and built.", flush=True)
    program = Program("compose", f"exec {command} up --build", _health(gateway), talkative=True)
    return Stack((program,), told, _RUN, _GUARD, _CONTAINERS_START_WITHIN, _CONTAINERS_END_WITHIN)


def _gateway(env: Mapping[str, str]) -> Entry:
    for entry in read_procfile(Path("Procfile"), env):
        if entry.name == "gateway":
            return entry
    raise ProcfileError("Procfile: there is no gateway")


def _health(entry: Entry) -> str:
    if entry.name == "redis":
        return f"redis://127.0.0.1:{entry.port}/0"
    return f"http://127.0.0.1:{entry.port}/health"


def _check_ports(entries: Iterable[Entry]) -> None:
    """Make sure that nobody else has a port.

    Raises:
        StackError: names each port that is taken, and the setting that changes it.
    """
    taken = [
        f"Port {entry.port}, for {entry.name}, {why}. Set {entry.setting} to another one, "
        f"in .env or as in `{entry.setting}={entry.port + 1000} make up`."
        for entry in entries
        if (why := obstacle(entry.port))
    ]
    if taken:
        raise StackError("\n".join(taken))


def _end_leftovers() -> int:
    """End what is left of a stack whose launcher was killed; return how much there was."""
    files = [PidFile(path) for path in _RUN.glob("*.pid") if path != _LAUNCHER.path]
    return asyncio.run(end_groups(files, _END_WITHIN)) + _end_containers()


def _end_containers() -> int:
    """Remove the containers, if there may be any; return whether that was needed."""
    if not _COMPOSE.exists():
        return 0
    command = [*shlex.split(_COMPOSE.read_text()), "down", "--remove-orphans"]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        raise StackError(f"{shlex.join(command)} failed: containers may be left.")
    _COMPOSE.unlink()
    return 1


if __name__ == "__main__":
    main()
