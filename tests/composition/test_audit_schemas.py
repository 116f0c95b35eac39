"""Every suite of federation-gateway-audit composes, and the queries that it is to answer can be planned.

The suites lie beside the repository where they are at all; see ``shared/audit``.
"""

import contextlib
import json
from pathlib import Path

import pytest
from graphql import parse, validate

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import PlanningError
from stitcher.planning.planner import plan_operation

AUDIT = Path(__file__).parents[3] / "shared" / "audit"
SUITES = sorted(file.name.removesuffix(".subgraphs.json") for file in AUDIT.glob("*.subgraphs.json"))

pytestmark = pytest.mark.skipif(not SUITES, reason="the audit's suites are not beside the repository")


@pytest.mark.parametrize("suite", SUITES)
def test_suite(suite: str) -> None:
    subgraphs = json.loads((AUDIT / f"{suite}.subgraphs.json").read_text())
    supergraph = compose(
        [
            Source(subgraph["name"], subgraph["sdl"], f"{subgraph['name']}.graphql", (subgraph["url"],))
            for subgraph in subgraphs
        ]
    )
    assert set(supergraph.subgraphs) == {subgraph["name"] for subgraph in subgraphs}
    for case in json.loads((AUDIT / f"{suite}.tests.json").read_text()):
        document = parse(case["query"])
        if case["expected"].get("data") is None:  # an error is right; if it is found here, as what it is
            with contextlib.suppress(PlanningError):
                plan_operation(supergraph, document)
        else:
            assert not validate(supergraph.schema, document), case["query"]
            plan_operation(supergraph, document)
