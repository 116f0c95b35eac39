"""``stitcher compose``: the merged schema."""

from __future__ import annotations

from typing import Annotated

import typer

from stitcher.cli.options import Schemas, SupergraphFile, read_schemas
from stitcher.cli.reporting import report_all

__all__ = ["compose"]


def compose(
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="List what merges and may surprise, on stderr.")
    ] = False,
) -> None:
    """Print the merged schema as clients see it.

    Needs no address of a microservice. What doesn't merge is listed on stderr, with exit code 1.
    """
    from stitcher.composition import compose as composition

    inputs = read_schemas(schemas, supergraph)
    if not hints:
        typer.echo(composition.print_supergraph(composition.compose(*inputs)))
        return
    composed = composition.compose_with_hints(*inputs)
    report_all(composed.hints, "hint", "yellow")
    typer.echo(composition.print_supergraph(composed.supergraph))
