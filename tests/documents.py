"""The project's documents, as tests read them: their fenced blocks, their tables, their links.

A comment on the line before a block is a mark: ``<!-- name: value -->``. Several marks have a line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCS", "PAGES", "ROOT", "Block", "blocks", "codes_in_first_column", "headings", "links", "prose"]

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
    DOCS.rglob("*.md")
)

_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w*)$")
_MARK = re.compile(r" *<!-- (?P<name>[\w ]+?)(?:: (?P<value>.*?))? -->$")
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, without its indentation."""

    page: Path
    line: int
    language: str
    text: str
    marks: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Yield a page's fenced blocks, in order."""
    lines = iter(enumerate(page.read_text().splitlines(), start=1))
    marks: dict[str, str] = {}
    for number, line in lines:
        if mark := _MARK.fullmatch(line):
            marks[mark["name"]] = mark["value"] or ""
        elif fence := _FENCE.fullmatch(line):
            text = []
            for _, inside in lines:
                if inside.strip() == "```":
                    break
                text.append(inside.removeprefix(fence["indent"]) + "\n")
            yield Block(page, number, fence["language"], "".join(text), marks)
            marks = {}
        elif line.strip():
            marks = {}


def prose(page: Path) -> str:
    """Return a page's text without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def codes_in_first_column(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each `code` in the first column of a page's tables, with the rest of its row."""
    for line in prose(page).splitlines():
        if line.startswith("| "):
            first, _, rest = line.removeprefix("| ").partition(" | ")
            for code in _SPAN.findall(first):
                yield code, rest


def links(page: Path) -> list[str]:
    """Return where a page's links lead."""
    return _LINK.findall(prose(page))


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
