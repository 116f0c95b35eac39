"""What some tests need of the machine: without, they are skipped, or fail where NO_SKIPS is set."""

import os

import pytest

__all__ = ["need"]


def need(found: object, what: str) -> None:
    """Skip the test where something isn't there; with ``NO_SKIPS`` it fails.

    Args:
        found: True where it is there.
        what: Its name, and how to get it.
    """
    if found:
        return
    if os.environ.get("NO_SKIPS"):
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")
