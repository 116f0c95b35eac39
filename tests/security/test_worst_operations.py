"""The worst operations that a search finds: each is prepared, or refused, in a quarter of a second.

What is searched are operations within the default limits, as large as these allow, on graphs that are hard to
plan over. What is kept of one is a megabyte at most.
"""

import time
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stitcher.authorization import Clause
from stitcher.errors import CompositionError, RequestError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions
from stitcher.supergraph import Supergraph
from tests.cpu import cpu_time
from tests.limits import limits
from tests.random_graphs.graphs import RandomGraph, graphs
from tests.searching import SEARCH, SEED, examples
from tests.security.heavy import Writer, split_graph
from tests.stitched import composed

PROMISED = 0.25
"""Seconds of CPU on a machine that has nothing else to do."""

AT_MOST = 2 * PROMISED
"""What it may be on a busy one, where two share a core."""

KEPT = 2**20
"""The most bytes that are kept of an operation."""

TRIES = 4
"""What is measured may be disturbed; four times in a row it isn't."""

SECONDS = 4.0 * SEARCH
EXAMPLES = examples(12)

EACH = 10
"""Operations that are tried on one graph."""

REFUSALS = {"OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
"""How an operation may end that isn't run: parsing stops at a limit, and fields of one key may differ."""


def outcomes(supergraph: Supergraph, seed: str) -> Counter[str]:
    """Prepare operations, also for clients who are denied some of it; count how they end."""
    codes: Counter[str] = Counter()
    for number in range(EACH):
        query = Writer(supergraph.schema, Random(f"{seed}.{number}")).operation()
        denials: list[frozenset[Clause]] = [frozenset()]
        for refused in denials:
            code, clauses = prepared_in_time(supergraph, query, refused)
            codes[code] += 1
            if clauses and not refused:
                denials.append(clauses)
    return codes


def prepared_in_time(
    supergraph: Supergraph, query: str, refused: frozenset[Clause]
) -> tuple[str, frozenset[Clause]]:
    """Prepare an operation; return how it ended, and who may see what of it."""
    spent = []
    for _ in range(TRIES):
        gateway = Gateway(supergraph, {}, GatewayOptions(limits=limits()))
        clauses: frozenset[Clause] = frozenset()
        with cpu_time() as taken:
            try:
                clauses = gateway.prepare(query, refused=refused).plan.clauses
                code = "prepared"
            except RequestError as error:
                code = error.code
        spent.append(taken.seconds)
        assert gateway.prepared.size <= KEPT
        if spent[-1] < AT_MOST:
            break
    assert min(spent) < AT_MOST, query
    assert code in REFUSALS | {"prepared"}, query
    return code, clauses


@pytest.mark.search
def test_operations_on_graphs_that_are_hard_to_plan_over() -> None:
    codes: Counter[str] = Counter()
    end = time.monotonic() + SECONDS
    seed = SEED
    while time.monotonic() < end:
        seed += 1
        try:
            supergraph = composed(**split_graph(Random(seed)))
        except CompositionError:
            continue
        codes += outcomes(supergraph, str(seed))
    assert codes["prepared"] > SECONDS  # the search doesn't find nothing but what is refused
    assert codes["OPERATION_TOO_LARGE"]


@pytest.mark.search
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(graph=graphs(), seed=st.integers(0, 2**16))
def test_operations_on_random_graphs(graph: RandomGraph, seed: int) -> None:
    try:
        supergraph = composed(**graph.sdls)
    except CompositionError:
        assume(False)
    outcomes(supergraph, str(seed))
