"""The page that a browser gets at the endpoint: one file, which loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ariadne.explorer import Explorer

__all__ = ["BuiltinExplorer"]


class BuiltinExplorer(Explorer):
    """Serves ``explorer.html``, and lets a browser run nothing but its own script and style.

    ``headers`` belong to the page: a Content-Security-Policy with the digests of both.
    """

    headers: Mapping[str, str]

    def __init__(self) -> None:
        self._page = files(__package__).joinpath("explorer.html").read_text(encoding="utf-8")
        script, style = (_digest(self._page, tag) for tag in ("script", "style"))
        self.headers = {
            "Content-Security-Policy": (
                f"default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; "
                "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "Vary": "Accept",
        }

    def html(self, request: Any) -> str:
        """Return the page."""
        return self._page


def _digest(page: str, tag: str) -> str:
    content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    if content is None:
        raise ValueError(f"the page has no <{tag}>")
    return "sha256-" + base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
