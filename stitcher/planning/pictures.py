"""Plans as pictures: boxes for fetches, arrows from each to those that wait for it.

Fetches that wait for nobody are in the first column; each other one is in the column after the last that it
waits for. So what is in one column runs together, if all take as long.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from stitcher.planning.plan import Fetch, Plan, print_path
from stitcher.selections import print_selections

__all__ = ["mermaid", "svg"]

CHARACTER = 7.3
"""Pixels that a character of 12 pixels' height is wide."""

LINE = 17
WIDTH = 44
"""Characters in a line of a box."""

PADDING = 12
GAP_ACROSS, GAP_DOWN = 56, 20

STYLE = """
.box { fill: #ffffff; stroke: #8fa3bf; } .mutation .box { stroke: #c2571a; }
.title { font-weight: 600; fill: #12233d; } .line { fill: #3c4f6b; } .arrow { stroke: #8fa3bf; fill: none; }
.head { fill: #8fa3bf; } text { font: 12px ui-monospace, Menlo, Consolas, monospace; white-space: pre; }
@media (prefers-color-scheme: dark) {
  .box { fill: #1b2534; stroke: #5f7594; } .title { fill: #e8eef7; } .line { fill: #b3c1d6; }
  .arrow { stroke: #5f7594; } .head { fill: #5f7594; }
}
"""


def mermaid(plan: Plan) -> str:
    """Return a plan as a flowchart in Mermaid's language, which many documents draw."""
    lines = ["flowchart LR"]
    for fetch in plan.fetches:
        text = "<br/>".join(_mermaid_text(line) for line in (_title(fetch), *_lines(fetch)))
        lines.append(f'    f{fetch.id + 1}["{text}"]')
    lines += [f"    f{earlier + 1} --> f{fetch.id + 1}" for fetch in plan.fetches for earlier in fetch.after]
    return "\n".join(lines)


def svg(plan: Plan) -> str:
    """Return a plan as a drawing of its own, in light and dark, for a file or a page."""
    columns: dict[int, list[Fetch]] = {}
    depths: dict[int, int] = {}
    for fetch in plan.fetches:  # each comes after those that it waits for
        depths[fetch.id] = max((depths[earlier] + 1 for earlier in fetch.after), default=0)
        columns.setdefault(depths[fetch.id], []).append(fetch)
    width = round(WIDTH * CHARACTER) + 2 * PADDING
    places: dict[int, tuple[int, int, int]] = {}  # left, top and height of each box
    boxes: list[str] = []
    bottom = 0
    for depth, fetches in columns.items():
        left, top = PADDING + depth * (width + GAP_ACROSS), PADDING
        for fetch in fetches:
            lines = [wrapped for line in _lines(fetch) for wrapped in _wrapped(line)]
            height = (len(lines) + 1) * LINE + 2 * PADDING
            places[fetch.id] = left, top, height
            boxes.append(_box(fetch, lines, left, top, width, height))
            top += height + GAP_DOWN
        bottom = max(bottom, top - GAP_DOWN)
    arrows = [
        _arrow(places[earlier], places[fetch.id], width) for fetch in plan.fetches for earlier in fetch.after
    ]
    across, down = len(columns) * (width + GAP_ACROSS) - GAP_ACROSS + 2 * PADDING, bottom + PADDING
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(across, 1)} {down}" role="img">'
        f"<title>{len(plan.fetches)} fetches</title><style>{STYLE}</style>"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>'
        f"{''.join(arrows)}{''.join(boxes)}</svg>"
    )


def _box(fetch: Fetch, lines: list[str], left: int, top: int, width: int, height: int) -> str:
    kind = "fetch mutation" if fetch.is_mutation else "fetch"
    texts = [
        f'<text class="{"line" if number else "title"}" x="{left + PADDING}" '
        f'y="{top + PADDING + LINE * (number + 1) - 5}">{escape(line)}</text>'
        for number, line in enumerate([_title(fetch), *lines])
    ]
    return (
        f'<g class="{kind}"><rect class="box" x="{left}" y="{top}" width="{width}" height="{height}" rx="6"/>'
        f"{''.join(texts)}</g>"
    )


def _arrow(source: tuple[int, int, int], target: tuple[int, int, int], width: int) -> str:
    x1, y1 = source[0] + width, source[1] + min(source[2], target[2]) // 2
    x2, y2 = target[0], target[1] + target[2] // 2
    half = (x2 - x1) // 2
    way = f"M{x1} {y1}C{x1 + half} {y1} {x2 - half} {y2} {x2} {y2}"
    return f'<path class="arrow" marker-end="url(#head)" d="{way}"/>'


def _title(fetch: Fetch) -> str:
    return f"{fetch.id + 1}. {'mutate ' if fetch.is_mutation else ''}{fetch.subgraph}"


def _lines(fetch: Fetch) -> Iterator[str]:
    """Yield what a fetch asks for."""
    if fetch.selections:
        yield f"{{ {print_selections(fetch.selections)} }}"
    for batch in fetch.batches:
        at = ", ".join(print_path(target) for target in batch.targets if target)
        yield f"{batch.lookup.type_name} by {print_selections(batch.representation)} at {at}"
        yield f"{{ {print_selections(batch.selections)} }}"


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False) or [""]


def _mermaid_text(line: str) -> str:
    """Return a text for a box: Mermaid reads entities, but no quotes."""
    return escape(line, quote=False).replace('"', "#quot;")
