"""Prints the table of faults and promises: ``make faults``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults.table import ROWS
from tests.faults.world import running

WIDTH = 150
"""Of a line, where nobody watches."""


def main() -> int:
    """Run every row; return 0 if all promises were kept."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    counted = ("sent", "right", "in part", "wrong", "lost")
    table = Table("fault", "promise", *counted, "median", "slowest", "kept")
    kept = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory() as directory,
        running(Path(directory)) as world,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        task = progress.add_task("", total=len(ROWS))
        for number, row in enumerate(ROWS, start=1):
            progress.update(task, description=f"{number} of {len(ROWS)}: {row.name}", advance=1)
            world.mend()
            outcome = asyncio.run(row.run(world, is_short=False))
            broken = row.broken(outcome, world)
            kept += not broken
            counts = [str(outcome.counts[kind]) for kind in counted[1:]]
            times = [f"{1000 * seconds:.0f} ms" for seconds in (outcome.median, outcome.slowest)]
            mark = f"[red]no: {broken}" if broken else "[green]yes"
            table.add_row(row.name, row.told, str(outcome.sent), *counts, *times, mark)
    console.print(table)
    colour = "green" if kept == len(ROWS) else "red"
    console.print(f"[{colour}]{kept} of {len(ROWS)} promises kept.")
    return 0 if kept == len(ROWS) else 1


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(code)
