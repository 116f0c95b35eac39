"""Pages for browsers, each of which may run nothing but its own scripts and ask nobody but the gateway.

A page is made once, of its template:

A. ``/* csrf.js */`` is replaced by that script, which all pages share.
B. ``asset:name`` in a tag is replaced by the asset's address, with its digest beside it.
C. The Content-Security-Policy names every script of the page by its digest: those in it, and its assets.
D. ``data-tabs="[]"`` is given the tabs that the page opens with. Within an attribute they are no markup, and
   no script changes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Literal

import orjson
import structlog
from ariadne.explorer import Explorer

from stitcher.server.explorer.assets import Asset, read_asset
from stitcher.server.explorer.tabs import Tab

__all__ = ["Page", "PageName", "make_page"]

log = structlog.get_logger(__name__)

PageName = Literal["playground", "graphiql", "builtin"]


class Page(Explorer):
    """A page of Ariadne's explorer protocol, and what is sent and served with it.

    ``headers`` belong to the page, ``assets`` are the files that it loads.

    Args:
        name: Which template.
        tabs: What it opens with.

    Raises:
        FileNotFoundError: an asset that the page needs was never put in place.
    """

    headers: Mapping[str, str]
    assets: tuple[Asset, ...]

    def __init__(self, name: PageName, tabs: Sequence[Tab] = ()) -> None:
        template = _read(f"{name}.html").replace("/* csrf.js */", _read("csrf.js"))  # A
        assets: list[Asset] = []

        def located(match: re.Match[str]) -> str:  # B
            asset = read_asset(match["name"])
            assets.append(asset)
            return f'{match["attribute"]}="{asset.url}" integrity="{asset.integrity}"'

        page = re.sub(r'(?P<attribute>src|href)="asset:(?P<name>[\w.-]+)"', located, template)
        self.assets = tuple(assets)
        self.headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _policy(page, self.assets),
            "Vary": "Accept",
        }
        opened = escape(orjson.dumps(tabs).decode())  # D
        self._html = page.replace('data-tabs="[]"', f'data-tabs="{opened}"')

    def html(self, request: Any) -> str:
        """Return the page."""
        return self._html


def make_page(name: PageName, tabs: Sequence[Tab] = ()) -> Page:
    """Return a page; the builtin one, which needs no assets, where those of another aren't in place."""
    try:
        return Page(name, tabs)
    except FileNotFoundError:
        log.warning("the explorer's files are missing: the builtin page is served", explorer=name)
        return Page("builtin", tabs)


def _policy(page: str, assets: tuple[Asset, ...]) -> str:
    """C. Return the page's Content-Security-Policy (CSP Level 3)."""
    scripts = [_digest(text) for text in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)]
    scripts += [asset.integrity for asset in assets if asset.name.endswith(".js")]
    styles = [_digest(text) for text in re.findall(r"<style>(.*?)</style>", page, re.DOTALL)]
    if any(asset.name.endswith(".css") for asset in assets):
        styles.append("self")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_sources(scripts)}",
            f"style-src {_sources(styles)}",
            "connect-src 'self'",
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sources(sources: list[str]) -> str:
    return " ".join(f"'{source}'" for source in sources) or "'none'"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
