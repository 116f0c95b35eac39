"""Docker, as far as the stack needs it: is an engine answering, and which command is its Compose?"""

import subprocess
from collections.abc import Sequence

__all__ = ["compose_command"]

_PATIENCE = 10.0
"""Seconds that the engine has to answer: one that hangs counts as none."""


def compose_command() -> tuple[str, ...] | None:
    """Return the command for Compose, ``docker compose`` or ``docker-compose``; None without an engine."""
    if not _succeeds(("docker", "info")):
        return None
    candidates = (("docker", "compose"), ("docker-compose",))
    return next((candidate for candidate in candidates if _succeeds((*candidate, "version"))), None)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return (
            subprocess.run(
                command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
