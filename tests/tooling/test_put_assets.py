"""The files of Playground and GraphiQL: taken as npm packs them, or not at all."""

import base64
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts import assets
from tests.tooling.launching import ROOT

CONTENT = {"package/dist/page.js": b"run()", "package/LICENSE": b"MIT", "package/secret": b"x"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> assets.Package:
    """A package, and an npm on the PATH that has it alone."""
    archive = tmp_path / "page-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in CONTENT.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    npm = tmp_path / "bin/npm"
    npm.parent.mkdir()
    npm.write_text(
        f'#!/bin/sh\n[ "$1" = pack ] && for last; do :; done && [ "$last" = page@1.0.0 ] && cp {archive} . ||'
        '\n{ echo "404 Not Found" >&2; exit 1; }\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=os.pathsep)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    package = assets.Package("page", "1.0.0", f"sha512-{digest}", {"dist/page.js": "page.js"})
    monkeypatch.setattr(assets, "PACKAGES", (package,))
    return package


@pytest.mark.usefixtures("package")
def test_what_is_needed_is_kept_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    for _ in range(2):
        assets.put_in_place(target)
        assert sorted(path.name for path in target.iterdir()) == ["LICENSE-page", "page.js.gz"]
        assert gzip.decompress((target / "page.js.gz").read_bytes()) == b"run()"
        assert (target / "LICENSE-page").read_bytes() == b"MIT"
        (target / "old").touch()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"integrity": "sha512-AAAA"}, "page 1.0.0 isn't the package that it was"),
        ({"version": "2.0.0"}, "npm gave no page: 404 Not Found"),
    ],
    ids=["another content", "no such version"],
)
def test_a_package_that_is_not_the_one_named_changes_nothing(
    tmp_path: Path,
    package: assets.Package,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, Any],
    message: str,
) -> None:
    target = tmp_path / "vendor"
    assets.put_in_place(target)
    other = replace(package, files={}, **wrong)
    monkeypatch.setattr(assets, "PACKAGES", (package, other))
    with pytest.raises(assets.AssetError, match=message):
        assets.put_in_place(target)
    assert (target / "page.js.gz").exists()


def test_without_npm_it_says_what_that_means() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.assets"],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "No Playground and no GraphiQL: there is no npm on this machine. "
        "The gateway serves its builtin page; `make assets` tries again.\n"
    )
