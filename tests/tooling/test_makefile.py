"""The Makefile: what it lists, and what it says where it can't set itself up."""

import os
import re
import subprocess
import sys

import pytest

from scripts import bootstrap
from tests.tooling.launching import ROOT


def make(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def test_make_alone_lists_every_command() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    result = make()

    assert result.stdout == make("help").stdout
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", result.stdout, re.MULTILINE))
    assert set(listed) == set(phony[1].split())
    assert {"up", "down", "test", "lint", "format", "setup", "clean", "help"} <= set(listed)


def test_no_python_is_a_clear_error() -> None:
    result = make("setup", "--always-make", "PYTHON=")

    assert result.returncode != 0
    assert "Stitcher needs Python 3.11 or newer: none found." in result.stderr


def test_another_python_is_named_as_an_argument_or_in_the_environment() -> None:
    planned = ("setup", "--always-make", "--dry-run")
    for result in (make(*planned, "PYTHON=elsewhere/python"), make(*planned, PYTHON="elsewhere/python")):
        assert "elsewhere/python scripts/bootstrap.py .venv" in result.stdout


def test_an_old_python_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    monkeypatch.setattr(sys, "version", "3.10.1 (main)")

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; .* is 3\.10\.1\."):
        bootstrap.check()


def test_a_python_without_ensurepip_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit, match="apt install python3-venv"):
        bootstrap.check()
