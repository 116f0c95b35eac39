"""Secrets in files, as Docker and Kubernetes mount them: ``SESSION_SECRET_FILE`` names such a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stitcher.settings.names import ENCODING

__all__ = ["SECRETS", "SECRET_FILES", "read_secret_files"]

SECRETS = frozenset(
    {
        *("supergraph_header", "redis_url", "cache_purge_secret"),
        *("session_secret", "jwt_secret", "jwt_public_key", "jwt_jwks_url"),
    }
)
"""Settings whose value is never shown: it is a secret, or may hold one."""

SECRET_FILES: Mapping[str, str] = {name: name.upper() + "_FILE" for name in sorted(SECRETS)}
"""By setting, the variable that names the file which it is in."""


def read_secret_files(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the settings that are in files, and what is wrong with the files.

    Args:
        given: The environment, with ``.env`` beneath it. What is empty isn't set.
    """
    values: dict[str, str] = {}
    complaints = []
    for name, variable in SECRET_FILES.items():
        path = given.get(variable)
        if not path:
            continue
        if given.get(name.upper()):
            complaints.append(f"{variable}: {name.upper()} is set, too; expected one of them.")
            continue
        try:
            text = Path(path).read_text(encoding=ENCODING).strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it isn't UTF-8 text"
            complaints.append(f"{variable}: {path!r} can't be read: {why}.")
            continue
        if text:
            values[name] = text
        else:
            complaints.append(f"{variable}: {path!r} is empty.")
    return values, complaints
