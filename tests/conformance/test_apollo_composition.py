"""Random changes to graphs that compose: Stitcher and @apollo/composition say the same of each.

The graphs are those of ``tests/random_graphs`` in federation 2, and the suites of federation-gateway-audit
where these lie beside the repository. Verdicts agree, but for the reasons in ``STRICTER`` and ``LAXER``. What
both compose is the same, and so is what Apollo composes when it is read as a supergraph file.

    SEARCH=25 SEARCH_SEED=7 pytest -s …
"""

import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    ConstListValueNode,
    GraphQLSchema,
    InputValueDefinitionNode,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    NullValueNode,
    Visitor,
    build_schema,
    lexicographic_sort_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.composition.supergraph_file import split_supergraph
from stitcher.errors import CompositionError
from tests.conformance.changed_graphs import Graph, changed
from tests.needs import need
from tests.random_graphs.graphs import RandomGraph, graphs
from tests.random_graphs.parts import FEDERATION_2
from tests.searching import SEED, examples

HERE = Path(__file__).parent
AUDIT = Path(os.environ.get("AUDIT_SUITES", HERE.parents[2] / "shared" / "audit"))

GRAPHS = examples(40)
"""How many changed graphs are composed."""

STRICTER = {
    r"has invalid default value: (ID|String) cannot represent": "An enum's value is no text, says the "
    "specification; Apollo takes it for a string.",
    r"^PROVIDES_ON_NON_OBJECT_FIELD": "Apollo drops what is of no use in federation 1.",
    r"^REQUIRES_INVALID_FIELDS: .* can never be ": "A fragment that never applies is no valid document, and "
    "a requirement is sent as one.",
    r"^SATISFIABILITY_ERROR: .* no way to \w+\.(\w+)(?=.*\b\1: \S+ @external)(?=.*@provides.*\b\1)": "What "
    "is provided on one path is served on that alone; Apollo gets at it by a key of the same subgraph, too.",
    r"^SATISFIABILITY_ERROR: The query .*\.\.\. on .* can't be answered": "Where several serve a field that "
    "returns an abstract type, each of its types has a way from each of them; Apollo is content with one.",
}
"""What problems that Stitcher alone has look like, with the SDLs after them; each with its why."""

LAXER = {
    r"^INVALID_SHAREABLE_USAGE": "A definition that is marked as shareable twice is clear.",
    r"^INVALID_FIELD_SHARING: .*@external": "A key that an extension marks as external is echoed, and served "
    "by the other subgraph alone.",
    r"^SATISFIABILITY_ERROR: (?!.*specs\.apollo\.dev).*key field.* cannot be resolved": "In federation 1, "
    "keys are served though they are marked as external, in definitions as in extensions.",
    r"^INVALID_GRAPHQL: .* can only be used once at this location": "In federation 1, it is a hint: what a "
    "directive says twice is clear.",
    r"^FIELD_TYPE_MISMATCH": "Two types that have a supertype in common are merged to that, as the Composite "
    "Schemas specification says; Apollo wants one of the two to be it.",
    r"^SATISFIABILITY_ERROR: .*cannot find field.*\) @interfaceObject": "Fields that interface objects "
    "add are found by keys that lead by way of other subgraphs, where Apollo doesn't look for them.",
    r"^SATISFIABILITY_ERROR: .*cannot satisfy @require conditions": "What a field requires may take a value "
    "from a context, or be known where the object was found; Apollo looks for it from the requiring subgraph "
    "alone.",
    r"^SATISFIABILITY_ERROR: .*a match for required context.* label: ": "A field that a rollout moves has a "
    "value in either place, and is one that a context may have; Apollo doesn't find it.",
    r"^Error: Unexpected error extracting subgraph": "Apollo's own reading of the file that it has composed "
    "loses what implements an interface that sets a context.",
    r"^Error: Shouldn't have .* with no corresponding edge": "What is provided through nested fragments on "
    "an interface breaks an assertion of Apollo's own.",
}
"""The same of problems that Apollo alone has."""


@dataclass
class Verdict:
    """What one of the two says of a graph: what is wrong with it, or what it composes."""

    errors: list[str]
    schema: str = ""
    supergraph: str = ""


@pytest.mark.search
def test_verdicts_and_schemas_are_those_of_apollo() -> None:
    node = shutil.which("node")
    need(node, "Node")
    need(
        (HERE / "node_modules/@apollo/composition").exists(),
        "@apollo/composition: npm ci --prefix tests/conformance",
    )
    changes = draw_changes(GRAPHS, SEED)
    differences = Counter[str]()
    agreed = 0
    for sdls, apollo in zip(changes, apollo_verdicts(str(node), changes), strict=True):
        own = stitcher_verdict([Source(name, sdl, f"{name}.graphql") for name, sdl in sdls.items()])
        written = "\n\n".join(f"# {name}\n{sdl}" for name, sdl in sdls.items())
        if not own.errors and not apollo.errors:
            agreed += 1
            assert own.schema == apollo.schema, written
            sources, problems = split_supergraph(apollo.supergraph, "supergraph.graphql")
            assert not problems, written
            assert stitcher_verdict(sources).schema == apollo.schema, written
        elif own.errors and apollo.errors:
            agreed += 1
        else:
            reason = reason_of(own.errors, written, STRICTER) or reason_of(apollo.errors, written, LAXER)
            assert reason, "\n".join((written, "Stitcher:", *own.errors, "Apollo:", *apollo.errors))
            differences[reason] += 1
    print(f"{agreed} of {len(changes)} verdicts agree", *differences.items(), sep="\n")
    assert agreed >= 0.9 * len(changes)


def draw_changes(number: int, number_of_seed: int) -> list[dict[str, str]]:
    """Draw graphs with changes, always the same ones for a seed."""
    chosen = random.Random(number_of_seed)
    suites: list[Graph] = [
        {load["name"]: load["sdl"] for load in json.loads(file.read_text())}
        for file in sorted(AUDIT.glob("*.subgraphs.json"))
    ]
    drawn = draw_graphs(max(number // 5, 10), number_of_seed)
    return [changed(chosen.choice(chosen.choice((suites or drawn, drawn))), chosen) for _ in range(number)]


def draw_graphs(number: int, number_of_seed: int) -> list[Graph]:
    """Draw random graphs in federation 2."""
    drawn: list[Graph] = []

    @seed(number_of_seed)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(graph=graphs([FEDERATION_2]))
    def draw(graph: RandomGraph) -> None:
        drawn.append(graph.sdls)

    draw()
    return drawn


def apollo_verdicts(node: str, changes: Sequence[Graph]) -> list[Verdict]:
    """Let @apollo/composition compose all graphs."""
    done = subprocess.run(
        [node, "apollo_composition.mjs"],
        cwd=HERE,
        input="".join(json.dumps(sdls) + "\n" for sdls in changes),
        capture_output=True,
        text=True,
        timeout=30 + len(changes),
    )
    assert done.returncode == 0, done.stderr
    return [
        Verdict(each["errors"]) if "errors" in each else Verdict([], *_schemas(each))
        for each in map(json.loads, done.stdout.splitlines())
    ]


def _schemas(composed: dict[str, Any]) -> tuple[str, str]:
    return in_order(build_schema(composed["schema"], assume_valid=True)), composed["supergraph"]


def stitcher_verdict(sources: Sequence[Source]) -> Verdict:
    """Let Stitcher compose a graph."""
    try:
        return Verdict([], in_order(compose(sources).schema))
    except CompositionError as error:
        return Verdict([f"{problem.code}: {problem.message}" for problem in error.problems])


def in_order(schema: GraphQLSchema) -> str:
    """Return a schema as SDL, whatever the order of what it is made of, and however lists are written."""
    return print_ast(visit(parse(print_schema(lexicographic_sort_schema(schema))), _Lists()))


class _Lists(Visitor):
    """Makes a list of the default of one that is written without brackets."""

    def leave_input_value_definition(self, node: InputValueDefinitionNode, *_: Any) -> Any:
        type_ = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
        default = node.default_value
        if not isinstance(type_, ListTypeNode) or isinstance(default, ListValueNode | NullValueNode | None):
            return None
        return replace(node, default_value=ConstListValueNode(values=(default,)))


def reason_of(errors: Sequence[str], sdls: str, reasons: dict[str, str]) -> str | None:
    """Return the first error's reason if each has one. A reason may look at the SDLs, too."""
    found = [
        next((form for form in reasons if re.search(form, f"{error}\n{sdls}", re.DOTALL)), None)
        for error in errors
    ]
    return found[0] if found and None not in found else None
