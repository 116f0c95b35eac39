"""All measurements in one run: ``make bench``, or ``python -m benchmarks [--only PART] [--seconds N]``.

A. *Peers*: the shop's operation through Stitcher, Apollo Gateway, Hive Gateway and resolvers by hand.
B. *Single* numbers: cold, start, latency, stalls, processes.
C. *Curves*: the cost as work grows.
D. *Edge*: what tokens, sessions and limits add to a request.
E. *Flame graph* of the shop's operation, by py-spy.

What is to be trusted on a machine with other work are CPU times and the ratios of one run. The results are
printed, and kept in ``benchmarks/results/``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Missing, serving
from benchmarks.curves import CURVES, draw
from benchmarks.edge import edge
from benchmarks.graphs import GRAPHS
from benchmarks.load import Load, measure
from benchmarks.report import machine, plot, table
from benchmarks.single import SINGLE

RESULTS = Path(__file__).parent / "results"
PARTS = ("peers", "single", "curves", "edge", "flame")


def main() -> None:
    """Measure what is asked for; print it and write it down."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Stitcher beside its peers."
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be repeated")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load lasts (4)")
    options = parser.parse_args()
    parts = options.only or PARTS
    RESULTS.mkdir(exist_ok=True)
    say(f"{machine()}\n")
    if "peers" in parts:
        keep("peers", peers(options.seconds))
    if "single" in parts:
        keep("single", "\n".join(f"- {name}: {run()}" for name, run in SINGLE.items()))
    if "curves" in parts:
        keep("curves", curves(options.seconds))
    if "edge" in parts:
        keep("edge", edge(options.seconds, say))
    if "flame" in parts:
        say(flame(options.seconds))


def say(text: str) -> None:
    """Show progress, or a result."""
    print(text, flush=True)


def keep(part: str, text: str) -> None:
    """Print a part's result and write it down."""
    say(f"\n{text}\n")
    (RESULTS / f"{part}.md").write_text(f"{machine()}\n\n{text}\n")


def peers(seconds: float) -> str:
    """A. Return the table of all contestants, each on its own."""
    loads: dict[str, tuple[Load, float]] = {}
    missing = []
    for sharing in (False, True):
        for name in CONTESTANTS:
            contestant = f"{name}, sharing" if sharing else name
            if sharing and name in ("plain Ariadne", "Apollo Gateway"):
                continue  # they have no such feature
            try:
                with serving("shop", contestant=contestant) as gateway:
                    query = GRAPHS["shop"](0).operation
                    load = asyncio.run(
                        measure(gateway.url, query, gateway.process, connections=50, seconds=seconds)
                    )
                    loads[contestant] = (load, gateway.process.peak_memory())
            except (Missing, RuntimeError) as error:
                missing.append(f"{contestant}: {error}")
                continue
            say(f"{contestant}: {load.cpu:.3f} ms of CPU per request")
    answers = {json.dumps(json.loads(load.answer), sort_keys=True) for load, _ in loads.values()}
    if len(answers) > 1:
        raise SystemExit("The contestants don't answer alike: these figures mean nothing.")
    rows = []
    for contestant, (load, memory) in loads.items():
        base = loads["stitcher, sharing" if contestant.endswith("sharing") else "stitcher"][0].cpu
        rows.append([contestant, f"{load.cpu:.2f}", f"{load.cpu / base:.1f}", f"{memory:.0f}"])
    head = ["gateway", "CPU ms per request", "as a multiple of Stitcher's", "most memory, MiB"]
    return "\n".join([table(head, rows), *(f"\nNot measured: {each}" for each in missing)])


def curves(seconds: float) -> str:
    """C. Return the table of all curves, and draw them."""
    drawn = {curve: draw(curve, seconds / 2, say) for curve in CURVES}
    plot(drawn, RESULTS / "curves.svg")
    rows = [
        [
            curve.name,
            f"{point.size:,}",
            f"{point.cpu:.3f}",
            "" if curve.flat else f"{point.each * 1000:.1f} per {curve.unit}",
        ]
        for curve, points in drawn.items()
        for point in points
    ]
    return table(["curve", "size", "CPU ms per request", "CPU µs"], rows)


def flame(seconds: float) -> str:
    """E. Record where the time goes under load."""
    spy = shutil.which("py-spy") or shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if spy is None:
        return "No flame graph: py-spy is not installed."
    file = RESULTS / "flame.svg"
    with serving("shop") as gateway:
        command = [spy, "record", "--pid", str(gateway.process.pid), "--output", str(file)]
        with subprocess.Popen(
            [*command, "--duration", str(int(seconds) + 1)], stderr=subprocess.DEVNULL
        ) as recording:
            query = GRAPHS["shop"](0).operation
            asyncio.run(measure(gateway.url, query, gateway.process, connections=50, seconds=seconds + 1))
            recording.wait()
    title = re.compile(r'(<text id="title"[^>]*>)[^<]*')  # the command, with paths of this machine
    file.write_text(title.sub(r"\1Stitcher, the shop's operation", file.read_text()))
    return f"Flame graph: {file.name}"


if __name__ == "__main__":
    main()
