"""The gateway's default limits, for tests that don't start from settings."""

from typing import Any

from stitcher.assembly.gateway import limits_of
from stitcher.settings.load import Settings


def limits(**changes: Any) -> Any:
    """Return the default limits, with some of the settings changed."""
    return limits_of(Settings.model_validate(changes))
