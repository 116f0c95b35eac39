"""Every suite of federation-gateway-audit composes, and takes the queries that it is to answer.

The suites lie beside the repository where they are at all; see ``shared/audit``.
"""

import json
from pathlib import Path

import pytest
from graphql import parse, validate

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source

AUDIT = Path(__file__).parents[3] / "shared" / "audit"
SUITES = sorted(file.name.removesuffix(".subgraphs.json") for file in AUDIT.glob("*.subgraphs.json"))

pytestmark = pytest.mark.skipif(not SUITES, reason="the audit's suites are not beside the repository")


@pytest.mark.parametrize("suite", SUITES)
def test_suite(suite: str):
    subgraphs = json.loads((AUDIT / f"{suite}.subgraphs.json").read_text())
    supergraph = compose(
        [Source(each["name"], each["sdl"], f"{each['name']}.graphql", (each["url"],)) for each in subgraphs]
    )
    assert set(supergraph.subgraphs) == {each["name"] for each in subgraphs}
    for case in json.loads((AUDIT / f"{suite}.tests.json").read_text()):
        errors = validate(supergraph.schema, parse(case["query"]))
        if case["expected"].get("data") is not None:
            assert not errors, case["query"]
