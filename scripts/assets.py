"""Put the scripts of GraphQL Playground and GraphiQL where the gateway serves them from.

``python -m scripts.assets`` needs only the standard library and npm, whose own settings say where packages
come from.

A. npm packs each package, at one version.
B. What it packed must have the digest that is named here.
C. The few files that the pages need are kept, compressed as they are sent, with each package's licence.

All of them are put in place at once, or none: without, the gateway serves its own page.
"""

import base64
import gzip
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PACKAGES", "TARGET", "AssetError", "Package", "put_in_place"]

TARGET = Path(__file__).parents[1] / "stitcher/server/explorer/vendor"

_WITHIN = 120.0
"""Seconds that npm has for one package."""


class AssetError(Exception):
    """The assets can't be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm: its version, its digest as in a lock file, and the files to keep, with new names."""

    name: str
    version: str
    integrity: str
    files: Mapping[str, str]


PACKAGES = (
    Package(
        "graphql-playground-react",
        "1.7.28",
        "sha512-YPR33Ph9kuKlFOMpc8mKGsL/fOiX0ltgzV1BokXYNsBLtTVQnhdCSKQuZg80CcxWKD8syNuWXDkGZSAdFkwmRg==",
        {
            "build/static/js/middleware.js": "playground.js",
            "build/static/css/middleware.css": "playground.css",
        },
    ),
    Package(
        "graphiql",
        "4.1.2",
        "sha512-rNlzQIAzm6i2KBXmVQWBgLvt0TloxFVB2d18bukvdsvjEuFDHsKx5IVOomL1W1o5WW+tE54+ioHb2AEKzO2cUg==",
        {"graphiql.min.js": "graphiql.js", "graphiql.min.css": "graphiql.css"},
    ),
    Package(
        "react",
        "18.3.1",
        "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        {"umd/react.production.min.js": "react.js"},
    ),
    Package(
        "react-dom",
        "18.3.1",
        "sha512-5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        {"umd/react-dom.production.min.js": "react-dom.js"},
    ),
)


def put_in_place(target: Path = TARGET) -> None:
    """Replace `target` by a directory with every file of every package.

    Raises:
        AssetError: there is no npm, it failed, or a package isn't the one that is expected.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError("there is no npm on this machine")
    with tempfile.TemporaryDirectory() as directory:
        fresh = Path(directory) / "vendor"
        fresh.mkdir()
        for package in PACKAGES:
            _keep(package, _packed(npm, package, Path(directory)), fresh)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(fresh, target)


def _packed(npm: str, package: Package, directory: Path) -> Path:
    """A, B. Return the archive of a package, with the digest that it must have."""
    command = [npm, "pack", "--silent", "--fetch-retries=1", f"{package.name}@{package.version}"]
    try:
        done = subprocess.run(
            command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WITHIN
        )
    except subprocess.TimeoutExpired as error:
        raise AssetError(f"npm took too long over {package.name}") from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()
        raise AssetError(f"npm gave no {package.name}: {reason[-1] if reason else 'it said nothing'}")
    archive = directory / f"{package.name}-{package.version}.tgz"
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != package.integrity:
        raise AssetError(f"{package.name} {package.version} isn't the package that it was")
    return archive


def _keep(package: Package, archive: Path, target: Path) -> None:
    """C. Write the files of a package that are needed."""
    with tarfile.open(archive) as tar:
        for source, name in package.files.items():
            compressed = gzip.compress(_content(tar, f"package/{source}"), mtime=0)
            (target / f"{name}.gz").write_bytes(compressed)
        (target / f"LICENSE-{package.name}").write_bytes(_content(tar, "package/LICENSE"))


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member is not None  # the digest says which files there are
    with member:
        return member.read()


def main() -> None:
    """Put the assets in place, or say why they aren't, with status 1."""
    try:
        put_in_place()
    except AssetError as error:
        sys.exit(
            f"No Playground and no GraphiQL: {error}. The gateway serves its builtin page; "
            "`make assets` tries again."
        )


if __name__ == "__main__":
    main()
