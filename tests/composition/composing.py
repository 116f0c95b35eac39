"""Composing SDLs that a test writes out, and the problems of those that can't be composed."""

from textwrap import dedent

import pytest
from graphql import print_type

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError, Problem
from stitcher.supergraph import Supergraph

FEDERATION = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", '
    '"@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject"])'
)
"""The first line of an SDL of federation 2."""


def compose_sdls(**sdls: str) -> Supergraph:
    """Compose subgraphs given by name; line 1 of each file is its first line that isn't empty."""
    return compose([Source(name, dedent(sdl).strip("\n"), f"{name}.graphql") for name, sdl in sdls.items()])


def problems_of(**sdls: str) -> tuple[Problem, ...]:
    """Return what is wrong with the subgraphs; fail if nothing is."""
    with pytest.raises(CompositionError) as caught:
        compose_sdls(**sdls)
    return caught.value.problems


def only_problem(**sdls: str) -> Problem:
    """Return the one thing that is wrong with the subgraphs."""
    problems = problems_of(**sdls)
    assert len(problems) == 1, "\n\n".join(map(str, problems))
    assert problems[0].fix
    return problems[0]


def places(problem: Problem) -> list[str]:
    """Return the problem's places as text."""
    return [str(place) for place in problem.places]


def printed(supergraph: Supergraph, type_name: str) -> str:
    """Return one type of the client-facing schema as SDL."""
    return print_type(supergraph.schema.type_map[type_name])
