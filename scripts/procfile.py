"""The Procfile, read: the processes of the stack and where each of them listens.

The Procfile is the one place for both. A port stands where it is used, as ``${THING_PORT:-4002}``: the shell
puts it in, and this module reads the setting's name and its default from the same text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from honcho.environ import parse_procfile

__all__ = ["Entry", "ProcfileError", "read_procfile"]

_PORT = re.compile(r"\$\{(?P<setting>\w*PORT):-(?P<default>\d+)\}")


class ProcfileError(Exception):
    """The Procfile, or a port that is set for it, can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the process's name, its command for the shell, the setting for its port, and the port."""

    name: str
    command: str
    setting: str
    port: int


def read_procfile(path: Path, env: Mapping[str, str]) -> tuple[Entry, ...]:
    """Every process in the Procfile at `path`, in order, with the ports that `env` gives.

    Raises:
        ProcfileError: a line names no port, a port is no number, or two processes have the same one.
    """
    entries: dict[int, Entry] = {}
    for name, command in parse_procfile(path.read_text()).processes.items():
        found = _PORT.search(command)
        if found is None:
            raise ProcfileError(
                f"{path.name}: {name} says no port; write it as ${{{name.upper()}_PORT:-4000}}"
            )
        setting = found["setting"]
        value = env.get(setting) or found["default"]
        if not value.isdecimal() or not 0 < int(value) < 65536:
            raise ProcfileError(f"{setting}={value} is no port: give a number from 1 to 65535")
        entry = Entry(name, command, setting, int(value))
        if other := entries.get(entry.port):
            raise ProcfileError(
                f"{other.name} and {name} both have port {value}: set {other.setting} or {setting} to another"
            )
        entries[entry.port] = entry
    return tuple(entries.values())
