"""How long composing and planning take, and how they grow: ``python -m benchmarks.planning``.

Prints a table; nothing is fetched. Times are CPU seconds of this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from graphql import parse, validate

from benchmarks.synthetic import operation, sources
from stitcher.composition.compose import compose
from stitcher.planning.planner import plan_operation


def cpu(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a call, and what it returned."""
    before = time.process_time()
    result = run()
    return time.process_time() - before, result


def main() -> None:
    """Measure and print."""
    for subgraphs, types in ((10, 200), (50, 1000), (100, 2000)):
        seconds, supergraph = cpu(lambda s=subgraphs, t=types: compose(sources(s, t)))  # type: ignore[misc]
        print(f"compose  {subgraphs:4} subgraphs {types:5} types   {seconds:7.2f} s")
    for fields in (25, 50, 100, 200, 400, 800):
        document = parse(operation(fields))
        problems = validate(supergraph.schema, document)
        if problems:
            raise SystemExit(str(problems[0]))
        seconds, plan = min(
            (cpu(lambda d=document: plan_operation(supergraph, d)) for _ in range(3)),  # type: ignore[misc]
            key=lambda each: each[0],
        )
        used = {fetch.subgraph for fetch in plan.fetches}
        print(
            f"plan     {fields:4} fields   {seconds * 1000:7.1f} ms   {len(plan.fetches):3} fetches "
            f"of {len(used)} subgraphs"
        )


if __name__ == "__main__":
    main()
