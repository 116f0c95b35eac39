"""The results on one page: a table for the terminal and for Markdown, the curves as one SVG."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

from benchmarks.curves import Curve, Point

matplotlib.use("svg")

__all__ = ["machine", "plot", "table"]


def machine() -> str:
    """Say where the figures are from."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text().splitlines()
            if "model name" in line
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def plot(curves: Mapping[Curve, Sequence[Point]], file: Path) -> None:
    """Draw all curves on one page, each with the cost a request and a unit, on logarithmic axes."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, (len(curves) + 1) // 2, figsize=(13, 7.5), layout="constrained")
    for axis, (curve, points) in zip(axes.flat, curves.items(), strict=False):
        sizes = [point.size for point in points]
        draw = axis.semilogx if curve.flat else axis.loglog
        draw(sizes, [point.cpu for point in points], marker="o", label="ms per request")
        if not curve.flat:
            axis.loglog(
                sizes, [point.each * 1000 for point in points], marker=".", label=f"µs per {curve.unit}"
            )
        if curve.flat:
            axis.set_ylim(0, 2 * max(point.cpu for point in points))
        axis.set_title(curve.name, fontsize=10)
        axis.grid(visible=True, which="major", alpha=0.3)
        axis.legend(fontsize=8)
    figure.suptitle(f"CPU of the gateway · {machine()}", fontsize=9)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
