"""``stitcher plan``: how an operation is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stitcher.cli.options import Schemas, SupergraphFile, read_schemas
from stitcher.cli.reporting import refuse

if TYPE_CHECKING:
    from stitcher.planning.plan import Plan

__all__ = ["plan"]


def plan(
    operation: Annotated[
        typer.FileText,
        typer.Argument(
            metavar="OPERATION.graphql",
            help="A file with an operation, or - for stdin.",
            encoding="utf-8",
            errors="replace",  # what is no text is then a syntax error, at its place
        ),
    ],
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Which operation, where the file has several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print it as a flowchart for documents.")
    ] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="Print it as a drawing.")] = False,
) -> None:
    """Print how an operation is answered: which microservice is asked for what, and after what.

    A labelled override that makes a difference is shown off and on; a picture shows it off. Needs no address
    of a microservice.
    """
    import json

    from graphql import GraphQLError, Source, parse, validate

    from stitcher.composition.compose import compose
    from stitcher.planning.pictures import mermaid, svg
    from stitcher.planning.planner import plan_rollouts

    composed = compose(*read_schemas(schemas, supergraph))
    try:
        document = parse(Source(operation.read(), operation.name))
    except GraphQLError as error:
        refuse([error])
    if errors := validate(composed.schema, document):
        refuse(errors)
    plain, with_label = plan_rollouts(composed, document, name)
    if as_svg or as_mermaid:
        typer.echo(svg(plain) if as_svg else mermaid(plain))
    elif as_json:
        rollouts = {label: found.to_json() for label, found in with_label.items()}
        shown = {**plain.to_json(), "rollouts": rollouts} if rollouts else plain.to_json()
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif with_label:
        typer.echo(f"without a label\n{_coloured(plain)}")
        for label, found in with_label.items():
            typer.echo(f"\nwith the label {label}\n{_coloured(found)}")
    else:
        typer.echo(_coloured(plain))


def _coloured(plan: Plan) -> str:
    """Return a plan as text; what each fetch is stands out where a person watches."""
    lines = str(plan).splitlines()
    return "\n".join(
        typer.style(line, fg="cyan", bold=True) if not line.startswith(" ") else line for line in lines
    )
